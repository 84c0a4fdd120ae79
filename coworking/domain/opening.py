"""Opening hours of a location, in its own time zone."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from coworking.models import Location, OpeningHours
from olvery.shared.clocks import end_moment
from olvery.shared.periods import DAY, Period, at_local
from olvery.shared.written import Written

DAYS_AHEAD = 62  # how far ahead the next open day is searched
Hours = tuple[time, time]  # opening and closing time; END_OF_DAY at the latest

_ENTRIES = Written(
    lambda location_id: OpeningHours.objects.filter(location=location_id).values_list(
        "on", "weekday", "opens_at", "closes_at", "reason"
    ),
    location_id=-1,
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours of a location by weekday, and the dates that override them.

    `None` is a day off, and so is a weekday that is not entered. `reasons` are those of dates.
    """

    zone: ZoneInfo
    weekly: dict[int, Hours | None]
    dates: dict[date, Hours | None]
    reasons: dict[date, str] = field(default_factory=dict)

    def hours_on(self, day: date) -> Hours | None:
        """Return opening and closing time of a local day, None on a day off."""
        return self.dates[day] if day in self.dates else self.weekly.get(day.weekday())

    def open_period(self, day: date) -> Period | None:
        """Return the moments between opening and closing of a local day."""
        hours = self.hours_on(day)
        return Period(at_local(day, hours[0], self.zone), end_moment(day, hours[1], self.zone)) if hours else None

    def today(self, at: datetime) -> date:
        """Return the local day of a moment."""
        return at.astimezone(self.zone).date()

    def first_open_day(self, at: datetime) -> date:
        """Return the first local day that has not closed by this moment; today if none opens for two months."""
        days = (self.today(at) + number * DAY for number in range(DAYS_AHEAD))
        opened = ((day, self.open_period(day)) for day in days)
        return next((day for day, period in opened if period and period.end > at), self.today(at))


def calendar_of(location: Location) -> Calendar:
    """Return the calendar of a location. One query."""
    weekly: dict[int, Hours | None] = {}
    dates: dict[date, Hours | None] = {}
    reasons: dict[date, str] = {}
    for on, weekday, opens_at, closes_at, reason in _ENTRIES(location_id=location.pk):
        hours = (opens_at, closes_at) if opens_at and closes_at else None
        if on:
            dates[on] = hours
            reasons[on] = reason
        elif weekday is not None:
            weekly[weekday] = hours
    return Calendar(location.zone, weekly, dates, reasons)
