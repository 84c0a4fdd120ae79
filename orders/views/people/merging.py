"""«Объединение записей»: two records of one person are compared and merged by the location administrator."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from accounts.domain.search_limit import SearchLimited, count_search
from accounts.models import Screen, User
from coworking.access import StaffRequest, administrators_only
from olvery.shared.errors import asks_again, shown_status
from olvery.shared.refusals import refusals_to
from olvery.shared.search import is_too_short
from orders.domain.desk import merging_people
from orders.domain.queries import merging as queries
from orders.forms_merging import MergePeopleForm
from orders.forms_people import read_key, with_keys
from orders.list_filters import read_text
from orders.views.seen import note_seen
from orders.wording_merging import compared_people
from orders.wording_refusals import refusal_text

RESULTS = 12


@require_safe
@administrators_only
def people(request: StaffRequest) -> HttpResponse:
    """Find a record, then others that may belong to the same person; show recent merges."""
    text, key = read_text(request.GET), request.GET.get("person", "")
    person = User.objects.filter(is_active=True, pk=read_key(key, viewer=request.user) or 0).first()
    context: dict[str, Any] = {"text": text, "key": key, "person": person, "zone": request.location.zone}
    try:
        context |= _found(request, text, person)
    except SearchLimited as refusal:
        context["limited"] = refusal_text(refusal)
    context["merges"] = queries.latest_merges(request.location)
    return render(request, "orders/people/merge.html", context, status=422 if "limited" in context else 200)


def _found(request: StaffRequest, text: str, person: User | None) -> dict[str, Any]:
    is_searched = not is_too_short(text)
    if not is_searched and person is None:
        return {}
    count_search(request.user, at=timezone.now())
    if is_searched:  # one more shows that there are more, and the first record is not shown again
        found = [one for one in User.objects.found_by(text, limit=RESULTS + 2) if one != person]
    else:
        assert person  # noqa: S101 - see above
        found = queries.candidates(person, request.location)
    return {
        "people": with_keys(found[:RESULTS], viewer=request.user),
        "has_more": len(found) > RESULTS,
        "is_searched": is_searched,
    }


@require_http_methods(["GET", "POST"])
@administrators_only
def compare(request: StaffRequest) -> HttpResponse:
    """Show what would move from one record to the other and what prevents it; merge them."""
    keys = [read_key(request.GET.get(name, ""), viewer=request.user) for name in ("kept", "gone")]
    pair = queries.records([key for key in keys if key])
    if len(pair) != 2:
        messages.info(request, _("Choose the two records once more: the page was open for too long."))
        return redirect("orders:people-merge")
    kept, gone = with_keys(pair, viewer=request.user)
    form = MergePeopleForm(request.POST if request.method == "POST" else None, kept=kept, gone=gone)
    if not asks_again(request) and form.is_valid():
        confirm(request)
        with refusals_to(form.take):
            merging_people.merge(form.wish, by=request.user, location=request.location, at=timezone.now())
            text = _("The records are merged: everything is with %(name)s.")
            messages.success(request, text % {"name": kept.full_name})
            return redirect("orders:people-merge")
    return _show(request, form, kept, gone)


def _show(request: StaffRequest, form: MergePeopleForm, kept: User, gone: User) -> HttpResponse:
    note_seen(request, [kept.pk, gone.pk], Screen.MERGE)
    obstacles = merging_people.obstacles(kept, gone, by=request.user, location=request.location)
    context = {
        "form": form,
        "kept": kept,
        "gone": gone,
        "compared": compared_people(kept, gone, request.location.zone, taken=form.taken),
        "obstacles": [] if form.is_bound else [refusal_text(refusal) for refusal in obstacles],
        "is_refused": bool(obstacles),
        "are_both_used": merging_people.are_both_used(kept, gone),
    }
    return render(request, "orders/people/merge_compare.html", context, status=shown_status(request))
