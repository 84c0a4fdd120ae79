"""Keyset paging: page 10 000 costs as much as page 1."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.http import QueryDict

from olvery.shared.periods import read_moment

PAGE_SIZE = 30
COUNTED = 5_000  # more are not counted: that would take longer than the page
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort order: a field, the primary key as a tie-breaker, and the direction."""

    name: str
    field: str
    descending: bool = False
    is_moment: bool = False

    @property
    def is_by_key(self) -> bool:
        """Whether the field is the primary key itself."""
        return self.field == "pk"


# The sort key of a row and its primary key.
Place = tuple[Any, int]


@dataclass(frozen=True, slots=True)
class Walk:
    """A direction through a sort, from after a position or, without one, from the beginning."""

    sort: Sort
    descending: bool
    place: Place | None = None

    def ordered(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return the rows after the position, each with its `sort_key`, in the order of the walk."""
        prefix = "-" if self.descending else ""
        fields = ("pk",) if self.sort.is_by_key else ("sort_key", "pk")
        return self.beyond(rows).order_by(*(f"{prefix}{field}" for field in fields))

    def beyond(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return the rows after the position, each with its `sort_key`."""
        keyed = rows.annotate(sort_key=F(self.sort.field))
        return keyed.filter(self._past(self.place)) if self.place else keyed

    def _past(self, place: Place) -> Q:
        (value, key), side = place, "lt" if self.descending else "gt"
        if self.sort.is_by_key:
            return Q(**{f"pk__{side}": key})
        # The second condition follows from the first; it is the one that an index can start from.
        tie = Q(sort_key=value, **{f"pk__{side}": key})
        return (Q(**{f"sort_key__{side}": value}) | tie) & Q(**{f"sort_key__{side}e": value})


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows with the cursors of the pages around them; an empty cursor means there is none."""

    rows: Sequence[M]
    newer: str
    older: str


def pick_sort(sorts: Sequence[Sort], asked: str) -> Sort:
    """Return the sort named in the URL, `-name` for the other direction; else the first."""
    for sort in sorts:
        if asked == sort.name:
            return sort
        if asked == f"-{sort.name}":
            return replace(sort, name=asked, descending=not sort.descending)
    return sorts[0]


def keyset_page(
    rows: "QuerySet[M]", *, sort: Sort, older_than: str = "", newer_than: str = "", size: int = PAGE_SIZE
) -> "Page[M]":
    """Return one page of rows. An invalid cursor is ignored. One query."""
    return page_by(
        lambda walk, count: list(walk.ordered(rows)[:count]),
        sort=sort,
        older_than=older_than,
        newer_than=newer_than,
        size=size,
    )


def page_asked(query: QueryDict, rows: "QuerySet[M]", *, sort: Sort, size: int = PAGE_SIZE) -> "Page[M]":
    """Return the page of rows that a URL asks for. One query."""
    older_than, newer_than = query.get("after", ""), query.get("before", "")
    return keyset_page(rows, sort=sort, older_than=older_than, newer_than=newer_than, size=size)


def page_by(
    first: "Callable[[Walk, int], list[M]]",
    *,
    sort: Sort,
    older_than: str = "",
    newer_than: str = "",
    size: int = PAGE_SIZE,
) -> "Page[M]":
    """Return one page of what `first` returns: a number of rows of a walk, with their `sort_key`."""
    place = _read(older_than or newer_than, sort)
    backwards = bool(newer_than and not older_than and place)
    found = first(Walk(sort, sort.descending != backwards, place), size + 1)
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_newer, has_older = (more, True) if backwards else (bool(place), more)
    return Page(
        found,
        newer=_write(found[0], sort) if found and has_newer else "",
        older=_write(found[-1], sort) if found and has_older else "",
    )


def count_up_to_limit(rows: "QuerySet[Any]") -> tuple[int, bool]:
    """Return the number of rows, and whether there are more than counted. One query."""
    counted = rows.order_by()[: COUNTED + 1].count()
    return min(counted, COUNTED), counted > COUNTED


def is_cursor(text: str, sort: Sort) -> bool:
    """Whether a text is the cursor of a page in this order of rows."""
    return _read(text, sort) is not None


def _write(row: Any, sort: Sort) -> str:
    value = "" if sort.is_by_key else row.sort_key
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{row.pk}~{text}"


def _read(text: str, sort: Sort) -> Place | None:
    key, tilde, value = text.partition("~")
    if not tilde or not re.fullmatch(r"[0-9]{1,18}", key) or "\0" in value:
        return None
    if not sort.is_moment or sort.is_by_key:
        return value, int(key)
    moment = read_moment(value)
    return (moment, int(key)) if moment else None
