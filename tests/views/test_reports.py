"""«Отчёты»: sums equal the ledger, hours equal the tickets, and the days are the location's."""

import csv
import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from coworking.domain.occupancy import occupancy_of
from coworking.models import Location, TicketStatus, Vat
from olvery.shared.periods import Period, at_local
from orders.domain.booking.pricing import Discount
from orders.domain.desk.cancelling import cancel_order
from orders.domain.queries.promo_codes import given_by
from orders.domain.queries.reports import (
    Attendance,
    Decisions,
    Discounts,
    attendance,
    decisions,
    discounts,
    money_report,
)
from orders.models import EntryKind, LedgerEntry, Order, OrderEvent
from orders.views.reports.chosen import Span, chosen
from tests.factories import (
    make_block,
    make_booking_wish,
    make_exception,
    make_location,
    make_manager,
    make_member,
    make_order,
    make_pool,
    make_promo_code,
    make_seats,
    make_seller,
    make_tariff,
    make_ticket,
    seat_of,
)
from tests.moments import NOW, WEDNESDAY
from tests.orders.steps import give_back, take
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
TUESDAY = date(2026, 11, 24)
MONTH = (date(2026, 11, 1), date(2026, 11, 30))


def enter(order: Order, amount: str, *, method: str = "on_site", at: datetime = NOW, **facts: Any) -> LedgerEntry:
    kind = facts.pop("kind", EntryKind.CHARGE if Decimal(amount) > 0 else EntryKind.REFUND)
    return LedgerEntry.objects.create(order=order, kind=kind, method=method, amount=Decimal(amount), at=at, **facts)


@pytest.fixture
def location() -> Location:
    return make_location(time_zone="Asia/Vladivostok")


@pytest.fixture
def books(location: Location) -> Location:
    """Fill the ledger with all kinds, methods and services, at two locations and around midnight."""
    manager = make_manager(location=location)
    desk, room = (make_tariff(service=make_pool(location=location, name=name)) for name in ("Опенспейс", "Студия"))
    one = make_order(tariff=desk, by=manager)
    both = make_order(by=manager, tariff=desk, bookings=[make_booking_wish(tariff=tariff) for tariff in (desk, room)])
    midnight = at_local(TUESDAY, time.min, location.zone)
    wrong = enter(one, "600", at=midnight - timedelta(seconds=1))
    enter(one, "-200.50", at=midnight)
    enter(one, "-100", kind=EntryKind.CORRECTION, corrects=wrong, reason="опечатка", at=midnight)
    enter(both, "1200", method="invoice")
    enter(make_order(), "999")  # at another location
    enter(one, "777", at=at_local(date(2026, 12, 1), time.min, location.zone))  # the month after
    return location


def test_every_table_of_the_money_sums_up_to_the_ledger(books: Location) -> None:
    report = money_report(books, *MONTH)
    within = Period(at_local(MONTH[0], time.min, books.zone), at_local(date(2026, 12, 1), time.min, books.zone))
    ledger = LedgerEntry.objects.filter(order__location=books, at__gte=within.start, at__lt=within.end)
    booked = ledger.aggregate(sum=Sum("amount"))["sum"]
    assert booked == report.total.net == Decimal("1499.50")
    for table in (report.days, report.methods, report.services):
        assert sum(flow.net for flow in table.values()) == booked
    assert {day: flow.net for day, flow in report.days.items()} == {
        date(2026, 11, 23): Decimal(600),
        TUESDAY: Decimal("899.50"),
    }
    assert {str(method): flow.net for method, flow in report.methods.items()} == {
        "on_site": Decimal("299.50"),
        "invoice": Decimal(1200),
    }
    assert {name: flow.net for name, flow in report.services.items()} == {
        "Опенспейс": Decimal("299.50"),
        None: Decimal(1200),
    }
    flow = report.total
    assert (flow.charged, flow.returned, flow.corrected) == (Decimal(1800), Decimal("-200.50"), Decimal(-100))


def test_hours_are_those_of_tickets_within_opening_hours_of_what_is_not_blocked(location: Location) -> None:
    def hours(day: date, start: int, end: int) -> Period:
        return Period(at_local(day, time(start), location.zone), at_local(day, time(end), location.zone))

    pool, seats = make_pool(location=location, capacity=2), make_seats(location=location, labels=("A1", "A2"))
    archived = make_pool(location=location, capacity=50, is_active=False)
    make_ticket(service=archived, period=hours(WEDNESDAY, 8, 21), status=TicketStatus.USED)
    make_exception(location=location, on=date(2026, 11, 26))
    make_ticket(service=pool, period=hours(WEDNESDAY, 7, 10))  # opens at 8
    make_ticket(service=pool, period=hours(WEDNESDAY, 8, 9), status=TicketStatus.USED)
    make_ticket(service=pool, period=hours(WEDNESDAY, 8, 9), status=TicketStatus.CANCELLED)
    make_ticket(service=pool, period=hours(WEDNESDAY, 8, 9), status=TicketStatus.NO_SHOW)
    make_ticket(service=pool, period=hours(date(2026, 11, 26), 8, 9))  # a day off
    make_block(service=seats, period=hours(WEDNESDAY, 9, 10))  # all seats
    make_block(service=seats, seat=seat_of(seats, "A1"), period=hours(WEDNESDAY, 9, 10))  # a single seat
    occupancy = occupancy_of(location, WEDNESDAY, date(2026, 11, 26))
    assert set(occupancy.cells) == {(2, hour) for hour in range(8, 21)}
    assert occupancy.hours == range(8, 21)
    shares = {hour: (share.taken, share.open, share.percent) for (_day, hour), share in occupancy.cells.items()}
    assert shares == {8: (2, 4, 50), 9: (1, 2, 50), **dict.fromkeys(range(10, 21), (0, 4, 0))}
    assert (occupancy.total.taken, occupancy.total.open) == (3, 50)


def test_who_did_not_come_and_who_decided_what_are_counted(location: Location) -> None:
    manager = make_manager(location=location, last_name="Крылова", first_name="Ольга")
    pool = make_pool(location=location, name="Опенспейс")
    start = at_local(TUESDAY, time(10), location.zone)
    for status in (TicketStatus.USED, TicketStatus.USED, TicketStatus.NO_SHOW, TicketStatus.CANCELLED):
        make_ticket(service=pool, period=Period(start, start + timedelta(hours=1)), status=status)
    order = make_order(tariff=make_tariff(service=pool), by=manager)
    for kind in ("rule_overridden", "rule_overridden", "discount_given", "corrected", "paid"):
        OrderEvent.objects.create(order=order, kind=kind, by=manager, at=NOW)
    OrderEvent.objects.create(order=order, kind="corrected", by=manager, at=NOW - timedelta(days=60))
    assert attendance(location, *MONTH) == [Attendance("Опенспейс", tickets=3, missed=1)]
    assert decisions(location, *MONTH) == [Decisions("Крылова Ольга", overridden=2, discounts=1, corrections=1)]


def test_codes_are_told_apart_from_discounts_by_hand(location: Location) -> None:
    manager, tariff = make_manager(location=location), make_tariff(service=make_pool(location=location))
    code = make_promo_code(location=location)
    tenth = {"discount": Discount(Decimal(10), is_percent=True), "discount_reason": "Партнёр"}
    for wanted in ({"promo_code": code.code}, {"promo_code": code.code}, tenth, {}):
        make_order(tariff=tariff, by=manager, **wanted)
    gone = make_order(tariff=tariff, by=manager, promo_code=code.code)
    cancel_order(gone.pk, by=manager, reason="Планы", at=NOW)
    make_order(tariff=tariff, by=manager, at=NOW - timedelta(days=60), **tenth)
    assert discounts(location, *MONTH) == [Discounts("ВЕСНА-10", 2, Decimal(120)), Discounts("", 1, Decimal(60))]


def test_a_discount_of_what_is_cancelled_once_it_has_begun_counts_on_the_report_as_with_its_code(
    location: Location,
) -> None:
    manager, tariff = make_manager(location=location), make_tariff(service=make_pool(location=location, capacity=9))
    code = make_promo_code(location=location)
    tenth = {"discount": Discount(Decimal(10), is_percent=True), "discount_reason": "Партнёр"}
    for wanted in ({"promo_code": code.code}, tenth):
        early, late = (make_order(tariff=tariff, by=manager, **wanted) for _ in range(2))
        for order, at in ((early, NOW), (late, late.period.start)):
            cancel_order(order.pk, by=manager, reason="Планы", at=at)
    assert discounts(location, *MONTH) == [Discounts("", 1, Decimal(60)), Discounts("ВЕСНА-10", 1, Decimal(60))]
    assert given_by(code) == Decimal(60)


def test_a_discount_of_what_was_let_off_whole_counts_only_where_that_was_after_it_began(
    location: Location, clock: time_machine.Coordinates
) -> None:
    manager, tariff = make_manager(location=location), make_tariff(service=make_pool(location=location, capacity=9))
    code = make_promo_code(location=location)
    tenth = {"discount": Discount(Decimal(10), is_percent=True), "discount_reason": "Партнёр"}
    orders = [
        make_order(tariff=tariff, by=manager, **wanted)
        for wanted in ({"promo_code": code.code}, tenth, {"promo_code": code.code}, tenth)
    ]
    for order in orders:
        take(order, str(order.total), by=manager)
    for order in orders[:2]:
        give_back(order, str(order.total), by=manager)
    clock.move_to(orders[0].period.start)
    for order in orders[2:]:
        give_back(order, str(order.total), by=manager)
    assert discounts(location, *MONTH) == [Discounts("", 1, Decimal(60)), Discounts("ВЕСНА-10", 1, Decimal(60))]
    assert given_by(code) == Decimal(60)


def test_a_discount_by_hand_of_the_whole_price_counts_on_the_report(location: Location) -> None:
    Location.objects.filter(pk=location.pk).update(discount_limit=100)
    location.refresh_from_db()
    manager, tariff = make_manager(location=location), make_tariff(service=make_pool(location=location))
    whole = {"discount": Discount(Decimal(100), is_percent=True), "discount_reason": "Партнёр"}
    make_order(tariff=tariff, by=manager, **whole)
    assert discounts(location, *MONTH) == [Discounts("", 1, Decimal(600))]


@pytest.mark.parametrize(
    ("asked", "days", "before"),
    [
        ({}, ("11-01", "11-24"), ("10-01", "10-24")),
        ({"period": "week"}, ("11-23", "11-24"), ("11-16", "11-17")),
        ({"period": "last-month"}, ("10-01", "10-31"), ("09-01", "09-30")),
        ({"period": "quarter"}, ("10-01", "11-24"), ("07-01", "08-24")),
        ({"from": "2026-11-12", "to": "2026-11-10"}, ("11-10", "11-12"), ("11-07", "11-09")),
        ({"period": "nonsense"}, ("11-01", "11-24"), ("10-01", "10-24")),
    ],
)
def test_days_are_compared_with_as_many_before(
    asked: dict[str, str], days: tuple[str, str], before: tuple[str, str]
) -> None:
    found = chosen(asked, TUESDAY)  # type: ignore[arg-type]
    spans = [Span(*(date.fromisoformat(f"2026-{day}") for day in span)) for span in (days, before)]
    assert [found.span, found.previous] == spans


def test_the_page_shows_the_books_and_gives_each_table_as_a_file(client: Client, books: Location) -> None:
    client.force_login(make_manager(location=books))
    page = read(client.get("/manage/reports/?from=2026-11-01&to=2026-11-30"))
    assert "1\u00a0499,50\u00a0₽" in page.html
    assert "Несколько услуг" in page.html
    assert len(page.attrs_of("svg", **{"class": "chart"})) == 1
    files = [link for link in page.links() if ".csv" in link]
    assert len(files) == 7
    rows = {}
    for link in files:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows[link.split("/")[-1].split(".")[0]] = list(
            csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
        )
    assert rows["days"][1:] == [
        ["23.11.2026", "600,00", "0,00", "0,00", "600,00"],
        ["24.11.2026", "1200,00", "-200,50", "-100,00", "899,50"],
    ]
    assert [row[0] for row in rows["services"][1:]] == ["Несколько услуг", "Опенспейс"]


def test_services_that_brought_the_same_stand_by_their_names(client: Client, location: Location) -> None:
    manager = make_manager(location=location)
    names = ["Аудитория", "Бокс", "Зал", "Кабинет", "Офис", "Студия"]
    for name in names[::-1]:
        enter(make_order(tariff=make_tariff(service=make_pool(location=location, name=name)), by=manager), "600")
    client.force_login(manager)
    shown = client.get("/manage/reports/").context["services"]
    assert [(name, flow.net) for name, flow, _share, _was in shown] == [(name, Decimal(600)) for name in names]


@pytest.mark.parametrize("role", [Role.RENTAL_MANAGER, Role.LOCATION_ADMINISTRATOR])
def test_the_page_says_that_vat_is_ahead(client: Client, location: Location, role: Role) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.NONE})
    order = make_order(tariff=make_tariff(service=make_pool(location=location)), by=make_manager(location=location))
    client.force_login(make_member(location=location, role=role))
    told = "с 01.01.2027 нужен НДС"
    assert told not in read(client.get("/manage/reports/")).html
    enter(order, "15000001")
    page = read(client.get("/manage/reports/"))
    assert told in page.html
    assert "15\u00a0000\u00a0000\u00a0₽" in page.html
    assert "/manage/coworking/seller/#taxes" in page.links()
    is_told = told in read(client.get("/manage/")).html
    assert is_told == (role == Role.LOCATION_ADMINISTRATOR)  # whoever enters the rate reads it first
    part = client.get("/manage/", headers={"HX-Request": "true", "HX-Target": "today"})
    assert told not in part.content.decode()


def test_a_report_takes_as_many_queries_for_three_orders_as_for_one(client: Client, location: Location) -> None:
    manager = make_manager(location=location)
    client.force_login(manager)
    client.get("/manage/reports/")
    tariff = make_tariff(service=make_pool(location=location))
    counts = []
    for _ in range(3):
        enter(make_order(tariff=tariff, by=manager), "600")
        with CaptureQueriesContext(connection) as sent:
            client.get("/manage/reports/")
        counts.append(len(sent))
    assert counts == [19, 19, 19]
