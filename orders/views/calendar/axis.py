"""Positions of moments on the board: columns of a quarter of an hour, or twelve for each day of a week.

A column is one of the static classes of calendar-columns.css, because the page forbids inline styles.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coworking.domain.timetable import Timetable, clipped
from olvery.shared.periods import Period

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
COLUMNS_OF_A_DAY = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A heading above the board: an hour, or a day. `period` is empty on a day that is closed."""

    start: int
    length: int
    period: Period | None
    day: date
    hour: str = ""
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Axis:
    """The columns of a board with their headings."""

    size: int
    marks: tuple[Mark, ...]
    is_hourly: bool

    def column(self, moment: datetime) -> float:
        """Return the number of columns before a moment; a night between two days takes none."""
        for mark in self.marks:
            if mark.period and moment < mark.period.end:
                share = (moment - mark.period.start) / (mark.period.end - mark.period.start)
                return mark.start + mark.length * max(share, 0)
        return self.size

    def place(self, period: Period) -> tuple[int, int]:
        """Return the first column and the number of columns of a period, at least one."""
        start = min(round(self.column(period.start)), self.size - 1)
        return start, max(round(self.column(period.end)) - start, 1)

    def cells(self, free: Period) -> Iterator[Period]:
        """Yield a free period divided into the hours or days that it spans."""
        for mark in self.marks:
            part = clipped(free, mark.period) if mark.period else None
            if part:
                yield part


def axis_of(timetable: Timetable) -> Axis:
    """Return the columns for what a timetable shows."""
    if len(timetable.days) == 1:
        window = next(iter(timetable.windows.values()))
        return Axis(-(-(window.end - window.start) // QUARTER), tuple(_hours(window, timetable)), is_hourly=True)
    marks = tuple(
        Mark(COLUMNS_OF_A_DAY * number, COLUMNS_OF_A_DAY, timetable.windows.get(day), day)
        for number, day in enumerate(timetable.days)
    )
    return Axis(COLUMNS_OF_A_DAY * len(marks), marks, is_hourly=False)


def _hours(window: Period, timetable: Timetable) -> Iterator[Mark]:
    """Yield the hours of a day as the clock shows them: one is missing or doubled when the clock changes."""
    moment, column = window.start, 0
    while moment < window.end:
        local = moment.astimezone(timetable.calendar.zone)
        end = min(moment + timedelta(minutes=60 - local.minute), window.end)
        columns = -(-(end - moment) // QUARTER)
        hour = f"{local.hour}" if local.minute == 0 else f"{local:%H:%M}"
        yield Mark(column, columns, Period(moment, end), timetable.days[0], hour, columns == HOUR // QUARTER)
        moment, column = end, column + columns
