"""«Срок хранения»: people whose data are no longer needed; these are erased or kept until a day."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from accounts.models import User
from coworking.access import StaffRequest, administrators_only
from olvery.shared.errors import asks_again, shown_status
from olvery.shared.refusals import Refusal, refusals_to
from orders.domain.desk import erasing
from orders.domain.desk import retention as rules
from orders.domain.queries import erasures as queries
from orders.forms_people import read_key, with_keys
from orders.forms_retention import KeepForm
from orders.wording_refusals import refusal_text


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
def erase(request: StaffRequest) -> HttpResponse:
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
    results = [(person.full_name, *_erase(request, person)) for person in people]
    return render(request, "orders/people/retention_erased.html", {"results": results})


def _erase(request: StaffRequest, person: User) -> tuple[int | None, str]:
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
