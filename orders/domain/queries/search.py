"""One search for everything: orders and tickets by number, code or link; people and their bookings."""

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
from olvery.shared.written import Written
from orders.domain.queries.customers import is_known_at
from orders.domain.queries.lists import LONGEST_NUMBER, named_number
from orders.models import Order, OrderStatus

EACH = 5  # of each kind; the lists have the rest
ORDER, TICKET, PERSON = "order", "ticket", "person"
COLUMNS = ("of", "number", "who", "what", "period", "state")


@dataclass(frozen=True, slots=True)
class Hit:
    """An order or a ticket with what identifies it."""

    kind: str
    number: int
    name: str
    service: str
    period: Period
    status: OrderStatus | TicketStatus


@dataclass(frozen=True, slots=True)
class Found:
    """What a text finds, at most `EACH` of a kind; newest orders and tickets first.

    `with_cards` are the keys of the people known to the location.
    """

    people: Sequence[User]
    with_cards: Collection[int]
    orders: Sequence[Hit]
    tickets: Sequence[Hit]


def exactly(location: Location, text: str, *, with_tickets: bool) -> Hit | None:
    """Return the one order or ticket that a number, code or pasted link refers to. One query, two for a code."""
    order, ticket = named_number(text, "orders"), named_number(text, "tickets")
    if order is None and ticket is None:
        digits = digits_of(text)
        order = ticket = int(digits) if text.isdecimal() and digits and len(digits) <= LONGEST_NUMBER else None
    if ticket is None and with_tickets and looks_like_a_code(text) and "@" not in text:
        ticket = _ticket_by_code(location, text)
    if order is None and ticket is None:
        return None
    hits, _known = _hits(location, order=order, ticket=ticket, with_tickets=with_tickets)
    return hits[0] if len(hits) == 1 else None


def found_by(location: Location, text: str, *, by: User, with_tickets: bool, at: datetime) -> Found:
    """Return the people that a text finds, and their bookings here. Four queries at most. Raises SearchLimited."""
    count_search(by, at=at)
    people = User.objects.found_by(text, limit=EACH)
    number = int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
    keys = [person.pk for person in people]
    hits: list[Hit] = []
    known: set[int] = set()
    if keys or number:
        hits, known = _hits(location, order=number, ticket=number, people=keys, with_tickets=with_tickets)
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
    location: Location, *, order: int | None, ticket: int | None, with_tickets: bool, people: Collection[int] = ()
) -> tuple[list[Hit], set[int]]:
    """Return the newest orders, then tickets, with these numbers or people, and the people who have a card here.

    One query.
    """
    meant = {"order": order, "people": list(people), "location_id": location.pk, "places": [location.pk]}
    rows = _ALL(**meant, ticket=ticket) if with_tickets else _ORDERS(**meant)
    found, known = [], set()
    for kind, number, name, service, period, status in rows:
        if kind == PERSON:
            known.add(number)
        else:
            statuses = OrderStatus if kind == ORDER else TicketStatus
            found.append(Hit(kind, number, name, service, period, statuses(status)))
    return sorted(found, key=lambda hit: (hit.kind, -hit.number)), known


def _orders(order: int, people: list[int], location_id: int, places: list[int]) -> QuerySet[Any, Any]:
    meant = Order.objects.filter(Q(customer__pk__any=people) | Q(pk=order), location_id=as_bigint(location_id))
    return _newest(meant, ORDER, "customer_name", "service_name").union(_known(people, places), all=True)


def _all(order: int, ticket: int, people: list[int], location_id: int, places: list[int]) -> QuerySet[Any, Any]:
    meant = Ticket.objects.filter(Q(visitor__pk__any=people) | Q(pk=ticket), location_id=as_bigint(location_id))
    tickets = _newest(meant, TICKET, "visitor_name", "service__name")
    return _orders(order, people, location_id, places).union(tickets, all=True)


def _newest(rows: QuerySet[Any], kind: str, name: str, service: str) -> QuerySet[Any, Any]:
    return (
        rows.order_by("-pk")
        .annotate(of=Value(kind), who=F(name), what=F(service), state=Cast("status", TextField()))
        .values_list(*COLUMNS)[:EACH]
    )


def _known(people: list[int], places: list[int]) -> QuerySet[Any, Any]:
    """Return those of these people who have a card, in the columns of a hit."""
    known = User.objects.filter(is_known_at(places), pk__any=people)
    nothing = Value(None, output_field=DateTimeRangeField())
    fields = {"of": Value(PERSON), "number": F("pk"), "who": F("name_key"), "what": Value(""), "state": Value("")}
    return known.annotate(**fields, period=nothing).values_list(*COLUMNS)


_SAMPLES = {"order": -1, "location_id": -2, "people": [-3], "places": [-4]}
_ORDERS: Written[Any] = Written(_orders, **_SAMPLES)
_ALL: Written[Any] = Written(_all, **_SAMPLES, ticket=-5)
