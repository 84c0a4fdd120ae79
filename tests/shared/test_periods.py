from datetime import UTC, date, datetime, time, timedelta

import pytest
from psycopg.types.range import TimestamptzRange

from olvery.shared.periods import Period, Usage, at_local, local_day, local_days, peak_usage
from tests.moments import BERLIN, MOSCOW, hours, moment


def test_a_period_ends_after_its_start() -> None:
    with pytest.raises(ValueError, match="after its start"):
        hours("12", "12")
    with pytest.raises(ValueError, match="after its start"):
        hours("12", "10")


def test_a_period_survives_the_way_through_a_database_range() -> None:
    period = hours("10", "12")
    assert period.to_range() == TimestamptzRange(period.start, period.end, "[)")
    assert Period.from_range(period.to_range()) == period


@pytest.mark.parametrize("bounds", [(None, moment("2026-11-25")), (moment("2026-11-25"), None)])
def test_a_range_without_an_end_is_no_period(bounds: tuple[datetime | None, datetime | None]) -> None:
    with pytest.raises(ValueError, match="both ends"):
        Period.from_range(TimestamptzRange(*bounds))


def test_periods_that_only_touch_do_not_overlap() -> None:
    morning, noon, across = hours("10", "12"), hours("12", "14"), hours("11:59", "12:01")
    assert not morning.overlaps(noon)
    assert not noon.overlaps(morning)
    assert across.overlaps(morning)
    assert noon.overlaps(across)


def test_a_period_is_extended_at_its_end_and_shifted_as_a_whole() -> None:
    half = timedelta(minutes=30)
    assert hours("10", "12").extended(half) == hours("10", "12:30")
    assert hours("10", "12").shifted(-half) == hours("09:30", "11:30")


def test_periods_are_spanned_from_the_first_start_to_the_last_end() -> None:
    assert Period.spanning([hours("12", "13"), hours("10", "18"), hours("09", "11")]) == hours("09", "18")
    assert Period.spanning({hours("12", "13")}) == hours("12", "13")


def test_a_day_that_ends_at_midnight_is_not_the_next_one() -> None:
    days = local_days(date(2026, 11, 24), date(2026, 11, 30), MOSCOW)
    assert days == Period(moment("2026-11-24"), moment("2026-12-01"))
    assert local_day(date(2026, 11, 24), MOSCOW) == Period(moment("2026-11-24"), moment("2026-11-25"))
    assert days.days(MOSCOW) == (date(2026, 11, 24), date(2026, 11, 30))
    assert days.is_whole_days(MOSCOW)
    assert not hours("10", "12").is_whole_days(MOSCOW)


def test_a_day_belongs_to_the_given_zone() -> None:
    late = Period(datetime(2026, 11, 24, 22, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC))
    assert late.days(MOSCOW) == (date(2026, 11, 25), date(2026, 11, 25))
    assert late.days(BERLIN) == (date(2026, 11, 24), date(2026, 11, 24))


def test_a_day_of_a_clock_change_has_23_or_25_hours() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    lengths = [(day.end - day.start) for day in (local_day(spring, BERLIN), local_day(autumn, BERLIN))]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]
    assert local_day(spring, BERLIN).is_whole_days(BERLIN)


def test_a_local_clock_is_read_in_its_zone_by_the_season() -> None:
    assert at_local(date(2026, 7, 1), time(9), BERLIN) == datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert at_local(date(2026, 12, 1), time(9), BERLIN) == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_a_time_that_the_clock_change_skips_is_not_before_the_change() -> None:
    assert at_local(date(2026, 3, 29), time(2, 30), BERLIN) >= datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_time_that_comes_twice_is_the_first_one() -> None:
    assert at_local(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("usages", "peak"),
    [
        ([], 0),
        ([Usage(hours("09", "10")), Usage(hours("10", "11"))], 1),
        ([Usage(hours("09", "11")), Usage(hours("10", "12"))], 2),
        ([Usage(hours("10", "11"), 3), Usage(hours("11", "12"), 4)], 4),
        ([Usage(hours("10", "12"), 2), Usage(hours("11", "12"), 3), Usage(hours("12", "13"), 9)], 5),
        ([Usage(hours("08", "09"), 7), Usage(hours("13", "14"), 7)], 0),
    ],
)
def test_the_peak_counts_what_is_taken_at_one_moment_of_the_window(usages: list[Usage], peak: int) -> None:
    assert peak_usage(usages, hours("09", "12")) == peak
