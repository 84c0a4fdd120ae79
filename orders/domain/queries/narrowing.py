"""A page of a list that is narrowed, without reading more of the table than the page needs.

Three ways lead to a page, each for what the others are slow at:

* Nearby. What many rows meet is met by enough of the next rows of the sort.
* By facets. What is filtered exactly is one of some combinations, each with an index in the order of every sort: the
  page is among the first rows of each of them.
* By the condition. One that few rows meet is read by its own index, then sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from olvery.shared.paging import COUNTED, PAGE_SIZE, Page, Sort, Walk, page_by

FEW = 5_000  # rows that are read and sorted at once
NEARBY = 5_000  # rows of the sort that are looked at, whether they meet the condition or not
M = TypeVar("M", bound=Model)

# The first rows of each facet, merged: PostgreSQL itself would read and sort the rows of all of them. With an
# array of one facet the index by facet is the only one in this order; with `=` the primary key would be another.
FIRST_OF_FACETS = """
SELECT found.number FROM unnest(%(facets)s::bigint[]) AS facet (id) CROSS JOIN LATERAL (
    SELECT {key} AS key, number FROM {table} WHERE facet_id = ANY(ARRAY[facet.id]) {beyond}
    ORDER BY facet_id {facet_direction}, 1 {direction}, 2 {direction} LIMIT %(count)s
) AS found ORDER BY found.key {direction}, found.number {direction} LIMIT %(count)s
"""
COUNT_OF_FACETS = """
SELECT count(*) FROM (
    SELECT FROM unnest(%(facets)s::bigint[]) AS facet (id) CROSS JOIN LATERAL (
        SELECT FROM {table} WHERE facet_id = facet.id LIMIT %(count)s
    ) AS found LIMIT %(count)s
) AS counted
"""
# An inner LIMIT keeps PostgreSQL from looking for an index of the condition; the outer one ends the walk early.
MEANT_NEARBY = "SELECT number FROM ({nearby}) AS nearby WHERE is_meant LIMIT %s"
# The column of a sort, and whether its indexes begin with the last rows.
COLUMNS = {"pk": ("number", True), "period__startswith": ("lower(period)", True), "name_key": ("name_key", False)}


@dataclass(frozen=True, slots=True)
class Way:
    """A condition with an index of its own; `sort` is the field in whose order that index has the rows."""

    condition: Q
    sort: str = ""


EVERYTHING = Way(Q())


@dataclass(frozen=True)
class Narrowed(Generic[M]):
    """The rows of a list that meet `narrow`, any of the `spans` and any of the `ways`, and have one of the `facets`.

    `facets` is None where all are wanted, `spans` and `ways` are empty where nothing of the kind is asked for.
    `leaves_out` says that the text means more than is looked for.
    """

    rows: "QuerySet[M]"
    facets: "QuerySet[Any] | None" = None
    narrow: Q = field(default_factory=Q)
    spans: Sequence[Way] = ()
    ways: Sequence[Way] = ()
    leaves_out: bool = False

    def all(self) -> "QuerySet[M]":
        """Return the rows that are meant, for whoever reads all of them."""
        return self.rows.filter(self._meant)

    def ordered(self, sort: Sort) -> "QuerySet[M]":
        """Return the rows that are meant in the order of a list, for whoever reads all of them."""
        return Walk(sort, sort.descending).ordered(self.all())

    def page(self, *, sort: Sort, older_than: str = "", newer_than: str = "", size: int = PAGE_SIZE) -> "Page[M]":
        """Return one page. An invalid cursor is ignored. At most a query for each way, to count, and five others."""
        return page_by(self._first, sort=sort, older_than=older_than, newer_than=newer_than, size=size)

    @cached_property
    def count(self) -> tuple[int, bool]:
        """The number of rows up to `COUNTED`, and whether there are more. At most a query for each way."""
        if self._is_exact and self.facets is not None:
            counted = self._count_of_facets(COUNTED + 1)
            return min(counted, COUNTED), counted > COUNTED
        counted, seen = 0, Q()
        for way in self._ways:
            rows = self.rows.filter(self._having(way))
            if seen:
                rows = rows.exclude(seen)
            # An order that only the way's index has: PostgreSQL might rather read the table, to find many rows soon.
            rows = rows.order_by(f"-{way.sort}") if way.sort else rows.order_by()
            counted += rows.values("pk")[: COUNTED + 1 - counted].count()
            if counted > COUNTED:
                return COUNTED, True
            seen |= way.condition
        return counted, False

    @property
    def _is_exact(self) -> bool:
        return not self.narrow and not self.spans and not self.ways

    @cached_property
    def _facet_ids(self) -> list[int]:
        return [] if self.facets is None else list(self.facets.values_list("pk", flat=True))

    def _count_of_facets(self, limit: int) -> int:
        [counted] = self._read(COUNT_OF_FACETS, {"count": limit})
        return counted

    @cached_property
    def _of_facets(self) -> Q:
        if self.facets is None:
            return Q()
        counted = self.count[0] if self._is_exact else self._count_of_facets(FEW + 1)
        if counted <= FEW:
            return Q(facet__in=self._facet_ids)
        # An expression has no index: PostgreSQL would read a large part of one beside that of the condition.
        return Q(In(Coalesce(F("facet"), F("facet"), output_field=BigIntegerField()), self._facet_ids))

    def _first(self, walk: Walk, count: int) -> list[M]:
        if self._is_exact and self.facets is None:  # an index has them in this order: nothing to be found first
            return list(walk.ordered(self.rows)[:count])
        keys = self._first_keys(walk, count)
        return list(walk.ordered(self.rows.filter(pk__in=keys))) if keys else []

    def _first_keys(self, walk: Walk, count: int) -> list[int]:
        counted, _is_more = self.count
        nearby = self._nearby(walk, count) if counted > FEW else []
        if len(nearby) == count:
            return nearby
        return self._by_facets(walk, count) if self._is_exact else self._by_condition(walk, count)

    def _by_facets(self, walk: Walk, count: int) -> list[int]:
        key, is_last_first = COLUMNS[walk.sort.field]
        values: dict[str, Any] = {"count": count}
        beyond = ""
        if walk.place:
            values["value"], values["number"] = walk.place
            tie = "number" if walk.sort.is_by_key else "value"
            beyond = f"AND ({key}, number) {'<' if walk.descending else '>'} (%({tie})s, %(number)s)"
        parts = {
            "key": key,
            "beyond": beyond,
            "direction": "DESC" if walk.descending else "ASC",
            "facet_direction": "ASC" if walk.descending == is_last_first else "DESC",
        }
        return self._read(FIRST_OF_FACETS, values, **parts)

    def _read(self, statement: str, values: dict[str, Any], **parts: str) -> list[int]:
        with connection.cursor() as cursor:
            text = statement.format(table=self.rows.model._meta.db_table, **parts)
            cursor.execute(text, {**values, "facets": self._facet_ids})
            return [number for (number,) in cursor.fetchall()]

    def _nearby(self, walk: Walk, count: int) -> list[int]:
        """Return what of the page is among the next `NEARBY` rows."""
        is_meant = ExpressionWrapper(self._meant, output_field=BooleanField())
        nearby = walk.ordered(self.rows).annotate(is_meant=is_meant).values("number", "is_meant")[:NEARBY]
        sql, values = nearby.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(MEANT_NEARBY.format(nearby=sql), (*values, count))
            return [number for (number,) in cursor.fetchall()]

    def _by_condition(self, walk: Walk, count: int) -> list[int]:
        firsts = []
        for way in self._ways:
            rows = self.rows.filter(self._having(way))
            ordered = walk.ordered(rows) if way.sort == walk.sort.field else _read_first(walk, rows)
            firsts.append(ordered.values_list("sort_key", "pk")[:count])
        found = firsts[0].union(*firsts[1:], all=True) if len(firsts) > 1 else firsts[0]
        return [key for _value, key in sorted(set(found), reverse=walk.descending)[:count]]

    @property
    def _ways(self) -> Sequence[Way]:
        """The ways to what is meant: by text where one is given, else by day."""
        return self.ways or self.spans or [EVERYTHING]

    @property
    def _meant(self) -> Q:
        return self._having(Way(_any(self._ways)))

    def _having(self, way: Way) -> Q:
        in_days = _any(self.spans) if self.ways else Q()
        return self._of_facets & self.narrow & in_days & way.condition


def _any(ways: Sequence[Way]) -> Q:
    return Q(*(way.condition for way in ways), _connector=Q.OR)


def _read_first(walk: Walk, rows: "QuerySet[M]") -> "QuerySet[M]":
    """Return the rows of a walk so that they are read before they are sorted.

    An expression has no index. Along one, PostgreSQL would walk until enough rows meet the condition: that may
    be through the whole table.
    """
    keys = [Coalesce(F(name), F(name)) for name in ("sort_key", "pk")]
    return walk.beyond(rows).order_by(*(key.desc() if walk.descending else key.asc() for key in keys))
