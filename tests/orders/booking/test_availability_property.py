"""Whatever is created and cancelled, in any order: exactly what fits is sold."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from coworking.domain.rules import When
from coworking.domain.tickets import SeatsTaken
from coworking.models import Service, Tariff, Ticket, TicketStatus
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.periods import Period, Usage, peak_usage
from olvery.shared.refusals import Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.domain.desk.cancelling import cancel_order
from tests.depth import rounds
from tests.factories import (
    make_block,
    make_location,
    make_manager,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    make_wish,
)
from tests.moments import MOSCOW, NOW, WEDNESDAY

pytestmark = pytest.mark.django_db

CAPACITY = 3
SLOTS = 8  # half-hours from 20 to 24: few, so that bookings meet, some at the end of the day
STEP = timedelta(minutes=30)
OPENING = datetime.combine(WEDNESDAY, datetime.min.time(), MOSCOW) + timedelta(hours=20)
repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=rounds(6))


@dataclass(frozen=True)
class Create:
    start: int
    length: int
    places: int


@dataclass(frozen=True)
class Cancel:
    which: int


creates = st.builds(Create, st.integers(0, SLOTS - 1), st.integers(1, 4), st.integers(1, 2)).map(
    lambda create: replace(create, length=min(create.length, SLOTS - create.start))
)
steps = st.lists(st.one_of(creates, creates, st.builds(Cancel, st.integers(0, 9))), min_size=6, max_size=14)


@dataclass
class Model:
    """What a person with a paper plan would do: a row for each half-hour, a column for each place."""

    buffer: int
    numbered: bool
    orders: dict[int, tuple[int, int, list[int]]] = field(default_factory=dict)

    def usage(self, slot: int) -> int:
        return sum(len(seats) for start, end, seats in self.orders.values() if start <= slot < end)

    def has_room(self, step: Create) -> bool:
        slots = range(step.start, step.start + step.length + self.buffer)
        if self.numbered:
            return len(self.free_seats(slots)) >= step.places
        return max(self.usage(slot) for slot in slots) + step.places <= CAPACITY

    def free_seats(self, slots: range) -> set[int]:
        taken = {
            seat
            for start, end, seats in self.orders.values()
            for seat in seats
            if start < slots.stop and slots.start < end
        }
        return set(range(CAPACITY)) - taken


def run(script: list[Create | Cancel], tariff: Tariff, manager: User, customer: User) -> None:
    service = tariff.service
    seat_numbers = {pk: n for n, pk in enumerate(service.seats.order_by("pk").values_list("pk", flat=True))}
    model = Model(buffer=service.buffer_minutes // 30, numbered=service.has_seats)
    for step in script:
        if isinstance(step, Cancel):
            if model.orders:
                number = sorted(model.orders)[step.which % len(model.orders)]
                cancel_order(number, by=manager, reason="Передумал", at=NOW)
                del model.orders[number]
            continue
        start = OPENING + STEP * step.start
        when = When(day=WEDNESDAY, start=start.time(), end=(start + STEP * step.length).time())
        request = make_wish(tariff=tariff, customer=customer, when=when, visitor_ids=(None,) * step.places)
        if not model.has_room(step):
            with pytest.raises(Refused) as refused:
                place_order(request, booker=Booker.manager(manager, service.location), at=NOW)
            assert [type(refusal) for refusal in refused.value.refusals] == [SeatsTaken]
        else:
            order = place_order(request, booker=Booker.manager(manager, service.location), at=NOW)
            tickets = list(Ticket.objects.filter(lines__order=order))
            seats = [seat_numbers[ticket.seat_id] if model.numbered else -1 for ticket in tickets]
            end = step.start + step.length + model.buffer
            if model.numbered:
                assert set(seats) <= model.free_seats(range(step.start, end))
                assert len(set(seats)) == step.places
            model.orders[order.pk] = (step.start, end, seats)
        usages = [Usage(taken) for taken in blocking(service)]
        assert peak_usage(usages, Period(OPENING, OPENING + STEP * 20)) <= CAPACITY
    assert len(blocking(service)) == sum(len(seats) for _start, _end, seats in model.orders.values())


def blocking(service: Service) -> list[Any]:
    return list(Ticket.objects.blocking().filter(service=service).values_list("occupied", flat=True))


@pytest.mark.parametrize("buffer_minutes", [0, 30])
@pytest.mark.parametrize("numbered", [False, True])
def test_any_sequence_of_orders_and_cancellations_sells_what_fits_and_nothing_more(
    numbered: bool, buffer_minutes: int
) -> None:
    location = make_location(weekly={WEDNESDAY.weekday(): (time(8), END_OF_DAY)})
    fields = {"location": location, "buffer_minutes": buffer_minutes}
    service = make_seats(**fields, labels=["A1", "A2", "A3"]) if numbered else make_pool(**fields, capacity=CAPACITY)
    tariff, manager = make_tariff(service=service, min_units=0), make_manager(location=location)
    customer = make_user(email=None)

    @repeatable
    @given(script=steps)
    def check(script: list[Create | Cancel]) -> None:
        with transaction.atomic():
            run(script, tariff, manager, customer)
            transaction.set_rollback(True)

    check()


PEAK = "SELECT coworking_peak(%s, %s, NULL, NULL, NULL, 0, 0)"
times = st.tuples(st.integers(0, 40), st.integers(1, 20)).map(
    lambda pair: Period(OPENING + timedelta(minutes=7) * pair[0], OPENING + timedelta(minutes=7) * (pair[0] + pair[1]))
)


def test_the_peak_in_the_database_is_the_peak_in_python() -> None:
    pool, person = make_pool(capacity=32_000), make_user()

    @settings(repeatable, max_examples=rounds(20))
    @given(
        tickets=st.lists(times, max_size=6),
        over=st.lists(st.tuples(times, st.integers(0, 3)), max_size=6),
        blocks=st.lists(st.tuples(times, st.integers(1, 5)), max_size=4),
        within=times,
    )
    def check(
        tickets: list[Period], over: list[tuple[Period, int]], blocks: list[tuple[Period, int]], within: Period
    ) -> None:
        with transaction.atomic():
            usages = [Usage(period) for period in tickets]
            for period in tickets:
                make_ticket(service=pool, period=period, visitor=person)
            made = [
                make_block(service=pool, period=period, places=places, created_by=person, is_open_to_managers=True)
                for period, places in blocks
            ]
            for period, which in over if made else ():
                block = made[which % len(made)]
                # Without asking whether it has to be: cancelled for now.
                cancelled = {"status": TicketStatus.CANCELLED, "over_block": block}
                make_ticket(service=pool, period=period, visitor=person, **cancelled)
                usages.append(Usage(period, block=block.pk))
            Ticket.objects.update(status=TicketStatus.ACTIVE)
            usages += [Usage(block.period, block.places, block=block.pk, is_block=True) for block in made]
            with connection.cursor() as cursor:
                cursor.execute(PEAK, [pool.pk, within.to_range()])
                assert cursor.fetchone() == (peak_usage(usages, within),)
            transaction.set_rollback(True)

    check()


@given(usages=st.lists(st.builds(Usage, times, st.integers(1, 5)), max_size=8), within=times)
@settings(repeatable, max_examples=rounds(75))
def test_the_peak_is_the_fullest_minute(usages: list[Usage], within: Period) -> None:
    minutes = int((within.end - within.start).total_seconds() // 60)
    moments = [within.start + timedelta(minutes=n) for n in range(minutes)]
    taken = [sum(usage.places for usage in usages if usage.period.start <= at < usage.period.end) for at in moments]
    assert peak_usage(usages, within) == max(taken)
