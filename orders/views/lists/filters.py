"""Filters of the lists: they live in the query string; what cannot be read filters nothing."""

from datetime import date
from typing import Any

from django.http import QueryDict

from coworking.models import PaymentMethod, TicketStatus
from olvery.shared.forms import as_id
from orders.domain.queries.lists import OrderFilter, TicketFilter
from orders.models import OrderStatus, PaymentStatus

LONGEST = 100


def order_filter(query: QueryDict, today: date) -> OrderFilter:
    """Read the filter of the order list."""
    period = _period(query, today)
    return OrderFilter(
        text=read_text(query),
        statuses=_among(query, "status", OrderStatus.values),
        methods=_among(query, "method", PaymentMethod.values),
        payments=_among(query, "payment", PaymentStatus.values),
        services=_ids(query, "service"),
        created_on=read_day(query.get("created")),
        by_manager=query.get("by") == "manager",
        **period,
    )


def ticket_filter(query: QueryDict, today: date) -> TicketFilter:
    """Read the filter of the ticket list."""
    return TicketFilter(
        text=read_text(query),
        statuses=_among(query, "status", TicketStatus.values),
        services=_ids(query, "service"),
        **_period(query, today),
    )


def read_text(query: QueryDict) -> str:
    """Read what is searched out of an address."""
    return query.get("q", "").replace("\0", "").strip()[:LONGEST]


def _period(query: QueryDict, today: date) -> dict[str, Any]:
    if query.get("today"):
        return {"from_day": today, "to_day": today}
    first, last = read_day(query.get("from")), read_day(query.get("to"))
    if first and last and first > last:
        first, last = last, first
    return {"from_day": first, "to_day": last}


def read_day(text: str | None) -> date | None:
    """Read a day out of an address."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _among(query: QueryDict, name: str, allowed: list[str]) -> tuple[str, ...]:
    return tuple(value for value in query.getlist(name) if value in allowed)


def _ids(query: QueryDict, name: str) -> tuple[int, ...]:
    return tuple(pk for pk in map(as_id, query.getlist(name)) if pk)
