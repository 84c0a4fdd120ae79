"""Single orders and tickets, with everything that their pages show."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import Document, User
from coworking.models import Ticket, TicketStatus
from olvery.shared.periods import Period
from olvery.shared.written import Written, hand_over
from orders.models import AcceptedTerms, EventKind, LineKind, Message, Order, OrderEvent, OrderLine, OrderStatus

EVENT = ("order_id", "kind", "at", "reason", "data")
# No news for an open page: a letter follows what it reports at once, and a guest who begins to pay may need the code.
ON_THE_WAY = (EventKind.MESSAGE_SENT, EventKind.PAYMENT_STARTED)
# How much of the past a calendar that somebody subscribes to shows, and how much at most in total.
PAST_SHOWN, MOST_SHOWN = timedelta(days=90), 500


@dataclass(frozen=True, slots=True)
class Booked:
    """Tickets of one tariff and one period, which a letter or a page lists together."""

    service_name: str
    tariff_name: str
    period: Period
    places: int
    seats: str


def with_order(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Add `order_number` of the order that the ticket belongs to."""
    lines = OrderLine.objects.filter(ticket=OuterRef("pk")).order_by("pk")
    return tickets.annotate(order_number=Subquery(lines.values("order_id")[:1]))


_ACCEPTED = Written(
    lambda number: (
        Document.objects.filter(pk__in=AcceptedTerms.objects.filter(order=number).values("document"))
        .defer("text")
        .order_by("pk")
    ),
    number=-1,
)


def accepted_terms(order: Order) -> list[Document]:
    """Return the editions that the customer accepted by booking online or by paying, without their texts.

    One query at most: an order made by a manager is accepted only on its payment page.
    """
    if not order.is_by_customer and not hasattr(order, "link"):
        return []
    return _ACCEPTED(number=order.pk)


def my_orders(user: User, *, view: str, at: datetime) -> QuerySet[Order]:
    """Return a customer's own orders: "upcoming", "past" or "all"."""
    orders = Order.objects.of_customer(user)
    open_now = Q(status__in=[OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED]) & Q(period__endswith__gt=at)
    if view == "upcoming":
        orders = orders.filter(open_now)
    elif view == "past":
        orders = orders.exclude(open_now)
    return orders.select_related("location")


_TICKET_LINES = Written(
    lambda numbers: (
        OrderLine.objects.filter(order__pk__any=numbers, kind=LineKind.TARIFF)
        .select_related("ticket__seat", "ticket__service")
        .order_by("pk")
    ),
    numbers=[-1],
)


def ticket_lines_of(orders: Iterable[Order]) -> dict[int, list[OrderLine]]:
    """Return the lines of tickets of each of these orders, by their numbers. One query."""
    found: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    for line in _TICKET_LINES(numbers=[*found]):
        found[line.order_id].append(line)
    return found


_LINES = Written(
    lambda number: (
        OrderLine.objects.filter(order=number)
        .select_related("ticket__seat", "ticket__service", "ticket__tariff")
        .order_by("pk")
    ),
    number=-1,
)
# Of the person who did something only the name is shown.
_EVENTS = Written(
    lambda number: (
        OrderEvent.objects.filter(order=number)
        .select_related("by")
        .only(*EVENT, "by__last_name", "by__first_name")
        .order_by("-at", "-pk")
    ),
    number=-1,
)
_MESSAGES = Written(lambda number: Message.objects.filter(order=number).order_by("pk"), number=-1)


def _with_people(orders: QuerySet[Order]) -> QuerySet[Order]:
    people = orders.select_related("location", "customer", "company", "created_by", "link")
    return people.defer("created_by__phone")  # the field would create an object for a number that is not shown


_ORDER = Written(
    lambda number, places: _with_people(Order.objects.filter(pk=number, location__pk__any=places)),
    number=-1,
    places=[-1],
)


def order_at(location_ids: Collection[int], number: int) -> Order:
    """Return one order of these locations as `order_card` does. Raises Order.DoesNotExist."""
    for order in _ORDER(number=number, places=list(location_ids)):
        return _with_what_it_holds(order)
    raise Order.DoesNotExist


def order_card(orders: QuerySet[Order], number: int) -> Order:
    """Return one order with everything its page shows except the money. Raises Order.DoesNotExist."""
    return _with_what_it_holds(_with_people(orders).get(pk=number))


def _with_what_it_holds(order: Order) -> Order:
    number = order.pk
    lines, events, messages = _LINES(number=number), _EVENTS(number=number), _MESSAGES(number=number)
    hand_over(order, lines=lines, events=events, messages=messages)
    for line in lines:
        if line.ticket:
            line.ticket.service.location = order.location  # reading it with each event made the widest join
    return order


def version_of(order: Order) -> int:
    """Return the number of events of an order read by `order_card`, except those ON_THE_WAY."""
    return sum(event.kind not in ON_THE_WAY for event in order.events.all())


def version_at(location_ids: Collection[int], number: int) -> int:
    """Return the version of one order of these locations. Raises Order.DoesNotExist. One query."""
    orders = Order.objects.filter(pk=number, location__in=location_ids)
    events = Count("events", filter=~Q(events__kind__in=ON_THE_WAY))
    return orders.annotate(happened=events).values_list("happened", flat=True).get()


def tickets_in(order: Order) -> list[Ticket]:
    """Return the tickets of an order read by `order_card`, by number."""
    found = {line.ticket.pk: line.ticket for line in order.lines.all() if line.ticket}
    return [found[number] for number in sorted(found)]


def valid_tickets_in(order: Order) -> list[Ticket]:
    """Return the tickets of an order read by `order_card`, without cancelled ones unless all are cancelled."""
    tickets = tickets_in(order)
    return [ticket for ticket in tickets if ticket.status != TicketStatus.CANCELLED] or tickets


def booked(tickets: Iterable[Ticket]) -> list[Booked]:
    """Group tickets into bookings, by their start. Needs service, tariff and seat of each."""

    def key(ticket: Ticket) -> tuple[Period, int, int]:
        return ticket.period, ticket.service_id, ticket.tariff_id

    groups = (list(group) for _key, group in groupby(sorted(tickets, key=key), key=key))
    return [
        Booked(
            service_name=group[0].service.name,
            tariff_name=group[0].tariff.name,
            period=group[0].period,
            places=len(group),
            seats=", ".join(ticket.seat.label for ticket in group if ticket.seat),
        )
        for group in groups
    ]


_TICKET = Written(
    lambda number, places: Ticket.objects.filter(pk=number, service__location__pk__any=places).select_related(
        "service__location", "tariff", "seat", "visitor"
    ),
    number=-1,
    places=[-1],
)
_ORDER_OF_TICKET = Written(
    lambda number: Order.objects.filter(pk__in=OrderLine.objects.filter(ticket=number).values("order")).select_related(
        "location", "customer", "created_by"
    ),
    number=-1,
)


def ticket_at(location_ids: Collection[int], number: int) -> Ticket:
    """Return a ticket of these locations with everything its card shows. Raises Ticket.DoesNotExist."""
    for ticket in _TICKET(number=number, places=list(location_ids)):
        return ticket
    raise Ticket.DoesNotExist


def order_of_ticket(ticket: Ticket) -> Order:
    """Return the order that a ticket belongs to."""
    [order] = _ORDER_OF_TICKET(number=ticket.pk)
    return order


def visits_of(person: User, *, at: datetime) -> list[tuple[Ticket, datetime]]:
    """Return the person's tickets, including cancelled ones, each with the moment of its order's last change.

    Newest first. Two queries.
    """
    recent = Ticket.objects.of_visitor(person).filter(period__endswith__gt=at - PAST_SHOWN).order_by("-pk")
    tickets = list(with_order(recent).select_related("service__location", "seat")[:MOST_SHOWN])
    orders = {ticket.order_number for ticket in tickets}  # type: ignore[attr-defined]
    events = OrderEvent.objects.filter(order__in=orders).order_by().values_list("order")
    changed_at = dict(events.annotate(Max("at")))
    return [(ticket, changed_at.get(ticket.order_number, ticket.created_at)) for ticket in tickets]  # type: ignore[attr-defined]
