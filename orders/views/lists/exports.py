"""The lists as spreadsheets: exactly the rows that the filters show, in the order of their numbers."""

import io
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.domain import access_log
from accounts.models import Screen
from coworking.access import StaffRequest, any_staff, managers_only
from coworking.models import Ticket
from olvery.shared.formats import period
from olvery.shared.phones import format_phone
from orders.domain.queries.lists import orders_of, tickets_of
from orders.models import Order
from orders.views.lists.filters import order_filter, ticket_filter
from orders.wording_bookings import period_text, services_text

MOST_ROWS = 50_000
CHUNK = 2_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Title, width in characters, and how a cell is read from a row.
Column = tuple[str, int, Callable[[Any], Any]]
# Title, columns, rows.
Sheet = tuple[str, list[Column], Iterable[Any]]


@require_safe
@any_staff
def orders(request: StaffRequest) -> HttpResponse:
    """Give the filtered orders as a spreadsheet."""
    zone = request.location.zone
    wanted = order_filter(request.GET, timezone.now().astimezone(zone).date())
    columns: list[Column] = [
        (_("No."), 9, lambda order: order.number),
        (_("Created"), 16, lambda order: order.created_at.astimezone(zone).replace(tzinfo=None)),
        (_("Service"), 20, services_text),
        (_("Tariff"), 12, lambda order: order.tariff_name),
        (_("Customer"), 32, lambda order: order.customer_name),
        (_("Phone"), 18, lambda order: format_phone(order.phone).replace("\u00a0", " ")),
        (_("E-mail"), 28, lambda order: order.email),
        (_("Period"), 26, lambda order: period_text(order, zone)),
        (_("Tickets"), 9, lambda order: order.ticket_count),
        (_("Cost"), 12, lambda order: order.total),
        (_("Payment method"), 26, lambda order: str(order.payment_method.label)),
        (_("Payment"), 14, lambda order: str(order.payment_status.label)),
        (_("Status"), 18, lambda order: str(order.status.label)),
        (_("Created by"), 24, lambda order: order.created_by.short_name),
    ]
    rows, seen = orders_of(request.location.pk, wanted, zone), set[int | None]()
    file = spreadsheet(_today("orders"), ("", columns, _noting(_newest_first(rows), seen, "customer_id")))
    note_export(request, seen, Screen.ORDERS_EXPORT)
    return file


@require_safe
@managers_only
def tickets(request: StaffRequest) -> HttpResponse:
    """Give the filtered tickets as a spreadsheet."""
    zone = request.location.zone
    wanted = ticket_filter(request.GET, timezone.now().astimezone(zone).date())
    columns: list[Column] = [
        (_("Number"), 9, lambda ticket: ticket.number),
        (_("Rental period"), 26, lambda ticket: period(ticket.period, zone)),
        (_("Visitor"), 32, lambda ticket: ticket.visitor_name),
        (_("Service"), 20, lambda ticket: ticket.service.name),
        (_("Seat"), 10, lambda ticket: ticket.seat.label if ticket.seat else ""),
        (_("Order"), 9, lambda ticket: ticket.order_number),
        (_("Status"), 18, lambda ticket: str(ticket.status.label)),
    ]
    rows, seen = tickets_of(request.location.pk, wanted, zone), set[int | None]()
    file = spreadsheet(_today("tickets"), ("", columns, _noting(_newest_first(rows), seen, "visitor_id")))
    note_export(request, seen, Screen.TICKETS_EXPORT)
    return file


def _noting(rows: Iterable[Any], seen: set[int | None], key: str) -> Iterator[Any]:
    """Yield rows as they come and note whom they are about; `key` names the field."""
    for row in rows:
        seen.add(getattr(row, key))
        yield row


def note_export(request: StaffRequest, seen: set[int | None], screen: Screen) -> None:
    """Write down whom a file that is about to be given shows."""
    access_log.record(seen, by=request.user, location_id=request.location.pk, screen=screen, at=timezone.now())


def _newest_first(rows: Any) -> "Iterable[Order | Ticket]":
    return rows.order_by("-pk")[:MOST_ROWS].iterator(chunk_size=CHUNK)


def _today(name: str) -> str:
    return f"{name}-{timezone.now():%Y-%m-%d}"


def spreadsheet(name: str, *sheets: Sheet) -> HttpResponse:
    """Give a file of one or more sheets, written row by row."""
    file = io.BytesIO()
    # Texts stay texts: a name that begins with «=» is no formula, an e-mail no link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, {**options, "default_date_format": "dd.mm.yyyy hh:mm"})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    for title, columns, rows in sheets:
        sheet = book.add_worksheet(title or None)
        sheet.freeze_panes(1, 0)
        for number, (heading, width, _cell) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, heading, bold)
        for line, row in enumerate(rows, start=1):
            for number, (_heading, _width, cell) in enumerate(columns):
                value = cell(row)
                sheet.write(line, number, value, money if isinstance(value, Decimal) else None)
    book.close()
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
