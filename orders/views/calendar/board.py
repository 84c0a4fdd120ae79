"""The board of a day or a week as the page shows it: its columns, its services, the line of the present moment."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.utils.safestring import SafeString

from coworking.domain.timetable import Booked, Section, Timetable
from orders.domain.queries.calendar import orders_of_tickets
from orders.views.calendar.asked import Asked
from orders.views.calendar.axis import Axis, axis_of
from orders.views.calendar.changing import change_pattern, first_clock
from orders.views.calendar.heat import heat_of
from orders.views.calendar.rows import RowMaker

MOST_ROWS = {"day": 60, "week": 30}


class DayCount(NamedTuple):
    """How full a service is on a day of the week, with the day's columns."""

    start: int
    length: int
    taken: int
    heat: int


@dataclass(frozen=True, slots=True)
class BoardSection:
    """A service with the HTML of the rows shown; `days` only on the board of a week."""

    section: Section
    rows: SafeString
    days: tuple[DayCount, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A day or a week. `hidden` is the number of rows not shown, `now` the position of this moment, in percent."""

    axis: Axis
    sections: tuple[BoardSection, ...]
    hidden: int
    now: str
    clock: str
    clock_at_start: str
    change_at: str
    dates: str


def board_of(timetable: Timetable, asked: Asked, *, at: datetime, here: Collection[int]) -> Board | None:
    """Return the board of a timetable; None if no day of it is open. One query.

    `here` are the numbers of the tickets whose visitors are on site.
    """
    if not timetable.windows:
        return None
    axis = axis_of(timetable)
    shown = list(_first_rows(timetable, None if asked.all_rows else MOST_ROWS[asked.view]))
    numbers = {
        bar.entry.number
        for section in shown
        for row in section.rows
        for bar in row.bars
        if isinstance(bar.entry, Booked)
    }
    clock_at_start = first_clock(timetable)
    maker = RowMaker(
        axis=axis,
        zone=timetable.calendar.zone,
        asked=asked,
        orders=orders_of_tickets(numbers),
        here=here,
        over_blocks=timetable.over_blocks,
        at=at,
        can_move=bool(clock_at_start) or not axis.is_hourly,
    )
    return Board(
        axis=axis,
        sections=tuple(BoardSection(one, maker.rows(one), tuple(_counts(one, axis))) for one in shown),
        hidden=sum(len(one.rows) for one in timetable.sections) - sum(len(one.rows) for one in shown),
        now=_share(axis, timetable, asked, at),
        clock_at_start=clock_at_start,
        change_at=change_pattern() if maker.can_move else "",
        dates="" if axis.is_hourly else " ".join(str(mark.day) for mark in axis.marks),
        clock=f"{at.astimezone(timetable.calendar.zone):%H:%M}",
    )


def _first_rows(timetable: Timetable, most: int | None) -> Iterator[Section]:
    left = most
    for section in timetable.sections:
        rows = section.rows if left is None else section.rows[: max(left, 0)]
        if left is not None:
            left -= len(rows)
        if rows:
            yield replace(section, rows=rows)


def _counts(section: Section, axis: Axis) -> Iterator[DayCount]:
    for mark in () if axis.is_hourly else axis.marks:
        if mark.period:
            taken = section.peaks[mark.day]
            yield DayCount(mark.start, mark.length, taken, heat_of(taken, section.capacity))


def _share(axis: Axis, timetable: Timetable, asked: Asked, at: datetime) -> str:
    """Return the position of this moment on the board, in percent; None if it is outside."""
    window = timetable.windows.get(asked.today)
    if window is None or not window.start <= at < window.end:
        return ""
    return f"{axis.column(at) / axis.size:.2%}"
