"""Quiet hours of a location."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError

from coworking.domain.quiet import awake_until, due_until
from coworking.models import Location
from tests.factories import make_location
from tests.moments import moment

KAMCHATKA = ZoneInfo("Asia/Kamchatka")


def location(begins: time | None = time(22), ends: time | None = time(8), zone: str = "Europe/Moscow") -> Location:
    return Location(time_zone=zone, quiet_from=begins, quiet_until=ends)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-25 08:00", "2026-11-25 08:00"),
        ("2026-11-25 20:59", "2026-11-25 20:59"),
        ("2026-11-25 21:00", "2026-11-26 08:00"),  # a reminder due in the night comes in the evening
        ("2026-11-25 21:59", "2026-11-26 08:00"),
        ("2026-11-25 22:00", None),
        ("2026-11-26 03:00", None),
        ("2026-11-26 07:59", None),
    ],
)
def test_letters_that_can_wait_come_before_the_quiet_hours_or_after_them(at: str, due: str | None) -> None:
    assert due_until(location(), moment(at)) == (moment(due) if due else None)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-25 12:59", "2026-11-25 15:00"),
        ("2026-11-25 13:00", None),
        ("2026-11-25 15:00", "2026-11-25 15:00"),
        ("2026-11-25 23:00", "2026-11-25 23:00"),
    ],
)
def test_quiet_hours_may_lie_within_a_day(at: str, due: str | None) -> None:
    assert due_until(location(time(13), time(15)), moment(at)) == (moment(due) if due else None)


def test_without_quiet_hours_letters_are_due_at_any_hour() -> None:
    at = moment("2026-11-26 03:00")
    assert due_until(location(None, None), at) == at


def test_quiet_hours_follow_the_clock_of_the_location() -> None:
    at = moment("2026-11-25 14:00")  # 23:00 in Kamchatka
    assert due_until(location(zone="Asia/Kamchatka"), at) is None
    evening = datetime(2026, 11, 25, 21, tzinfo=KAMCHATKA)
    assert due_until(location(zone="Asia/Kamchatka"), evening) == datetime(2026, 11, 26, 8, tzinfo=KAMCHATKA)


@pytest.mark.parametrize(
    ("at", "minutes", "until"),
    [
        ("2026-11-25 12:00", 60, "2026-11-25 13:00"),
        ("2026-11-25 21:00", 60, "2026-11-25 22:00"),
        ("2026-11-25 21:40", 60, "2026-11-26 08:40"),
        ("2026-11-25 23:00", 60, "2026-11-26 09:00"),
        ("2026-11-26 07:59", 60, "2026-11-26 09:00"),
        ("2026-11-25 21:00", 16 * 60, "2026-11-27 09:00"),  # over two nights
    ],
)
def test_time_to_answer_does_not_run_in_the_quiet_hours(at: str, minutes: int, until: str) -> None:
    assert awake_until(location(), moment(at), timedelta(minutes=minutes)) == moment(until)
    assert awake_until(location(None, None), moment(at), timedelta(minutes=1)) == moment(at) + timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "hours", [{"quiet_from": None}, {"quiet_until": None}, {"quiet_from": time(8), "quiet_until": time(8)}]
)
def test_quiet_hours_begin_and_end_at_different_times(hours: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="location_quiet_hours_begin_and_end"):
        make_location(**hours)
