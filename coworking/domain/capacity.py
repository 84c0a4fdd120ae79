"""Free places and seats, and the nearest alternatives if there are none."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, Q, QuerySet

from coworking.domain.opening import Calendar
from coworking.domain.rules import BadPeriod, broken_rules, period_of, when_of
from coworking.models import Block, Seat, Service, Tariff, Ticket
from olvery.database.plans import keeping_plans
from olvery.shared.periods import DAY, Period, Usage, local_day, local_days, peak_usage
from olvery.shared.written import Written

LOOK_AHEAD = 14 * DAY
ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class SeatUse:
    """A seat and the periods in which it is taken."""

    seat: Seat
    taken: tuple[Period, ...]
    # Blocks that may be booked over by asking for the seat by number.
    blocked: tuple[Block, ...] = ()

    def is_free(self, period: Period) -> bool:
        """Return whether the seat is free for the whole period."""
        return self.can_be_had(period, ())

    def can_be_had(self, period: Period, over: Collection[Block]) -> bool:
        """Return whether the seat is free except for one of the blocks `over`."""
        met = [block for block in self.blocked if period.overlaps(block.period)]
        is_let = len(met) <= 1 and all(block in over for block in met)
        return is_let and self.seat.is_active and not any(period.overlaps(taken) for taken in self.taken)


@dataclass(frozen=True)
class Occupancy:
    """The occupancy of a service within a window, read with one query; the methods make none."""

    service: Service
    seats: tuple[SeatUse, ...] = ()
    usages: tuple[Usage, ...] = ()
    over: tuple[Block, ...] = ()

    @property
    def capacity(self) -> int:
        """How many places the service has."""
        return sum(use.seat.is_active for use in self.seats) if self.service.has_seats else self.service.capacity

    def free_seats(self, period: Period) -> list[Seat]:
        """Return the seats that are free for a whole booking of `period`, in plan order."""
        occupied = Ticket.occupying(period, self.service.buffer)
        return [use.seat for use in self.seats if use.is_free(occupied)]

    def seats_to_be_had(self, period: Period) -> set[int]:
        """Return the keys of the seats available by number: free ones, and those under `over`."""
        occupied = Ticket.occupying(period, self.service.buffer)
        return {use.seat.pk for use in self.seats if use.can_be_had(occupied, self.over)}

    def blocks_under(self, period: Period, seats: Sequence[Seat | None]) -> list[Block | None]:
        """Return the block of `over` that each of these seats is under.

        Unblocked places of a pool come first; the others use the first block that has room.
        """
        occupied = Ticket.occupying(period, self.service.buffer)
        if self.service.has_seats:
            return [next((block for block in self.over if block.meets(seat, occupied)), None) for seat in seats]
        free = min(self.free_places(period), len(seats))
        roomy = (block for block in self.over if self.places_over(period, block) >= len(seats))
        return [None] * free + [next(roomy, None)] * (len(seats) - free)

    def free_places(self, period: Period) -> int:
        """Return how many places are free for a whole booking of `period`."""
        if self.service.has_seats:
            return len(self.free_seats(period))
        return self._left(period, self.usages)

    def places_over(self, period: Period, block: Block) -> int:
        """Return how many places of a pool are free for a booking of `period` over a block, as if it did not exist."""
        others = (usage for usage in self.usages if not (usage.is_block and usage.block == block.pk))
        return self._left(period, others)

    def places_to_be_had(self, period: Period) -> int:
        """Return how many places of a pool are available, including over a block of `over`."""
        return max([self.free_places(period), *(self.places_over(period, block) for block in self.over)])

    def _left(self, period: Period, usages: Iterable[Usage]) -> int:
        return max(0, self.capacity - peak_usage(usages, Ticket.occupying(period, self.service.buffer)))

    def taken_places(self, period: Period) -> int:
        """Return how many places of a pool are taken at one moment of the period."""
        return peak_usage(self.usages, period)

    def within(self, period: Period) -> "Occupancy":
        """Return the part that matters to bookings inside a period, which is cheaper to ask many times."""
        occupied = Ticket.occupying(period, self.service.buffer)
        usages = tuple(usage for usage in self.usages if usage.period.overlaps(occupied))
        return replace(self, usages=usages)

    def with_booking(
        self, period: Period, seats: Sequence[Seat | None], over: Iterable[Block | None] = ()
    ) -> "Occupancy":
        """Return the occupancy with these seats, or as many places of a pool, booked for the period as well.

        `over` has the block that each of the places was confirmed over, if any was.
        """
        occupied = Ticket.occupying(period, self.service.buffer)
        if not self.service.has_seats:
            blocks = [block.pk for block in over if block]
            own = (Usage(occupied, block=pk) for pk in blocks)
            return replace(self, usages=(*self.usages, Usage(occupied, len(seats) - len(blocks)), *own))
        keys = {seat.pk for seat in seats if seat}
        uses = (replace(use, taken=(*use.taken, occupied)) if use.seat.pk in keys else use for use in self.seats)
        return replace(self, seats=tuple(uses))

    def has_room(self, period: Period, places: int, seat_ids: Sequence[int] = ()) -> bool:
        """Return whether this many places are free, including the given seats."""
        if not self.service.has_seats:
            return self.free_places(period) >= places
        free = {seat.pk for seat in self.free_seats(period)}
        return len(free) >= places and free.issuperset(seat_ids)


def occupancy_of(
    service: Service, window: Period, *, without: Collection[int] = (), over: Sequence[Block] = ()
) -> Occupancy:
    """Return the occupancy of a service within the window, without tickets of some numbers. One query.

    Seats under the blocks `over` are available by number, places of a pool if no others are left.
    """
    wanted = Ticket.occupying(window, service.buffer)
    if not service.has_seats:
        return Occupancy(service, usages=_pool_usages(service, wanted, without), over=tuple(over))
    seats: Iterable[Any]
    if without or over:
        seats = _seats(service.pk, wanted.to_range(), without=without, over=over)
    else:
        seats = _SEATS(service_id=service.pk, wanted=wanted.to_range())
    return Occupancy(service, seats=tuple(_seat_use(seat, over) for seat in seats), over=tuple(over))


def _seats(
    service_id: int, wanted: Any, *, without: Collection[int] = (), over: Sequence[Block] = ()
) -> "QuerySet[Any]":
    """Return the seats of a service, each with the periods in which it is booked and those in which it is blocked."""
    tickets = Ticket.objects.blocking().filter(service=service_id, occupied__overlap=wanted)
    if without:
        tickets = tickets.exclude(number__in=without)
    blocks = Block.objects.standing().filter(service=service_id, period__overlap=wanted)
    if over:
        blocks = blocks.exclude(pk__in=[block.pk for block in over])
    return (
        Seat.objects.order_by("table", "position", "pk")
        .filter(service=service_id)
        .annotate(
            booked=ArraySubquery(tickets.filter(seat=OuterRef("pk")).values("occupied")),
            blocked=ArraySubquery(blocks.filter(Q(seat=OuterRef("pk")) | Q(seat=None)).values("period")),
        )
    )


_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_SEATS: Written[Any] = Written(_seats, service_id=-1, wanted=Period(_SOME_DAY, _SOME_DAY + DAY).to_range())


def blocks_to_order_over(services: Iterable[Service], windows: Iterable[Period]) -> list[Block]:
    """Return the blocks of these services that managers may book over and that overlap a window. One query."""
    met = [Q(period__overlap=window) for window in windows]
    blocks = Block.objects.standing().open_to_managers().filter(service__in=list(services))
    return list(blocks.filter(reduce(or_, met)).select_related("service__location").order_by("pk")) if met else []


# Raw SQL: saving runs it twice, once under the lock, and the ORM takes longer to write it than PostgreSQL to answer.
_POOL_USAGES = """
SELECT lower(occupied), upper(occupied), 1, coalesce(over_block_id, 0), false FROM "coworking_ticket"
WHERE service_id = %(service)s::bigint AND status IN ('held', 'active') AND occupied && %(wanted)s
  AND number <> ALL (%(without)s::bigint[])
UNION ALL
SELECT lower(period), upper(period), places, id, true FROM "coworking_block"
WHERE service_id = %(service)s::bigint AND lifted_at IS NULL AND period && %(wanted)s
"""


def _pool_usages(service: Service, wanted: Period, without: Collection[int]) -> tuple[Usage, ...]:
    values: dict[str, Any] = {"service": service.pk, "wanted": wanted.to_range(), "without": list(without)}
    with keeping_plans(connection), connection.cursor() as cursor:
        cursor.execute(_POOL_USAGES, values)
        return tuple(Usage(Period(start, end), *rest) for start, end, *rest in cursor.fetchall())


def _seat_use(seat: Any, over: Iterable[Block]) -> SeatUse:
    blocked = tuple(block for block in over if block.meets(seat, block.period))
    return SeatUse(seat, (*seat.booked, *seat.blocked), blocked)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A free period near the wanted one, with the seats it is free for."""

    period: Period
    seats: tuple[Seat, ...] = field(default=())


def window_around(period: Period, calendar: Calendar) -> Period:
    """Return the whole days that a period and its alternatives may touch."""
    first, last = period.days(calendar.zone)
    # A month that starts later may be up to three days longer.
    return local_days(first, last + LOOK_AHEAD + 3 * DAY, calendar.zone)


def nearest_alternatives(
    occupancy: Occupancy,
    tariff: Tariff,
    period: Period,
    *,
    places: int,
    seat_ids: Sequence[int],
    calendar: Calendar,
    at: datetime,
) -> list[Alternative]:
    """Return up to three bookings of the same length that are free and break no rule.

    Another seat at the same time comes first, then earlier and later on the same day, then the next day; for a day
    off, which has nothing of its own, the next three.
    """
    found: list[Alternative] = []

    def fits(candidate: Period, wanted_seats: Sequence[int], among: Occupancy) -> bool:
        return among.has_room(candidate, places, wanted_seats) and not broken_rules(tariff, candidate, calendar, at)

    if seat_ids and fits(period, (), occupancy):
        seats = tuple(occupancy.free_seats(period)[:places])
        found.append(Alternative(period, seats))
    kept = tuple(use.seat for use in occupancy.seats if use.seat.pk in seat_ids)
    day = period.days(calendar.zone)[0]
    that_day = occupancy.within(local_day(day, calendar.zone))
    for candidates, among, most in (
        (_shifts(period, tariff, calendar, -1), that_day, 1),
        (_shifts(period, tariff, calendar, +1), that_day, 1),
        (_next_days(period, tariff, calendar), occupancy, 1 if calendar.hours_on(day) else ALTERNATIVES),
    ):
        nearest = (candidate for candidate in candidates if fits(candidate, seat_ids, among))
        found += [Alternative(candidate, kept) for candidate in islice(nearest, most)]
    return found[:ALTERNATIVES]


def _shifts(period: Period, tariff: Tariff, calendar: Calendar, direction: int) -> Iterator[Period]:
    opened = calendar.open_period(period.days(calendar.zone)[0])
    if not tariff.is_hourly or opened is None:
        return
    step = timedelta(minutes=tariff.step_minutes) * direction
    candidate = period.shifted(step)
    while candidate.end <= opened.end if direction > 0 else opened.start <= candidate.start:
        if opened.start <= candidate.start and candidate.end <= opened.end:
            yield candidate
        candidate = candidate.shifted(step)


def _next_days(period: Period, tariff: Tariff, calendar: Calendar) -> Iterator[Period]:
    when = when_of(tariff, period, calendar.zone)
    for days in range(1, LOOK_AHEAD.days + 1):
        try:
            yield period_of(tariff, when.moved_to(when.day + DAY * days), calendar.zone)
        except BadPeriod:  # the clock changes at this time of that day
            continue
