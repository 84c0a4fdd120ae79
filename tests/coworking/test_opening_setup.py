"""Changing opening hours: week, special days, and what is copied from the production calendar."""

from datetime import date, datetime, time
from typing import Any

import pytest

from accounts.models import User
from coworking.domain import opening_setup
from coworking.domain.opening import calendar_of
from coworking.domain.opening_setup import SOURCE, CalendarDay, DayTwice
from coworking.domain.settings_history import Change, ChangedMeanwhile, Row
from coworking.models import Location, OpeningHours, Section, SettingsEvent
from tests.factories import make_exception, make_location, make_user
from tests.moments import MOSCOW, NOW

pytestmark = pytest.mark.django_db

WORKDAY = (time(8), time(21))
DAY_OFF: dict[str, Any] = {"opens_at": None, "closes_at": None, "reason": ""}


@pytest.fixture
def by() -> User:
    return make_user()


@pytest.fixture
def location() -> Location:
    return make_location()  # open from Monday to Saturday


def change(section: Section, by: User, seen: int = 0) -> Change:
    return Change(section=section, seen=seen, by=by, at=NOW)


def copy(location: Location, by: User, *days: date, seen: int = 0) -> int:
    to_copy: dict[str, Any] = {"year": 2027, "chosen": days, "worked_name": "Рабочая суббота"}
    return opening_setup.copy_days(location.pk, change(Section.DAYS, by, seen), **to_copy)


def test_the_week_is_stored_with_what_has_changed(location: Location, by: User) -> None:
    week = {**calendar_of(location).weekly, 5: None, 6: (time(10), time(16))}
    assert opening_setup.save_week(location.pk, change(Section.HOURS, by), week) == 4
    assert calendar_of(location).weekly == week
    events = SettingsEvent.objects.filter(location=location, service=None, section="hours", by=by).order_by("pk")
    assert list(events.values_list("subject", "field", "old", "new")) == [
        ("5", "opens_at", "09:00:00", ""),
        ("5", "closes_at", "18:00:00", ""),
        ("6", "opens_at", "", "10:00:00"),
        ("6", "closes_at", "", "16:00:00"),
    ]
    with pytest.raises(ChangedMeanwhile):
        opening_setup.save_week(location.pk, change(Section.HOURS, by), {0: None})
    assert calendar_of(location).weekly == week


def test_a_special_day_is_added_once_changed_and_removed(location: Location, by: User) -> None:
    day = make_exception(location=location, on=date(2026, 12, 30))
    added = Row(None, {**DAY_OFF, "on": date(2026, 12, 31)})
    with pytest.raises(DayTwice):
        opening_setup.save_days(location.pk, change(Section.DAYS, by), [Row(None, {**DAY_OFF, "on": day.on}), added])
    assert (OpeningHours.objects.filter(on__isnull=False).count(), SettingsEvent.objects.count()) == (1, 0)
    opened = Row(day.pk, {**DAY_OFF, "on": day.on, "opens_at": time(9), "closes_at": time(12)})
    assert opening_setup.save_days(location.pk, change(Section.DAYS, by), [opened, added]) == 3
    assert calendar_of(location).dates == {day.on: (time(9), time(12)), date(2026, 12, 31): None}
    removed = Row(day.pk, {}, is_removed=True)
    assert opening_setup.save_days(location.pk, change(Section.DAYS, by, 10**9), [removed]) == 1
    assert calendar_of(location).dates == {date(2026, 12, 31): None}


def test_a_strangers_special_day_is_not_touched(location: Location, by: User) -> None:
    day = make_exception(location=make_location(), on=date(2026, 12, 30))
    with pytest.raises(ChangedMeanwhile):
        opening_setup.save_days(location.pk, change(Section.DAYS, by), [Row(day.pk, {}, is_removed=True)])
    assert OpeningHours.objects.filter(pk=day.pk).exists()


def test_the_calendar_offers_what_differs_from_the_week_transfers_and_working_saturdays_too() -> None:
    office = make_location(weekly=dict.fromkeys(range(5), WORKDAY))
    make_exception(location=office, on=date(2027, 2, 23), opens_at=time(10), closes_at=time(15))
    offered = {day.on: day for day in opening_setup.calendar_days(office, 2027)}
    assert offered[date(2027, 2, 20)] == CalendarDay(date(2027, 2, 20), "", WORKDAY)  # a Saturday
    assert offered[date(2027, 2, 22)] == CalendarDay(date(2027, 2, 22), "Выходной (перенесено с 20.02.2027)", None)
    assert date(2027, 2, 23) not in offered  # the location has said what it does on it
    assert date(2027, 1, 2) not in offered  # a Saturday, closed anyway
    assert [day.on for day in opening_setup.calendar_days(office, 2026)][:2] == [date(2026, 1, 1), date(2026, 1, 2)]


def test_only_the_chosen_days_are_copied_once_with_their_source(location: Location, by: User) -> None:
    days = (date(2027, 2, 22), date(2027, 5, 4))
    assert copy(location, by, *days) == 1  # the fourth of May is no holiday
    stored = OpeningHours.objects.get(location=location, on__isnull=False)
    assert (stored.on, stored.opens_at, stored.reason, stored.source) == (
        days[0],
        None,
        "Выходной (перенесено с 20.02.2027)",
        SOURCE,
    )
    assert copy(location, by, *days, seen=10**9) == 0
    assert SettingsEvent.objects.filter(section="days", subject="2027-02-22", new="2027-02-22", by=by).count() == 1


def test_from_october_on_the_next_year_is_missed_until_it_is_copied(location: Location, by: User) -> None:
    september = datetime(2026, 9, 30, 23, tzinfo=MOSCOW)
    assert not opening_setup.lacks_next_year(location, september)
    assert opening_setup.lacks_next_year(location, datetime(2026, 10, 1, tzinfo=MOSCOW))
    make_exception(location=location, on=date(2027, 3, 1))  # by hand: nobody has looked at the calendar
    assert opening_setup.lacks_next_year(location, NOW)
    copy(location, by, date(2027, 2, 22))
    assert not opening_setup.lacks_next_year(location, NOW)
