"""What a manager does about a case: ask again, refund again, try the key, settle it with a note."""

import logging
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from coworking.access import StaffRequest, any_staff, managers_only
from olvery.shared.errors import asks_again
from olvery.shared.formats import format_money
from olvery.shared.htmx import dialog, go_to, render_dialog
from olvery.shared.refusals import Refusal
from orders.domain.desk import case_actions as domain_actions
from orders.domain.desk import deciding
from orders.domain.money.cases import with_what_they_are_about
from orders.gateways import connected_gateway
from orders.models import MoneyCase
from orders.views.cases.case_list import row_of
from orders.views.cases.case_words import told_text
from orders.views.order.letters import approved_letter, repeated_refund_letter
from orders.views.order.order_page import is_sent
from orders.wording_refusals import refusal_text

log = logging.getLogger(__name__)


@require_POST
@managers_only
def check(request: StaffRequest, number: int) -> HttpResponse:
    """Ask the provider again about a case."""

    def act() -> tuple[int, str]:
        outcome = domain_actions.check_again(
            case=_case(request, number), gateway=connected_gateway(), at=timezone.now()
        )
        told = {"told": told_text(outcome.told)}
        if outcome.is_settled:
            return messages.SUCCESS, _("It adds up now. YooKassa says: %(told)s.") % told
        return messages.WARNING, _("Nothing has changed. YooKassa says: %(told)s.") % told

    return _done(request, act)


@dialog
@managers_only
def refund(request: StaffRequest, number: int) -> HttpResponse:
    """Ask for confirmation, then request a failed refund once more."""
    case = _case(request, number)

    def act() -> tuple[int, str]:
        refund = domain_actions.refund_again(case=case, by=request.user, gateway=connected_gateway(), at=timezone.now())
        sums = {"sum": format_money(refund.amount)}
        return messages.SUCCESS, _("The refund of %(sum)s is asked for once more.") % sums

    if request.method == "POST":
        return _done(request, act)
    row, failed = row_of(case, request), case.refund
    if row.action != "refund":
        raise Http404
    letter = repeated_refund_letter(failed, at=timezone.now()) if failed and case.order else {}
    context = {"row": row, **letter}
    return render_dialog(request, "orders/cases/refund.html", context, back=reverse("orders:money"))


@require_POST
@managers_only
def send(request: StaffRequest, number: int) -> HttpResponse:
    """Check whether the provider accepts our key again."""

    def act() -> tuple[int, str]:
        sent = domain_actions.try_key_now(case=_case(request, number), gateway=connected_gateway(), at=timezone.now())
        text = ngettext("%(count)s request is being sent.", "%(count)s requests are being sent.", sent)
        return messages.SUCCESS, _("YooKassa takes our key.") + " " + text % {"count": sent}

    return _done(request, act)


@dialog
@managers_only
def settle(request: StaffRequest, number: int) -> HttpResponse:
    """Ask how a case was settled, then close it."""
    case = _case(request, number)
    error, resolution = "", request.POST.get("resolution", "").replace("\0", "").strip()[:250]
    if is_sent(request):
        try:
            domain_actions.settle(case=case, resolution=resolution, by=request.user, at=timezone.now())
        except Refusal as refusal:
            error = refusal_text(refusal)
        else:
            messages.success(request, _("The line is settled."))
            return go_to(request, reverse("orders:money"))
    context = {"row": row_of(case, request), "zone": request.location.zone, "error": error, "resolution": resolution}
    return render_dialog(request, "orders/cases/settle.html", context, back=reverse("orders:money"))


@dialog
@any_staff
def approve(request: StaffRequest, number: int) -> HttpResponse:
    """Show the request of another person with the resulting letter, then book it."""
    case = _asked(request, number)

    def act() -> tuple[int, str]:
        entry = deciding.approve(case=case, by=request.user, at=timezone.now())
        return messages.SUCCESS, _("Approved: %(sum)s is written down.") % {"sum": format_money(entry.amount)}

    if request.method == "POST":
        return _done(request, act)
    row, approval = row_of(case, request), case.approval
    if row.action != "decide" or approval is None:
        raise Http404
    context = {"row": row, "leads_away": True, **approved_letter(approval, at=timezone.now())}
    return render_dialog(request, "orders/cases/approve.html", context, back=reverse("orders:money"))


@require_POST
@any_staff
def decline(request: StaffRequest, number: int) -> HttpResponse:
    """Decline the request."""

    def act() -> tuple[int, str]:
        deciding.decline(case=_asked(request, number), by=request.user, at=timezone.now())
        return messages.SUCCESS, _("The request is turned down, nothing was written down.")

    return _done(request, act)


def _done(request: StaffRequest, act: Callable[[], tuple[int, str]]) -> HttpResponse:
    """Do what was pressed and go back to the desk with a notice of what came of it."""
    if asks_again(request):  # carried on after a new sign-in or a failure, perhaps much later
        return go_to(request, reverse("orders:money"))
    try:
        level, text = act()
    except Refusal as refusal:
        log.warning("%s is refused: %s", request.path, refusal)
        level, text = messages.ERROR, refusal_text(refusal)
    messages.add_message(request, level, text)
    return go_to(request, reverse("orders:money"))


def _asked(request: StaffRequest, number: int) -> MoneyCase:
    """Return a request for approval of a location where the person holds any role. Raises Http404."""
    case = _case(request, number, at=request.access.location_ids)
    if case.approval is None:
        raise Http404
    return case


def _case(request: StaffRequest, number: int, *, at: set[int] | None = None) -> MoneyCase:
    locations = request.access.managed_ids if at is None else at
    return get_object_or_404(with_what_they_are_about(MoneyCase.objects.at_locations(locations)), pk=number)
