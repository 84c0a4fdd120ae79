"""«Сверка денег»: what does not add up, each line with its one safe action, and the money of a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import StaffRequest, managers_only
from olvery.shared.htmx import go_to, render_dialog
from olvery.shared.money import format_money
from olvery.shared.paging import Sort, count_up_to_limit, keyset_page
from olvery.shared.refusals import Refusal
from orders.domain.cases import cases_of, with_what_they_are_about
from orders.domain.desk_actions import check_again, refund_again, settle, try_key_now
from orders.domain.reconciliation import awaited_by_link, day_report, swept_at
from orders.models import CaseKind, MoneyCase
from orders.views.case_words import case_words
from orders.views.filters import read_day
from orders.views.order_page import connected_gateway, is_sent

OPENED = Sort("opened", "opened_at", descending=True, is_moment=True)
CLOSED = Sort("closed", "closed_at", descending=True, is_moment=True)
MOST_SHOWN = 99
DAY = timedelta(days=1)
# Kind → tone and icon of its line, and its action; without one a person can only say how it was settled.
LINES = {
    CaseKind.LATE_PAYMENT: ("bad", "calendar-x", ""),
    CaseKind.DUPLICATE_PAYMENT: ("bad", "copy", ""),
    CaseKind.MISMATCH: ("bad", "circle-alert", "check"),
    CaseKind.EXTERNAL_REFUND: ("warn", "undo-2", ""),
    CaseKind.REFUND_FAILED: ("bad", "undo-2", "refund"),
    CaseKind.UNKNOWN_OUTCOME: ("warn", "circle-question-mark", "check"),
    CaseKind.PAYMENT_STUCK: ("warn", "hourglass", "check"),
    CaseKind.REFUND_STUCK: ("warn", "rotate-ccw", "check"),
    CaseKind.RECEIPT_FAILED: ("warn", "receipt-text", ""),
    CaseKind.MISCONFIGURED: ("bad", "key-round", "send"),
    CaseKind.UNKNOWN_PAYMENT: ("bad", "search-x", "check"),
    CaseKind.REFUND_DUE: ("warn", "undo-2", "return"),
    CaseKind.DEBT: ("bad", "circle-alert", "take"),
    CaseKind.DRIFT: ("bad", "scale", "check"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A case as the money desk shows it."""

    case: MoneyCase
    tone: str
    icon: str
    action: str
    words: str


@require_safe
@managers_only
def desk(request: StaffRequest) -> HttpResponse:
    """Show what does not add up, newest first, or with `view=settled` what is settled, and today in figures."""
    zone, now, is_settled = request.location.zone, timezone.now(), request.GET.get("view") == "settled"
    today = now.astimezone(zone).date()
    cases = cases_of(request.access, request.location.pk, settled=is_settled)
    count, is_more = count_up_to_limit(cases)
    page = keyset_page(
        with_what_they_are_about(cases),
        sort=CLOSED if is_settled else OPENED,
        older_than=request.GET.get("after", ""),
        newer_than=request.GET.get("before", ""),
    )
    context = {
        "page": page,
        "lines": [line_of(case, request) for case in page.rows],
        "count": count,
        "is_more": is_more,
        "is_settled": is_settled,
        "zone": zone,
        "swept_at": swept_at(),
        "report": day_report(request.location, today),
        "awaited": awaited_by_link(request.location, at=now),
    }
    return render(request, "orders/money.html", context)


def line_of(case: MoneyCase, request: StaffRequest) -> Line:
    """Put a case into words and choose its action."""
    tone, icon, action = LINES[CaseKind(case.kind)]
    if case.kind == CaseKind.UNKNOWN_OUTCOME and case.receipt_id:
        action = ""  # the provider has no list of receipts to search
    return Line(case, tone, icon, action, case_words(case, request.location.zone))


@require_safe
@never_cache
@managers_only
def open_count(request: StaffRequest) -> HttpResponse:
    """Show how many lines are open, for the side menu; nothing where all adds up."""
    found = cases_of(request.access, request.location.pk)[: MOST_SHOWN + 1].count()
    context = {"count": found, "shown": f"{MOST_SHOWN}+" if found > MOST_SHOWN else found}
    return render(request, "orders/money_count.html", context)


@require_safe
@managers_only
def day(request: StaffRequest) -> HttpResponse:
    """Show the ledger of a day: totals by method and every movement."""
    zone, now = request.location.zone, timezone.now()
    today = now.astimezone(zone).date()
    shown = read_day(request.GET.get("on")) or today
    context = {
        "report": day_report(request.location, shown),
        "awaited": awaited_by_link(request.location, at=now) if shown == today else None,
        "today": today,
        "previous": shown - DAY,
        "following": shown + DAY,
        "zone": zone,
    }
    return render(request, "orders/money_day.html", context)


@require_POST
@managers_only
def check(request: StaffRequest, number: int) -> HttpResponse:
    """Ask the provider again about a line."""

    def act() -> tuple[int, str]:
        outcome = check_again(case=_case(request, number), gateway=connected_gateway(), at=timezone.now())
        if outcome.is_settled:
            return messages.SUCCESS, _("It adds up now. YooKassa says: %(told)s.") % {"told": outcome.told}
        return messages.WARNING, _("Nothing has changed. YooKassa says: %(told)s.") % {"told": outcome.told}

    return _done(request, act)


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
@managers_only
def refund(request: StaffRequest, number: int) -> HttpResponse:
    """Ask whether a failed refund is to be asked for once more, then ask for it."""
    case = _case(request, number)

    def act() -> tuple[int, str]:
        refund = refund_again(case=case, by=request.user, gateway=connected_gateway(), at=timezone.now())
        sums = {"sum": format_money(refund.amount)}
        return messages.SUCCESS, _("The refund of %(sum)s is asked for once more.") % sums

    if request.method == "POST":
        return _done(request, act)
    if LINES[CaseKind(case.kind)][2] != "refund":
        raise Http404
    context = {"line": line_of(case, request)}
    return render_dialog(request, "orders/money_refund.html", context, back=reverse("orders:money"))


@require_POST
@managers_only
def send(request: StaffRequest, number: int) -> HttpResponse:
    """Try whether the provider takes our key again."""

    def act() -> tuple[int, str]:
        sent = try_key_now(case=_case(request, number), gateway=connected_gateway(), at=timezone.now())
        text = ngettext("%(count)s request is being sent.", "%(count)s requests are being sent.", sent)
        return messages.SUCCESS, _("YooKassa takes our key.") + " " + text % {"count": sent}

    return _done(request, act)


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
@managers_only
def settle_line(request: StaffRequest, number: int) -> HttpResponse:
    """Ask how a line was settled, then close it."""
    case = _case(request, number)
    error, resolution = "", request.POST.get("resolution", "").replace("\0", "").strip()[:250]
    if is_sent(request):
        try:
            settle(case=case, resolution=resolution, by=request.user, at=timezone.now())
        except Refusal as refusal:
            error = refusal.message
        else:
            messages.success(request, _("The line is settled."))
            return go_to(request, reverse("orders:money"))
    context = {"line": line_of(case, request), "zone": request.location.zone, "error": error, "resolution": resolution}
    back, status = reverse("orders:money"), 422 if error else 200
    return render_dialog(request, "orders/money_settle.html", context, back=back, status=status)


def _done(request: StaffRequest, act: Callable[[], tuple[int, str]]) -> HttpResponse:
    """Do what was pressed and go back to the desk with a notice of what came of it."""
    if not is_sent(request):  # carried on after a new sign-in, perhaps much later
        messages.warning(request, _("You were signed out meanwhile: nothing was done, press once more."))
        return go_to(request, reverse("orders:money"))
    try:
        level, text = act()
    except Refusal as refusal:
        level, text = messages.ERROR, refusal.message
    messages.add_message(request, level, text)
    return go_to(request, reverse("orders:money"))


def _case(request: StaffRequest, number: int) -> MoneyCase:
    cases: Any = with_what_they_are_about(MoneyCase.objects.visible_to(request.access))
    try:
        found: MoneyCase = cases.get(pk=number)
    except MoneyCase.DoesNotExist as error:
        raise Http404 from error
    return found
