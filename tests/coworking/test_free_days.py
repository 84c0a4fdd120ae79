from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coworking.domain.free_days import DayState, states_of_days
from coworking.domain.opening import calendar_of
from coworking.domain.rules import When
from coworking.models import Tariff, Unit
from tests.factories import make_exception, make_pool, make_seats, make_tariff, make_ticket, seat_of
from tests.moments import FRIDAY, NOW, SATURDAY, SUNDAY, THURSDAY, TUESDAY, WEDNESDAY, clock, hours

pytestmark = pytest.mark.django_db

MONDAY = TUESDAY - timedelta(days=1)
DAYS = [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY]


def said(state: DayState) -> str:
    if state.is_free:
        return "free"
    return state.refusal.reason if state.refusal else "full"


def states(tariff: Tariff, when: When, *, places: int = 1, seats: tuple[int, ...] = ()) -> dict[date, str]:
    calendar = calendar_of(tariff.service.location)
    found = states_of_days(tariff, when, DAYS, places=places, seat_ids=seats, calendar=calendar, at=NOW)
    return {day: said(state) for day, state in found.items()}


def test_hours_that_are_given_are_free_full_over_closed_or_outside_of_the_opening_hours() -> None:
    pool = make_pool(capacity=2)
    make_exception(location=pool.location, on=FRIDAY)
    make_ticket(service=pool, period=hours("11", "12", THURSDAY))
    when = When(TUESDAY, start=clock("10"), end=clock("12"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = states(make_tariff(service=pool, unit=Unit.HOUR), when, places=2)
    assert found == {
        MONDAY: "already_over",
        TUESDAY: "free",
        WEDNESDAY: "free",
        THURSDAY: "full",
        FRIDAY: "closed",
        SATURDAY: "free",
        SUNDAY: "closed",
    }
    assert sum('"coworking_ticket"' in query["sql"] for query in queries) == 1


def test_without_hours_a_day_is_free_that_has_room_for_the_shortest_booking() -> None:
    pool = make_pool(capacity=1)
    make_ticket(service=pool, period=hours("08", "21", WEDNESDAY))
    make_ticket(service=pool, period=hours("08", "20", THURSDAY))
    tariff = make_tariff(service=pool, unit=Unit.HOUR, min_units=1)
    found = states(tariff, When(TUESDAY))
    assert {day: found[day] for day in (TUESDAY, WEDNESDAY, THURSDAY)} == {
        TUESDAY: "free",
        WEDNESDAY: "full",
        THURSDAY: "free",
    }
    make_exception(location=pool.location, on=SATURDAY, opens_at=clock("9"), closes_at=clock("24"))
    make_ticket(service=pool, period=hours("09", "23", SATURDAY))
    assert states(tariff, When(TUESDAY))[SATURDAY] == "free"
    Tariff.objects.filter(pk=tariff.pk).update(min_units=2)
    tariff.refresh_from_db()
    found = states(tariff, When(TUESDAY))
    assert (found[THURSDAY], found[SATURDAY]) == ("full", "full")
    assert states(tariff, When(TUESDAY, start=clock("10")))[FRIDAY] == "free"
    assert states(tariff, When(TUESDAY, start=clock("10:10")))[FRIDAY] == "closed"


def test_a_chosen_seat_counts_alone_and_a_week_is_free_as_a_whole() -> None:
    service = make_seats(labels=["A1", "A2"])
    make_ticket(service=service, seat=seat_of(service, "A1"), period=hours("10", "11", SATURDAY))
    weekly = make_tariff(service=service, unit=Unit.WEEK)
    assert set(states(weekly, When(TUESDAY)).values()) == {"already_over", "free"}
    chosen = states(weekly, When(TUESDAY), seats=(seat_of(service, "A1").pk,))
    assert (chosen[TUESDAY], chosen[SATURDAY], chosen[SUNDAY]) == ("full", "full", "free")
