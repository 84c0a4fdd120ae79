from datetime import UTC, date, datetime, time
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection

from coworking.domain.opening import Calendar, calendar_of
from coworking.models import OpeningHours
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.periods import Period, local_day
from tests.factories import WORKDAY, make_exception, make_location
from tests.moments import BERLIN, FRIDAY, MOSCOW, SATURDAY, SUNDAY, TUESDAY, WEDNESDAY, hours, moment

pytestmark = pytest.mark.django_db


def test_a_weekday_has_its_hours_and_a_weekday_that_is_not_entered_is_a_day_off() -> None:
    calendar = calendar_of(make_location())
    days = (TUESDAY, FRIDAY, SATURDAY, SUNDAY)
    assert [calendar.hours_on(day) for day in days] == [WORKDAY, WORKDAY, (time(9), time(18)), None]
    assert calendar.open_period(SUNDAY) is None


def test_hours_of_a_date_count_instead_of_those_of_its_weekday() -> None:
    location = make_location()
    make_exception(location=location, on=TUESDAY)
    make_exception(location=location, on=SUNDAY, opens_at=time(10), closes_at=time(15))
    calendar = calendar_of(location)
    assert calendar.hours_on(TUESDAY) is None
    assert calendar.open_period(SUNDAY) == hours("10", "15", SUNDAY)
    assert calendar.hours_on(WEDNESDAY) == WORKDAY


def test_opening_hours_follow_the_clock_of_the_location() -> None:
    calendar = calendar_of(make_location(time_zone="Europe/Berlin"))
    winter, summer = date(2026, 3, 27), date(2026, 3, 30)
    assert calendar.open_period(winter) == Period(
        datetime(2026, 3, 27, 7, tzinfo=UTC), datetime(2026, 3, 27, 20, tzinfo=UTC)
    )
    assert calendar.open_period(summer) == Period(
        datetime(2026, 3, 30, 6, tzinfo=UTC), datetime(2026, 3, 30, 19, tzinfo=UTC)
    )


def test_today_is_the_day_at_the_location() -> None:
    late = moment("2026-11-24 00:30")
    assert calendar_of(make_location()).today(late) == date(2026, 11, 24)
    assert calendar_of(make_location(time_zone="Europe/Berlin")).today(late) == date(2026, 11, 23)


def test_a_calendar_costs_one_query(django_assert_num_queries) -> None:
    location = make_location()
    with django_assert_num_queries(1):
        calendar_of(location)


def test_hours_of_another_location_do_not_count() -> None:
    make_location()
    assert calendar_of(make_location(weekly={})).hours_on(TUESDAY) is None


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("opening_hours_once_a_weekday", {"weekday": 0, "opens_at": time(9), "closes_at": time(10)}),
        ("opening_hours_for_a_weekday_or_a_date", {}),
        ("opening_hours_for_a_weekday_or_a_date", {"weekday": 6, "on": SUNDAY}),
        ("opening_hours_close_after_opening", {"weekday": 6, "opens_at": time(10), "closes_at": time(10)}),
        ("opening_hours_close_after_opening", {"weekday": 6, "opens_at": time(18), "closes_at": time(9)}),
        ("opening_hours_close_after_opening", {"weekday": 6, "opens_at": time(18), "closes_at": time(0, 1)}),
    ],
)
def test_the_database_refuses_hours_that_make_no_sense(constraint: str, fields: dict[str, object]) -> None:
    location = make_location()
    with pytest.raises(IntegrityError, match=constraint):
        OpeningHours.objects.create(location=location, **fields)


@pytest.mark.parametrize("zone", [MOSCOW, BERLIN])
def test_a_location_closes_with_its_day_or_never(zone: ZoneInfo) -> None:
    late, always = (time(10), END_OF_DAY), (time(0), END_OF_DAY)
    clock_changes = date(2026, 10, 25)
    location = make_location(time_zone=zone.key, weekly={1: late, 2: always})
    make_exception(location=location, on=clock_changes, opens_at=time(0), closes_at=END_OF_DAY)
    calendar = calendar_of(location)
    assert [calendar.hours_on(day) for day in (TUESDAY, WEDNESDAY)] == [late, always]
    assert calendar.open_period(TUESDAY) == hours("10", "24", TUESDAY, zone)
    assert calendar.open_period(WEDNESDAY) == local_day(WEDNESDAY, zone)
    assert calendar.open_period(clock_changes) == local_day(clock_changes, zone)
    ends = [moment("2026-11-24 23:59", zone), moment("2026-11-25 00:00", zone), moment("2026-11-25 23:59", zone)]
    assert [calendar.first_open_day(at) for at in ends] == [TUESDAY, WEDNESDAY, WEDNESDAY]
    written = [str(row).rpartition(" ")[2] for row in location.opening_hours.order_by("pk")]
    assert written == ["10:00–24:00", "00:00–24:00", "00:00–24:00"]


def test_on_the_way_back_midnight_is_the_last_minute() -> None:
    make_location(weekly={0: (time(10), END_OF_DAY), 1: (time(0), END_OF_DAY), 2: WORKDAY})
    with connection.cursor() as cursor:
        cursor.execute(import_module("coworking.migrations.0065_locations_may_close_at_midnight").BACK)
    kept = OpeningHours.objects.order_by("weekday").values_list("opens_at", "closes_at")
    assert list(kept) == [(time(10), time(23, 59)), (time(0), time(23, 59)), WORKDAY]


@pytest.mark.parametrize("fields", [{"opens_at": time(10)}, {"closes_at": time(10)}])
def test_the_database_refuses_hours_with_one_end(fields: dict[str, time]) -> None:
    location = make_location()
    with pytest.raises(IntegrityError, match="opening_hours_close_after_opening"):
        OpeningHours.objects.create(location=location, weekday=6, **fields)


def test_the_first_open_day_is_today_until_it_closes_and_today_where_nothing_opens() -> None:
    calendar = Calendar(MOSCOW, {1: WORKDAY, 4: WORKDAY}, {FRIDAY: None})
    moments = [moment("2026-11-24 07:00"), moment("2026-11-24 20:59"), moment("2026-11-24 21:00")]
    assert [calendar.first_open_day(at) for at in moments] == [TUESDAY, TUESDAY, date(2026, 12, 1)]
    assert Calendar(MOSCOW, {}, {}).first_open_day(moments[0]) == TUESDAY
