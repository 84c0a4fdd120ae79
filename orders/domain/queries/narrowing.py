"""A page of a filtered list, without reading more of the table than the page needs.

There are three ways to a page, each for the cases where the others are slow:

* Nearby. A condition that many rows meet is met by enough of the next rows in sort order, overall or of a few facets.
* By facets. Exact filters select some combinations, each with an index in the order of every sort: the page is
  among the first rows of each of them.
* By the condition. If few rows meet it, they are read by its own index, then sorted, mostly while counting them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import chain
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from olvery.shared.fields import AnyOf, as_bigint
from olvery.shared.paging import COUNTED, PAGE_SIZE, Page, Sort, Walk, page_by
from olvery.shared.statements import alone
from olvery.shared.written import Written

FEW = 5_000  # rows to read and sort at once
MERGED = 40  # facets to merge: planning takes longer with each
APART = 1_000  # facets to look up in an index: each takes as long as reading ten rows
COMPARED = 30_000  # names to compare in an index by facet: takes as long as looking for two frequent words
NEARBY = 5_000  # rows in sort order to look at, whether they meet the condition or not
FOUND, FARTHER = 1_000, 20_000  # the same for a search: rows to count, and rows to look at
# Lists with more rows than are counted: they stay so, since no order or ticket is ever deleted.
_LONG: set[tuple[str, type[Model], int]] = set()
M = TypeVar("M", bound=Model)

# The first rows of each facet, merged: on its own, PostgreSQL would read and sort the rows of all of them. With an
# array of one facet the index by facet is the only one in this order; with `=` the primary key would be another.
FIRST_OF_FACETS = """
SELECT found.number FROM unnest(%(facets)s::bigint[]) AS facet (id) CROSS JOIN LATERAL (
    SELECT {key} AS key, number FROM {table} WHERE facet_id = ANY(ARRAY[facet.id]) {beyond}
    ORDER BY facet_id {facet_direction}, 1 {direction}, 2 {direction} LIMIT %(count)s
) AS found ORDER BY found.key {direction}, found.number {direction} LIMIT %(count)s
"""
# The facets in question, and how many rows have them. Without OFFSET they would be looked up once for each of the two.
FACETS = """
SELECT ids, (
    SELECT count(*) FROM (
        SELECT FROM unnest(ids) AS facet (id) CROSS JOIN LATERAL (
            SELECT FROM {table} WHERE facet_id = facet.id LIMIT %s
        ) AS found LIMIT %s
    ) AS counted
) FROM (SELECT ARRAY({facets}) OFFSET 0) AS asked (ids)
"""
COUNT_OF_LOCATION = """
SELECT count(*) FROM (SELECT FROM {table} WHERE location_id = %(location)s::bigint LIMIT %(count)s) AS counted
"""
# A few rows are sorted while they are counted. Their sort key, unless it is the number, is looked up only then:
# counting alone reads just an index. A statement that reads begins with SELECT.
COUNT_AND_FIRST = """
SELECT counted, keys FROM (
    WITH meant (number) AS MATERIALIZED (SELECT * FROM ({ways}) AS way LIMIT %s)
    SELECT counted.rows, ARRAY(
        SELECT meant.number FROM meant CROSS JOIN LATERAL ({row}) AS row (key) WHERE counted.rows <= %s {beyond}
        ORDER BY key {direction}, meant.number {direction} LIMIT %s
    ) FROM (SELECT count(*) AS rows FROM meant) AS counted
) AS found (counted, keys)
"""
ROW_OF_KEY = "SELECT meant.number"
ROW_OF_SORT = "SELECT {key} FROM {table} WHERE number = meant.number LIMIT 1"
# An inner LIMIT keeps PostgreSQL from looking for an index of the condition; the outer one ends the walk early.
MEANT_NEARBY = "SELECT number FROM ({nearby}) AS nearby WHERE is_meant LIMIT %s"
# Merged along the index of each facet, which the inner LIMIT makes PostgreSQL consider.
NEARBY_OF_FACETS = """
SELECT number, is_meant FROM ({facets}) AS facet (key, number, is_meant)
ORDER BY key {direction}, number {direction} LIMIT %s
"""
# The column of a sort, and whether its indexes are descending.
COLUMNS = {"pk": ("number", True), "period__startswith": ("lower(period)", True), "name_key": ("name_key", False)}


@dataclass(frozen=True, slots=True)
class Way:
    """A condition with an index of its own; `sort` is the field that orders the rows of that index.

    `hint` follows from a condition without an index, within the location, and has one. `parts` are conditions
    from which it follows, each with an index that covers everything needed.
    """

    condition: Q
    sort: str = ""
    hint: Q = field(default_factory=Q)
    parts: Sequence[Q] = ()


EVERYTHING = Way(Q())


@dataclass(frozen=True)
class Narrowed(Generic[M]):
    """The rows of a list that meet `narrow`, any of the `spans` and any of the `ways`, and have one of the `facets`.

    `shown` returns the rows of all locations with everything that the list shows: a module-level function, by which
    compiled queries are cached. Keys are looked for among those of the model alone.
    `facets` is None if all are wanted, `spans` and `ways` are empty if there is no such filter.
    `leaves_out` is set if the text matches more than is searched.
    """

    model: type[M]
    shown: "Callable[[], QuerySet[M]]"
    location_id: int
    facets: "QuerySet[Any] | None" = None
    narrow: Q = field(default_factory=Q)
    spans: Sequence[Way] = ()
    ways: Sequence[Way] = ()
    leaves_out: bool = False

    @cached_property
    def rows(self) -> "QuerySet[M]":
        return self.model._default_manager.filter(location_id=as_bigint(self.location_id))

    def all(self) -> "QuerySet[M]":
        """Return the matching rows, for callers that read all of them."""
        here = self.shown().filter(location_id=as_bigint(self.location_id))
        return here.filter(self._of_facets & self._besides & _any(self._ways, with_hints=True))

    def ordered(self, sort: Sort) -> "QuerySet[M]":
        """Return the matching rows in list order, for callers that read all of them."""
        return Walk(sort, sort.descending).ordered(self.all())

    def page(self, *, sort: Sort, older_than: str = "", newer_than: str = "", size: int = PAGE_SIZE) -> "Page[M]":
        """Return one page. An invalid cursor is ignored. At most five queries."""
        return page_by(self._first, sort=sort, older_than=older_than, newer_than=newer_than, size=size)

    @cached_property
    def count(self) -> tuple[int, bool]:
        """The number of rows up to `most`, and whether there are more. One query, none once the page was read."""
        if self._is_exact and self.facets is not None:
            _ids, counted = self._found_facets
        elif self._is_exact:
            counted = self._count_of_location()
        else:
            counted, _keys = self._count_and_first(Walk(Sort("number", "pk"), descending=True), 0)
        return min(counted, self.most), counted > self.most

    def _count_of_location(self) -> int:
        list_of = (connection.settings_dict["NAME"], self.model, self.location_id)
        if list_of in _LONG:
            return COUNTED + 1
        [counted] = self._read(COUNT_OF_LOCATION, {"count": COUNTED + 1, "location": self.location_id})
        if counted > COUNTED:
            _LONG.add(list_of)
        return counted

    @property
    def most(self) -> int:
        """The limit up to which rows are counted."""
        return FOUND if self.ways else COUNTED

    @property
    def _is_exact(self) -> bool:
        return not self.narrow and not self.spans and not self.ways

    @cached_property
    def _found_facets(self) -> tuple[list[int], int]:
        """The facets in question, and how many rows have them, up to one more than makes a difference."""
        if self.facets is None:
            return [], 0
        most = (COUNTED if self._is_exact else COMPARED if any(way.hint for way in self.ways) else FEW) + 1
        try:
            facets, values = self.facets.values("pk").query.sql_with_params()
        except EmptyResultSet:
            return [], 0
        with connection.cursor() as cursor:
            cursor.execute(FACETS.format(facets=facets, table=self.model._meta.db_table), [most, most, *values])
            [(ids, counted)] = cursor.fetchall()
        return ids, counted

    @property
    def _are_few_facets(self) -> bool:
        return 0 < len(self._facet_ids) <= MERGED

    @property
    def _facet_ids(self) -> list[int]:
        ids, _counted = self._found_facets
        return ids

    @cached_property
    def _of_facets(self) -> Q:
        if self.facets is None:
            return Q()
        ids, counted = self._found_facets
        if counted <= FEW:
            return Q(facet__pk__any=ids)
        # An expression has no index: PostgreSQL would read a large part of another next to the condition's own.
        return Q(AnyOf(Coalesce(F("facet"), F("facet"), output_field=BigIntegerField()), ids))

    def _first(self, walk: Walk, count: int) -> list[M]:
        if self._is_exact and self.facets is None:  # an index has them in this order: nothing needs to be found first
            return _walk(self.shown, self.location_id, walk, count)
        keys = self._first_keys(walk, count)
        rows = {row.pk: row for row in _of_keys(self.shown, walk.sort.field)(keys=keys)} if keys else {}
        return [rows[key] for key in keys if key in rows]

    def _first_keys(self, walk: Walk, count: int) -> list[int]:
        if self._is_exact:
            _ids, counted = self._found_facets
            return (self._nearby(walk, count) if counted > FEW else []) or self._by_facets(walk, count)
        counted, keys = self._count_and_first(walk, count)
        self.__dict__["count"] = min(counted, self.most), counted > self.most  # or the property would count again
        return keys if counted <= min(FEW, self.most) else self._nearby(walk, count) or self._by_condition(walk, count)

    def _count_and_first(self, walk: Walk, count: int) -> tuple[int, list[int]]:
        """Return the number of rows, up to one more than `most`, and the keys of a page if there are `FEW`."""
        found = [*self._keys_by_way()]
        if not found:
            return 0, []
        row = ROW_OF_KEY if walk.sort.is_by_key else ROW_OF_SORT
        text = COUNT_AND_FIRST.format(
            ways=" UNION ALL ".join(f"({keys})" for keys, _values in found),
            row=row.format(key=COLUMNS[walk.sort.field][0], table=self.model._meta.db_table),
            beyond=f"AND (key, meant.number) {'<' if walk.descending else '>'} (%s, %s)" if walk.place else "",
            direction="DESC" if walk.descending else "ASC",
        )
        values = chain.from_iterable(sent for _keys, sent in found)
        with connection.execute_wrapper(alone), connection.cursor() as cursor:
            cursor.execute(text, [*values, self.most + 1, min(FEW, self.most), *_sent(walk), count])
            [(counted, first)] = cursor.fetchall()
        return counted, first

    def _keys_by_way(self) -> Iterator[tuple[str, Sequence[Any]]]:
        """Yield, for each way that may match anything, the query of keys that it finds and no way before it does."""
        seen = Q()
        for condition, found in chain.from_iterable(map(self._steps, self._ways)):
            rows = found.exclude(seen) if seen else found
            with suppress(EmptyResultSet):
                yield rows.values("pk")[: self.most + 1].query.sql_with_params()
            seen |= condition

    def _steps(self, way: Way) -> "Iterator[tuple[Q, QuerySet[M]]]":
        """Yield the conditions by which a way is searched, each with its rows."""
        ids, counted = self._found_facets
        is_in_index = not self._besides
        # Comparing all names of so many rows in an index is faster than some of them in the table.
        if 0 < len(ids) <= APART and (is_in_index and counted <= COMPARED if way.hint else way.sort):
            yield way.condition, self._by_facet(way)
        else:
            yield from ((part, self._by_way(Way(part))) for part in way.parts if is_in_index)
            yield way.condition, self._by_way(way)

    # Both in an order that only one index has: PostgreSQL might read the table instead, expecting to find many soon.
    def _by_way(self, way: Way) -> "QuerySet[M]":
        rows = self._of_way(way)
        return rows.order_by(f"-{way.sort}") if way.sort else rows.order_by()

    def _of_way(self, way: Way) -> "QuerySet[M]":
        if not way.hint or self.spans:  # days are searched with it, and by location
            return self.rows.filter(self._having(way) & way.hint)
        # The hint has the location. An expression has no index: PostgreSQL would read all of one next to the other.
        is_here = Q(Exact(Coalesce(F("location"), F("location")), as_bigint(self.location_id)))
        return self.model._default_manager.filter(is_here & self._having(way) & way.hint)

    def _by_facet(self, way: Way) -> "QuerySet[M]":
        """Return the rows of a way by its index for each facet; the facets imply the location."""
        rows = self.model._default_manager.filter(Q(facet__pk__any=self._facet_ids) & self._besides & way.condition)
        _key, is_last_first = COLUMNS[sort := way.sort or "name_key"]
        return rows.order_by("facet_id", f"{'-' if is_last_first else ''}{sort}")

    def _by_facets(self, walk: Walk, count: int) -> list[int]:
        key, is_last_first = COLUMNS[walk.sort.field]
        values: dict[str, Any] = {"count": count}
        beyond = ""
        if walk.place:
            values["value"], values["number"] = _sent(walk)
            beyond = f"AND ({key}, number) {'<' if walk.descending else '>'} (%(value)s, %(number)s)"
        parts = {
            "key": key,
            "beyond": beyond,
            "direction": "DESC" if walk.descending else "ASC",
            "facet_direction": "ASC" if walk.descending == is_last_first else "DESC",
        }
        return self._read(FIRST_OF_FACETS, values, **parts)

    def _read(self, statement: str, values: dict[str, Any], **parts: str) -> list[int]:
        with connection.cursor() as cursor:
            text = statement.format(table=self.model._meta.db_table, **parts)
            cursor.execute(text, {**values, "facets": self._facet_ids})
            return [number for (number,) in cursor.fetchall()]

    def _nearby(self, walk: Walk, count: int) -> list[int]:
        """Return the keys of a page, if all of it is among the next rows, of a few facets or of all."""
        by_facet = not self._is_exact and self._are_few_facets
        sql, values = self._next_of_facets(walk) if by_facet else self._next_rows(walk)
        with connection.cursor() as cursor:
            cursor.execute(MEANT_NEARBY.format(nearby=sql), (*values, count))
            found = [number for (number,) in cursor.fetchall()]
        return found if len(found) == count else []

    def _near(self, walk: Walk) -> int:
        """Return how many rows to look at: more if they lie next to each other, or an index covers them.

        One frequent word matches more rows than would be looked at by period.
        """
        if not self.ways:
            return NEARBY
        if walk.sort.field == "name_key":
            return FARTHER if all(way.hint for way in self.ways) else NEARBY
        return NEARBY if not walk.sort.is_by_key and any(way.hint for way in self.ways) else FARTHER

    def _next_rows(self, walk: Walk) -> tuple[str, Sequence[Any]]:
        is_meant = ExpressionWrapper(self._meant, output_field=BooleanField())
        nearby = walk.ordered(self.rows).annotate(is_meant=is_meant).values("number", "is_meant")[: self._near(walk)]
        text, values = nearby.query.sql_with_params()
        return text, values

    def _next_of_facets(self, walk: Walk) -> tuple[str, Sequence[Any]]:
        meant = self._besides & _any(self._ways)
        rows = walk.ordered(self.model._default_manager.filter(facet=-1))
        rows = rows.annotate(is_meant=ExpressionWrapper(meant, output_field=BooleanField()))
        text, values = rows.values("sort_key", "number", "is_meant")[: self._near(walk)].query.sql_with_params()
        # The same text for each of them; no other value is below zero.
        each = [facet if value == -1 else value for facet in self._facet_ids for value in values]
        text = NEARBY_OF_FACETS.format(
            facets=" UNION ALL ".join([f"({text})"] * len(self._facet_ids)),
            direction="DESC" if walk.descending else "ASC",
        )
        return text, [*each, self._near(walk)]

    def _by_condition(self, walk: Walk, count: int) -> list[int]:
        firsts = []
        for way in self._ways:
            rows = self._of_way(way)
            ordered = walk.ordered(rows) if way.sort == walk.sort.field else _read_first(walk, rows)
            firsts.append(ordered.values_list("sort_key", "pk")[:count])
        found = firsts[0].union(*firsts[1:], all=True) if len(firsts) > 1 else firsts[0]
        with connection.execute_wrapper(alone):
            return [key for _value, key in sorted(set(found), reverse=walk.descending)[:count]]

    @property
    def _ways(self) -> Sequence[Way]:
        """The ways to the matching rows: by text if one is given, else by day."""
        return self.ways or self.spans or [EVERYTHING]

    @property
    def _meant(self) -> Q:
        return self._having(Way(_any(self._ways)))

    def _having(self, way: Way) -> Q:
        return self._of_facets & self._besides & way.condition

    @property
    def _besides(self) -> Q:
        """The condition besides the facets, for whichever way."""
        return self.narrow & _any(self.spans) if self.ways else self.narrow


@cache
def _of_keys(shown: "Callable[[], QuerySet[M]]", field: str) -> Written[M]:
    """The query of the rows with these keys, each with its `sort_key`."""
    return Written(lambda keys: shown().filter(pk__any=keys).annotate(sort_key=F(field)), keys=[-1])


def _walk(shown: "Callable[[], QuerySet[M]]", location_id: int, walk: Walk, count: int) -> list[M]:
    """Return the first rows of a walk through all of a location. One query."""
    value, number = _sent(walk) or (None, None)
    place = {"number": number} if number else {}
    if number and not walk.sort.is_by_key:
        place["value"] = value
    return _walks(shown, walk.sort, walk.descending, bool(number), count)(location_id=location_id, **place)


@cache
def _walks(
    shown: "Callable[[], QuerySet[M]]", sort: Sort, descending: bool, from_place: bool, count: int
) -> Written[M]:
    """The query of a walk through all of a location, from after a position or from the beginning."""
    samples: dict[str, Any] = {"number": -2} if from_place else {}
    if from_place and not sort.is_by_key:
        samples["value"] = datetime(1900, 1, 1, tzinfo=UTC) if sort.is_moment else "\uffff"

    def build(location_id: int, number: int = 0, value: Any = None) -> "QuerySet[M]":
        walk = Walk(sort, descending, (value, number) if from_place else None)
        return walk.ordered(shown().filter(location_id=as_bigint(location_id)))[:count]

    return Written(build, location_id=-1, **samples)


def _sent(walk: Walk) -> tuple[Any, ...]:
    """Return the position of a walk as a row comparison needs it: the sort key of a key is the key itself."""
    if not walk.place:
        return ()
    value, number = walk.place
    return (number if walk.sort.is_by_key else value), number


def _any(ways: Sequence[Way], *, with_hints: bool = False) -> Q:
    return Q(*(way.condition & way.hint if with_hints else way.condition for way in ways), _connector=Q.OR)


def _read_first(walk: Walk, rows: "QuerySet[M]") -> "QuerySet[M]":
    """Return the rows of a walk in a way that makes PostgreSQL read before it sorts.

    An expression has no index. Along an index, PostgreSQL would walk until enough rows meet the condition, perhaps
    through the whole table.
    """
    keys = [Coalesce(F(name), F(name)) for name in ("sort_key", "pk")]
    return walk.beyond(rows).order_by(*(key.desc() if walk.descending else key.asc() for key in keys))
