"""The rows of the calendar: bars and free cells in columns, with their texts."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from html import escape
from itertools import compress
from typing import NamedTuple
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coworking.domain.rules import LATE_START
from coworking.domain.timetable import Bar, Blocked, Booked, Row, Section, is_cut
from olvery.shared.periods import Period
from orders.domain.queries.calendar import OrderOfTicket
from orders.views.calendar import cells
from orders.views.calendar.asked import Asked
from orders.views.calendar.axis import Axis
from orders.views.calendar.cells import Cell
from orders.views.calendar.changing import days_of, is_movable
from orders.views.calendar.words import block_words, state_words, times_of, visitor_words


class _Span(NamedTuple):
    """What the bars of one period have in common: their columns, their text, and how they are moved."""

    place: tuple[int, int]
    times: str
    attrs: str
    days: str


class _Slot(NamedTuple):
    """A free cell of any row: its columns, and the local day and time at which it begins."""

    place: tuple[int, int]
    day: str
    clock: str


@dataclass(frozen=True, kw_only=True)
class RowMaker:
    """Makes the rows. What many bars share is computed once: most of a thousand have one of a few periods.

    `orders` are those of the tickets, `here` the numbers of tickets whose visitors are on site, `over_blocks` of
    tickets that lie over a block.
    """

    axis: Axis
    zone: ZoneInfo
    asked: Asked
    orders: Mapping[int, OrderOfTicket]
    here: Collection[int]
    over_blocks: Collection[int]
    at: datetime
    can_move: bool

    @cached_property
    def _query(self) -> str:
        """The URL of the page without its path, which makes each of a thousand bars shorter."""
        url = self.asked.here_url
        return url[url.index("?") :]

    @cached_property
    def _span_of(self) -> Callable[[Period, Period], _Span]:
        return cache(self._span)

    @cached_property
    def _slots_of(self) -> Callable[[Period, timedelta], list[_Slot]]:
        return cache(self._slots)

    @cached_property
    def _state_of(self) -> Callable[..., str]:
        return cache(state_words)

    def rows(self, section: Section) -> SafeString:
        back = quote(self.asked.here_url, safe="/?=")
        order_url = f"{reverse('orders:create')}?back={back}&service={section.service.pk}"
        seen = set[int]()
        html = []
        for number, row in enumerate(section.rows, start=1):
            own = [*(self._bar(bar, row) for bar in row.bars), *self._free(row, section.step, order_url)]
            head = _head(row, number, is_on=bool(row.seat and row.seat.pk in seen))
            html.append(cells.row(own, head=head, seat=row.seat.pk if row.seat else None))
            seen.update([row.seat.pk] if row.seat else ())
        return SafeString("".join(html))

    def _span(self, shown: Period, period: Period) -> _Span:
        cut = " ".join(compress(("start", "end"), is_cut(shown, period, self.zone)))
        return _Span(
            self.axis.place(shown),
            times_of(shown, period, self.zone),
            f' data-cut="{cut}"' if cut else "",
            days_of(shown, period, self.zone, is_hourly=self.axis.is_hourly),
        )

    def _bar(self, bar: Bar, row: Row) -> Cell:
        if isinstance(bar.entry, Blocked):
            return self._blocked(bar, bar.entry, row)
        return self._booked(bar, bar.entry)

    def _blocked(self, bar: Bar, entry: Blocked, row: Row) -> Cell:
        span = self._span_of(bar.period, entry.period)
        href = self._lift_url(bar, entry, row)
        text, more = block_words(entry, span.times)
        return cells.bar(
            span.place,
            href=href,
            state="blocked",
            text=text,
            more=more,
            attrs=f'{span.attrs} hx-get="{escape(href)}" hx-target="#dialog" hx-swap="innerHTML"',
        )

    def _booked(self, bar: Bar, entry: Booked) -> Cell:
        order, is_here = self.orders.get(entry.number), entry.number in self.here
        span = self._span_of(bar.period, entry.period)
        is_unpaid = order is not None and order.is_unpaid
        return cells.bar(
            span.place,
            # Without the path, which makes each of a thousand bars shorter.
            href=f"{self._query}&ticket={entry.number}",
            state="here" if is_here else entry.status.value,
            text=visitor_words(entry.visitor_name),
            more=f"{span.times}, {self._state_of(entry.status, is_here=is_here, is_unpaid=is_unpaid)}"
            + (f", {_('over a block')}" if entry.number in self.over_blocks else ""),
            attrs=span.attrs + self._attrs_of_ticket(entry, order, span),
        )

    def _lift_url(self, bar: Bar, entry: Blocked, row: Row) -> str:
        day = self.asked.day if self.asked.view == "day" else bar.period.days(self.zone)[0]
        asked = {"day": day.isoformat(), "block": entry.pk, "next": self.asked.here_url}
        if row.seat and entry.is_open_to_managers:
            asked["seat"] = row.seat.pk
        return f"{reverse('orders:block-lift')}?{urlencode(asked)}"

    def _attrs_of_ticket(self, entry: Booked, order: OrderOfTicket | None, span: _Span) -> str:
        attrs = ""
        if entry.number == self.asked.mark:
            attrs += f' id="ticket-{entry.number}" data-mark'
        if entry.number == self.asked.ticket:
            attrs += ' aria-current="true"'
        if entry.number in self.over_blocks:
            attrs += " data-over"
        if self.can_move and is_movable(entry.status, order):
            attrs += " data-movable" + (f' data-days="{span.days}"' if span.days else "")
        return attrs

    def _free(self, row: Row, step: timedelta, order_url: str) -> Iterator[Cell]:
        seat = f"&seats={row.seat.pk}" if row.seat else ""
        free_word = _("free")
        for free in row.free:
            for place, day, clock in self._slots_of(free, step):
                href = f"{order_url}&day={day}{seat}&start={clock}"
                yield cells.slot(place, href=href, text=clock, word=free_word)

    def _slots(self, free: Period, step: timedelta) -> list[_Slot]:
        found = []
        for part in self.axis.cells(free):
            if cell := self._from_now(part, step):
                local = cell.start.astimezone(self.zone)
                found.append(_Slot(self.axis.place(cell), f"{local:%Y-%m-%d}", f"{local:%H:%M}"))
        return found

    def _from_now(self, free: Period, step: timedelta) -> Period | None:
        """Return the rest of a free period from now on, beginning at a step that is sold."""
        start = max(free.start, self.at - LATE_START)
        local = start.astimezone(self.zone)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        start += -(since_midnight + timedelta(microseconds=local.microsecond)) % step
        return Period(start, free.end) if start + step <= free.end else None


def _head(row: Row, number: int, *, is_on: bool) -> str:
    """Return the head of a row: the seat, only for screen readers if it already has a row, or the lane."""
    if row.seat:
        label = escape(row.seat.label)
        return f'<span class="sr-only">{label}</span>' if is_on else label
    if row.more_free:
        free = ngettext("%(count)s free", "%(count)s free", row.more_free) % {"count": row.more_free}
        return f"<small>{escape(free)}</small>"
    return f"<small>{number}</small>"
