"""The money of a day: totals by method and every movement, as a page and as a spreadsheet."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.confirming import confirmed_file
from accounts.models import Screen
from coworking.access import StaffRequest, managers_only
from olvery.shared.periods import DAY
from olvery.shared.replica_pages import reads_replica
from orders.documents.tables import Column
from orders.domain.queries.day import awaited_by_link, day_report
from orders.list_filters import day_of, unread_days
from orders.views.lists.exports import spreadsheet
from orders.views.seen import note_seen
from orders.wording import corrected_text, entry_reason


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


@require_safe
@managers_only
@confirmed_file
@reads_replica
def money(request: StaffRequest) -> HttpResponse:
    """Return the ledger of a day as a spreadsheet with two sheets."""
    zone = request.location.zone
    today = request.location.day_at(timezone.now())
    shown = day_of(request.GET, "on", today) or today
    report = day_report(request.location, shown)
    movements = (_("Movements"), _movements(zone), report.entries)
    totals = (_("Totals"), _totals(), [*report.totals.items(), (None, report.total)])
    note_seen(request, {entry.order.customer_id for entry in report.entries}, Screen.MONEY_EXPORT)
    return spreadsheet(f"money-{shown:%Y-%m-%d}", movements, totals)


def _movements(zone: ZoneInfo) -> list[Column]:
    def local(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    return [
        (_("When"), 16, lambda entry: local(entry.at)),
        (_("Order"), 9, lambda entry: entry.order_id),
        (_("Customer"), 32, lambda entry: entry.order.customer_name),
        (_("What"), 14, lambda entry: entry.get_kind_display()),
        (_("Payment method"), 26, lambda entry: entry.get_method_display()),
        (_("Sum"), 14, lambda entry: entry.amount),
        (_("Document"), 20, lambda entry: entry.document),
        (_("Corrects"), 32, lambda entry: corrected_text(entry, zone)),
        (_("Why"), 40, entry_reason),
        (_("Who"), 24, lambda entry: entry.by.short_name if entry.by else ""),
        (_("Recorded"), 16, lambda entry: local(entry.recorded_at)),
    ]


def _totals() -> list[Column]:
    return [
        (_("Payment method"), 26, lambda row: str(row[0].label) if row[0] else _("Total")),
        (_("Came in"), 14, lambda row: row[1].charged),
        (_("Payments"), 10, lambda row: row[1].charges),
        (_("Given back"), 14, lambda row: row[1].returned),
        (_("Refunds"), 10, lambda row: row[1].refunds),
        (_("Corrected"), 14, lambda row: row[1].corrected),
        (_("Net"), 14, lambda row: row[1].net),
    ]
