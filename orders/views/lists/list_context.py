"""What every list of the management interface reads from its address."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.http import QueryDict

from coworking.models import Location
from olvery.shared.paging import Sort, pick_sort
from orders.domain.queries.lists import ListFilter, beginnings_of
from orders.domain.queries.narrowing import Narrowed
from orders.list_filters import kept_query

Wanted = TypeVar("Wanted", bound=ListFilter)


def list_context(query: QueryDict, rows: Narrowed[Any], sorts: tuple[Sort, ...], location: Location) -> dict[str, Any]:
    """Return one page of rows in the order asked for and their count."""
    sort = pick_sort(sorts, query.get("sort", ""))
    page = rows.page(sort=sort, older_than=query.get("after", ""), newer_than=query.get("before", ""))
    count, is_more = rows.count  # most pages are counted when they are read
    return {
        "page": page,
        "sort": sort,
        "count": count,
        "is_more": is_more,
        "zone": location.zone,
    }


@dataclass(frozen=True, slots=True)
class Near:
    """A shorter text that finds something where the one that was typed finds nothing."""

    text: str
    query: str
    count: str  # with a plus sign where there are more


def near_match(query: QueryDict, wanted: Wanted, rows_of: Callable[[Wanted], Narrowed[Any]]) -> Near | None:
    """Return what to look for instead of a text that finds nothing, with the same filters; None where nothing is near.

    Each shorter text is counted, two at most.
    """
    for text in beginnings_of(wanted.text):
        count, is_more = rows_of(replace(wanted, text=text)).count
        if count:
            shorter = query.copy()
            shorter["q"] = text
            return Near(text, kept_query(shorter), f"{count}+" if is_more else str(count))
    return None
