"""One search for everything: orders and tickets by number, code or link, people, and what they have booked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from accounts.domain.search_limit import count_search
from accounts.models import User
from coworking.domain.reading import looks_like_a_code, read_ticket
from coworking.domain.visits import EntryRefused
from coworking.models import Location, Ticket, TicketStatus
from olvery.shared.fields import as_bigint
from olvery.shared.periods import Period
from olvery.shared.search import digits_of
from orders.domain.queries.customers import is_known_at
from orders.domain.queries.lists import LONGEST_NUMBER, named_number
from orders.models import Order, OrderStatus

EACH = 5  # of a kind; the lists have the rest
ORDER, TICKET, PERSON = "order", "ticket", "person"
COLUMNS = ("of", "number", "who", "what", "period", "state")


@dataclass(frozen=True, slots=True)
class Hit:
    """An order or a ticket with what tells it from others."""

    kind: str
    number: int
    name: str
    service: str
    period: Period
    status: OrderStatus | TicketStatus


@dataclass(frozen=True, slots=True)
class Found:
    """What a text means, `EACH` of a kind; the newest orders and tickets of the people come first.

    `with_cards` are the keys of those people whom the location knows.
    """

    people: Sequence[User]
    with_cards: Collection[int]
    orders: Sequence[Hit]
    tickets: Sequence[Hit]


def exactly(location: Location, text: str, *, with_tickets: bool) -> Hit | None:
    """Return the one order or ticket that a number, a code or a pasted link means. One query, two for a code."""
    order, ticket = named_number(text, "orders"), named_number(text, "tickets")
    if order is None and ticket is None:
        digits = digits_of(text)
        order = ticket = int(digits) if text.isdecimal() and digits and len(digits) <= LONGEST_NUMBER else None
    if ticket is None and with_tickets and looks_like_a_code(text) and "@" not in text:
        ticket = _ticket_by_code(location, text)
    if order is None and ticket is None:
        return None
    hits, _known = _hits(location, orders=Q(pk=order), tickets=Q(pk=ticket) if with_tickets else None)
    return hits[0] if len(hits) == 1 else None


def found_by(location: Location, text: str, *, by: User, with_tickets: bool, at: datetime) -> Found:
    """Return whom a text means, and what they have booked here. Four queries at most. Raises SearchLimited."""
    count_search(by, at=at)
    people = User.objects.found_by(text, limit=EACH)
    number = int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
    keys = [person.pk for person in people]
    orders, tickets = Q(customer__in=keys) | Q(pk=number), Q(visitor__in=keys) | Q(pk=number)
    hits: list[Hit] = []
    known: set[int] = set()
    if keys or number:
        hits, known = _hits(location, orders=orders, tickets=tickets if with_tickets else None, people=keys)
    return Found(
        people,
        with_cards=known,
        orders=[hit for hit in hits if hit.kind == ORDER],
        tickets=[hit for hit in hits if hit.kind == TICKET],
    )


def _ticket_by_code(location: Location, text: str) -> int | None:
    try:
        read = read_ticket(location, text)
    except EntryRefused:
        return None
    return read[0].pk if read else None


def _hits(
    location: Location, *, orders: Q, tickets: Q | None, people: Collection[int] = ()
) -> tuple[list[Hit], set[int]]:
    """Return the newest orders, then the newest tickets that meet the conditions; and which people have a card here.

    One query.
    """
    here = as_bigint(location.pk)
    rows = _newest(Order.objects.filter(orders, location_id=here), ORDER, "customer_name", "service_name")
    if tickets is not None:
        of_tickets = Ticket.objects.filter(tickets, location_id=here)
        rows = rows.union(_newest(of_tickets, TICKET, "visitor_name", "service__name"), all=True)
    if people:
        rows = rows.union(_known(location, people), all=True)
    found, known = [], set()
    for kind, number, name, service, period, status in rows:
        if kind == PERSON:
            known.add(number)
        else:
            statuses = OrderStatus if kind == ORDER else TicketStatus
            found.append(Hit(kind, number, name, service, period, statuses(status)))
    return sorted(found, key=lambda hit: (hit.kind, -hit.number)), known


def _newest(rows: QuerySet[Any], kind: str, name: str, service: str) -> QuerySet[Any, Any]:
    return (
        rows.order_by("-pk")
        .annotate(of=Value(kind), who=F(name), what=F(service), state=Cast("status", TextField()))
        .values_list(*COLUMNS)[:EACH]
    )


def _known(location: Location, people: Collection[int]) -> QuerySet[Any, Any]:
    """Return those of these people who have a card, in the columns of a hit."""
    known = User.objects.filter(is_known_at([location.pk]), pk__in=people)
    nothing = Value(None, output_field=DateTimeRangeField())
    fields = {"of": Value(PERSON), "number": F("pk"), "who": F("name_key"), "what": Value(""), "state": Value("")}
    return known.annotate(**fields, period=nothing).values_list(*COLUMNS)
