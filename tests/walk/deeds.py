"""What people and the clock do at a location, one deed at a time, each by the same functions as the site."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

import time_machine
from django.utils import timezone

from accounts.models import User
from coworking.domain import blocking, visits
from coworking.domain.blocking import PlacesBooked, Target
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When
from coworking.models import Block, Location, Service, Tariff, Ticket, TicketStatus, Visit, VisitSource
from olvery.shared.periods import DAY, Period
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import UNDO_FOR, plan_of
from orders.domain.booking.deadlines import warn_of_deadlines
from orders.domain.booking.placing import place_order
from orders.domain.booking.reminders import remind_of_bookings
from orders.domain.booking.self_service import MOST_OPEN, place_own_order
from orders.domain.booking.wish import Booker, BookingWish
from orders.domain.desk import change_undoing, changing, door
from orders.domain.desk.cancelling import cancel_order
from orders.domain.money.balance import balance_of
from orders.domain.online.completion import complete_finished
from orders.domain.online.expiry import expire_overdue
from orders.models import EventKind, Order, OrderEvent, OrderStatus
from tests.factories import make_wish
from tests.gateways.fake import FakeGateway
from tests.orders import steps
from tests.walk.paper import Paper

HALF_HOUR = timedelta(minutes=30)
FIRST, LAST = 9, 20
DAYS_AHEAD = 3


@dataclass
class Walk:
    """A location and everybody there, with the dice."""

    random: Random
    clock: time_machine.Coordinates
    gateway: FakeGateway
    location: Location
    manager: User
    customers: list[User]
    refused: int = 0

    def step(self) -> str:
        """Do one deed, whether it is refused or not, and return its name."""
        deed = self.random.choice(DEEDS)
        try:
            deed(self)
        except (Refusal, Refused):
            self.refused += 1
        return deed.__name__

    @property
    def now(self) -> datetime:
        return timezone.now()

    def some_time(self) -> Period:
        """Return some hours of one of the next working days."""
        zone, random = self.location.zone, self.random
        day = self.now.astimezone(zone).date() + DAY * random.randint(1, DAYS_AHEAD)
        while day.weekday() > 4:
            day += DAY
        start = datetime.combine(day, time(random.randint(FIRST, LAST - 3)), zone) + HALF_HOUR * random.randint(0, 1)
        return Period(start, start + HALF_HOUR * random.randint(2, 5))

    def some_service(self) -> Service:
        return self.random.choice(list(Service.objects.select_related("location").order_by("pk")))

    def some_order(self, *statuses: OrderStatus) -> Order | None:
        found = list(Order.objects.filter(status__in=statuses).select_related("location").order_by("pk"))
        return self.random.choice(found) if found else None

    def some_ticket(self) -> Ticket | None:
        found = list(Ticket.objects.blocking().select_related("service").order_by("pk"))
        return self.random.choice(found) if found else None


def book(walk: Walk) -> None:
    """A manager books; exactly what fits on the paper is sold."""
    method = walk.random.choice(["online", "on_site", "invoice"])
    _book(walk, method, places=walk.random.randint(1, 2), alone=False)


def book_alone(walk: Walk) -> None:
    """A customer books."""
    _book(walk, walk.random.choice(["online", "on_site"]), places=1, alone=True)


def _book(walk: Walk, method: str, *, places: int, alone: bool) -> None:
    service, period, customer = walk.some_service(), walk.some_time(), walk.random.choice(walk.customers)
    tariff = Tariff.objects.select_related("service__location").get(service=service)
    when = _when(period, service)
    wish = make_wish(
        tariff=tariff, customer=customer, when=when, visitor_ids=(None,) * places, payment_method=method, email=MAIL
    )
    fits = Paper.of(service).has_room(period, places)
    own = Order.objects.filter(customer=customer, created_by=customer, paid=0, period__endswith__gt=walk.now)
    full = alone and own.filter(status__in=["awaiting_payment", "confirmed"]).count() >= MOST_OPEN
    try:
        if alone:
            tariffs = tariffs_on_sale(walk.location, at=walk.now)
            place_own_order(wish, booker=Booker.customer(customer, walk.location), at=walk.now, tariffs=tariffs)
        else:
            place_order(wish, booker=Booker.manager(walk.manager, walk.location), at=walk.now)
    except Refused:
        assert full or not fits, f"{service} has room for {places} in {period}"
        raise
    assert fits, f"{service} is sold beyond its room in {period}"
    assert not full


def change(walk: Walk) -> None:
    """A ticket moves to another time, keeping its seat; to another seat; or is cancelled."""
    ticket = walk.some_ticket()
    if ticket is None or ticket.period.start <= walk.now:
        return
    period = walk.some_time()
    order = door.order_of(ticket)
    wish = ChangeWish(tickets=(TicketChange(number=ticket.number, when=_when(period, ticket.service)),))
    plan = plan_of(order, wish, booker=Booker.manager(walk.manager, walk.location), at=walk.now)
    is_same = period == ticket.period
    paper = Paper.of(ticket.service, without=ticket.number)
    assert plan.is_ready == (not is_same and paper.has_room(period, 1, seat_id=ticket.seat_id)), plan.refusals
    changing.carry_out(plan)


def add(walk: Walk) -> None:
    """One or two more places of any service are added to an order."""
    order = walk.some_order(OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)
    if order is None:
        return
    service, period, places = walk.some_service(), walk.some_time(), walk.random.randint(1, 2)
    tariff = Tariff.objects.get(service=service)
    wanted = BookingWish(tariff_id=tariff.pk, when=_when(period, service), visitor_ids=(None,) * places)
    booker = Booker.manager(walk.manager, walk.location)
    plan = plan_of(order, ChangeWish(added=(wanted,)), booker=booker, at=walk.now)
    assert plan.is_ready == Paper.of(service).has_room(period, places), plan.refusals
    changing.carry_out(plan)


def give_up(walk: Walk) -> None:
    """One ticket of several is cancelled."""
    ticket = walk.some_ticket()
    if ticket is None or ticket.period.start <= walk.now:
        return
    wish = ChangeWish(tickets=(TicketChange(number=ticket.number, is_cancelled=True),))
    booker = Booker.manager(walk.manager, walk.location)
    changing.carry_out(plan_of(door.order_of(ticket), wish, booker=booker, at=walk.now))


def undo(walk: Walk) -> None:
    """The last change of an order is undone."""
    order = walk.some_order(OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)
    last = change_undoing.last_change(order) if order else None
    if last:
        change_undoing.undo_change(last.order_id, last.pk, by=walk.manager, at=walk.now)


def pay(walk: Walk) -> None:
    """A customer pays online."""
    order = walk.some_order(OrderStatus.AWAITING_PAYMENT)
    if order:
        steps.pay(order, walk.gateway)


def take(walk: Walk) -> None:
    """Money is taken at the desk, all of it or a half."""
    order = walk.some_order(OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)
    due = balance_of(order).due if order else 0
    if order and due:
        steps.take(order, str(due if walk.random.random() < 0.7 else due // 2), by=walk.manager)


def give_back(walk: Walk) -> None:
    """Money is refunded without anything being given up."""
    order = walk.some_order(OrderStatus.CONFIRMED)
    if order:
        steps.refund(order, walk.gateway, str(walk.random.randint(1, 300)), by=walk.manager)


def cancel(walk: Walk) -> None:
    """An order is cancelled by the terms."""
    order = walk.some_order(OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)
    if order:
        cancel_order(order.pk, by=walk.manager, reason="Передумал", at=walk.now, gateway=walk.gateway)


def block(walk: Walk) -> None:
    """A seat, or a place of a pool, is blocked; a refusal names somebody who is there."""
    service, period = walk.some_service(), walk.some_time()
    seats = list(service.seats.order_by("pk"))
    target = Target(service, walk.random.choice(seats) if seats else None)
    try:
        blocking.block([target], [period], reason="Ремонт", by=walk.manager, at=walk.now)
    except PlacesBooked:
        assert Paper.of(service).is_anything_in(period)
        raise


def lift(walk: Walk) -> None:
    """A block is lifted."""
    standing = list(Block.objects.standing().order_by("pk").values_list("pk", flat=True))
    if standing:
        chosen = [walk.random.choice(standing)]
        blocking.lift(chosen, location_ids=[walk.location.pk], by=walk.manager, at=walk.now)


def come(walk: Walk) -> None:
    """A visitor comes to the door: whoever has a place now and owes nothing goes in."""
    found = list(Ticket.objects.filter(period__contains=walk.now).select_related("service__location").order_by("pk"))
    if not found:
        return
    ticket = walk.random.choice(found)
    owed = door.owed_at_door(door.order_of(ticket), at=walk.now)
    is_in = Visit.objects.filter(ticket=ticket, left_at=None, undone_at=None).exists()
    may_enter = ticket.status == TicketStatus.ACTIVE and not owed and not is_in
    try:
        door.let_in(ticket.number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=walk.manager, at=walk.now)
    except visits.EntryRefused:
        assert not may_enter
        raise
    assert may_enter


def leave(walk: Walk) -> None:
    """A visitor leaves."""
    found = list(Visit.objects.filter(left_at=None, undone_at=None).order_by("pk"))
    if found:
        door.let_out(walk.random.choice(found).ticket_id, by=walk.manager, at=walk.now)


def wait(walk: Walk) -> None:
    """Time passes, and the clock does its work."""
    walk.clock.shift(timedelta(minutes=walk.random.choice([5, 11, 45, 180])))
    at = walk.now
    steps.send_all(walk.gateway)
    for event in OrderEvent.objects.filter(kind=EventKind.CHANGED, at__lte=at - UNDO_FOR):
        change_undoing.settle_change(event.pk, walk.gateway, at=at)
    warn_of_deadlines(at)
    expire_overdue(walk.gateway, at)
    complete_finished(walk.gateway, at)
    remind_of_bookings(at)
    visits.end_forgotten(at)


MAIL = "petr@example.com"
DEEDS: list[Callable[[Walk], None]] = [
    *[book] * 5,
    *[book_alone] * 3,
    *[change] * 4,
    *[add] * 2,
    *[wait] * 4,
    *[pay] * 3,
    *[come] * 3,
    take,
    take,
    give_up,
    give_back,
    undo,
    undo,
    cancel,
    block,
    lift,
    leave,
]


def _when(period: Period, service: Service) -> When:
    start, end = (moment.astimezone(service.location.zone) for moment in (period.start, period.end))
    return When(day=start.date(), start=start.time(), end=end.time())
