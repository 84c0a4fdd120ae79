"""A customer with everything they have at a location, for the manager who answers their call."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import CompanyMember, User
from coworking.models import Location, Ticket, TicketStatus, WaitingWish
from olvery.shared.periods import at_local
from olvery.shared.written import Written
from orders.domain.money.customers import Account, account_of
from orders.domain.queries.cards import with_order
from orders.domain.queries.merging import count_of
from orders.domain.queries.waiting import InLine, standing_of
from orders.models import Order, OrderLine, Pass

LATEST, OWING, MOST_TICKETS = 10, 3, 20


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """A person with everything they have at a location.

    `tickets` are current and future ones, of the person or ordered by them; `owing` are the oldest orders that
    wait for money, `orders` the newest of all.
    """

    person: User
    account: Account
    tickets: list[Ticket]
    has_more_tickets: bool
    passes: list[Pass]
    waiting: list[InLine]
    owing: list[Order]
    orders: list[Order]

    @property
    def to_repeat(self) -> Order | None:
        """The newest order of places."""
        return next((order for order in self.orders if not order.sells_pass), None)


def is_known_at(places: list[int]) -> Q:
    """Return the condition that a person has an order, a ticket or a wish at one of these locations.

    The owner of a pass has the order that sold it.
    """
    me = OuterRef("pk")
    return (
        Q(Exists(Order.objects.filter(customer=me, location__pk__any=places)))
        | Q(Exists(Ticket.objects.filter(visitor=me, location__pk__any=places)))
        | Q(Exists(WaitingWish.objects.filter(customer=me, service__location__pk__any=places)))
    )


def _person(person_id: int, places: list[int], location_id: int) -> QuerySet[Any]:
    own = CompanyMember.objects.filter(person=OuterRef("pk")).order_by("company__name_key", "company")
    missed = Ticket.objects.filter(visitor=OuterRef("pk"), location=location_id, status=TicketStatus.NO_SHOW)
    return User.objects.filter(is_known_at(places), pk=User.objects.standing(person_id), erased_at=None).annotate(
        companies=ArraySubquery(own.values(named=JSONObject(pk="company_id", name="company__name"))),
        no_shows=count_of(missed),
    )


def _orders(person_id: int, location_id: int) -> QuerySet[Any]:
    here = Order.objects.filter(customer=person_id, location=location_id)
    owing = here.filter(due__gt=0).order_by("pk").values("pk")[:OWING]
    meant = here.order_by("-pk").values("pk")[:LATEST].union(owing)
    return Order.objects.filter(pk__in=meant).select_related("company").defer("phone").order_by("-pk")


def _tickets(person_id: int, location_id: int, since: datetime) -> QuerySet[Any]:
    lines = OrderLine.objects.filter(order__customer=person_id, order__location=location_id, ticket__isnull=False)
    own = Ticket.objects.filter(visitor=person_id, location=location_id, period__endswith__gt=since)
    meant = own.values("pk").union(lines.filter(order__period__endswith__gt=since).values("ticket"))
    tickets = Ticket.objects.filter(pk__in=meant, period__endswith__gt=since).exclude(status=TicketStatus.CANCELLED)
    read = with_order(tickets).select_related("service", "seat").order_by("period__startswith", "pk")
    return read[: MOST_TICKETS + 1]


def _passes(person_id: int, location_id: int, at: datetime) -> QuerySet[Any]:
    return Pass.objects.filter(owner=person_id, service__location=location_id).with_services().usable(at)


_SAMPLES = {"person_id": -1, "location_id": -2}
_MOMENT = datetime.min.replace(tzinfo=UTC)
_PERSON: Written[Any] = Written(_person, **_SAMPLES, places=[-1])
_ORDERS: Written[Any] = Written(_orders, **_SAMPLES)
_TICKETS: Written[Any] = Written(_tickets, **_SAMPLES, since=_MOMENT)
_PASSES: Written[Any] = Written(_passes, **_SAMPLES, at=_MOMENT)


def known_person(location_ids: Collection[int], pk: int, location: Location) -> User | None:
    """Return a person known to these locations; for a merged record, the one that was kept. One query.

    They come with their `companies` by name, and `no_shows`, the number of missed visits at `location`.
    """
    found = _PERSON(person_id=pk, places=list(location_ids), location_id=location.pk)
    return found[0] if found else None


def card_of(person: User, location: Location, *, at: datetime) -> CustomerCard:
    """Return everything a person has at a location. Eight queries at most."""
    here = {"person_id": person.pk, "location_id": location.pk}
    today = at_local(location.day_at(at), time.min, location.zone)
    orders, tickets = _ORDERS(**here), _TICKETS(**here, since=today)
    owing = sorted((order for order in orders if order.due), key=lambda order: order.pk)
    return CustomerCard(
        person,
        account=account_of(person.pk, location.pk),
        tickets=tickets[:MOST_TICKETS],
        has_more_tickets=len(tickets) > MOST_TICKETS,
        passes=_PASSES(**here, at=at),
        waiting=standing_of(person.pk, location.pk),
        owing=owing[:OWING],
        orders=orders[:LATEST],
    )
