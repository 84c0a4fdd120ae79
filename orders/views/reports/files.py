"""The tables of the report as text files."""

import io
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, any_staff
from coworking.domain.occupancy import occupancy_of
from olvery.shared.replica_pages import reads_replica
from orders.documents.tables import Column, write_csv
from orders.domain.queries import reports
from orders.views.files import CSV, attachment
from orders.views.reports.chosen import Chosen, chosen


@require_safe
@any_staff
@reads_replica
def export(request: StaffRequest, table: str) -> HttpResponse:
    """Return one table of the report as a text file."""
    if table not in TABLES:
        raise Http404
    today = request.location.day_at(timezone.now())
    asked = chosen(request.GET, today)
    file = io.BytesIO()
    write_csv(file, *TABLES[table](request, asked))
    name = f"{table}-{asked.span.first}-{asked.span.last}.csv"
    return attachment(file.getvalue(), name=name, content_type=CSV)


def _flow_columns(heading: str, name: Callable[[Any], Any]) -> list[Column]:
    return [
        (heading, 20, lambda row: name(row[0])),
        (_("Came in"), 14, lambda row: row[1].charged),
        (_("Given back"), 14, lambda row: row[1].returned),
        (_("Corrected"), 14, lambda row: row[1].corrected),
        (_("Net"), 14, lambda row: row[1].net),
    ]


def _money(name: str, heading: Callable[[], str], write: Callable[[Any], Any]) -> Any:
    def table(request: StaffRequest, asked: Chosen) -> tuple[list[Column], Any]:
        flows = getattr(reports.money_report(request.location, *asked.span), name)
        return _flow_columns(heading(), write), sorted(flows.items(), key=lambda row: str(row[0] or ""))

    return table


def _occupancy(request: StaffRequest, asked: Chosen) -> tuple[list[Column], Any]:
    cells = occupancy_of(request.location, *asked.span).cells
    columns: list[Column] = [
        (_("Weekday"), 12, lambda row: str(WEEKDAYS_ABBR[row[0][0]])),
        (_("Hour"), 8, lambda row: row[0][1]),
        (_("Taken, percent"), 10, lambda row: row[1].percent),
    ]
    return columns, sorted(cells.items())


def _attendance(request: StaffRequest, asked: Chosen) -> tuple[list[Column], Any]:
    columns: list[Column] = [
        (_("Service"), 20, lambda row: row.service),
        (_("Tickets"), 10, lambda row: row.tickets),
        (_("Did not come"), 10, lambda row: row.missed),
    ]
    return columns, reports.attendance(request.location, *asked.span)


def _discounts(request: StaffRequest, asked: Chosen) -> tuple[list[Column], Any]:
    columns: list[Column] = [
        (_("Discount"), 24, lambda row: row.code or _("By hand")),
        (_("Orders"), 10, lambda row: row.orders),
        (_("Given in all"), 14, lambda row: row.given),
    ]
    return columns, reports.discounts(request.location, *asked.span)


def _decisions(request: StaffRequest, asked: Chosen) -> tuple[list[Column], Any]:
    columns: list[Column] = [
        (_("Who"), 24, lambda row: row.name),
        (_("Rules overridden"), 10, lambda row: row.overridden),
        (_("Discounts"), 10, lambda row: row.discounts),
        (_("Corrections"), 10, lambda row: row.corrections),
    ]
    return columns, reports.decisions(request.location, *asked.span)


TABLES: dict[str, Callable[[StaffRequest, Chosen], tuple[list[Column], Any]]] = {
    "days": _money("days", lambda: _("Day"), lambda day: f"{day:%d.%m.%Y}"),
    "services": _money("services", lambda: _("Service"), lambda name: name or _("Several services")),
    "methods": _money("methods", lambda: _("Payment method"), lambda method: str(method.label)),
    "occupancy": _occupancy,
    "attendance": _attendance,
    "discounts": _discounts,
    "decisions": _decisions,
}
