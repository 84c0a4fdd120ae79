"""The same statements as Django's, written with less work."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)
from django.db.models import F
from django.db.models.sql import Query

__all__ = ["SQLAggregateCompiler", "SQLCompiler", "SQLDeleteCompiler", "SQLInsertCompiler", "SQLUpdateCompiler"]


class SQLCompiler(compiler.SQLCompiler):
    select: Any

    def _order_by_pairs(self) -> Iterable[Any]:
        """Look names to order by up among the aliases alone.

        Django looks them up among all that is selected, and hashes each column for that: up to a fifteenth of the
        time of a page, though nothing but an expression can be found among columns.
        """
        selected = self.select
        if self.query.combinator or not selected or not all(map(_is_name, _ordering_of(self.query))):
            return super()._order_by_pairs()
        has_aliases = any(alias for *_column, alias in selected)
        # What has no alias keeps its place: orders are by number.
        self.select = [(one if alias else None, sql, alias) for one, sql, alias in selected] if has_aliases else []
        try:
            return list(super()._order_by_pairs())
        finally:
            self.select = selected


def _ordering_of(query: Query) -> Iterable[Any]:
    """Return what a query is ordered by, as Django chooses it."""
    if query.extra_order_by or query.order_by or not query.default_ordering:
        return query.extra_order_by or query.order_by
    meta = query.get_meta()
    return (meta and meta.ordering) or ()


def _is_name(order: Any) -> bool:
    """Return whether something to order by is a name: a text, or F() with or without a direction."""
    return isinstance(order, str) or isinstance(getattr(order, "expression", order), F)
