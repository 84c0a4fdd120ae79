"""«Удаление данных» and «Срок хранения»: requests for erasure, its acts, and people inactive for years."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from accounts.models import User
from coworking.access import StaffRequest, administrators_only
from olvery.shared.errors import asks_again, button, shown_status
from olvery.shared.forms import DayField, set_today
from olvery.shared.refusals import Refusal, refusals_to
from olvery.shared.search import is_too_short
from orders.domain.desk import erasing
from orders.domain.desk import retention as rules
from orders.domain.queries import erasures as queries
from orders.forms_fields import reason_field
from orders.forms_money import MoneyForm
from orders.forms_people import find_people, read_key, with_keys
from orders.list_filters import read_text
from orders.views.told import told
from orders.wording_refusals import refusal_text

MOST_SHOWN = 100
RESULTS = 12


class KeepForm(MoneyForm):
    """Until when, and why; `today` is the day at the location."""

    focus = "until"

    until = DayField(
        label=gettext_lazy("Keep until"),
        error_messages={"required": gettext_lazy("Give the day until which they stay.")},
    )
    reason = reason_field(gettext_lazy("Say why the data are needed."), label=gettext_lazy("Why they are needed"))

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        set_today(self, today)


class NotedErasureForm(MoneyForm):
    """How a request was received that was not made in the profile."""

    focus = "reason"

    reason = reason_field(
        gettext_lazy("Say how the request came: it is proof that there was one."),
        gettext_lazy("A letter, a visit, a call; its date, and how you know that it is this person"),
        label=gettext_lazy("How the request came"),
    )


@require_safe
@administrators_only
def erasures(request: StaffRequest) -> HttpResponse:
    """Show open requests, then recent erasures."""
    asked = queries.erasures_at(request.location)
    waiting, done = asked.filter(done_at=None), asked.exclude(done_at=None).order_by("-done_at")
    context = {"waiting": waiting[:MOST_SHOWN], "done": done[:MOST_SHOWN], "zone": request.location.zone}
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
    erasure = get_object_or_404(queries.erasures_at(request.location).exclude(noted_by=None), pk=pk)
    with told(request):
        erasing.take_back(erasure, by=request.user, location_id=request.location.pk, at=timezone.now())
        messages.success(request, _("The request is withdrawn."))
    return redirect("orders:erasures")


@require_http_methods(["GET", "POST"])
@administrators_only
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what an erasure removes and what prevents it; anonymise the person who has asked for it."""
    erasure = get_object_or_404(queries.erasures_at(request.location).filter(done_at=None), pk=pk)
    if request.method == "GET" or asks_again(request):
        obstacles = [refusal_text(refusal) for refusal in erasing.obstacles(erasure.person)]
        context = {"erasure": erasure, "obstacles": obstacles, "zone": request.location.zone}
        return render(request, "orders/lists/erase.html", context)
    confirm(request)
    with told(request):
        erasing.erase(erasure, by=request.user, location_id=request.location.pk, at=timezone.now())
        messages.success(request, _("The data are erased, the act has number %(number)s.") % {"number": pk})
    return redirect("orders:erasures")


@require_safe
@administrators_only
def retention(request: StaffRequest) -> HttpResponse:
    """Show people whose data may be erased, and people on hold."""
    now = timezone.now()
    context = {
        "people": with_keys(queries.proposals(request.location, now), viewer=request.user),
        "most": queries.MOST,
        "holds": queries.holds_at(request.location, now),
        "years": settings.RETENTION_YEARS,
        "zone": request.location.zone,
    }
    return render(request, "orders/people/retention.html", context)


@require_http_methods(["GET", "POST"])
@administrators_only
def erase_ticked(request: StaffRequest) -> HttpResponse:
    """Show for each ticked person what prevents the erasure, then erase their data and show the result."""
    people = _ticked(request)
    if not people:
        return _nobody(request)
    if request.method == "GET" or asks_again(request):
        found = erasing.obstacles_of(people)
        rows = [(person, [refusal_text(one) for one in found[person.pk]]) for person in people]
        doable = sum(not texts for _person, texts in rows)
        context = {"rows": rows, "doable": doable, "zone": request.location.zone}
        return render(request, "orders/people/retention_erase.html", context)
    confirm(request)
    results = [(person.full_name, *_erase_one(request, person)) for person in people]
    return render(request, "orders/people/retention_erased.html", {"results": results})


def _erase_one(request: StaffRequest, person: User) -> tuple[int | None, str]:
    """Return the number of the act, or why there is none."""
    refusals: list[Refusal] = []
    with refusals_to(refusals.append):
        return rules.erase(person.pk, by=request.user, location=request.location, at=timezone.now()).pk, ""
    return None, " ".join(map(refusal_text, refusals))


@require_http_methods(["GET", "POST"])
@administrators_only
def keep(request: StaffRequest) -> HttpResponse:
    """Ask until when and why the data of the ticked people are kept, and save it."""
    people, now = _ticked(request), timezone.now()
    if not people:
        return _nobody(request)
    today = request.location.day_at(now)
    form = KeepForm(request.POST if request.method == "POST" else None, today=today)
    if not asks_again(request) and form.is_valid():
        keys = [person.pk for person in people]
        with refusals_to(form.take):
            count = rules.keep(keys, **form.cleaned_data, by=request.user, location=request.location, at=now)
            text = ngettext("The data of %(count)s person stay.", "The data of %(count)s people stay.", count)
            messages.success(request, text % {"count": count})
            return redirect("orders:retention")
    context = {"form": form, "people": people, "zone": request.location.zone}
    return render(request, "orders/people/retention_keep.html", context, status=shown_status(request))


def _ticked(request: StaffRequest) -> list[User]:
    keys: list[Any] = [read_key(key, viewer=request.user) for key in request.GET.getlist("person")[: queries.MOST]]
    return queries.chosen(request.location, [key for key in keys if key], timezone.now())


def _nobody(request: StaffRequest) -> HttpResponse:
    messages.info(request, _("Tick at least one person who is on the list."))
    return redirect("orders:retention")
