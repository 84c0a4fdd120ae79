"""Lists of orders and tickets: filters and search."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from math import ceil
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import IsNull
from psycopg.types.range import TimestamptzRange

from accounts.models import Company, User
from accounts.people_query import meant_by, names_in
from coworking.models import Ticket, TicketFacet
from coworking.models.listed_names import has_beginnings
from olvery.shared.paging import Sort
from olvery.shared.periods import DAY, at_local, local_days
from olvery.shared.search import begins_with, digits_of, has_words, phone_parts
from orders.domain.queries.cards import with_order
from orders.domain.queries.narrowing import Narrowed, Way
from orders.models import Order, OrderFacet, OrderLine, shown_by

LONGEST_NUMBER = 15
CALLED = {"orders": "заказ", "tickets": "билет"}
SHORTEST_PHONE = 4
INN_LENGTHS = (10, 12)
SHORTEST_NAME = 3  # the shortest beginning that is offered if the whole text finds nobody
MOST_COMPANIES = 50
PERIOD = "period__startswith"
ORDER_SORTS = (
    Sort("number", "pk", descending=True),
    Sort("period", PERIOD, descending=True, is_moment=True),
    Sort("customer", "name_key"),
)
TICKET_SORTS = (
    Sort("number", "pk", descending=True),
    Sort("period", PERIOD, descending=True, is_moment=True),
    Sort("visitor", "name_key"),
)
# The relations that lists read; anything else would cost a query for each row.
SHOWN_OF_ORDERS = (
    "created_at",
    "service_name",
    "tariff_name",
    "service_ids",
    "customer_id",
    "customer_name",
    "company__name",
    "company__credit_limit",
    "period",
    "ticket_count",
    "booking_count",
    "pass_units",
    "total",
    "payment_method",
    "paid_by",
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
    """Filters of a list; empty means no filter. Days are in the location's time zone."""

    text: str = ""
    statuses: Sequence[str] = ()
    services: Sequence[int] = ()
    from_day: date | None = None
    to_day: date | None = None
    numbers: Sequence[int] = ()
    customer: int | None = None

    def __bool__(self) -> bool:
        return self != type(self)()

    @property
    def is_text_alone(self) -> bool:
        """Whether only the text narrows the list."""
        return self == type(self)(text=self.text)


@dataclass(frozen=True, kw_only=True)
class OrderFilter(ListFilter):
    methods: Sequence[str] = ()
    payments: Sequence[str] = ()
    created_on: date | None = None
    by_manager: bool = False


@dataclass(frozen=True, kw_only=True)
class TicketFilter(ListFilter):
    """Filters of the list of tickets."""


def shown_orders() -> QuerySet[Order]:
    """Return all orders with everything that the list shows, each with its `stored_phone`."""
    orders = Order.objects.select_related("created_by", "company").only(*SHOWN_OF_ORDERS)
    # The field creates an object for each number, which takes as long as the rest of the row.
    return orders.annotate(stored_phone=Cast("phone", TextField()))


def shown_tickets() -> QuerySet[Ticket]:
    """Return all tickets with everything that the list shows, each with its `order_number`."""
    return with_order(Ticket.objects.select_related("service", "tariff", "seat", "visitor")).only(*SHOWN_OF_TICKETS)


def orders_of(location_id: int, wanted: OrderFilter, zone: ZoneInfo) -> Narrowed[Order]:
    """Return the orders of a location, narrowed."""
    days = _days(wanted, zone)
    narrow = Q()
    if wanted.created_on:
        day = local_days(wanted.created_on, wanted.created_on, zone)
        narrow = Q(created_at__gte=day.start, created_at__lt=day.end)
    if wanted.numbers:
        narrow &= Q(pk__in=wanted.numbers)
    if wanted.customer:
        narrow &= Q(customer=User.objects.standing(wanted.customer))
    companies = _companies_of(wanted.text)
    are_too_many = len(companies) > MOST_COMPANIES
    return Narrowed(
        Order,
        shown_orders,
        location_id,
        facets=_order_facets(location_id, wanted),
        narrow=narrow,
        spans=_spans(days, of_series=True) if days else (),
        ways=_order_ways(location_id, wanted.text, [] if are_too_many else companies) if wanted.text else (),
        leaves_out=are_too_many,
    )


def tickets_of(location_id: int, wanted: TicketFilter, zone: ZoneInfo) -> Narrowed[Ticket]:
    """Return the tickets of a location, narrowed, each with its `order_number`."""
    days = _days(wanted, zone)
    narrow = Q(pk__in=wanted.numbers) if wanted.numbers else Q()
    if wanted.customer:
        narrow &= Q(pk__any=_tickets_of_customer(location_id, wanted.customer))
    return Narrowed(
        Ticket,
        shown_tickets,
        location_id,
        facets=_ticket_facets(location_id, wanted),
        narrow=narrow,
        spans=_spans(days) if days else (),
        ways=_ticket_ways(location_id, wanted.text) if wanted.text else (),
    )


def _tickets_of_customer(location_id: int, customer: int) -> list[int]:
    """Return the tickets at a location that a person has or has ordered, also for guests. One query.

    Keys are read at once: PostgreSQL would not combine the index of the visitor with that of the orders.
    """
    standing = User.objects.standing(customer)
    ordered = OrderLine.objects.filter(order__customer=standing, order__location=location_id, ticket__isnull=False)
    own = Ticket.objects.filter(visitor=standing, location=location_id)
    return list(own.values_list("pk", flat=True).union(ordered.values_list("ticket", flat=True)))


def beginnings_of(text: str) -> list[str]:
    """Return shorter texts for a name that nobody has, longest first, so as to drop a typo at the end of a word.

    Nothing for a text that is not a name.
    """
    if not text or re.search(r"[\d@/]", text):
        return []
    words = text.split()
    two_thirds = [word[: max(ceil(len(word) * 2 / 3), SHORTEST_NAME)] for word in words]
    shorter = [" ".join(cut) for cut in (two_thirds, [word[:SHORTEST_NAME] for word in words])]
    return [one for one in dict.fromkeys(shorter) if one != " ".join(words)]


def _order_facets(location_id: int, wanted: OrderFilter) -> QuerySet[OrderFacet] | None:
    """Return the facets of the orders that are wanted; None where all are."""
    exactly = {
        "status__in": wanted.statuses,
        "payment_status__in": wanted.payments,
        "service_ids__overlap": list(wanted.services),
        "is_by_customer__in": [False] if wanted.by_manager else [],
    }
    asked = Q(**{lookup: values for lookup, values in exactly.items() if values})
    if wanted.methods:
        asked &= shown_by(wanted.methods)
    return OrderFacet.objects.filter(asked, location_id=location_id) if asked else None


def _ticket_facets(location_id: int, wanted: TicketFilter) -> QuerySet[TicketFacet] | None:
    """Return the facets of the tickets that are wanted; None where all are."""
    exactly = {"status__in": wanted.statuses, "service__in": wanted.services}
    asked = {lookup: values for lookup, values in exactly.items() if values}
    return TicketFacet.objects.filter(location_id=location_id, **asked) if asked else None


def _spans(days: TimestamptzRange, *, of_series: bool = False) -> list[Way]:
    """Return the ways to periods that overlap these days: those that start within them, and those that began before."""
    starts = Q(period__startswith__gte=days.lower) if days.lower else Q()
    if days.upper:
        starts &= Q(period__startswith__lt=days.upper)
    ways = [Way(starts, sort=PERIOD)]
    if days.lower:
        runs_on = Q(period__contains=days.lower, period__startswith__lt=days.lower)
        if of_series:
            # Between the first and the last day of a series there are days without a ticket. A value, not EXISTS:
            # for that PostgreSQL would read the lines of all orders at once.
            lines = OrderLine.objects.filter(order=OuterRef("pk"), ticket__period__overlap=days)
            runs_on &= Q(booking_count=1) | Q(IsNull(Subquery(lines.values("pk")[:1]), False))
        ways.append(Way(runs_on))
    return ways


def _days(wanted: ListFilter, zone: ZoneInfo) -> TimestamptzRange | None:
    """Return the period of the wanted days; nothing if any day will do."""
    if not wanted.from_day and not wanted.to_day:
        return None
    start = at_local(wanted.from_day, time.min, zone) if wanted.from_day else None
    end = at_local(wanted.to_day + DAY, time.min, zone) if wanted.to_day else None
    return TimestamptzRange(start, end, "[)")


def _order_ways(location_id: int, text: str, companies: Sequence[int]) -> list[Way]:
    number = named_number(text, "orders")
    if number is not None:
        return [Way(Q(pk__in=_orders_named(number)))]
    number = named_number(text, "tickets")
    if number is not None:
        return [Way(Q(pk__in=_orders_of_ticket(number)))]
    digits = digits_of(text)
    of_companies = [Way(Q(company__in=companies))] if companies else []
    if not digits:
        return [*_ways_by_name(location_id, text, email="email"), *of_companies]
    ways = [Way(Q(pk__in=_orders_named(int(digits))))] if len(digits) <= LONGEST_NUMBER else []
    ways += of_companies
    if len(digits) >= SHORTEST_PHONE:
        ways += [Way(Q(phone__contains=part)) for part in phone_parts(digits)]
    return ways


def _companies_of(text: str) -> list[int]:
    """Return the matching companies, at most one more than `MOST_COMPANIES`.

    A text that matches more of them is too vague: the orders of some would pass for all.
    """
    digits = digits_of(text)
    if not text or (digits and len(digits) not in INN_LENGTHS):
        return []
    if any(named_number(text, kind) is not None for kind in ("orders", "tickets")):
        return []
    # Keys are read at once, like the people of tickets.
    standing = Company.objects.found_by(digits or text).annotate(standing=Coalesce("merged_into", "pk"))
    return list(standing.order_by("pk").values_list("standing", flat=True)[: MOST_COMPANIES + 1])


def _ticket_ways(location_id: int, text: str) -> list[Way]:
    number = named_number(text, "tickets")
    if number is not None:
        return [Way(Q(pk=number))]
    number = named_number(text, "orders")
    if number is not None:
        tickets = OrderLine.objects.filter(order=number, ticket__isnull=False)
        return [Way(Q(pk__in=list(tickets.values_list("ticket", flat=True))))]
    digits = digits_of(text)
    if not digits:
        return _ways_by_name(location_id, text, email="email_key")
    ways = [Way(Q(pk=int(digits)))] if len(digits) <= LONGEST_NUMBER else []
    if len(digits) >= SHORTEST_PHONE:
        # Keys are read at once: few people have these digits, but the planner expects many.
        people = list(User.objects.filter(meant_by(text)).values_list("pk", flat=True))
        ways.append(Way(Q(visitor__pk__any=people)))
    return ways


def _ways_by_name(location_id: int, text: str, *, email: str) -> list[Way]:
    """Return the ways by the person's name keys, and by the beginning of the e-mail in this field."""
    ways = []
    for name in names_in(text):
        words = name.split()
        if len(words) == 1:
            ways.append(Way(begins_with("name_key", f" {name}"), sort="name_key"))
            ways.append(Way(begins_with("given_key", name)))
        else:
            ways.append(_way_by_words(location_id, words))
    beginning = text.strip().lower()
    if text.isascii() and " " not in beginning:  # no address contains one, and the indexes of names have no addresses
        ways.append(Way(Q(**{f"{email}__startswith": beginning})))
    return ways or [Way(Q(pk__in=()))]


def _way_by_words(location_id: int, words: Sequence[str]) -> Way:
    """Return the way by words anywhere in the name: mostly family and first name are typed."""
    first, second, last = words[0], words[1], words[-1]
    pairs = dict.fromkeys(((first, second), (second, first), (last, first)))
    return Way(
        has_words(words),
        hint=has_beginnings(location_id, words),
        parts=[
            begins_with("name_key", f" {family}")
            & begins_with("given_key", given)
            & has_words([word for word in words if word not in (family, given)])
            for family, given in pairs
        ],
    )


def _orders_named(number: int) -> list[int]:
    """Return the keys of the orders that a number may mean: the order's own number, or that of one of its tickets."""
    return [number, *_orders_of_ticket(number)]


def _orders_of_ticket(number: int) -> list[int]:
    # Read at once: as a subquery next to a search by phone it would keep PostgreSQL from using either index.
    return list(OrderLine.objects.filter(ticket=number).values_list("order", flat=True).distinct())


def named_number(text: str, place: str) -> int | None:
    """Return the number in a pasted URL of ours, or in «№ 10482» or «Заказ 10482» as written in letters."""
    number = rf"([0-9]{{1,{LONGEST_NUMBER}}})"
    found = re.search(rf"/{place}/{number}(?![0-9])", text) or re.fullmatch(
        rf"\s*(?:[№#]|{CALLED[place]}\s*[№#]?)\s*{number}\s*", text, re.IGNORECASE
    )
    return int(found[1]) if found else None
