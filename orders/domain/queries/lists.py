"""Lists of orders and tickets: filters and search."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from psycopg.types.range import TimestamptzRange

from accounts.people_query import meant_by
from coworking.models import Service, Ticket
from olvery.shared.periods import DAY, at_local, local_days
from olvery.shared.search import digits_of, phone_parts
from orders.domain.queries.cards import with_order
from orders.models import Order, OrderLine

LONGEST_NUMBER = 15
SHORTEST_PHONE = 4
# What lists and their exports read; anything else would cost a query for each row.
SHOWN_OF_ORDERS = (
    "created_at",
    "service_name",
    "tariff_name",
    "service_ids",
    "customer_id",
    "customer_name",
    "phone",
    "email",
    "period",
    "ticket_count",
    "booking_count",
    "total",
    "payment_method",
    "payment_status",
    "status",
    "created_by__last_name",
    "created_by__first_name",
)
SHOWN_OF_TICKETS = (
    "period",
    "status",
    "visitor_name",
    "service__name",
    "tariff__name",
    "seat__label",
    "visitor__company",
)


@dataclass(frozen=True, kw_only=True)
class ListFilter:
    """Filters of a list; empty means everything. Days are in the location's time zone."""

    text: str = ""
    statuses: Sequence[str] = ()
    services: Sequence[int] = ()
    from_day: date | None = None
    to_day: date | None = None

    def __bool__(self) -> bool:
        return self != type(self)()


@dataclass(frozen=True, kw_only=True)
class OrderFilter(ListFilter):
    """Filters of the list of orders."""

    methods: Sequence[str] = ()
    payments: Sequence[str] = ()
    created_on: date | None = None
    by_manager: bool = False


@dataclass(frozen=True, kw_only=True)
class TicketFilter(ListFilter):
    """Filters of the list of tickets."""


def orders_of(location_id: int, wanted: OrderFilter, zone: ZoneInfo) -> QuerySet[Order]:
    """Return the orders of a location, narrowed."""
    orders = Order.objects.filter(_of_bookings(wanted, zone), location_id=location_id)
    if wanted.text:
        orders = orders.filter(_order_text(wanted.text))
    if wanted.methods:
        orders = orders.filter(payment_method__in=wanted.methods)
    if wanted.created_on:
        day = local_days(wanted.created_on, wanted.created_on, zone)
        orders = orders.filter(created_at__gte=day.start, created_at__lt=day.end)
    if wanted.by_manager:
        orders = orders.exclude(created_by=F("customer"))
    if wanted.payments:
        orders = orders.filter(payment_status__in=wanted.payments)
    return orders.select_related("created_by").only(*SHOWN_OF_ORDERS)


def tickets_of(location_id: int, wanted: TicketFilter, zone: ZoneInfo) -> QuerySet[Ticket]:
    """Return the tickets of a location, narrowed, each with its `order_number`."""
    # By keys: the planner has statistics of tickets by service, not by location.
    services = list(Service.objects.filter(location_id=location_id).values_list("pk", flat=True))
    tickets = Ticket.objects.filter(_of_tickets(wanted, zone), service_id__in=services)
    if wanted.text:
        tickets = tickets.filter(_ticket_text(wanted.text))
    return with_order(tickets).select_related("service", "tariff", "seat", "visitor").only(*SHOWN_OF_TICKETS)


def _of_bookings(wanted: OrderFilter, zone: ZoneInfo) -> Q:
    """Return the condition on statuses, services and periods of orders."""
    narrow: Q = Q(status__in=wanted.statuses) if wanted.statuses else Q()
    if wanted.services:
        narrow &= Q(service_ids__overlap=list(wanted.services))
    days = _days(wanted, zone)
    if days:
        # Between the first and the last day of a series there are days without a ticket.
        lines = OrderLine.objects.filter(order=OuterRef("pk"), ticket__period__overlap=days)
        narrow &= Q(period__overlap=days) & (Q(booking_count=1) | Q(Exists(lines)))
    return narrow


def _of_tickets(wanted: TicketFilter, zone: ZoneInfo) -> Q:
    narrow = Q(status__in=wanted.statuses) if wanted.statuses else Q()
    if wanted.services:
        narrow &= Q(service_id__in=wanted.services)
    days = _days(wanted, zone)
    return narrow & Q(period__overlap=days) if days else narrow


def _days(wanted: ListFilter, zone: ZoneInfo) -> TimestamptzRange | None:
    """Return the moments of the days that are wanted; nothing where any day is."""
    if not wanted.from_day and not wanted.to_day:
        return None
    start = at_local(wanted.from_day, time.min, zone) if wanted.from_day else None
    end = at_local(wanted.to_day + DAY, time.min, zone) if wanted.to_day else None
    return TimestamptzRange(start, end, "[)")


def _order_text(text: str) -> Q:
    number = _named_number(text, "orders")
    if number is not None:
        return Q(pk__in=_orders_named(number))
    number = _named_number(text, "tickets")
    if number is not None:
        return Q(pk__in=_orders_of_ticket(number))
    digits = digits_of(text)
    if digits:
        by_phone = reduce(or_, (Q(phone__contains=part) for part in phone_parts(digits)))
        by_number = Q(pk__in=_orders_named(int(digits))) if len(digits) <= LONGEST_NUMBER else Q()
        return by_phone | by_number if len(digits) >= SHORTEST_PHONE else by_number
    if "@" in text:
        return Q(email__startswith=text.strip().lower())
    return meant_by(text, through="customer__")


def _orders_named(number: int) -> list[int]:
    """Return the keys of the orders that a number may mean: the order's own, or that of one of its tickets."""
    return [number, *_orders_of_ticket(number)]


def _orders_of_ticket(number: int) -> list[int]:
    # Read at once: as a subquery beside a search by phone it would keep PostgreSQL from using either index.
    return list(OrderLine.objects.filter(ticket=number).values_list("order", flat=True).distinct())


def _ticket_text(text: str) -> Q:
    number = _named_number(text, "tickets")
    digits = digits_of(text)
    if number is None and digits and len(digits) <= LONGEST_NUMBER:
        number = int(digits)
    if number is None:
        return meant_by(text, through="visitor__")
    named = Ticket.objects.filter(pk=number).values("pk")
    if len(digits) < SHORTEST_PHONE:
        return Q(pk__in=named)
    # A union, not OR: each side uses the index of its own table.
    return Q(pk__in=named.union(Ticket.objects.filter(meant_by(text, through="visitor__")).values("pk")))


def _named_number(text: str, place: str) -> int | None:
    """Return the number in a pasted URL of ours, or in «№ 10482»."""
    found = re.search(rf"/{place}/([0-9]{{1,{LONGEST_NUMBER}}})(?![0-9])", text) or re.fullmatch(
        rf"\s*[№#]\s*([0-9]{{1,{LONGEST_NUMBER}}})\s*", text
    )
    return int(found[1]) if found else None
