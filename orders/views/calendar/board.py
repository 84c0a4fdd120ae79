"""The rows of the calendar as the page shows them: bars and free cells in columns, with their words."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import compress
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coworking.domain.rules import LATE_START
from coworking.domain.timetable import Bar, Blocked, Booked, Row, Section, Timetable
from olvery.shared.periods import Period
from orders.domain.queries.calendar import OrderOfTicket, orders_of_tickets
from orders.views.calendar import cells
from orders.views.calendar.asked import Asked
from orders.views.calendar.axis import Axis, axis_of
from orders.views.calendar.cells import Cell
from orders.views.calendar.changing import change_pattern, first_clock, movable
from orders.views.calendar.heat import heat_of
from orders.views.calendar.words import block_words, booked_words

MOST_ROWS = {"day": 60, "week": 30}
ICONS = {"held": "hourglass", "active": "circle-check", "used": "check-check", "no_show": "user-x", "blocked": "lock"}
HERE = "user-check"
TONES = {"held": "warn", "active": "ok"}


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A row with the HTML of its cells, in their order. `is_on` of a seat that has a row already."""

    row: Row
    is_on: bool
    cells: SafeString


class DayCount(NamedTuple):
    """How full a service is on a day of the week, in its columns."""

    start: int
    length: int
    taken: int
    heat: int


@dataclass(frozen=True, slots=True)
class BoardSection:
    """A service with the rows that are shown; `days` only of a week."""

    section: Section
    rows: tuple[BoardRow, ...]
    days: tuple[DayCount, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A day or a week. `hidden` is how many rows are not shown, `now` where the line of this moment is, in percent."""

    axis: Axis
    sections: tuple[BoardSection, ...]
    hidden: int
    now: str
    clock: str
    clock_at_start: str
    change_at: str
    dates: str


def board_of(timetable: Timetable, asked: Asked, *, at: datetime, here: Collection[int]) -> Board | None:
    """Return the board of a timetable; nothing where no day of it is open. One query.

    `here` has the numbers of the tickets whose visitors are on site.
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
    maker = _Maker(
        axis,
        timetable.calendar.zone,
        asked,
        orders_of_tickets(numbers),
        here,
        at,
        bool(clock_at_start) or not axis.is_hourly,
        asked.url(),
        _("free"),
    )
    return Board(
        axis=axis,
        sections=tuple(
            BoardSection(section, tuple(maker.rows(section)), tuple(_counts(section, axis))) for section in shown
        ),
        hidden=sum(len(one.rows) for one in timetable.sections) - sum(len(one.rows) for one in shown),
        now=_share(axis, timetable, asked, at),
        clock_at_start=clock_at_start,
        change_at=change_pattern() if clock_at_start or not axis.is_hourly else "",
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
    """Return how far this moment lies along the board, in percent; nothing where it does not lie on it."""
    window = timetable.windows.get(asked.today)
    if window is None or not window.start <= at < window.end:
        return ""
    return f"{axis.column(at) / axis.size:.2%}"


@dataclass(frozen=True, slots=True)
class _Maker:
    """What the cells of every row are made with."""

    axis: Axis
    zone: ZoneInfo
    asked: Asked
    orders: Mapping[int, OrderOfTicket]
    here: Collection[int]
    at: datetime
    can_move: bool
    url: str
    free_word: str

    @property
    def query(self) -> str:
        """The address without its path: of a thousand bars each is shorter."""
        return self.url[self.url.index("?") :]

    def rows(self, section: Section) -> Iterator[BoardRow]:
        seen = set[int]()
        order_url = self._order_url(section)
        for row in section.rows:
            own = [*(self._bar(bar, row) for bar in row.bars), *self._slots(row, section.step, order_url)]
            own.sort(key=lambda cell: cell.start)
            html = SafeString("".join(cell.html for cell in own))
            yield BoardRow(row, bool(row.seat and row.seat.pk in seen), html)
            if row.seat:
                seen.add(row.seat.pk)

    def _order_url(self, section: Section) -> str:
        return f"{reverse('orders:create')}?{urlencode({'back': self.url, 'service': section.service.pk})}"

    def _bar(self, bar: Bar, row: Row) -> Cell:
        entry = bar.entry
        cut = " ".join(compress(("start", "end"), bar.is_cut(self.zone)))
        attrs = [format_html(' data-cut="{}"', cut)] if cut else []
        if isinstance(entry, Blocked):
            href = self._lift_url(bar, entry, row)
            text, more = block_words(bar, entry, self.zone)
            attrs.append(format_html(' hx-get="{}" hx-target="#dialog" hx-swap="innerHTML"', href))
            state, tone, icon_name = "blocked", "mute", ICONS["blocked"]
        else:
            order = self.orders.get(entry.number)
            href = f"{self.query}&ticket={entry.number}"
            is_here = entry.number in self.here
            text, more = booked_words(bar, entry, order, self.zone, is_here=is_here)
            attrs += self._attrs_of_ticket(bar, entry, order)
            state, tone = entry.status.value, TONES.get(entry.status.value, "mute")
            icon_name = HERE if is_here else ICONS[state]
        return cells.bar(
            self.axis.place(bar.period),
            href=href,
            state=state,
            tone=tone,
            icon_name=icon_name,
            text=text,
            more=more,
            attrs="".join(attrs),
        )

    def _lift_url(self, bar: Bar, entry: Blocked, row: Row) -> str:
        day = self.asked.day if self.asked.view == "day" else bar.period.days(self.zone)[0]
        asked = {"day": day.isoformat(), "block": entry.pk, "next": self.url}
        if row.seat and entry.is_open_to_managers:
            asked["seat"] = row.seat.pk
        return f"{reverse('orders:block-lift')}?{urlencode(asked)}"

    def _attrs_of_ticket(self, bar: Bar, entry: Booked, order: OrderOfTicket | None) -> Iterator[SafeString]:
        yield SafeString(f' id="ticket-{entry.number}"')
        if entry.number == self.asked.mark:
            yield SafeString(" data-mark")
        if entry.number == self.asked.ticket:
            yield SafeString(' aria-current="true"')
        how = movable(bar, entry, order, self.zone, is_hourly=self.axis.is_hourly) if self.can_move else None
        if how:
            yield SafeString(f' data-order="{how.order}"' + (f' data-days="{how.days}"' if how.days else ""))

    def _slots(self, row: Row, step: timedelta, order_url: str) -> Iterator[Cell]:
        seat = f"&seats={row.seat.pk}" if row.seat else ""
        for free in row.free:
            for part in self.axis.cells(free):
                cell = self._from_now(part, step)
                if cell is None:
                    continue
                local = cell.start.astimezone(self.zone)
                href = f"{order_url}{seat}&day={local:%Y-%m-%d}&start={local:%H:%M}"
                yield cells.slot(self.axis.place(cell), href=href, text=f"{local:%H:%M}", word=self.free_word)

    def _from_now(self, free: Period, step: timedelta) -> Period | None:
        """Return what is left of a free period from now on, beginning at a step that is sold."""
        start = max(free.start, self.at - LATE_START)
        local = start.astimezone(self.zone)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        start += -(since_midnight + timedelta(microseconds=local.microsecond)) % step
        return Period(start, free.end) if start + step <= free.end else None
