"""«Удаление данных»: requests for erasure, for the location administrator, and the acts of erasure."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from accounts.models import User
from coworking.access import StaffRequest, administrators_only
from olvery.shared.errors import asks_again, button, shown_status
from olvery.shared.refusals import refusals_to
from olvery.shared.search import is_too_short
from orders.domain.desk import erasing
from orders.domain.queries.erasures import erasures_at
from orders.forms_people import find_people, read_key
from orders.forms_retention import NotedErasureForm
from orders.list_filters import read_text
from orders.views.told import told
from orders.wording_refusals import refusal_text

MOST = 100
RESULTS = 12


@require_safe
@administrators_only
def erasures(request: StaffRequest) -> HttpResponse:
    """Show open requests, then recent erasures."""
    asked = erasures_at(request.location)
    waiting, done = asked.filter(done_at=None), asked.exclude(done_at=None).order_by("-done_at")
    context = {"waiting": waiting[:MOST], "done": done[:MOST], "zone": request.location.zone}
    return render(request, "orders/lists/erasures.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def note(request: StaffRequest) -> HttpResponse:
    """Find a person who asked by letter or in person, and record the request."""
    text, key = read_text(request.GET), request.GET.get("person", "")
    person = User.objects.filter(is_active=True, pk=read_key(key, viewer=request.user) or 0).first()
    form = NotedErasureForm(request.POST if request.method == "POST" else None)
    if person and not asks_again(request) and form.is_valid():
        with refusals_to(form.take):
            why, now = form.cleaned_data["reason"], timezone.now()
            asked = erasing.note(person.pk, why=why, by=request.user, location=request.location, at=now)
            if asked.note != why:
                messages.info(request, _("This person has asked before: that request stands."))
            return redirect("orders:erase", asked.pk)
    context: dict[str, Any] = {"form": form, "person": person, "text": text, "is_searched": not is_too_short(text)}
    with refusals_to(lambda refusal: context.update(limited=refusal_text(refusal))):
        if not person and not is_too_short(text):
            found = find_people(text, viewer=request.user, most=RESULTS, at=timezone.now())
            context["people"], context["has_more"] = found
    return render(
        request,
        "orders/people/erasure_note.html",
        context,
        status=422 if "limited" in context else shown_status(request),
    )


@button
@administrators_only
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Withdraw a request that was noted for somebody."""
    erasure = get_object_or_404(erasures_at(request.location).exclude(noted_by=None), pk=pk)
    with told(request):
        erasing.take_back(erasure, by=request.user, location_id=request.location.pk, at=timezone.now())
        messages.success(request, _("The request is withdrawn."))
    return redirect("orders:erasures")


@require_http_methods(["GET", "POST"])
@administrators_only
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what an erasure removes and what prevents it; anonymise the person who has asked for it."""
    erasure = get_object_or_404(erasures_at(request.location).filter(done_at=None), pk=pk)
    if request.method == "GET" or asks_again(request):
        obstacles = [refusal_text(refusal) for refusal in erasing.obstacles(erasure.person)]
        context = {"erasure": erasure, "obstacles": obstacles, "zone": request.location.zone}
        return render(request, "orders/lists/erase.html", context)
    confirm(request)
    with told(request):
        erasing.erase(erasure, by=request.user, location_id=request.location.pk, at=timezone.now())
        messages.success(request, _("The data are erased, the act has number %(number)s.") % {"number": pk})
    return redirect("orders:erasures")
