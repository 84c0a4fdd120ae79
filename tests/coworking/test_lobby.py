"""What the screen in the lobby shows."""

from typing import Any

import pytest

from coworking.domain.lobby import Lobby, lobby_of
from coworking.domain.opening import calendar_of
from coworking.models import Location, OpeningHours
from tests.factories import make_block, make_location, make_pool, make_seats, make_ticket, seat_of
from tests.moments import WEDNESDAY, hours, moment

pytestmark = pytest.mark.django_db
ELEVEN_FORTY = moment("2026-11-25 11:40")


@pytest.fixture
def location() -> Location:
    """Open from 8 to 21."""
    return make_location()


def lobby(location: Location, at: Any = ELEVEN_FORTY) -> Lobby:
    return lobby_of(location, calendar_of(location), at=at)


def told(location: Location, at: Any = ELEVEN_FORTY) -> list[tuple[str, int, int, Any, str]]:
    return [(one.service.name, one.free, one.capacity, one.free_from, one.tone) for one in lobby(location, at).services]


def test_what_is_free_for_an_hour_counts_and_what_becomes_free_says_from_when(location: Location) -> None:
    pool = make_pool(location=location, name="Опен-спейс", capacity=3, position=1)
    make_ticket(service=pool, period=hours("10", "12"))
    make_ticket(service=pool, period=hours("12:30", "14"))  # begins within the hour
    rooms = make_seats(location=location, name="Клён", labels=["1"], position=2)
    make_ticket(service=rooms, period=hours("10", "12"), seat=seat_of(rooms, "1"))
    full = make_seats(location=location, name="Ива", labels=["1"], position=3)
    make_block(service=full, period=hours("0", "23"), seat=seat_of(full, "1"))
    assert told(location) == [
        ("Опен-спейс", 2, 3, None, "ok"),
        ("Клён", 0, 1, moment("2026-11-25 12:00"), "warn"),
        ("Ива", 0, 1, None, "mute"),
    ]


def test_in_the_last_hour_what_is_free_until_closing_is_free(location: Location) -> None:
    make_pool(location=location, name="Опен-спейс", capacity=3)
    assert told(location, moment("2026-11-25 20:40")) == [("Опен-спейс", 3, 3, None, "ok")]


@pytest.mark.parametrize("at", ["2026-11-25 07:59", "2026-11-25 21:00", "2026-11-29 12:00"])
def test_outside_of_its_hours_a_location_is_closed(location: Location, at: str) -> None:
    make_pool(location=location, name="Опен-спейс", capacity=3)
    assert lobby(location, moment(at)).opened is None
    assert told(location, moment(at)) == [("Опен-спейс", 0, 3, None, "mute")]


def test_a_day_off_is_closed(location: Location) -> None:
    OpeningHours.objects.create(location=location, on=WEDNESDAY)
    assert lobby(location).opened is None


def test_the_next_bookings_of_today_come_first(location: Location) -> None:
    pool = make_pool(location=location, name="Опен-спейс", capacity=9)
    periods = [hours("12", "13"), hours("11", "13"), hours("15", "16"), hours("13", "14")]
    tickets = [make_ticket(service=pool, period=period) for period in periods]
    make_ticket(service=pool, period=hours("14", "15"), status="cancelled")
    make_ticket(service=make_pool(), period=hours("14", "15"))  # of another location
    assert [ticket.pk for ticket in lobby(location).upcoming] == [tickets[0].pk, tickets[3].pk, tickets[2].pk]


def test_it_asks_as_much_for_many_services_as_for_one(location: Location, django_assert_num_queries: Any) -> None:
    calendar = calendar_of(location)
    for number in range(3):
        make_ticket(service=make_pool(location=location, name=f"Зал {number}"), period=hours("12", "13"))
    with django_assert_num_queries(5):
        lobby_of(location, calendar, at=ELEVEN_FORTY)
