"""Changing opening hours: the week, special days, and the days off of the Russian production calendar.

Existing bookings stay: the person who closes a day has to deal with them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from itertools import chain

from coworking.domain.opening import Hours, calendar_of
from coworking.domain.settings_history import Change, Row, changing, record, save_row
from coworking.models import Location, OpeningHours, SettingsEvent
from olvery.shared.refusals import Refusal
from olvery.shared.rows import refused_as

SOURCE = f"holidays {version('holidays')}"
MONDAY, OCTOBER = 0, 10


class DayTwice(Refusal):
    """Two special days with one date."""

    reason = "day_twice"
    field = "on"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the production calendar that differs from the location's week: off, or a working day with `hours`."""

    on: date
    name: str
    hours: Hours | None


def save_week(location_id: int, change: Change, week: Mapping[int, Hours | None]) -> int:
    """Store the hours of each weekday and return how many settings have changed. Raises ChangedMeanwhile, Busy."""
    with changing(location_id, change) as location:
        known = {row.weekday: row for row in OpeningHours.objects.filter(location=location, weekday__isnull=False)}
        events: list[SettingsEvent] = []
        for weekday, hours in week.items():
            row = known.get(weekday) or OpeningHours(location=location, weekday=weekday)
            opens_at, closes_at = hours or (None, None)
            values = {"opens_at": opens_at, "closes_at": closes_at}
            found = change.differences(row, values, subject=str(weekday))
            if found:
                row.save()
            events += found
        return record(events, location)


def save_days(location_id: int, change: Change, rows: Sequence[Row]) -> int:
    """Change, add and remove special days. Raises ChangedMeanwhile, DayTwice, Busy."""
    with refused_as({"opening_hours_once_a_date": DayTwice}), changing(location_id, change) as location:
        known = {row.pk: row for row in OpeningHours.objects.filter(location=location, on__isnull=False)}
        saved = [
            save_row(OpeningHours, known, row, change, subject=lambda day: str(day.on), location=location)
            for row in rows
        ]
        return record(chain.from_iterable(saved), location)


def calendar_days(location: Location, year: int) -> list[CalendarDay]:
    """Return the days off and working Saturdays of a year that the location does not have yet. One query."""
    import holidays  # noqa: PLC0415 - 4 MB for a page of one person once a year

    calendar = calendar_of(location)
    official = holidays.country_holidays("RU", years=year, language="ru")
    off = [
        CalendarDay(on, name, None)
        for on, name in official.items()
        if on.year == year and on not in calendar.dates and calendar.weekly.get(on.weekday())
    ]
    worked = [
        CalendarDay(on, "", calendar.weekly[MONDAY])
        for on in official.weekend_workdays
        if on.year == year and on not in calendar.dates and calendar.weekly.get(MONDAY)
    ]
    return sorted(off + worked, key=lambda day: day.on)


def copy_days(location_id: int, change: Change, *, year: int, chosen: Collection[date], worked_name: str) -> int:
    """Copy the chosen days of the production calendar as special days, which may then be changed.

    Returns how many; existing special days stay as they are. Raises ChangedMeanwhile, Busy.
    """
    with changing(location_id, change) as location:
        wanted = [day for day in calendar_days(location, year) if day.on in chosen]
        OpeningHours.objects.bulk_create(
            OpeningHours(
                location=location,
                on=day.on,
                opens_at=day.hours[0] if day.hours else None,
                closes_at=day.hours[1] if day.hours else None,
                reason=(day.name or worked_name)[:100],
                source=SOURCE,
            )
            for day in wanted
        )
        return record([change.event(subject=str(day.on), new=str(day.on)) for day in wanted], location)


def lacks_next_year(location: Location, at: datetime) -> bool:
    """Return whether it is October or later, and nothing of the next year has been copied."""
    today = location.day_at(at)
    copied = OpeningHours.objects.filter(location=location, on__year=today.year + 1).exclude(source="")
    return today.month >= OCTOBER and not copied.exists()
