"""The files of the lists have what the pages show of the same rows, kind by kind and cell by cell."""

import csv
import io
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.http import QueryDict

from accounts.models import ListName
from coworking.models import Location, PaymentMethod, Ticket, Unit
from olvery.shared.formats import period
from olvery.shared.phones import format_phone
from orders.domain.queries.cards import with_order
from orders.exporting import exported, rest_after, write
from orders.models import ExportFormat, Order
from orders.wording_bookings import period_text, services_text
from tests.factories import (
    make_booking_wish,
    make_company,
    make_location,
    make_manager,
    make_order,
    make_pass_order,
    make_pass_tariff,
    make_pool,
    make_promo_code,
    make_seats,
    make_tariff,
    make_user,
    seat_of,
)
from tests.moments import NOW, THURSDAY
from tests.orders.steps import take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
YEKATERINBURG = "Asia/Yekaterinburg"


@pytest.fixture
def location() -> Location:
    """Return a location with an order of each shape: seats, days, several services, a pass, a promo code, a company."""
    location = make_location(time_zone=YEKATERINBURG)
    by = make_manager(location=location, last_name="Юдина & Ко", first_name="<Анна>")
    pool, desks = make_pool(location=location, name="Опенспейс"), make_seats(location=location, name="Столы")
    hourly, daily = make_tariff(service=pool), make_tariff(service=desks, unit=Unit.DAY)
    customer = make_user(last_name="<r>", first_name=" =1+1\n", middle_name="</r>", phone="+375291234567", email=None)
    code, company = make_promo_code(location=location), make_company(customer)
    make_order(tariff=hourly, by=by, promo_code=code.code)
    make_order(tariff=hourly, by=by, customer=customer, company_id=company.pk, visitor_ids=(None, None))
    make_order(tariff=daily, by=by, seat_ids=(seat_of(desks, "A2").pk,))
    on_thursday = make_booking_wish(tariff=daily, seat_ids=(seat_of(desks, "A1").pk,))
    on_thursday = replace(on_thursday, when=replace(on_thursday.when, day=THURSDAY))
    make_order(tariff=hourly, by=by, bookings=(make_booking_wish(tariff=hourly), on_thursday))
    make_pass_order(tariff=make_pass_tariff(service=pool), by=by)
    return location


def file_of(what: ListName, kind: ExportFormat, location: Location, query: str = "") -> bytes:
    found, file = exported(what, QueryDict(query), location, at=NOW), io.BytesIO()
    write(file, kind, found.columns, found.rows)
    return file.getvalue()


def sheet_of(content: bytes) -> list[list[Any]]:
    """Return the values of a workbook below its headings, each with the type that a spreadsheet gives it."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert not [cell.coordinate for row in sheet for cell in row if cell.data_type == "f"]
    return [["" if value is None else value for value in row] for row in sheet.values][1:]


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))[1:]


def as_text(value: Any) -> str:
    """Write a value as the Russian Excel reads it from a text file."""
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    text = str(value).replace(".", ",") if isinstance(value, Decimal) else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def shown_of_order(order: Order, location: Location) -> list[Any]:
    return [
        order.number,
        order.created_at.astimezone(location.zone).replace(tzinfo=None),
        services_text(order),
        order.tariff_name,
        order.customer_name,
        format_phone(order.phone).replace("\u00a0", " "),
        order.email,
        period_text(order, location.zone),
        order.ticket_count,
        order.total,
        order.promo_code.code if order.promo_code else "",
        str(order.payment_method.label),
        str(order.payment_status.label),
        str(order.status.label),
        order.created_by.short_name,
        order.company.name if order.company else "",
        order.company.inn if order.company else "",
    ]


def test_the_files_of_orders_hold_what_the_page_shows_of_each_whatever_was_sold(location: Location) -> None:
    shown = [shown_of_order(order, location) for order in Order.objects.order_by("-pk")]
    assert [row[2] for row in shown] == ["Опенспейс", "Опенспейс и ещё 1", "Столы", "Опенспейс", "Опенспейс"]
    assert {row[5] for row in shown} >= {"+375 29 123-45-67"}
    assert sheet_of(file_of(ListName.ORDERS, ExportFormat.XLSX, location)) == shown
    as_texts = [[as_text(value) for value in row] for row in shown]
    assert lines_of(file_of(ListName.ORDERS, ExportFormat.CSV, location)) == as_texts
    by_name = lines_of(file_of(ListName.ORDERS, ExportFormat.CSV, location, "sort=customer&q=<r>"))
    assert by_name == [row for row in as_texts if row[4].startswith("<r>")]


def test_a_file_names_the_ways_in_which_an_order_was_paid(location: Location) -> None:
    order = Order.objects.first()
    assert order is not None
    take(order, "100", by=order.created_by, method=PaymentMethod.INVOICE)
    take(order, "50", by=order.created_by)
    [row] = sheet_of(file_of(ListName.ORDERS, ExportFormat.XLSX, location, f"q={order.number}"))
    assert row[11:13] == ["По счёту, На месте", "Оплачен частично"]


def test_the_files_of_tickets_hold_what_the_page_shows_of_each(location: Location) -> None:
    tickets = with_order(Ticket.objects.select_related("service", "seat")).order_by("-pk")
    shown = [
        [
            ticket.number,
            period(ticket.period, location.zone),
            ticket.visitor_name,
            ticket.service.name,
            ticket.seat.label if ticket.seat else "",
            ticket.order_number,  # type: ignore[attr-defined]
            str(ticket.status.label),
        ]
        for ticket in tickets
    ]
    assert [row[4] for row in shown] == ["A1", "", "A2", "", "", ""]
    assert sheet_of(file_of(ListName.TICKETS, ExportFormat.XLSX, location)) == shown
    as_texts = [[as_text(value) for value in row] for row in shown]
    assert lines_of(file_of(ListName.TICKETS, ExportFormat.CSV, location)) == as_texts


@pytest.mark.parametrize(
    ("took", "rests"),
    [(0.02, 0.04), (0.06, 0.015), (0.075, 0.0), (1.0, 0.0)],
    ids=["quick rows", "slow rows", "no time left", "a machine with other work"],
)
def test_an_export_rests_twice_as_long_as_it_works_unless_its_rows_are_slow(took: float, rests: float) -> None:
    assert rest_after(took) == pytest.approx(rests)
