"""Times of day, and the end of a day among them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from olvery.shared.clocks import END_OF_DAY, clock_text, end_moment, end_text, ends_after, read_clock
from olvery.shared.forms import ClockField
from tests.moments import BERLIN, MOSCOW, WEDNESDAY, moment


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("14", time(14), time(14)),
        (" 9:30 ", time(9, 30), time(9, 30)),
        ("930", time(9, 30), time(9, 30)),
        ("23.59", time(23, 59), time(23, 59)),
        ("0", time(0), END_OF_DAY),
        ("00:00", time(0), END_OF_DAY),
        ("24", None, END_OF_DAY),
        ("2400", None, END_OF_DAY),
        ("24:00", None, END_OF_DAY),
        ("24:01", None, None),
        ("25", None, None),
        ("12:60", None, None),
        ("1:2", None, None),
        ("١٢", None, None),
        ("полночь", None, None),
    ],
)
def test_a_time_is_read_as_people_type_it_and_24_only_as_an_end(
    text: str, start: time | None, end: time | None
) -> None:
    assert (read_clock(text), read_clock(text, is_end=True)) == (start, end)


def test_a_field_reads_and_shows_the_end_of_a_day() -> None:
    start, end = ClockField(required=False), ClockField(required=False, is_end=True)
    assert (end.clean("24"), end.clean(""), start.clean("0")) == (END_OF_DAY, None, time(0))
    shown = [field.prepare_value(value) for field in (start, end) for value in (time(0), time(9, 30), None, "24:30")]
    assert shown == ["00:00", "09:30", None, "24:30", "24:00", "09:30", None, "24:30"]
    with pytest.raises(ValidationError):
        start.clean("24")


def test_midnight_is_after_every_start_and_written_as_24() -> None:
    starts, ends = (time(0), time(10), time(23, 59)), (time(10), END_OF_DAY)
    assert [[ends_after(start, end) for start in starts] for end in ends] == [[True, False, False], [True, True, True]]
    assert [write(clock) for write in (clock_text, end_text) for clock in (time(0), time(9, 5), None)] == [
        *("00:00", "09:05", ""),
        *("24:00", "09:05", ""),
    ]


def test_a_day_ends_at_the_midnight_of_its_zone() -> None:
    assert end_moment(WEDNESDAY, END_OF_DAY, MOSCOW) == moment("2026-11-26 00:00")
    assert end_moment(WEDNESDAY, time(21), MOSCOW) == moment("2026-11-25 21:00")
    assert end_moment(date(2026, 10, 25), END_OF_DAY, BERLIN) == datetime(2026, 10, 25, 23, tzinfo=UTC)
    # The clock goes from 00:00 to 01:00: the day ends there all the same.
    assert end_moment(date(2026, 3, 28), END_OF_DAY, ZoneInfo("Asia/Beirut")) == datetime(2026, 3, 28, 22, tzinfo=UTC)
