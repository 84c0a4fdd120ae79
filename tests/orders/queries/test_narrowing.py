"""Pages and counts of filtered lists equal a plain check of every row, whichever way leads to them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, count, repeat
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, PaymentMethod, Ticket, TicketFacet, TicketStatus, Unit
from olvery.shared.paging import Page, Sort, pick_sort
from olvery.shared.search import fold
from orders.domain.desk.cancelling import cancel_order
from orders.domain.queries import narrowing
from orders.domain.queries.lists import ORDER_SORTS, TICKET_SORTS, OrderFilter, TicketFilter, orders_of, tickets_of
from orders.domain.queries.narrowing import Narrowed
from orders.models import Order, OrderFacet, OrderStatus, PaymentStatus, shown_methods
from tests.factories import make_company, make_location, make_manager, make_order, make_pool, make_tariff, make_user
from tests.moments import NOW, TUESDAY, WEDNESDAY
from tests.once import once
from tests.orders import steps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ORDERS, SIZE = 24, 10
NAMES = (("Петров", "Иван"), ("Петрова", "Анна"), ("Иванов", "Пётр"), ("Ёлкина", "Мария"), ("Цой", "Анна"))
TEXTS = ("п", "иван", "анна цой", "ёлк", "gtn", "petrov", "+79990000001", "никто")
DAYS = ((WEDNESDAY, WEDNESDAY), (WEDNESDAY + timedelta(days=1), None), (None, WEDNESDAY))


@dataclass(frozen=True)
class World:
    location: Location
    orders: list[Order]
    tickets: list[Ticket]


@pytest.fixture(scope="module")
def _world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], World]]:
    yield from once(django_db_blocker, make_world)


@pytest.fixture
def world(_world: Callable[[], World], db: None) -> World:
    return _world()


@override_settings(YOOKASSA_SHOP_ID="100500")
def make_world() -> World:
    """Save orders of one location by every kind of filter, and one elsewhere."""
    rng = Random(9)
    location, elsewhere = make_location(), make_location()
    manager = make_manager(location=location)
    people = [
        make_user(last_name=last, first_name=first, email=f"{name}@example.com", phone=f"+7999000000{number}")
        for number, ((last, first), name) in enumerate(
            zip(NAMES, ("petrov", "petrova", "ivanov", "elkina", "tsoi"), strict=True)
        )
    ]
    tariffs = [
        make_tariff(service=service, unit=Unit.DAY, price="900")
        for service in (
            make_pool(location=location, capacity=99),
            make_pool(location=location, capacity=99, name="Переговорная"),
        )
    ]
    company = make_company(people[0], name="ООО «Север»")
    for number in range(ORDERS):
        person, day = rng.choice(people), WEDNESDAY + timedelta(days=rng.randrange(2))
        method = rng.choice(("online", "on_site"))
        order = make_order(
            tariff=rng.choice(tariffs),
            by=person if rng.random() < 0.3 else manager,
            customer=person,
            company_id=company.pk if person == people[0] else None,
            payment_method=method,
            when=When(day=day, last_day=day + timedelta(days=rng.randrange(3))),
        )
        if number % 6 == 0:
            cancel_order(order.pk, by=manager, reason="Передумал.", at=NOW)
        elif number % 6 == 1:
            steps.take(order, "900", by=manager, method=PaymentMethod.INVOICE)
    make_order(tariff=make_tariff(service=make_pool(location=elsewhere), unit=Unit.DAY), when=When(day=WEDNESDAY))
    orders = list(Order.objects.filter(location=location).select_related("customer"))
    tickets = list(Ticket.objects.filter(service__location=location).select_related("visitor"))
    return World(location, orders, tickets)


def is_meant(text: str, person: User, email: str) -> bool:
    """Return whether a text matches a person: digits, names in either layout, the beginning of an e-mail."""
    if text.startswith("+"):
        return text in str(person.phone)
    names = {fold(text), {"gtn": "пет"}.get(text, "")} - {""}
    parts = [fold(part) for part in (person.last_name, person.first_name, person.middle_name)]
    for name in names:
        words = name.split()
        if len(words) == 1 and any(part.startswith(name) for part in parts[:2]):
            return True
        if len(words) > 1 and all(any(part.startswith(word) for part in parts) for word in words):
            return True
    return text.isascii() and email.startswith(text)


def is_within(row: Any, first: date | None, last: date | None, location: Location) -> bool:
    start, end = row.period.days(location.zone)
    return (last is None or start <= last) and (first is None or end >= first)


Check = Callable[[Any], bool]


def order_filters(world: World) -> Iterator[tuple[dict[str, Any], Check]]:
    """Yield every kind of filter of orders with its plain condition."""
    for status in (OrderStatus.CONFIRMED, OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        yield {"statuses": [status]}, lambda order, status=status: order.status == status
    for payment in (PaymentStatus.UNPAID, PaymentStatus.NOT_REQUIRED):
        yield {"payments": [payment]}, lambda order, payment=payment: order.payment_status == payment
    for method in (PaymentMethod.ONLINE, PaymentMethod.INVOICE):
        yield {"methods": [method]}, lambda order, method=method: method in shown_methods(order)
    service = world.orders[0].service_id
    yield {"services": [service]}, lambda order: service in order.service_ids
    yield {"by_manager": True}, lambda order: order.created_by_id != order.customer_id
    person = world.orders[0].customer_id
    yield {"customer": person}, lambda order: order.customer_id == person
    yield {"created_on": TUESDAY}, lambda order: order.created_at.astimezone(world.location.zone).date() == TUESDAY
    for first, last in DAYS:
        days = {"from_day": first, "to_day": last}
        yield days, lambda order, first=first, last=last: is_within(order, first, last, world.location)
    for text in TEXTS:
        yield {"text": text}, lambda order, text=text: is_meant(text, order.customer, order.email)
    yield {"text": "сев"}, lambda order: order.company_id is not None


def ticket_filters(world: World) -> Iterator[tuple[dict[str, Any], Check]]:
    """Yield every kind of filter of tickets with its plain condition."""
    for status in (TicketStatus.ACTIVE, TicketStatus.CANCELLED, TicketStatus.USED):
        yield {"statuses": [status]}, lambda ticket, status=status: ticket.status == status
    service, person = world.tickets[0].service_id, world.tickets[0].visitor_id
    yield {"services": [service]}, lambda ticket: ticket.service_id == service
    yield {"customer": person}, lambda ticket: ticket.visitor_id == person
    for first, last in DAYS:
        days = {"from_day": first, "to_day": last}
        yield days, lambda ticket, first=first, last=last: is_within(ticket, first, last, world.location)
    for text in TEXTS:
        yield {"text": text}, lambda ticket, text=text: is_meant(text, ticket.visitor, ticket.visitor.email or "")


def asked(filters: list[tuple[dict[str, Any], Check]]) -> Iterator[tuple[dict[str, Any], Check]]:
    """Yield no filter and each filter six times, for every sort, and every two that ask for different things."""
    for one in [({}, lambda row: True), *filters]:
        yield from repeat(one, 6)
    for (one, meets_one), (two, meets_two) in combinations(filters, 2):
        if not one.keys() & two.keys():
            yield one | two, lambda row, a=meets_one, b=meets_two: a(row) and b(row)


def place_of(sort: Sort) -> Callable[[Any], Any]:
    """Return the key for a plain sort."""
    keys = {"pk": lambda row: row.pk, "name_key": lambda row: (row.name_key, row.pk)}
    return keys.get(sort.field, lambda row: (row.period.start, row.pk))


def walked(rows: Narrowed[Any], sort: Sort) -> list[int]:
    """Return the numbers of all pages, from the first to the last; the way back has to agree."""
    forth: list[Page[Any]] = [rows.page(sort=sort, size=SIZE)]
    while forth[-1].older:
        forth.append(rows.page(sort=sort, older_than=forth[-1].older, size=SIZE))
    back = [forth[-1]]
    while back[0].newer and len(back) < len(forth):
        back.insert(0, rows.page(sort=sort, newer_than=back[0].newer, size=SIZE))
    numbers = [[row.pk for row in page.rows] for page in forth]
    assert [[row.pk for row in page.rows] for page in back] == numbers
    return [number for page in numbers for number in page]


# The limits that decide how a page is found: few rows, or rows nearby.
WAYS = {"nearby": (0, 10_000), "nearby, then by the condition": (0, 2), "by the condition": (10_000, 0)}


def take(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few, nearby = WAYS[way]
    monkeypatch.setattr("orders.domain.queries.narrowing.FEW", few)
    for name in ("NEARBY", "FARTHER", "COMPARED"):
        monkeypatch.setattr(f"orders.domain.queries.narrowing.{name}", nearby)


def compare(
    rows: list[Any],
    wishes: Iterator[tuple[dict[str, Any], Check]],
    narrowed: Callable[[dict[str, Any]], Narrowed[Any]],
    sorts: Iterator[tuple[Sort, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> int:
    """Compare pages, counts and exports with a plain filter of all rows; return how many filters found something."""
    fruitful = 0
    for wanted, is_wanted in wishes:
        sort, way = next(sorts)
        take(way, monkeypatch)
        expected = [row.pk for row in sorted(filter(is_wanted, rows), key=place_of(sort), reverse=sort.descending)]
        found = narrowed(wanted)
        assert walked(found, sort) == expected, (wanted, sort, way)
        assert found.count == (len(expected), False), wanted
        assert sorted(found.all().values_list("pk", flat=True)) == sorted(expected), wanted
        fruitful += bool(expected)
    return fruitful


def every(sorts: tuple[Sort, ...]) -> Iterator[tuple[Sort, str]]:
    """Yield every sort, both ways round, with one way to a page after the other, then each with the next way."""
    both = [pick_sort(sorts, f"{sign}{sort.name}") for sort in sorts for sign in ("", "-")]
    ways = list(WAYS)
    for turn in count():
        yield from ((sort, ways[(turn + number) % len(ways)]) for number, sort in enumerate(both))


def test_orders_by_every_two_filters_are_those_of_a_plain_filter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def narrowed(wanted: dict[str, Any]) -> Narrowed[Order]:
        return orders_of(world.location.pk, OrderFilter(**wanted), world.location.zone)

    filters = list(order_filters(world))
    assert compare(world.orders, asked(filters), narrowed, every(ORDER_SORTS), monkeypatch) > len(filters) * 12


def test_tickets_by_every_two_filters_are_those_of_a_plain_filter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def narrowed(wanted: dict[str, Any]) -> Narrowed[Ticket]:
        return tickets_of(world.location.pk, TicketFilter(**wanted), world.location.zone)

    filters = list(ticket_filters(world))
    assert compare(world.tickets, asked(filters), narrowed, every(TICKET_SORTS), monkeypatch) > len(filters) * 8


STALE_ORDERS = """
SELECT count(*) FROM orders_order o JOIN accounts_user u ON u.id = o.customer_id
JOIN orders_orderfacet f ON f.id = o.facet_id
WHERE (o.name_key, o.given_key) <> (u.name_key, u.given_key) OR (
    f.location_id, f.status, f.payment_status, f.payment_method, f.paid_by, f.service_ids, f.is_by_customer
) IS DISTINCT FROM (
    o.location_id, o.status, o.payment_status, o.payment_method, o.paid_by, o.service_ids,
    o.customer_id = o.created_by_id
)
"""
STALE_TICKETS = """
SELECT count(*) FROM coworking_ticket t JOIN accounts_user u ON u.id = t.visitor_id
JOIN coworking_service s ON s.id = t.service_id JOIN coworking_ticketfacet f ON f.id = t.facet_id
WHERE (t.name_key, t.given_key, t.email_key) <> (u.name_key, u.given_key, coalesce(u.email, ''))
   OR (f.location_id, f.service_id, f.status, t.location_id) <> (s.location_id, t.service_id, t.status, s.location_id)
"""


def stale() -> int:
    """Return how many orders and tickets have keys that differ from the rows they are copied from."""
    with connection.cursor() as cursor:
        found = []
        for statement in (STALE_ORDERS, STALE_TICKETS):
            cursor.execute(statement)
            found.append(cursor.fetchone()[0])
    return int(sum(found))


def test_keys_follow_the_person_the_status_and_the_money(world: World) -> None:
    assert stale() == 0
    order = world.orders[-1]
    person = order.customer
    person.last_name, person.email = "Щукин", "shchukin@example.com"
    person.save()
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.COMPLETED, payment_status=PaymentStatus.PAID)
    Order.objects.filter(pk=world.orders[0].pk).update(paid_by=[PaymentMethod.INVOICE, PaymentMethod.ON_SITE])
    Ticket.objects.filter(visitor=person, status=TicketStatus.ACTIVE).update(status=TicketStatus.USED)
    assert stale() == 0
    found = orders_of(world.location.pk, OrderFilter(text="щукин"), world.location.zone)
    assert {row.customer_id for row in found.all()} == {person.pk}
    assert found.count == (Order.objects.filter(customer=person, location=world.location).count(), False)


def test_a_combination_that_is_met_again_has_one_facet(world: World) -> None:
    fields = ("location", "status", "payment_status", "payment_method", "is_by_customer", "paid_by", "service_ids")
    facets = [(*row[:-2], *map(tuple, row[-2:])) for row in OrderFacet.objects.values_list(*fields)]
    assert len(facets) == len(set(facets)) < Order.objects.count()
    assert TicketFacet.objects.count() < Ticket.objects.count()


def test_a_list_with_more_rows_than_are_counted_is_counted_once(
    world: World, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(narrowing, "COUNTED", 5)
    monkeypatch.setattr(narrowing, "_LONG", set())
    elsewhere = Location.objects.exclude(pk=world.location.pk).get()

    def counted(location: Location) -> list[tuple[int, bool]]:
        orders = orders_of(location.pk, OrderFilter(), location.zone)
        return [orders.count, tickets_of(location.pk, TicketFilter(), location.zone).count]

    with django_assert_num_queries(2):
        assert counted(world.location) == [(5, True), (5, True)]
    with django_assert_num_queries(0):
        assert counted(world.location) == [(5, True), (5, True)]
    for _time in range(2):  # what is shorter may become longer
        with django_assert_num_queries(2):
            assert counted(elsewhere) == [(1, False), (1, False)]
