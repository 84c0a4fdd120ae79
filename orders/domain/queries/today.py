"""«Сегодня»: arrivals with what their orders owe, the people present, and the money of the day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from coworking.domain import day, no_shows
from coworking.domain.opening import Calendar
from coworking.models import PAYING_METHODS, Location, PaymentMethod, Ticket, WaitingStatus
from olvery.shared.money import NO_MONEY
from olvery.shared.written import Written
from orders.domain.desk.door import owed_at_door
from orders.domain.queries.cards import with_order
from orders.models import EntryKind, Order, OrderStatus

SHOWN = 8
LINES = 500
# Columns of a ticket and its relations; anything else would cost a query for each.
SHOWN_OF_TICKETS = (
    "period",
    "status",
    "visitor_name",
    "service__name",
    "service__release_minutes",
    "seat__label",
    "tariff__unit",
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An expected visitor, with the order, what to pay before entry, roubles, and until when the place is kept."""

    ticket: Ticket
    order: Order
    owed: Decimal
    is_late: bool
    releases_at: datetime | None


@dataclass(frozen=True, slots=True)
class Presence:
    ticket: Ticket
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class People:
    """The next arrivals, by the hour and for all day; and some of the `here_count` people present."""

    hourly: list[Arrival]
    all_day: list[Arrival]
    here: list[Presence]
    here_count: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Payments by one method today, roubles, and their number; refunds and corrections are not subtracted."""

    method: PaymentMethod
    amount: Decimal
    payments: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The day in figures: what came in and went back, what links may still bring, roubles, and waiting wishes."""

    taken: list[Taken]
    returned: Decimal  # below zero
    refunds: int
    corrected: Decimal
    awaited: Decimal
    awaited_orders: int
    waiting: int

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.taken), self.returned + self.corrected)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A ticket of today on paper, with what has to be paid before its visitor comes in, roubles."""

    ticket: Ticket
    owed: Decimal


def sheet_of(location: Location, *, at: datetime) -> tuple[list[SheetLine], bool]:
    """Return the tickets of today for paper, LINES at most, and whether there are more. Two queries."""
    found = list(with_order(day.tickets_of_day(location, at=at)).select_related("over_block")[: LINES + 1])
    orders = _orders_of(found)
    lines = [
        SheetLine(ticket, _to_pay(orders[ticket.order_number], at=at))  # type: ignore[attr-defined]
        for ticket in found[:LINES]
    ]
    return lines, len(found) > LINES


def _tickets(numbers: list[int]) -> QuerySet[Ticket]:
    tickets = Ticket.objects.filter(pk__any=numbers)
    return with_order(tickets.select_related("service", "seat", "tariff")).only(*SHOWN_OF_TICKETS)


_TICKETS = Written(_tickets, numbers=[-1])


def people_of(location: Location, calendar: Calendar, places: day.DayInPlaces) -> People:
    """Return the first SHOWN arrivals of either kind, and the SHOWN people present whose time ends first.

    Five queries at most.
    """
    at = places.at
    here, here_count = day.on_site(location, at=at, most=SHOWN)
    by_hour, by_day = day.arrivals(location, places, most=SHOWN)
    numbers = [*by_hour, *by_day, *(number for number, _came_at in here)]
    tickets = {ticket.pk: ticket for ticket in _TICKETS(numbers=numbers)} if numbers else {}
    hourly, all_day = ([tickets[number] for number in numbers] for numbers in (by_hour, by_day))
    orders, said = _orders_of([*hourly, *all_day]), no_shows.read_latenesses(hourly)

    def arrival(ticket: Ticket) -> Arrival:
        order = orders[ticket.order_number]  # type: ignore[attr-defined]
        ticket.service.location = location
        is_late = ticket.tariff.is_hourly and day.is_late(ticket.period, at)
        until = no_shows.releases_at(ticket, said.get(ticket.pk), calendar, at=at) if is_late and order.email else None
        return Arrival(ticket, order, _to_pay(order, at=at), is_late, until)

    return People(
        [arrival(one) for one in hourly],
        [arrival(one) for one in all_day],
        [Presence(tickets[number], came_at) for number, came_at in here],
        here_count,
    )


# Three figures from three tables in one round trip.
_FIGURES = """
SELECT CASE entry.kind WHEN %(charge)s THEN entry.method ELSE entry.kind END AS what, sum(amount), count(*)
FROM orders_ledgerentry AS entry JOIN orders_order AS paid ON paid.number = entry.order_id
WHERE entry.at >= %(starts)s AND entry.at < %(ends)s AND paid.location_id = %(location)s::bigint
GROUP BY what
UNION ALL SELECT 'awaited', coalesce(sum(due), 0), count(*) FROM orders_order
WHERE location_id = %(location)s::bigint AND status = %(awaiting)s AND deadline_at > %(at)s
UNION ALL SELECT 'waiting', 0, count(*)
FROM coworking_waitingwish AS wish JOIN coworking_service AS service ON service.id = wish.service_id
WHERE service.location_id = %(location)s::bigint AND wish.status = %(waiting)s
"""


def figures_of(location: Location, *, at: datetime) -> Figures:
    """Return today's money by method, what links may still bring, and how many wishes wait. One query."""
    today = day.today_of(location, at=at)
    values: dict[str, Any] = {
        "location": location.pk,
        "starts": today.start,
        "ends": today.end,
        "at": at,
        "charge": EntryKind.CHARGE.value,
        "awaiting": OrderStatus.AWAITING_PAYMENT.value,
        "waiting": WaitingStatus.WAITING.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, values)
        found = {name: (amount, count) for name, amount, count in cursor.fetchall()}
    nothing = (NO_MONEY, 0)
    return Figures(
        [Taken(method, *found.get(method.value, nothing)) for method in PAYING_METHODS],
        *found.get(EntryKind.REFUND.value, nothing),
        found.get(EntryKind.CORRECTION.value, nothing)[0],
        *found["awaited"],
        found["waiting"][1],
    )


def _to_pay(order: Order, *, at: datetime) -> Decimal:
    """Return what has to be paid before a visitor comes in, roubles: everything due if the order waits for it."""
    return order.due if order.status == OrderStatus.AWAITING_PAYMENT else owed_at_door(order, at=at)


def _orders(numbers: list[int]) -> QuerySet[Order]:
    orders = Order.objects.only("due", "payment_method", "status", "owed_until", "email")
    return orders.filter(pk__any=numbers)


_ORDERS = Written(_orders, numbers=[-1])


def _orders_of(tickets: Iterable[Ticket]) -> dict[int, Order]:
    numbers = {ticket.order_number for ticket in tickets}  # type: ignore[attr-defined]
    return {order.pk: order for order in _ORDERS(numbers=list(numbers))} if numbers else {}
