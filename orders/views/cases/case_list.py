"""«Сверка денег»: cases, each with its one safe action, and the money of a day."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, any_staff
from olvery.shared.paging import Sort, count_up_to_limit, page_asked
from orders.domain.money.cases import cases_of, with_what_they_are_about
from orders.domain.online.sweep import swept_at
from orders.domain.queries.day import awaited_by_link, day_report
from orders.models import CaseKind, MoneyCase
from orders.views.cases.case_words import STYLES, sum_of

OPENED = Sort("opened", "opened_at", descending=True, is_moment=True)
CLOSED = Sort("closed", "closed_at", descending=True, is_moment=True)
MOST_SHOWN = 99


@dataclass(frozen=True, slots=True)
class CaseRow:
    case: MoneyCase
    tone: str
    icon: str
    action: str
    words: str
    sum: str  # in the provider's currency, empty if there is none


@require_safe
@any_staff
def case_list(request: StaffRequest) -> HttpResponse:
    """Show open cases, newest first, or settled ones with `view=settled`, and today in figures.

    A location administrator sees only requests for a second person, and no figures.
    """
    zone, now, is_settled = request.location.zone, timezone.now(), request.GET.get("view") == "settled"
    today = request.location.day_at(now)
    cases, is_manager = cases_seen(request, settled=is_settled), request.access.is_manager
    count, is_more = count_up_to_limit(cases)
    page = page_asked(request.GET, with_what_they_are_about(cases), sort=CLOSED if is_settled else OPENED)
    context = {
        "page": page,
        "rows": [row_of(case, request) for case in page.rows],
        "count": count,
        "is_more": is_more,
        "is_settled": is_settled,
        "is_manager": is_manager,
        "zone": zone,
        "swept_at": swept_at(),
        "report": day_report(request.location, today) if is_manager else None,
        "awaited": awaited_by_link(request.location, at=now) if is_manager else None,
    }
    return render(request, "orders/cases/page.html", context)


def cases_seen(request: StaffRequest, *, settled: bool = False) -> QuerySet[MoneyCase]:
    """Return the cases that the role sees: a location administrator sees requests for a second person."""
    cases = cases_of(request.location.pk, settled=settled)
    return cases if request.access.is_manager else cases.filter(kind=CaseKind.APPROVAL)


def row_of(case: MoneyCase, request: StaffRequest) -> CaseRow:
    """Put a case into words and choose its action."""
    style = STYLES[case.kind]
    action = style.action
    if case.approval and case.approval.asked_by_id == request.user.pk:
        action = "withdraw"
    if case.kind == CaseKind.REFUND_FAILED and case.amount is None:
        action = ""
    return CaseRow(case, style.tone, style.icon, action, style.words(case, request.location.zone), sum_of(case))


@require_safe
@never_cache
@any_staff
def open_count(request: StaffRequest) -> HttpResponse:
    """Show the number of open cases in the side menu; nothing if there are none."""
    found = cases_seen(request)[: MOST_SHOWN + 1].count()
    context = {"count": found, "shown": f"{MOST_SHOWN}+" if found > MOST_SHOWN else found}
    return render(request, "orders/cases/count.html", context)
