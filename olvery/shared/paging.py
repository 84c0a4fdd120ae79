"""Keyset paging: page 10 000 costs as much as page 1."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet

PAGE_SIZE = 30
COUNTED = 10_000
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows: a field, the primary key where it repeats, and the direction."""

    name: str
    field: str
    descending: bool = False
    is_moment: bool = False

    @property
    def is_by_key(self) -> bool:
        """Whether the field is the primary key itself."""
        return self.field == "pk"


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows with the cursors of the pages around them; an empty cursor means there is none."""

    rows: Sequence[M]
    newer: str
    older: str


def pick_sort(sorts: Sequence[Sort], asked: str) -> Sort:
    """Return the sort named in the address, `-name` for the other direction; else the first."""
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
    cursor = _read(older_than or newer_than, sort)
    backwards = bool(newer_than and not older_than and cursor)
    descending = sort.descending != backwards
    keyed = rows if sort.is_by_key else rows.annotate(sort_key=F(sort.field))
    if cursor:
        keyed = keyed.filter(_beyond(cursor, sort, "lt" if descending else "gt"))
    prefix = "-" if descending else ""
    fields = [f"{prefix}pk"] if sort.is_by_key else [f"{prefix}sort_key", f"{prefix}pk"]
    found = list(keyed.order_by(*fields)[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_newer, has_older = (more, True) if backwards else (bool(cursor), more)
    return Page(
        found,
        newer=_write(found[0], sort) if found and has_newer else "",
        older=_write(found[-1], sort) if found and has_older else "",
    )


def count_up_to_limit(rows: "QuerySet[Any]") -> tuple[int, bool]:
    """Return the number of rows, and whether there are more than were counted. One query."""
    counted = rows.order_by()[: COUNTED + 1].count()
    return min(counted, COUNTED), counted > COUNTED


def _beyond(cursor: "tuple[Any, int]", sort: Sort, side: str) -> Q:
    value, key = cursor
    beyond = Q(**{f"pk__{side}": key})
    if sort.is_by_key:
        return beyond
    # The second condition follows from the first; it is the one an index can start from.
    return (Q(**{f"sort_key__{side}": value}) | (Q(sort_key=value) & beyond)) & Q(**{f"sort_key__{side}e": value})


def _write(row: Any, sort: Sort) -> str:
    value = "" if sort.is_by_key else row.sort_key
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"{row.pk}~{text}"


def _read(text: str, sort: Sort) -> "tuple[Any, int] | None":
    key, tilde, value = text.partition("~")
    if not tilde or not re.fullmatch(r"[0-9]{1,18}", key) or "\0" in value:
        return None
    if not sort.is_moment or sort.is_by_key:
        return value, int(key)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    # PostgreSQL knows no offsets of a day, and nobody books in other centuries.
    return (moment.astimezone(UTC), int(key)) if moment.tzinfo and 2000 <= moment.year <= 2200 else None
