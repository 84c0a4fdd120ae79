"""Queries that nearly every request runs: Django compiles their SQL once per process, PostgreSQL plans it once per
connection."""

from collections.abc import Callable, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

from olvery.database.plans import keeping_plans

Row = TypeVar("Row")


class Written(Generic[Row]):
    """A query, run by calling it with its values. Django takes longer to compile it than PostgreSQL to answer it.

    `build` creates it from `samples`, each of the type of the value, and unique within the query.
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Row]"], **samples: Any) -> None:
        self._build, self._samples = build, samples

    def __call__(self, **values: Any) -> list[Row]:
        """Return the rows for these values. One query."""
        queryset, written, sql, names = self._written
        sent = tuple(values[name] for name in names)
        compiler = object.__new__(type(written))  # like `copy`, in a third of the time
        compiler.__dict__.update(written.__dict__)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # this thread's connection
        compiler.as_sql = lambda *_args, **_options: (sql, sent)
        source = SimpleNamespace(
            db=DEFAULT_DB_ALIAS,
            query=SimpleNamespace(get_compiler=lambda *_args, **_options: compiler),
            _known_related_objects={},
            _fetch_mode=getattr(queryset, "_fetch_mode", None),  # from Django 6.1 on
        )
        with keeping_plans(compiler.connection):
            return list(queryset._iterable_class(source))

    @cached_property
    def _written(self) -> tuple[Any, Any, str, list[str]]:
        """The query, the reader of its rows, its SQL, and the names of its values in order."""
        queryset: Any = self._build(**self._samples)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_rest in compiler.select[: compiler.col_count]])
        has_composites = compiler.has_composite_fields([column for column, *_rest in compiler.select])
        compiler.get_converters = lambda _columns: converters
        compiler.has_composite_fields = lambda _columns: has_composites
        sql, names = self._with_own_values(sql, params)
        assert set(names) == self._samples.keys()  # noqa: S101
        assert not queryset._prefetch_related_lookups, "further queries are not sent"  # noqa: S101
        return queryset, compiler, sql, names

    def _with_own_values(self, sql: str, params: Sequence[Any]) -> tuple[str, list[str]]:
        """Write the query's constant values into its text, so that a generic plan can use a partial index."""
        operations: Any = connections[DEFAULT_DB_ALIAS].ops
        first, *texts = sql.split("%s")
        written, names = [first], []
        for param, text in zip(params, texts, strict=True):
            name = self._name_of(param)
            own = operations.compose_sql("%s", [param]) if name is None else ""
            written += [own.replace("%", "%%") if name is None else "%s", text]
            names += [] if name is None else [name]
        return "".join(written), names

    def _name_of(self, param: Any) -> str | None:
        named = (name for name, one in self._samples.items() if isinstance(param, type(one)) and one == param)
        return next(named, None)


def hand_over(row: Model, **related: list[Any]) -> None:
    """Set what `prefetch_related` would: `row.name.all()` returns these rows."""
    known = row.__dict__.setdefault("_prefetched_objects_cache", {})
    for name, rows in related.items():
        manager: Any = getattr(row, name)
        found = manager.get_queryset()
        found._result_cache, found._prefetch_done = rows, True
        known[manager.field.remote_field.cache_name] = found
        for one in rows:
            setattr(one, manager.field.name, row)
