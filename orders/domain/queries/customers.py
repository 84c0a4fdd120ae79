"""A customer with what they have at a location, for the one at the desk whom they call."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import CompanyMember, User
from coworking.models import Location, Ticket, TicketStatus, WaitingWish
from olvery.shared.periods import at_local
from orders.domain.money.customers import Account, account_of
from orders.domain.queries.cards import with_order
from orders.domain.queries.merging import count_of
from orders.domain.queries.waiting import InLine, standing_of
from orders.models import Order, OrderLine, Pass

LATEST, OWING, MOST_TICKETS = 10, 3, 20


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """A person with what they have at a location.

    `tickets` are those of today and to come, of the person or ordered by them; `owing` are the oldest of the orders
    that wait for money, `orders` the newest of all.
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


def is_known_at(location_ids: Collection[int]) -> Q:
    """Return the condition that a person has an order, a ticket or a wish at one of these locations.

    Who has a pass has the order that sold it.
    """
    me = OuterRef("pk")
    return (
        Q(Exists(Order.objects.at_locations(location_ids).filter(customer=me)))
        | Q(Exists(Ticket.objects.filter(visitor=me, location__in=location_ids)))
        | Q(Exists(WaitingWish.objects.at_locations(location_ids).filter(customer=me)))
    )


def known_person(location_ids: Collection[int], pk: int, location: Location) -> User | None:
    """Return a person whom these locations know; of a merged record the one that was kept. One query.

    They come with their `companies` by name, and how many visits they missed at `location`, `no_shows`.
    """
    own = CompanyMember.objects.filter(person=OuterRef("pk")).order_by("company__name_key", "company")
    missed = Ticket.objects.filter(visitor=OuterRef("pk"), location=location, status=TicketStatus.NO_SHOW)
    # One value: for `pk IN …` PostgreSQL would expect thousands of people, and read the orders of all of them.
    meant = Subquery(User.objects.filter(pk=pk).values(standing=Coalesce("merged_into", "pk")))
    return (
        User.objects.filter(is_known_at(location_ids), pk=meant, erased_at=None)
        .annotate(
            companies=ArraySubquery(own.values(named=JSONObject(pk="company_id", name="company__name"))),
            no_shows=count_of(missed),
        )
        .first()
    )


def card_of(person: User, location: Location, *, at: datetime) -> CustomerCard:
    """Return what a person has at a location. Eight queries at most."""
    orders, tickets = _orders(person, location), _tickets(person, location, at)
    passes = Pass.objects.of_owner(person).at_locations([location.pk]).with_services().usable(at)
    owing = sorted((order for order in orders if order.due), key=lambda order: order.pk)
    return CustomerCard(
        person,
        account=account_of(person.pk, location.pk),
        tickets=tickets[:MOST_TICKETS],
        has_more_tickets=len(tickets) > MOST_TICKETS,
        passes=list(passes),
        waiting=standing_of(person, location.pk),
        owing=owing[:OWING],
        orders=orders[:LATEST],
    )


def _orders(person: User, location: Location) -> list[Order]:
    """Return the newest orders and the oldest that wait for money, the newest first. One query."""
    here = Order.objects.of_customer(person).filter(location=location)
    owing = here.filter(due__gt=0).order_by("pk").values("pk")[:OWING]
    meant = here.order_by("-pk").values("pk")[:LATEST].union(owing)
    return list(Order.objects.filter(pk__in=meant).select_related("company").defer("phone").order_by("-pk"))


def _tickets(person: User, location: Location, at: datetime) -> list[Ticket]:
    """Return what begins next, or is not over today, one more than is shown. One query."""
    since = at_local(location.day_at(at), time.min, location.zone)
    lines = OrderLine.objects.filter(order__customer=person, order__location=location, ticket__isnull=False)
    own = Ticket.objects.of_visitor(person).filter(location=location, period__endswith__gt=since)
    meant = own.values("pk").union(lines.filter(order__period__endswith__gt=since).values("ticket"))
    tickets = Ticket.objects.filter(pk__in=meant, period__endswith__gt=since).exclude(status=TicketStatus.CANCELLED)
    read = with_order(tickets).select_related("service", "seat").order_by("period__startswith", "pk")
    return list(read[: MOST_TICKETS + 1])
