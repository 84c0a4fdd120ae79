"""The periods that a tariff sells. Pure: nothing here is saved."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from coworking.domain.opening import Calendar
from coworking.domain.rules import BadPeriod, When, broken_rules, period_of, units_of, when_of
from coworking.models import Rule, Service, Tariff, Unit
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.periods import Period, local_day, local_days
from tests.factories import WEEKLY
from tests.moments import (
    BERLIN,
    MOSCOW,
    NOW,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    clock,
    hours,
    moment,
)

CALENDAR = Calendar(MOSCOW, WEEKLY, {})
EVERYTHING = list(Rule)


def tariff_of(unit: Unit = Unit.HOUR, *, service: dict[str, Any] | None = None, **fields: Any) -> Tariff:
    defaults = {"unit": unit, "price": Decimal(300), "min_units": 1, "max_units": 12}
    return Tariff(service=Service(**(service or {})), **{**defaults, **fields})


def at_hours(start: str, end: str, day: date = WEDNESDAY) -> When:
    return When(day=day, start=clock(start), end=clock(end))


def rules_of(tariff: Tariff, period: Period, *, at: datetime = NOW, calendar: Calendar = CALENDAR) -> list[Any]:
    return [(broken.rule, broken.field, broken.can_override) for broken in broken_rules(tariff, period, calendar, at)]


# What a person types, as moments


def test_an_hour_tariff_takes_the_hours_of_a_day() -> None:
    assert period_of(tariff_of(), at_hours("10", "12:30"), MOSCOW) == hours("10", "12:30")


@pytest.mark.parametrize(
    ("zone", "day", "lasts"),
    [
        (MOSCOW, WEDNESDAY, 24),
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        # The clock goes from 00:00 to 01:00 at its end.
        (ZoneInfo("Asia/Beirut"), date(2026, 3, 28), 24),
    ],
)
def test_hours_until_24_end_with_the_day_and_are_entered_so_again(zone: ZoneInfo, day: date, lasts: int) -> None:
    tariff = tariff_of()
    evening, whole = at_hours("20", "24", day), at_hours("0", "24", day)
    periods = [period_of(tariff, when, zone) for when in (evening, whole)]
    assert [units_of(tariff, period, zone) for period in periods] == [4, lasts]
    assert [period.end for period in periods] == [local_day(day, zone).end] * 2
    assert [period.days(zone) for period in periods] == [(day, day)] * 2
    assert [when_of(tariff, period, zone) for period in periods] == [evening, whole]


def test_a_day_tariff_takes_whole_local_days_and_one_day_unless_a_last_is_given() -> None:
    tariff = tariff_of(Unit.DAY)
    assert period_of(tariff, When(day=TUESDAY), MOSCOW) == Period(moment("2026-11-24"), moment("2026-11-25"))
    long = period_of(tariff, When(day=TUESDAY, last_day=SUNDAY), MOSCOW)
    assert long == Period(moment("2026-11-24"), moment("2026-11-30"))


def test_a_week_tariff_takes_sevens_of_days_from_any_day() -> None:
    period = period_of(tariff_of(Unit.WEEK), When(day=TUESDAY, units=2), MOSCOW)
    assert period == Period(moment("2026-11-24"), moment("2026-12-08"))


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 11, 24), 1, date(2026, 12, 23)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
        (date(2027, 1, 31), 1, date(2027, 2, 27)),
        (date(2028, 1, 31), 1, date(2028, 2, 28)),
        (date(2027, 1, 31), 2, date(2027, 3, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 27)),
        (date(2027, 3, 31), 1, date(2027, 4, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 27)),
    ],
)
def test_a_month_ends_the_day_before_the_same_date_or_the_months_last_day(first: date, months: int, last: date) -> None:
    tariff = tariff_of(Unit.MONTH)
    period = period_of(tariff, When(day=first, units=months), MOSCOW)
    assert period == local_days(first, last, MOSCOW)
    assert units_of(tariff, period, MOSCOW) == months


@pytest.mark.parametrize("unit", [Unit.WEEK, Unit.MONTH])
@pytest.mark.parametrize("units", [1, 2, 3, 11, 12, 60])
def test_the_units_of_a_period_are_those_it_was_made_of(unit: Unit, units: int) -> None:
    tariff = tariff_of(unit)
    for shift in range(0, 4 * 366):
        day = date(2026, 1, 1) + timedelta(days=shift)
        assert units_of(tariff, period_of(tariff, When(day=day, units=units), MOSCOW), MOSCOW) == units, day


def test_hours_and_days_are_counted_as_they_last() -> None:
    assert units_of(tariff_of(), hours("10", "11:30"), MOSCOW) == Decimal("1.5")
    assert units_of(tariff_of(step_minutes=5), hours("10", "10:05"), MOSCOW) == Decimal(300) / 3600
    assert units_of(tariff_of(Unit.DAY), local_days(TUESDAY, SUNDAY, MOSCOW), MOSCOW) == 6


@pytest.mark.parametrize(
    ("tariff", "when", "field"),
    [
        (tariff_of(), When(day=WEDNESDAY, end=time(12)), "start"),
        (tariff_of(), When(day=WEDNESDAY, start=time(10)), "end"),
        (tariff_of(), at_hours("12", "10"), "end"),
        (tariff_of(), at_hours("10", "10"), "end"),
        (tariff_of(), at_hours("22", "00:30"), "end"),
        (tariff_of(), at_hours("10:10", "12"), "start"),
        (tariff_of(), at_hours("10", "12:10"), "end"),
        (tariff_of(), at_hours("10", "12", date(2101, 1, 1)), "day"),
        (tariff_of(Unit.DAY), When(day=WEDNESDAY, last_day=TUESDAY), "last_day"),
        (tariff_of(Unit.DAY), When(day=WEDNESDAY, last_day=date(2101, 1, 1)), "last_day"),
        (tariff_of(Unit.DAY), When(day=date.max), "day"),
        (tariff_of(Unit.WEEK), When(day=WEDNESDAY, units=0), "units"),
        (tariff_of(Unit.WEEK), When(day=WEDNESDAY, units=61), "units"),
        (tariff_of(Unit.MONTH), When(day=WEDNESDAY, units=-1), "units"),
        (tariff_of(Unit.MONTH), When(day=WEDNESDAY, units=10**9), "units"),
    ],
)
def test_what_no_tariff_sells_is_refused_at_its_field(tariff: Tariff, when: When, field: str) -> None:
    with pytest.raises(BadPeriod) as refusal:
        period_of(tariff, when, MOSCOW)
    assert refusal.value.field == field


@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.DAY, Unit.WEEK, Unit.MONTH])
@pytest.mark.parametrize("day", [date.min, date(1999, 12, 31), date(2101, 1, 1), date.max])
def test_a_mistyped_year_is_refused_and_no_crash(unit: Unit, day: date) -> None:
    # Midnight in Moscow on 01.01.0001 is a moment of the year 0 in UTC, which Python cannot say.
    with pytest.raises(BadPeriod) as refusal:
        period_of(tariff_of(unit), When(day=day, start=time(10), end=time(12)), MOSCOW)
    assert refusal.value.field == "day"


def test_the_twenty_ninth_of_february_is_a_day_like_any_other() -> None:
    day, week = tariff_of(Unit.DAY), tariff_of(Unit.WEEK)
    leap = date(2028, 2, 29)
    assert period_of(day, When(day=leap), MOSCOW) == local_day(leap, MOSCOW)
    assert period_of(day, When(day=date(2028, 2, 28), last_day=date(2028, 3, 1)), MOSCOW).end == moment("2028-03-02")
    assert period_of(week, When(day=date(2028, 2, 25)), MOSCOW) == local_days(
        date(2028, 2, 25), date(2028, 3, 2), MOSCOW
    )


# Clock changes


def test_hours_across_a_clock_change_are_counted_as_they_pass() -> None:
    tariff, spring, autumn = tariff_of(), date(2026, 3, 29), date(2026, 10, 25)
    short = period_of(tariff, at_hours("01", "04", spring), BERLIN)
    long = period_of(tariff, at_hours("01", "04", autumn), BERLIN)
    assert [units_of(tariff, period, BERLIN) for period in (short, long)] == [2, 4]
    assert short.start == datetime(2026, 3, 29, 0, tzinfo=UTC)


@pytest.mark.parametrize(("start", "end"), [("02", "03"), ("02:30", "03"), ("02:30", "03:30")])
def test_hours_that_the_clock_change_skips_are_refused(start: str, end: str) -> None:
    with pytest.raises(BadPeriod) as refusal:
        period_of(tariff_of(), at_hours(start, end, date(2026, 3, 29)), BERLIN)
    assert refusal.value.field == "start"


def test_days_and_months_across_a_clock_change_stay_whole() -> None:
    day, month = tariff_of(Unit.DAY), tariff_of(Unit.MONTH)
    spring = period_of(day, When(day=date(2026, 3, 28), last_day=date(2026, 3, 30)), BERLIN)
    assert (spring.is_whole_days(BERLIN), units_of(day, spring, BERLIN)) == (True, 3)
    assert spring.end - spring.start == timedelta(hours=71)
    autumn = period_of(month, When(day=date(2026, 10, 1)), BERLIN)
    assert (autumn.is_whole_days(BERLIN), units_of(month, autumn, BERLIN)) == (True, 1)


# Rules


def test_a_usual_booking_breaks_no_rule() -> None:
    assert rules_of(tariff_of(), hours("10", "12")) == []
    for unit in (Unit.DAY, Unit.WEEK, Unit.MONTH):
        tariff = tariff_of(unit)
        assert rules_of(tariff, period_of(tariff, When(day=TUESDAY), MOSCOW)) == []


def test_opening_and_closing_time_are_within_the_hours() -> None:
    assert rules_of(tariff_of(max_units=13), hours("08", "21")) == []


def test_hours_until_24_are_sold_where_it_is_open_so_long() -> None:
    late, always = (Calendar(MOSCOW, {2: (time(opens), END_OF_DAY)}, {}) for opens in (10, 0))
    tariff = tariff_of(min_units=0, max_units=24)
    assert [rules_of(tariff, hours("22", "24"), calendar=calendar) for calendar in (late, always)] == [[], []]
    assert rules_of(tariff, hours("0", "24"), calendar=always) == []
    assert rules_of(tariff, hours("9", "24"), calendar=late) == [(Rule.OPENING_HOURS, "start", False)]
    last = moment("2026-11-25 23:50")
    assert [rules_of(tariff, hours(start, "24"), at=last, calendar=always) for start in ("23:30", "23")] == [
        [],
        [(None, "start", False)],
    ]


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (hours("07:30", "10"), "start"),
        (hours("20", "24"), "end"),
        (hours("20", "21:30"), "end"),
        (hours("10", "11", SUNDAY), "day"),
        (hours("08:30", "10", SATURDAY), "start"),
        (hours("09", "18:30", SATURDAY), "end"),
    ],
)
def test_a_booking_outside_the_hours_is_told_at_the_field_that_is_off(period: Period, field: str) -> None:
    assert rules_of(tariff_of(), period) == [(Rule.OPENING_HOURS, field, False)]
    agreed = tariff_of(service={"overridable_rules": EVERYTHING})
    assert rules_of(agreed, period) == [(Rule.OPENING_HOURS, field, True)]


def test_days_off_are_told_at_the_first_or_the_last_day() -> None:
    tariff = tariff_of(Unit.DAY)
    assert rules_of(tariff, local_day(SUNDAY, MOSCOW)) == [(Rule.OPENING_HOURS, "day", False)]
    assert rules_of(tariff, local_days(SATURDAY, SUNDAY, MOSCOW)) == [(Rule.OPENING_HOURS, "last_day", False)]


def test_a_holiday_is_a_day_off_and_weeks_and_months_run_through_it() -> None:
    calendar = Calendar(MOSCOW, WEEKLY, {WEDNESDAY: None})
    assert rules_of(tariff_of(), hours("10", "12"), calendar=calendar) == [(Rule.OPENING_HOURS, "day", False)]
    for unit in (Unit.WEEK, Unit.MONTH):
        tariff = tariff_of(unit)
        assert rules_of(tariff, period_of(tariff, When(day=TUESDAY), MOSCOW), calendar=calendar) == []


@pytest.mark.parametrize(
    ("unit", "period", "field"),
    [
        (Unit.HOUR, hours("10", "11:30"), "end"),
        (Unit.HOUR, hours("10", "15"), "end"),
        (Unit.DAY, local_day(TUESDAY, MOSCOW), "last_day"),
        (Unit.DAY, local_days(TUESDAY, SATURDAY, MOSCOW), "last_day"),
        (Unit.WEEK, local_days(TUESDAY, TUESDAY + timedelta(days=6), MOSCOW), "units"),
        (Unit.MONTH, local_days(date(2026, 12, 1), date(2027, 5, 31), MOSCOW), "units"),
    ],
)
def test_a_booking_shorter_or_longer_than_the_tariff_sells(unit: Unit, period: Period, field: str) -> None:
    tariff = tariff_of(unit, min_units=2, max_units=4)
    assert rules_of(tariff, period) == [(Rule.LENGTH, field, True)]
    firm = tariff_of(unit, min_units=2, max_units=4, service={"overridable_rules": []})
    assert rules_of(firm, period) == [(Rule.LENGTH, field, False)]


def test_the_shortest_and_the_longest_booking_are_sold() -> None:
    tariff = tariff_of(min_units=2, max_units=4)
    assert rules_of(tariff, hours("10", "12")) == rules_of(tariff, hours("10", "14")) == []


def test_the_lead_time_is_counted_to_the_start_or_the_opening() -> None:
    two_hours = {"lead_minutes": 120}
    hourly, daily = tariff_of(service=two_hours), tariff_of(Unit.DAY, service=two_hours)
    assert rules_of(hourly, hours("11", "12", TUESDAY)) == []
    assert rules_of(hourly, hours("10:30", "12", TUESDAY)) == [(Rule.LEAD_TIME, "start", True)]
    wednesday = local_day(WEDNESDAY, MOSCOW)
    assert rules_of(daily, wednesday, at=moment("2026-11-25 06:00")) == []
    assert rules_of(daily, wednesday, at=moment("2026-11-25 06:01")) == [(Rule.LEAD_TIME, "day", True)]


def test_the_horizon_includes_its_last_day() -> None:
    tariff = tariff_of(service={"horizon_days": 2})
    assert rules_of(tariff, hours("10", "12", THURSDAY)) == []
    assert rules_of(tariff, hours("10", "12", THURSDAY + timedelta(days=1))) == [(Rule.HORIZON, "day", True)]


@pytest.mark.parametrize(
    ("period", "field"),
    [(hours("10", "12", TUESDAY - timedelta(days=1)), "day"), (hours("08", "09", TUESDAY), "start")],
)
def test_a_time_that_is_over_is_the_only_thing_told_and_nobody_overrides_it(period: Period, field: str) -> None:
    tariff = tariff_of(min_units=5, service={"overridable_rules": EVERYTHING})
    assert rules_of(tariff, period) == [(None, field, False)]


def test_a_guest_at_the_desk_books_from_up_to_twenty_minutes_ago() -> None:
    late = hours("14", "16", TUESDAY)
    assert rules_of(tariff_of(), late, at=moment("2026-11-24 14:20")) == []
    assert rules_of(tariff_of(), late, at=moment("2026-11-24 14:21")) == [(None, "start", False)]


def test_today_is_sold_by_the_day_until_closing_time() -> None:
    tariff, today = tariff_of(Unit.DAY), local_day(TUESDAY, MOSCOW)
    assert rules_of(tariff, today, at=moment("2026-11-24 20:59")) == []
    assert rules_of(tariff, today, at=moment("2026-11-24 21:00")) == [(None, "day", False)]


def test_a_day_is_over_by_the_clock_of_the_location() -> None:
    calendar = Calendar(BERLIN, WEEKLY, {})
    tariff, today = tariff_of(Unit.DAY), local_day(TUESDAY, BERLIN)
    assert rules_of(tariff, today, at=moment("2026-11-24 22:59"), calendar=calendar) == []
    assert rules_of(tariff, today, at=moment("2026-11-24 23:00"), calendar=calendar) == [(None, "day", False)]


def test_all_broken_rules_are_told_at_once_those_that_nobody_overrides_first() -> None:
    service = {"overridable_rules": [Rule.LENGTH, Rule.LEAD_TIME], "lead_minutes": 60 * 24 * 30, "horizon_days": 0}
    tariff = tariff_of(service=service, min_units=4)
    assert rules_of(tariff, hours("07", "09")) == [
        (Rule.OPENING_HOURS, "start", False),
        (Rule.HORIZON, "day", False),
        (Rule.LENGTH, "end", True),
        (Rule.LEAD_TIME, "start", True),
    ]
