"""What customers see free, hour by hour."""

from datetime import timedelta
from typing import Any

import pytest

from coworking.domain.capacity import occupancy_of
from coworking.domain.opening import calendar_of
from coworking.domain.showcase import hours_of, occupancies_of
from coworking.models import Location, OpeningHours, Service
from olvery.shared.periods import Period, local_day
from tests.factories import make_block, make_location, make_pool, make_seats, make_ticket, seat_of
from tests.moments import MOSCOW, NOW, WEDNESDAY, clock, hours, moment

pytestmark = pytest.mark.django_db
DAY = local_day(WEDNESDAY, MOSCOW)


@pytest.fixture
def location() -> Location:
    """Open from 9 to 13:30 on Wednesday."""
    location = make_location()
    OpeningHours.objects.create(location=location, on=WEDNESDAY, opens_at=clock("9"), closes_at=clock("13:30"))
    return location


def free_hours(service: Service, at: Any = NOW) -> list[tuple[str, str, int, bool]]:
    calendar = calendar_of(service.location)
    occupancy = occupancies_of([service], DAY)[service.pk]
    return [
        (
            f"{hour.period.start.astimezone(MOSCOW):%H:%M}",
            f"{hour.period.end.astimezone(MOSCOW):%H:%M}",
            hour.free,
            hour.is_over,
        )
        for hour in hours_of(occupancy, WEDNESDAY, calendar, at)
    ]


def test_the_last_hour_ends_when_the_location_closes(location: Location) -> None:
    assert free_hours(make_pool(location=location, capacity=3)) == [
        ("09:00", "10:00", 3, False),
        ("10:00", "11:00", 3, False),
        ("11:00", "12:00", 3, False),
        ("12:00", "13:00", 3, False),
        ("13:00", "13:30", 3, False),
    ]


def test_a_pool_shows_the_peak_of_an_hour_including_blocks(location: Location) -> None:
    pool = make_pool(location=location, capacity=3)
    make_ticket(service=pool, period=hours("9", "09:30"))
    make_ticket(service=pool, period=hours("09:30", "11"))
    make_block(service=pool, period=hours("12", "13"), places=2)
    assert [free for _start, _end, free, _over in free_hours(pool)] == [2, 2, 3, 1, 3]


def test_tickets_that_take_the_same_part_of_the_day_are_read_together_and_count_each(location: Location) -> None:
    pool = make_pool(location=location, capacity=8, buffer_minutes=15)
    for days in (1, 7, 30):
        make_ticket(service=pool, period=Period(DAY.start - timedelta(days=days), DAY.end + timedelta(days=days)))
    for _twice in range(2):
        make_ticket(service=pool, period=hours("10", "12"))
    occupancy = occupancies_of([pool], DAY)[pool.pk]
    assert sorted(usage.places for usage in occupancy.usages) == [2, 3]
    assert [free for _start, _end, free, _over in free_hours(pool)] == [3, 3, 3, 3, 5]


def test_seats_without_ticket_or_block_in_the_hour_and_its_buffer_are_free(location: Location) -> None:
    service = make_seats(location=location, labels=["A1", "A2", "A3"], buffer_minutes=30)
    make_ticket(service=service, period=hours("10", "11"), seat=seat_of(service, "A1"))
    make_block(service=service, period=hours("11", "12"), seat=seat_of(service, "A2"))
    make_block(service=service, period=hours("9", "09:30"))  # all of them
    service.seats.filter(label="A3").update(is_active=False)
    assert [free for _start, _end, free, _over in free_hours(service)] == [0, 0, 0, 2, 2]


def test_hours_that_can_no_longer_be_booked_are_over(location: Location) -> None:
    at = moment("2026-11-25 11:21")
    over = [(start, free, is_over) for start, _end, free, is_over in free_hours(make_pool(location=location), at)]
    assert over[:4] == [("09:00", 0, True), ("10:00", 0, True), ("11:00", 0, True), ("12:00", 8, False)]
    late = free_hours(make_pool(location=location), at - timedelta(minutes=1))
    assert late[2] == ("11:00", "12:00", 8, False)


def test_nothing_is_free_on_a_day_off(location: Location) -> None:
    OpeningHours.objects.filter(on=WEDNESDAY).update(opens_at=None, closes_at=None)
    assert free_hours(make_pool(location=location)) == []


def test_many_services_are_read_at_once_as_each_by_itself(location: Location, django_assert_num_queries: Any) -> None:
    pool = make_pool(location=location, capacity=4, buffer_minutes=15)
    seats = make_seats(location=location, labels=["A1", "A2"])
    for service in (pool, seats):
        seat = seat_of(service, "A1") if service.has_seats else None
        make_ticket(service=service, period=hours("10", "12"), seat=seat)
        make_ticket(service=service, period=hours("12", "13"), seat=seat, status="cancelled")
        make_block(service=service, period=hours("12:30", "13"), seat=seat)
    with django_assert_num_queries(3):
        together = occupancies_of([pool, seats], DAY)
    for service in (pool, seats):
        alone = occupancy_of(service, DAY)
        for start in ("9", "10", "11:30", "12", "12:45", "13"):
            period = hours(start, "13:30")
            assert together[service.pk].free_places(period) == alone.free_places(period)
            assert together[service.pk].free_seats(period) == alone.free_seats(period)


def test_without_services_nothing_is_asked(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert occupancies_of([], DAY) == {}
