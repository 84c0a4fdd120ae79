"""The lists as spreadsheets: exactly the rows that the filters show, in the order of their numbers."""

import io
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.confirming import confirmed_file
from accounts.domain import access_log
from accounts.models import Screen
from coworking.access import StaffRequest, any_staff, managers_only
from olvery.shared.formats import period
from olvery.shared.phones import format_phone
from orders.domain.queries.lists import orders_of, tickets_of
from orders.views.lists.filters import order_filter, ticket_filter
from orders.wording_bookings import period_text, services_text

MOST_ROWS = 50_000
# In the address: the person knows that rows are left out.
CONFIRMED = "newest"
CHUNK = 2_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Title, width in characters, and how a cell is read from a row.
Column = tuple[str, int, Callable[[Any], Any]]
# Title, columns, rows.
Sheet = tuple[str, list[Column], Iterable[Any]]


@require_safe
@any_staff
@confirmed_file
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
    rows = orders_of(request.location.pk, wanted, zone).all()
    return _newest(request, "orders", columns, rows, noted=("customer_id", Screen.ORDERS_EXPORT))


@require_safe
@managers_only
@confirmed_file
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
    rows = tickets_of(request.location.pk, wanted, zone).all()
    return _newest(request, "tickets", columns, rows, noted=("visitor_id", Screen.TICKETS_EXPORT))


def _noting(rows: Iterable[Any], seen: set[int | None], key: str) -> Iterator[Any]:
    """Yield rows as they come and note whom they are about; `key` names the field."""
    for row in rows:
        seen.add(getattr(row, key))
        yield row


def note_export(request: StaffRequest, seen: set[int | None], screen: Screen) -> None:
    """Write down whom a file that is about to be given shows."""
    access_log.record(seen, by=request.user, location_id=request.location.pk, screen=screen, at=timezone.now())


def _newest(
    request: StaffRequest, name: str, columns: list[Column], rows: Any, *, noted: tuple[str, Screen]
) -> HttpResponse:
    """Give the newest rows as a file; where rows are left out, say so before it and in it.

    `noted` is the field that names whom a row is about, for the access log.
    """
    key, screen = noted
    seen = set[int | None]()
    newest = rows.order_by("-pk")
    is_cut = newest[MOST_ROWS : MOST_ROWS + 1].exists()
    if is_cut and CONFIRMED not in request.GET:
        context = {"most": MOST_ROWS, "list": f"orders:{'list' if name == 'orders' else name}"}
        return render(request, "orders/lists/export_cut.html", context)
    note = _("Only the newest %(count)s rows, older ones are left out.") % {"count": MOST_ROWS} if is_cut else ""
    rows = _noting(newest[:MOST_ROWS].iterator(chunk_size=CHUNK), seen, key)
    file = spreadsheet(f"{name}-{timezone.now():%Y-%m-%d}", ("", columns, rows), note=note)
    note_export(request, seen, screen)
    return file


def spreadsheet(name: str, *sheets: Sheet, note: str = "") -> HttpResponse:
    """Give a file of one or more sheets, written row by row; a note stands above the headings."""
    file = io.BytesIO()
    # Texts stay texts: a name that begins with «=» is no formula, an e-mail no link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, {**options, "default_date_format": "dd.mm.yyyy hh:mm"})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    for title, columns, rows in sheets:
        sheet = book.add_worksheet(title or None)
        head = 1 if note else 0
        sheet.freeze_panes(head + 1, 0)
        if note:
            sheet.write_string(0, 0, note, bold)
        for number, (heading, width, _cell) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(head, number, heading, bold)
        for line, row in enumerate(rows, start=head + 1):
            for number, (_heading, _width, cell) in enumerate(columns):
                value = cell(row)
                sheet.write(line, number, value, money if isinstance(value, Decimal) else None)
    book.close()
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
