"""The day of a location in numbers, and the lists of who comes and who is here."""

import uuid
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from coworking.domain import day, visits
from coworking.domain.opening import calendar_of
from coworking.domain.rules import When
from coworking.models import Location, Service, Ticket, Unit, VisitSource
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.periods import Period, local_day, local_days
from tests.factories import (
    make_block,
    make_location,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
)
from tests.moments import BERLIN, SUNDAY, TUESDAY, WEDNESDAY, hours, moment

pytestmark = pytest.mark.django_db

TEN = moment("2026-11-25 10:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def by() -> User:
    return make_user()


def book(service: Service, period: Period, unit: Unit = Unit.HOUR, **fields: Any) -> Ticket:
    ticket = make_ticket(service=service, period=period, tariff=make_tariff(service=service, unit=unit), **fields)
    return Ticket.objects.select_related("service__location", "tariff").get(pk=ticket.pk)


def come(ticket: Ticket, by: User, at: Any = TEN) -> None:
    visits.check_in(ticket, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=at)


def arrivals(location: Location, *, hourly: bool, at: Any) -> list[int]:
    places = day.day_in_places(location, calendar_of(location), at=at)
    by_hour, by_day = day.arrivals(location, places)
    return by_hour if hourly else by_day


def names(tickets: Any) -> list[int]:
    return [ticket.pk for ticket in tickets]


def test_an_empty_day_is_open_and_free(location: Location) -> None:
    make_pool(location=location, capacity=8)
    found = day.day_in_places(location, calendar_of(location), at=TEN)
    assert (found.taken, found.capacity, found.expected, found.late, found.came) == (0, 8, 0, 0, 0)
    assert [use.taken for use in found.hours] == [0] * 13
    assert found.hours[0].period.start == moment("2026-11-25 08:00")


def test_the_day_is_counted_by_service_and_by_hour(location: Location, by: User) -> None:
    pool, seats = make_pool(location=location, capacity=8), make_seats(location=location, labels=("A1", "A2"))
    came = book(pool, hours("9", "11"))
    book(pool, hours("09:30", "10:30"))
    book(pool, hours("10", "12"), status="held", held_until=TEN)
    book(pool, hours("11", "12"))
    book(pool, hours("8", "9"), status="used")
    book(pool, hours("9", "12"), status="cancelled")
    book(seats, local_day(WEDNESDAY, location.zone), Unit.DAY, seat=seats.seats.get(label="A1"))
    book(make_pool(), hours("9", "12"))
    come(came, by, TEN - 30 * MINUTE)

    found = day.day_in_places(location, calendar_of(location), at=TEN)

    assert [(use.taken, use.held, use.capacity) for use in found.services] == [(3, 1, 8), (1, 0, 2)]
    assert [use.taken for use in found.hours[:5]] == [2, 3, 4, 3, 1]
    assert found.peak == found.hours[2]
    assert (found.expected, found.late, found.came) == (4, 1, 1)


def test_the_hours_count_the_tickets_of_what_is_on_sale_as_the_services_beside_them_do(location: Location) -> None:
    book(make_pool(location=location, capacity=2), hours("10", "12"))
    archived = make_pool(location=location, capacity=9, is_active=False)
    for _ in range(3):
        book(archived, hours("9", "12"))
    found = day.day_in_places(location, calendar_of(location), at=TEN)
    assert (found.taken, found.capacity, [use.taken for use in found.hours[:5]]) == (1, 2, [0, 0, 1, 1, 0])
    assert found.expected == 4  # people with such a ticket come all the same


def test_blocked_places_are_taken_and_an_order_over_a_block_takes_one_of_them(location: Location) -> None:
    pool, seats = make_pool(location=location, capacity=3), make_seats(location=location, labels=("A1", "A2"))
    block = make_block(service=pool, places=2, period=hours("9", "12"), is_open_to_managers=True)
    book(pool, hours("10", "12"))
    over = {"over_block_id": block.pk, "override_reason": "Гости директора"}
    make_order(tariff=pool.tariffs.get(), when=When(WEDNESDAY, start=time(10), end=time(11)), **over)
    make_block(service=seats, period=hours("10", "11"))
    found = day.day_in_places(location, calendar_of(location), at=TEN)
    assert [(use.taken, use.capacity) for use in found.services] == [(3, 3), (2, 2)]
    assert [use.taken for use in found.hours[:5]] == [0, 2, 5, 3, 0]
    assert (found.expected, found.late) == (2, 0)


def test_a_closed_day_is_drawn_with_the_usual_hours(location: Location) -> None:
    found = day.day_in_places(location, calendar_of(location), at=moment("2026-11-29 10:00"))
    assert (found.hours[0].period.start, len(found.hours)) == (moment("2026-11-29 08:00"), 12)


def test_on_a_closed_day_whoever_has_booked_days_is_not_expected(location: Location) -> None:
    monday = date(2026, 11, 30)
    book(make_pool(location=location, capacity=8), local_days(SUNDAY, monday, location.zone), Unit.WEEK)
    closed, opened = (
        day.day_in_places(location, calendar_of(location), at=moment(f"{on} 10:00")) for on in (SUNDAY, monday)
    )
    assert [(found.taken, found.expected) for found in (closed, opened)] == [(1, 0), (1, 1)]


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Asia/Kamchatka"])
def test_the_day_begins_at_the_midnight_of_the_location(zone: str) -> None:
    location, there = make_location(time_zone=zone), ZoneInfo(zone)
    pool = make_pool(location=location)
    for on in (TUESDAY, WEDNESDAY):
        book(pool, hours("22", "23:30", on, there))
    found = day.day_in_places(location, calendar_of(location), at=moment("2026-11-25 00:10", there))
    assert (found.expected, found.day) == (1, local_day(WEDNESDAY, there))


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka"])
@pytest.mark.parametrize(
    ("on", "after"),
    [(date(2026, 12, 31), date(2027, 1, 1)), (date(2028, 2, 28), date(2028, 2, 29))],
    ids=["new-year", "leap-day"],
)
def test_a_night_belongs_to_the_day_it_began_and_is_here_on_the_next(
    on: date, after: date, zone: str, by: User
) -> None:
    there = ZoneInfo(zone)
    all_day = dict.fromkeys(range(7), (time(0), time(23, 45)))
    location = make_location(time_zone=zone, weekly=all_day)
    night = book(make_pool(location=location), Period(moment(f"{on} 22:00", there), moment(f"{after} 06:00", there)))
    before, past = moment(f"{on} 23:00", there), moment(f"{after} 00:30", there)

    for at in (before, past):
        found = day.day_in_places(location, calendar_of(location), at=at)
        assert (found.taken, found.expected, found.late, found.came) == (1, 1, 1, 0)
        assert arrivals(location, hourly=True, at=at) == [night.pk]
    assert [use.taken for use in found.hours[:8]] == [1] * 6 + [0] * 2

    come(night, by, before)
    for at in (before, past):
        found = day.day_in_places(location, calendar_of(location), at=at)
        assert (found.taken, found.expected, found.late, found.came) == (1, 0, 0, 1)
        here, count = day.on_site(location, at=at)
        assert ([ticket for ticket, _came_at in here], count) == ([night.pk], 1)
    assert names(day.tickets_of_day(location, at=moment(f"{after} 12:00", there))) == [night.pk]


def test_the_longest_day_is_awaited_until_its_end() -> None:
    always = dict.fromkeys(range(7), (time(0), END_OF_DAY))
    location, on = make_location(time_zone=BERLIN.key, weekly=always), date(2026, 10, 25)
    longest = book(make_pool(location=location), hours("0", "24", on, BERLIN))
    at = moment("2026-10-25 23:50", BERLIN)
    found = day.day_in_places(location, calendar_of(location), at=at)
    assert (found.taken, found.expected, found.late) == (1, 1, 1)
    assert [use.taken for use in found.hours] == [1] * 25
    assert arrivals(location, hourly=True, at=at) == [longest.pk]


@pytest.mark.parametrize(("seconds", "late"), [(0, 0), (59, 0), (60, 1)])
def test_nobody_is_late_by_less_than_a_minute(location: Location, seconds: int, late: int) -> None:
    book(make_pool(location=location), hours("10", "12"))
    at = moment(f"{WEDNESDAY} 10:00") + timedelta(seconds=seconds)
    found = day.day_in_places(location, calendar_of(location), at=at)
    assert (found.expected, found.late) == (1, late)


def test_who_came_before_noon_for_hours_until_after_midnight_is_not_awaited_again(location: Location, by: User) -> None:
    long = book(make_pool(location=location), Period(moment("2026-11-24 11:00"), moment("2026-11-25 02:00")))
    come(long, by, long.period.start)
    at = moment("2026-11-25 00:30")
    found = day.day_in_places(location, calendar_of(location), at=at)
    assert (found.expected, found.late, found.came) == (0, 0, 1)
    assert arrivals(location, hourly=True, at=at) == []


def test_arrivals_are_listed_by_the_hour_and_by_the_day(location: Location, by: User) -> None:
    pool = make_pool(location=location)
    late, night = book(pool, hours("9", "11")), book(pool, Period(TEN - timedelta(hours=12), TEN + timedelta(hours=1)))
    later, came, over = book(pool, hours("15", "16")), book(pool, hours("9", "12")), book(pool, hours("8", "10"))
    month = book(pool, local_days(TUESDAY, date(2026, 12, 23), location.zone), Unit.MONTH)
    tomorrow = book(pool, hours("9", "12", date(2026, 11, 26)))
    come(came, by)
    come(month, by, TEN - timedelta(days=1))

    assert arrivals(location, hourly=True, at=TEN) == names([night, late, later])
    assert arrivals(location, hourly=False, at=TEN) == [month.pk]
    come(month, by)
    assert arrivals(location, hourly=False, at=TEN) == []
    assert {over.pk, tomorrow.pk}.isdisjoint(arrivals(location, hourly=True, at=TEN))


def test_visitors_on_site_are_listed_by_the_end_of_their_time(location: Location, by: User) -> None:
    pool = make_pool(location=location)
    long, short, gone = book(pool, hours("9", "18")), book(pool, hours("9", "11")), book(pool, hours("9", "12"))
    night = book(pool, Period(moment("2026-11-24 22:00"), moment("2026-11-25 10:30")))
    forgotten = book(pool, local_days(TUESDAY, date(2026, 12, 23), location.zone), Unit.MONTH)
    for ticket in (long, short, gone):
        come(ticket, by)
    come(night, by, night.period.start)
    come(forgotten, by, TEN - timedelta(days=1))
    visits.check_out(gone, by=by, at=TEN + MINUTE)

    here, count = day.on_site(location, at=TEN + 90 * MINUTE)
    assert ([ticket for ticket, _came_at in here], count) == (names([night, short, long]), 3)
    first, count = day.on_site(location, at=TEN + 90 * MINUTE, most=1)
    assert ([ticket for ticket, _came_at in first], count) == ([night.pk], 3)
