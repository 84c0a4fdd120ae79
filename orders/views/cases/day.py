"""The money of a day: totals by method and every movement."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, managers_only
from olvery.shared.periods import DAY
from olvery.shared.replica_pages import reads_replica
from orders.domain.queries.day import awaited_by_link, day_report
from orders.list_filters import day_of, unread_days


@require_safe
@managers_only
@reads_replica
def day(request: StaffRequest) -> HttpResponse:
    """Show the ledger of a day: totals by method and every movement."""
    zone, now = request.location.zone, timezone.now()
    today = request.location.day_at(now)
    shown = day_of(request.GET, "on", today) or today
    context = {
        "report": day_report(request.location, shown),
        "awaited": awaited_by_link(request.location, at=now) if shown == today else None,
        "today": today,
        "unread": unread_days(request.GET, today),
        "previous": shown - DAY,
        "following": shown + DAY,
        "zone": zone,
    }
    return render(request, "orders/cases/day.html", context)
