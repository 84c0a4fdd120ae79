"""How full a location was: in random worlds, it equals counting every place in every quarter of an hour."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import time, timedelta
from random import Random

import pytest
from django.db import Error, transaction

from accounts.models import User
from coworking.domain.day import day_in_places
from coworking.domain.occupancy import Occupancy, occupancy_of
from coworking.domain.opening import calendar_of
from coworking.domain.rules import When
from coworking.domain.timetable import TAKING, Wanted, timetable_of
from coworking.models import Block, Location, Seat, Service, Ticket, TicketStatus
from olvery.shared.periods import DAY, Period, at_local
from olvery.shared.refusals import Refused
from orders.models import Order
from tests.depth import rounds
from tests.factories import (
    make_block,
    make_exception,
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    seat_of,
)
from tests.moments import FRIDAY, SUNDAY, WEDNESDAY, clock, hours

pytestmark = pytest.mark.django_db

QUARTER = timedelta(minutes=15)
DAYS = [WEDNESDAY + DAY * n for n in range((SUNDAY - WEDNESDAY).days + 1)]
OPEN = (time(8, 30), time(19))


@dataclass
class World:
    location: Location
    manager: User
    pool: Service
    seats: Service
    archived: Service


def make_world() -> World:
    location = make_location(weekly=dict.fromkeys(range(6), OPEN))
    make_exception(location=location, on=FRIDAY)
    world = World(
        location,
        make_manager(location=location),
        pool=make_pool(location=location, capacity=3),
        seats=make_seats(location=location),
        archived=make_pool(location=location, capacity=9),
    )
    for service in (world.pool, world.seats, world.archived):
        make_tariff(service=service, step_minutes=15)
    return world


def some_time(random: Random, location: Location) -> Period:
    """Return a period that may begin before the location opens, and last over a night."""
    start = at_local(random.choice(DAYS), time(6), location.zone) + random.randrange(56) * QUARTER
    return Period(start, start + random.choice((1, 4, 6, 12, 40, 96)) * QUARTER)


def block(random: Random, world: World) -> None:
    """Block a seat, all seats or some places of a pool."""
    service = random.choice((world.pool, world.seats, world.archived))
    period = some_time(random, world.location)
    seat = random.choice((None, *service.seats.all()))
    places = 1 if service.has_seats else random.randrange(1, 4)
    wanted = {"is_open_to_managers": random.random() < 0.7, "created_by": world.manager}
    make_block(service=service, period=period, seat=seat, places=places, **wanted)


def book(random: Random, world: World) -> None:
    """Save a ticket of any status past the gate."""
    service = random.choice((world.pool, world.seats, world.archived))
    seat = random.choice(service.seats.all()) if service.has_seats else None
    period, status = some_time(random, world.location), random.choice(list(TicketStatus))
    held = {"held_until": period.start} if status == TicketStatus.HELD else {}
    make_ticket(service=service, period=period, seat=seat, status=status, visitor=world.manager, **held)


def order_over(random: Random, block: Block, by: User) -> Order:
    """Order as many places as there are, over a block if necessary."""
    zone = block.service.location.zone
    start = max(block.period.start, at_local(block.period.days(zone)[0], OPEN[0], zone)).astimezone(zone)
    begins = start + random.randrange(4) * QUARTER
    when = When(day=begins.date(), start=begins.time(), end=(begins + random.choice((4, 5, 8)) * QUARTER).time())
    return make_order(
        tariff=block.service.tariffs.get(),
        by=by,
        when=when,
        over_block_id=block.pk,
        override_reason="Гости директора",
        visitor_ids=(None,) * random.randrange(1, 4),
    )


def fill(random: Random, world: World) -> int:
    """Block, book over blocks and book at random, as far as allowed; return how many tickets lie over a block."""
    whole = {"places": 3, "period": hours("9", "14"), "is_open_to_managers": True, "created_by": world.manager}
    make_block(service=world.pool, **whole)
    for _ in range(6):
        with suppress(Error), transaction.atomic():
            block(random, world)
    for one in Block.objects.select_related("service__location").order_by("pk"):
        with suppress(Refused):
            order_over(random, one, world.manager)
    for _ in range(20):
        with suppress(Error), transaction.atomic():
            book(random, world)
    return Ticket.objects.filter(over_block__isnull=False).count()


def archive(world: World) -> None:
    """Take a service and a seat out of use, with the tickets and blocks that they have."""
    Service.objects.filter(pk=world.archived.pk).update(is_active=False)
    Seat.objects.filter(pk=seat_of(world.seats, "A3").pk).update(is_active=False)


@dataclass
class Counted:
    """The places of a service that are in use: how many of them are taken and blocked at a moment."""

    service: Service
    capacity: int
    tickets: list[Ticket]
    blocks: list[Block]

    @classmethod
    def of(cls, service: Service, capacity: int) -> "Counted":
        in_use = {"service": service}
        tickets = Ticket.objects.filter(**in_use, status__in=TAKING).exclude(seat__is_active=False)
        return cls(
            service, capacity, list(tickets), list(Block.objects.filter(**in_use).exclude(seat__is_active=False))
        )

    def at(self, quarter: Period) -> tuple[int, int]:
        """Return how many places are taken, and how many are available, including those booked over a block."""
        tickets = [one for one in self.tickets if one.period.overlaps(quarter)]
        blocks = [one for one in self.blocks if one.period.overlaps(quarter)]
        if any(self.service.has_seats and one.seat_id is None for one in blocks):
            blocked = self.capacity
        elif self.service.has_seats:
            blocked = len({one.seat_id for one in blocks})
        else:
            blocked = sum(one.places for one in blocks)
        return len(tickets), self.capacity - blocked + sum(one.over_block in blocks for one in tickets)


def plain(world: World) -> dict[tuple[int, int], tuple[float, float]]:
    """Count taken and open place-hours, quarter by quarter."""
    services, zone = [Counted.of(world.pool, 3), Counted.of(world.seats, 2)], world.location.zone
    found = defaultdict[tuple[int, int], tuple[float, float]](lambda: (0, 0))
    for day in DAYS:
        now, end = (at_local(day, at, zone) for at in OPEN)
        while day not in (FRIDAY, SUNDAY) and now < end:
            cell = day.weekday(), now.astimezone(zone).hour
            for service in services:
                taken, opened = service.at(Period(now, now + QUARTER))
                found[cell] = found[cell][0] + taken / 4, found[cell][1] + opened / 4
            now += QUARTER
    return dict(found)


def shown(occupancy: Occupancy) -> dict[tuple[int, int], tuple[float, float]]:
    return {cell: (share.taken, share.open) for cell, share in occupancy.cells.items()}


@pytest.mark.parametrize("seed", range(rounds(4)))
def test_occupancy_is_what_counting_every_place_says(seed: int) -> None:
    world = make_world()
    assert fill(Random(seed), world)
    archive(world)
    assert shown(occupancy_of(world.location, DAYS[0], DAYS[-1])) == plain(world)


def test_a_seat_out_of_use_counts_neither_as_a_place_nor_by_what_was_on_it() -> None:
    location = make_location()
    seats = make_seats(location=location, labels=("A1", "A2"))
    for label in ("A1", "A2"):
        make_ticket(service=seats, seat=seat_of(seats, label), period=hours("10", "11"), status=TicketStatus.USED)
    make_block(service=seats, seat=seat_of(seats, "A2"), period=hours("12", "13"))
    Seat.objects.filter(label="A2").update(is_active=False)
    cells = shown(occupancy_of(location, WEDNESDAY, WEDNESDAY))
    assert cells == {(2, hour): (1 if hour == 10 else 0, 1) for hour in range(8, 21)}


def test_a_place_that_is_ordered_over_its_block_could_be_taken() -> None:
    location = make_location()
    pool = make_pool(location=location, capacity=2)
    under = make_block(service=pool, places=2, period=hours("10", "13"), is_open_to_managers=True)
    when = When(day=WEDNESDAY, start=clock("11"), end=clock("12"))
    over = {"over_block_id": under.pk, "override_reason": "Гости директора"}
    make_order(tariff=make_tariff(service=pool), when=when, **over)
    cells = shown(occupancy_of(location, WEDNESDAY, WEDNESDAY))
    assert [cells[2, hour] for hour in range(9, 14)] == [(0, 2), (0, 0), (1, 1), (0, 0), (0, 2)]


@pytest.mark.parametrize("seed", range(rounds(3)))
def test_today_and_the_calendar_say_the_same_of_what_is_taken_now(seed: int) -> None:
    random, world = Random(seed), make_world()
    assert fill(random, world)
    archive(world)
    calendar = calendar_of(world.location)
    for day in DAYS:
        for at in (at_local(day, time(hour, random.choice((0, 7, 45))), world.location.zone) for hour in range(9, 19)):
            found = day_in_places(world.location, calendar, at=at)
            sections = timetable_of(world.location, [day], wanted=Wanted(), at=at).sections
            now = {one.service.pk: (one.taken_now, one.capacity) for one in sections if one.service.is_active}
            assert {one.service.pk: (one.taken, one.capacity) for one in found.services} == now or not sections
