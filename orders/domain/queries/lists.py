"""Reading orders, tickets and people for the screens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from psycopg.types.range import TimestamptzRange

from accounts.access import Access
from accounts.people_query import meant_by
from coworking.models import Service, Ticket
from olvery.shared.periods import DAY, at_local, local_days
from olvery.shared.search import digits_of, phone_parts
from orders.domain.queries.cards import with_order
from orders.models import Order

LONGEST_NUMBER = 15
SHORTEST_PHONE = 4


@dataclass(frozen=True, kw_only=True)
class ListFilter:
    """What a list is narrowed to; empty means everything. Days are the location's."""

    text: str = ""
    statuses: Sequence[str] = ()
    services: Sequence[int] = ()
    from_day: date | None = None
    to_day: date | None = None

    def __bool__(self) -> bool:
        return self != type(self)()


@dataclass(frozen=True, kw_only=True)
class OrderFilter(ListFilter):
    """What a list of orders is narrowed to."""

    methods: Sequence[str] = ()
    payments: Sequence[str] = ()
    created_on: date | None = None
    by_manager: bool = False


@dataclass(frozen=True, kw_only=True)
class TicketFilter(ListFilter):
    """What a list of tickets is narrowed to."""


def orders_of(access: Access, location_id: int, wanted: OrderFilter, zone: ZoneInfo) -> QuerySet[Order]:
    """Return the orders of a location that the person may see, narrowed."""
    orders = Order.objects.visible_to(access).filter(_common(wanted, zone), location_id=location_id)
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
    return orders.select_related("created_by")


def tickets_of(access: Access, location_id: int, wanted: TicketFilter, zone: ZoneInfo) -> QuerySet[Ticket]:
    """Return the tickets of a location that the person may see, narrowed, each with its `order_number`."""
    # By their keys: the planner knows how many tickets a service has, and not how many a location.
    services = list(Service.objects.filter(location_id=location_id).values_list("pk", flat=True))
    tickets = Ticket.objects.visible_to(access).filter(_common(wanted, zone), service_id__in=services)
    if wanted.text:
        tickets = tickets.filter(_ticket_text(wanted.text))
    return with_order(tickets).select_related("service", "seat", "visitor")


def _common(wanted: ListFilter, zone: ZoneInfo) -> Q:
    narrow = Q()
    if wanted.statuses:
        narrow &= Q(status__in=wanted.statuses)
    if wanted.services:
        narrow &= Q(service_id__in=wanted.services)
    if wanted.from_day or wanted.to_day:
        start = at_local(wanted.from_day, time.min, zone) if wanted.from_day else None
        end = at_local(wanted.to_day + DAY, time.min, zone) if wanted.to_day else None
        narrow &= Q(period__overlap=TimestamptzRange(start, end, "[)"))
    return narrow


def _order_text(text: str) -> Q:
    number = _named_number(text, "orders")
    if number is not None:
        return Q(pk=number)
    digits = digits_of(text)
    if digits:
        by_phone = reduce(or_, (Q(phone__contains=part) for part in phone_parts(digits)))
        by_number = Q(pk=int(digits)) if len(digits) <= LONGEST_NUMBER else Q()
        return by_phone | by_number if len(digits) >= SHORTEST_PHONE else by_number
    if "@" in text:
        return Q(email__startswith=text.strip().lower())
    return meant_by(text, through="customer__")


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
    # A union, not OR: each side keeps its index, though they are in different tables.
    return Q(pk__in=named.union(Ticket.objects.filter(meant_by(text, through="visitor__")).values("pk")))


def _named_number(text: str, place: str) -> int | None:
    """Read the number out of a pasted address of ours, or out of «№ 10482»."""
    found = re.search(rf"/{place}/([0-9]{{1,{LONGEST_NUMBER}}})(?![0-9])", text) or re.fullmatch(
        rf"\s*[№#]\s*([0-9]{{1,{LONGEST_NUMBER}}})\s*", text
    )
    return int(found[1]) if found else None
