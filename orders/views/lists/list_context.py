"""The context of «Обращения» and «Билеты» for what their URL asks for."""

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
    """Return one page of rows in the requested order, their count, and the active filters."""
    query, now = request.GET, timezone.now()
    listed = Listed(name, query, request.location, at=now)
    page = listed.rows.page(sort=listed.sort, older_than=query.get("after", ""), newer_than=query.get("before", ""))
    count, is_more = listed.rows.count  # most pages are counted while they are read
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
        "choice_filters": [*filters_of(name, listed.wanted, request.location)],
    }


@dataclass(frozen=True, slots=True)
class Near:
    """A shorter text that finds something when the typed one finds nothing."""

    text: str
    query: str
    count: str  # with a plus sign if there are more


def near_match(query: QueryDict, listed: Listed) -> Near | None:
    """Return what to search instead of a text that finds nothing, with the same filters; None if nothing is near.

    Each shorter text costs a count, two at most.
    """
    for text in lists.beginnings_of(listed.wanted.text):
        count, is_more = listed.narrowed(replace(listed.wanted, text=text)).count
        if count:
            shorter = query.copy()
            shorter["q"] = text
            return Near(text, kept_query(shorter), f"{count}+" if is_more else str(count))
    return None
