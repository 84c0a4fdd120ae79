"""The month of the calendar: how full each service is on each day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from coworking.domain.day_peaks import day_peaks
from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.timetable import capacity_of, seats_of, services_of
from coworking.models import Location, Service
from olvery.shared.periods import DAY, Period
from orders.views.calendar.asked import Asked
from orders.views.calendar.heat import heat_of, percent_of


@dataclass(frozen=True, slots=True)
class Taken:
    """The most places of a service taken at once on a day."""

    service: Service
    letter: str
    taken: int
    capacity: int

    @property
    def percent(self) -> int:
        return percent_of(self.taken, self.capacity)


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of the month; without services it is closed."""

    day: date
    services: tuple[Taken, ...]

    @property
    def percent(self) -> int:
        """The share of places taken, over all services."""
        return percent_of(*self._sums)

    @property
    def heat(self) -> int:
        """One of four steps of darkness."""
        return heat_of(*self._sums)

    @property
    def _sums(self) -> tuple[int, int]:
        return sum(one.taken for one in self.services), sum(one.capacity for one in self.services)


@dataclass(frozen=True, slots=True)
class Month:
    """The weeks of a month, `None` for days of adjacent months, and the services with their letters."""

    weeks: tuple[tuple[MonthDay | None, ...], ...]
    letters: Mapping[str, Service]
    services: tuple[Service, ...]


def month_of(location: Location, asked: Asked) -> Month:
    """Return the requested month. Four queries."""
    calendar, services = calendar_of(location), services_of(location_id=location.pk)
    seats = seats_of(location_id=location.pk)
    shown = [
        one for one in services if one.is_active and (not asked.wanted.services or one.pk in asked.wanted.services)
    ]
    letters = dict(zip(_letters(shown), shown, strict=True))
    capacity = {one.pk: capacity_of(one, (seat for seat in seats if seat.service_id == one.pk)) for one in shown}
    peaks = day_peaks(location, _windows(calendar, asked.days))
    days = [
        MonthDay(
            day,
            tuple(
                Taken(service, letter, peaks.get((service.pk, day), 0), capacity[service.pk])
                for letter, service in letters.items()
                if calendar.hours_on(day)
            ),
        )
        for day in asked.days
    ]
    first = asked.days[0].weekday()
    cells: list[MonthDay | None] = [*[None] * first, *days, *[None] * (-(first + len(days)) % 7)]
    weeks = tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))
    return Month(weeks, letters, tuple(services))


def _windows(calendar: Calendar, days: list[date]) -> dict[date, Period]:
    return {day: window for day in days if (window := calendar.open_period(day))}


def _letters(services: list[Service]) -> list[str]:
    """Return a unique short mark for each service: its first letter, or more letters if others share it."""
    marks: list[str] = []
    for number, service in enumerate(services, start=1):
        name = service.name.strip()
        tried = (name[:length].capitalize() for length in range(1, 4))
        marks.append(next((mark for mark in tried if mark and mark not in marks), str(number)))
    return marks


WEEKDAYS = tuple(date(2024, 1, 1) + DAY * number for number in range(7))  # a Monday and the following days
