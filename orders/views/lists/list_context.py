"""What «Обращения» and «Билеты» show of what their address asks for."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from accounts.models import ListName
from coworking.access import StaffRequest
from orders.domain.queries import lists
from orders.list_filters import Listed, kept_query, unread_days
from orders.views.lists.choices import filters_of


def list_context(request: StaffRequest, name: ListName) -> dict[str, Any]:
    """Return one page of rows in the order asked for, their count, and what they are narrowed by."""
    query, now = request.GET, timezone.now()
    listed = Listed(name, query, request.location, at=now)
    page = listed.rows.page(sort=listed.sort, older_than=query.get("after", ""), newer_than=query.get("before", ""))
    count, is_more = listed.rows.count  # most pages are counted when they are read
    return {
        "page": page,
        "sort": listed.sort,
        "count": count,
        "is_more": is_more,
        "zone": request.location.zone,
        "wanted": listed.wanted,
        "near": None if count else near_match(query, listed),
        "unread": unread_days(query, request.location.day_at(now)),
        "most_companies": lists.MOST_COMPANIES if listed.rows.leaves_out else None,
        "choice_filters": filters_of(name, listed.wanted, request.location),
    }


@dataclass(frozen=True, slots=True)
class Near:
    """A shorter text that finds something where the one that was typed finds nothing."""

    text: str
    query: str
    count: str  # with a plus sign where there are more


def near_match(query: QueryDict, listed: Listed) -> Near | None:
    """Return what to look for instead of a text that finds nothing, with the same filters; None where nothing is near.

    Each shorter text is counted, two at most.
    """
    for text in lists.beginnings_of(listed.wanted.text):
        count, is_more = listed.narrowed(replace(listed.wanted, text=text)).count
        if count:
            shorter = query.copy()
            shorter["q"] = text
            return Near(text, kept_query(shorter), f"{count}+" if is_more else str(count))
    return None
