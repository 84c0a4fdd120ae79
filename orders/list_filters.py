"""Filters of the lists: they are kept in the query string; unreadable values are ignored."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from accounts.models import ListName
from coworking.models import Location, PaymentMethod, TicketStatus
from olvery.shared.days import read_day
from olvery.shared.forms import as_id, as_ids
from olvery.shared.paging import Sort, pick_sort
from orders.domain.queries.lists import ORDER_SORTS, TICKET_SORTS, OrderFilter, TicketFilter, orders_of, tickets_of
from orders.domain.queries.narrowing import Narrowed
from orders.models import OrderStatus, PaymentStatus

LONGEST = 100
PAST = ("created", "on")
# Query parameters besides filters and sort; `all` opens a list without its default filter.
PLACES = ("after", "before", "ticket", "pk", "all", "of", "found", "do", "format")


def order_filter(query: QueryDict, today: date) -> OrderFilter:
    period = _period(query, today)
    return OrderFilter(
        text=read_text(query),
        statuses=_among(query, "status", OrderStatus.values),
        methods=_among(query, "method", PaymentMethod.values),
        payments=_among(query, "payment", PaymentStatus.values),
        services=as_ids(query.getlist("service")),
        created_on=day_of(query, "created", today),
        by_manager=query.get("by") == "manager",
        customer=as_id(query.get("customer")),
        numbers=numbers_in(query),
        **period,
    )


def ticket_filter(query: QueryDict, today: date) -> TicketFilter:
    return TicketFilter(
        text=read_text(query),
        statuses=_among(query, "status", TicketStatus.values),
        services=as_ids(query.getlist("service")),
        customer=as_id(query.get("customer")),
        numbers=numbers_in(query),
        **_period(query, today),
    )


# How a list reads its URL, the rows this selects, and their sort orders.
LISTS: dict[
    str, tuple[Callable[[QueryDict, date], Any], Callable[[int, Any, ZoneInfo], Narrowed[Any]], Sequence[Sort]]
] = {
    ListName.ORDERS: (order_filter, orders_of, ORDER_SORTS),
    ListName.TICKETS: (ticket_filter, tickets_of, TICKET_SORTS),
}


class Listed:
    """A list of a location as a URL asks for it; `at` determines which day «today» is."""

    def __init__(self, name: str, query: QueryDict, location: Location, *, at: datetime) -> None:
        filter_of, self._rows_of, sorts = LISTS[name]
        self.location = location
        self.wanted = filter_of(query, location.day_at(at))
        self.sort = pick_sort(sorts, query.get("sort", ""))
        self.rows = self.narrowed(self.wanted)

    def narrowed(self, wanted: Any) -> Narrowed[Any]:
        """Return the rows for other filters."""
        return self._rows_of(self.location.pk, wanted, self.location.zone)


def numbers_in(query: QueryDict) -> tuple[int, ...]:
    """Read the numbers of the ticked rows."""
    return tuple(dict.fromkeys(as_ids(query.getlist("pk"))))


def kept_query(query: QueryDict) -> str:
    """Return the filters and the sort in a URL, without page, card and empty values."""
    kept = [(name, values) for name, values in query.lists() if name not in PLACES]
    return urlencode([(name, value) for name, values in kept for value in values if value.strip()])


def meant_by_ticks(query: QueryDict) -> QueryDict:
    """Return the target of a bulk action: all rows the list has found, if that is ticked, else the given numbers."""
    return QueryDict(query.get("of", "")) if query.get("found") else query


def read_text(query: QueryDict, *, longest: int = LONGEST) -> str:
    """Read the search text from a URL."""
    return query.get("q", "").replace("\0", "").strip()[:longest]


def _period(query: QueryDict, today: date) -> dict[str, Any]:
    if query.get("today"):
        return {"from_day": today, "to_day": today}
    first, last = day_of(query, "from", today), day_of(query, "to", today)
    if first and last and first > last:
        first, last = last, first
    return {"from_day": first, "to_day": last}


def day_of(query: QueryDict, name: str, today: date) -> date | None:
    """Read a day as people type it; a past day is the last one that fits."""
    return read_day(query.get(name, "")[:LONGEST], today=today, is_past=name in PAST)


def unread_days(query: QueryDict, today: date) -> list[str]:
    """Return typed days that cannot be read."""
    typed = {name: query.get(name, "").strip()[:LONGEST] for name in ("from", "to", *PAST)}
    return [text for name, text in typed.items() if text and day_of(query, name, today) is None]


def _among(query: QueryDict, name: str, allowed: list[str]) -> tuple[str, ...]:
    return tuple(value for value in query.getlist(name) if value in allowed)
