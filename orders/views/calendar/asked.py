"""The view that the calendar's URL asks for; unreadable parameters are ignored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from dateutil.relativedelta import relativedelta
from django.http import QueryDict
from django.urls import reverse

from coworking.domain.timetable import BLOCKED, Wanted
from coworking.models import TicketStatus
from olvery.shared.addresses import own_address
from olvery.shared.days import read_day
from olvery.shared.forms import as_id, as_ids
from olvery.shared.periods import DAY

VIEWS = ("day", "week", "month")
STATES = (*TicketStatus.values, BLOCKED)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A view of the calendar: its scale, a local day that it shows, and its filters."""

    view: str
    day: date
    today: date
    wanted: Wanted
    unread: str
    all_rows: bool
    mark: int | None
    ticket: int | None

    @property
    def days(self) -> list[date]:
        first = self.day
        if self.view == "week":
            first -= DAY * first.weekday()
        elif self.view == "month":
            first = first.replace(day=1)
        return [first + DAY * number for number in range((first + self._step - first).days)]

    @property
    def _step(self) -> relativedelta:
        return {"day": relativedelta(days=1), "week": relativedelta(weeks=1)}.get(self.view, relativedelta(months=1))

    @property
    def previous_url(self) -> str:
        """The URL of the days before."""
        return self.url(day=self.day - self._step)

    @property
    def next_url(self) -> str:
        """The URL of the days after."""
        return self.url(day=self.day + self._step)

    @property
    def today_url(self) -> str:
        return self.url(day=self.today)

    @property
    def day_url(self) -> str:
        return self.url(view="day")

    @property
    def week_url(self) -> str:
        return self.url(view="week")

    @property
    def month_url(self) -> str:
        return self.url(view="month")

    @property
    def all_rows_url(self) -> str:
        """The URL that shows every row."""
        return f"{self.url()}&all=1"

    @property
    def here_url(self) -> str:
        """The URL of this view, with as many rows."""
        return self.all_rows_url if self.all_rows else self.url()

    @property
    def has_today(self) -> bool:
        return self.today in self.days

    def url(self, *, view: str = "", day: date | None = None) -> str:
        """Return the URL of another scale or day with the same filters."""
        chosen = [("view", view or self.view), ("day", (day or self.day).isoformat()), *self.narrowed]
        return f"{reverse('orders:calendar')}?{urlencode(chosen)}"

    @property
    def dialog_query(self) -> str:
        """The query string for a dialog about this day, with the URL to return to."""
        return f"?{urlencode({'day': self.day.isoformat(), 'next': self.here_url})}"

    @property
    def narrowed(self) -> Iterator[tuple[str, object]]:
        yield from (("service", pk) for pk in self.wanted.services)
        yield from (("table", number) for number in self.wanted.tables)
        yield from (("state", state) for state in self.wanted.states)
        if self.wanted.only_free:
            yield "free", 1


def asked_for(query: QueryDict, today: date) -> Asked:
    """Parse the URL. `today` is the day at the location."""
    typed = query.get("day", "").strip()[:40]
    day = read_day(typed, today=today)
    view = query.get("view", "")
    return Asked(
        view=view if view in VIEWS else VIEWS[0],
        day=day or today,
        today=today,
        wanted=Wanted(
            services=as_ids(query.getlist("service")),
            tables=as_ids(query.getlist("table")),
            states=tuple(state for state in query.getlist("state") if state in STATES),
            only_free="free" in query,
        ),
        unread="" if day or not typed else typed,
        all_rows="all" in query,
        mark=as_id(query.get("mark")),
        ticket=as_id(query.get("ticket")),
    )


def back_of(query: QueryDict) -> str:
    """Return the calendar that a dialog was opened from."""
    calendar = reverse("orders:calendar")
    return own_address(query.get("next", ""), under=f"{calendar}?", otherwise=calendar)
