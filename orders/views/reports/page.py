"""«Отчёты»: the location in pictures, each with its table, which is also a file."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, any_staff
from coworking.domain.occupancy import Occupancy, occupancy_of
from coworking.models import Location
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import DAY
from olvery.shared.replica_pages import reads_replica
from orders.documents.tables import Column, write_csv
from orders.domain.queries import reports
from orders.domain.queries.day import Flow
from orders.domain.queries.vat_ahead import vat_ahead
from orders.list_filters import unread_days
from orders.views.files import CSV, attachment
from orders.views.reports.chosen import Chosen, Span, chosen

WIDTH, HEIGHT, LABELS, EDGE = 760, 240, 24, 18
MOST_LABELS = 16


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the picture, in units of its view box."""

    day: date
    net: Decimal
    x: float
    width: float
    y: float
    height: float
    before: "tuple[float, float]"  # y and height of the same day of the days before
    is_named: bool
    is_most: bool

    @property
    def middle(self) -> float:
        """The position of its label."""
        return round(self.x + self.width / 2, 1)


@require_safe
@any_staff
@reads_replica
def report(request: StaffRequest) -> HttpResponse:
    """Show the report of the chosen days next to the days before."""
    now = timezone.now()
    today = request.location.day_at(now)
    asked = chosen(request.GET, today)
    context = {
        "vat": vat_ahead(request.location, at=now),
        "chosen": asked,
        "unread": unread_days(request.GET, today),
        "width": WIDTH,
        "height": HEIGHT,
        **_money(request.location, asked.span, asked.previous),
        **_places(request.location, asked.span, asked.previous),
        "discounts": reports.discounts(request.location, *asked.span),
        "decisions": reports.decisions(request.location, *asked.span),
    }
    return render(request, "orders/reports/page.html", context)


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


def _money(location: Location, span: Span, previous: Span) -> dict[str, Any]:
    names = reports.service_names(location)
    money, before = (reports.money_report(location, *days, names=names) for days in (span, previous))
    return {
        "money": money,
        "before": before,
        "bars": _bars(money, before, span, previous),
        "services": _by_net(money.services, before.services),
        "methods": _by_net(money.methods, before.methods),
        "days": sorted(money.days.items()),
    }


def _places(location: Location, span: Span, previous: Span) -> dict[str, Any]:
    occupancy = occupancy_of(location, *span)
    attended = reports.attendance(location, *span)
    return {
        "occupancy": occupancy,
        "occupancy_before": occupancy_of(location, *previous),
        "heat": _heat(occupancy),
        "attended": attended,
        "missed": sum(one.missed for one in attended),
        "over": sum(one.tickets for one in attended),
    }


def _by_net(flows: dict[Any, Flow], before: dict[Any, Flow]) -> list[tuple[Any, Flow, float, Flow]]:
    """Return the rows of a table, largest first, with their share of the largest and the money before."""
    nothing = Flow()
    names = sorted({*flows, *before}, key=lambda name: (-flows.get(name, nothing).net, str(name or "")))
    most = max((flow.net for flow in flows.values()), default=NO_MONEY)
    found = ((name, flows.get(name, nothing), before.get(name, nothing)) for name in names)
    return [(name, flow, _share(flow.net, most), was) for name, flow, was in found]


def _share(part: Decimal, most: Decimal) -> float:
    return round(float(100 * max(part, NO_MONEY) / most), 1) if most > 0 else 0


def _bars(money: reports.MoneyReport, before: reports.MoneyReport, span: Span, previous: Span) -> list[Bar]:
    """Draw each day's net money next to the days before; a negative sum hangs below the line."""
    count = (span.last - span.first).days + 1
    nets, others = _nets(money, span.first, count), _nets(before, previous.first, count)
    most, least = max(*nets, *others, NO_MONEY), min(*nets, *others, NO_MONEY)
    scale = (HEIGHT - 2 * LABELS) / float(most - least or 1)
    step, every = (WIDTH - 2 * EDGE) / count, -(-count // MOST_LABELS)

    def placed(net: Decimal) -> tuple[float, float]:
        return round(LABELS + float(most - max(net, NO_MONEY)) * scale, 1), round(float(abs(net)) * scale, 1)

    return [
        Bar(
            span.first + DAY * n,
            net,
            round(EDGE + step * (n + 0.15), 1),
            round(step * 0.7, 1),
            *placed(net),
            before=placed(others[n]),
            is_named=n % every == 0,
            is_most=n == nets.index(max(nets)),
        )
        for n, net in enumerate(nets)
    ]


def _nets(money: reports.MoneyReport, first: date, count: int) -> list[Decimal]:
    days = (first + DAY * n for n in range(count))
    return [money.days[day].net if day in money.days else NO_MONEY for day in days]


def _heat(occupancy: Occupancy) -> list[tuple[str, list[tuple[int, int] | None], int]]:
    """Return the rows of the heat map: weekday, percents with their step of darkness, and the whole day."""
    rows = []
    for weekday in range(7):
        cells = [occupancy.cells.get((weekday, hour)) for hour in occupancy.hours]
        if any(cells):
            percents = [(cell.percent, min(cell.percent // 25 + 1, 4)) if cell else None for cell in cells]
            rows.append((str(WEEKDAYS_ABBR[weekday]), percents, occupancy.of_weekday(weekday).percent))
    return rows


def _flow_columns(heading: str, name: Callable[[Any], Any]) -> list[Column]:
    return [
        (heading, 20, lambda row: name(row[0])),
        (_("Came in"), 14, lambda row: row[1].charged),
        (_("Given back"), 14, lambda row: row[1].returned),
        (_("Corrected"), 14, lambda row: row[1].corrected),
        (_("Net"), 14, lambda row: row[1].net),
    ]


def _flows(name: str, heading: Callable[[], str], write: Callable[[Any], Any]) -> Any:
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
    "days": _flows("days", lambda: _("Day"), lambda day: f"{day:%d.%m.%Y}"),
    "services": _flows("services", lambda: _("Service"), lambda name: name or _("Several services")),
    "methods": _flows("methods", lambda: _("Payment method"), lambda method: str(method.label)),
    "occupancy": _occupancy,
    "attendance": _attendance,
    "discounts": _discounts,
    "decisions": _decisions,
}
