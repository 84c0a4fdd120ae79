"""Inserts rows of several models in one round trip, under keys reserved before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import AutoField, BigAutoField, CharField, DecimalField, IntegerField, Model, TextField
from django.db.models.expressions import DatabaseDefault

from olvery.database.plans import keeping_plans

# The text of a statement and its values.
Statement = tuple[str, list[Any]]

# Types that these fields store unchanged: asking the fields to convert them takes longer than the rest of an insertion.
_AS_IT_IS: dict[type, type] = {
    AutoField: int,
    BigAutoField: int,
    IntegerField: int,
    DecimalField: Decimal,
    CharField: str,
    TextField: str,
}
_PREPARE = ("pre_save", "get_prep_value", "get_db_prep_value", "get_db_prep_save")


def reserve_keys(counts: Mapping[type[Model], int]) -> list[list[int]]:
    """Return this many new primary keys of each model, ascending. One query; unused keys leave a gap."""
    keys = "ARRAY(SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s))"
    values = [(model._meta.db_table, model._meta.pk.column, count) for model, count in counts.items()]
    with keeping_plans(connection), connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([keys] * len(values))}", list(chain.from_iterable(values)))
        return list(cursor.fetchone())


def insert_together(*batches: Sequence[Model], then: Sequence[Statement] = ()) -> None:
    """Insert rows, each batch of one model, in this order and in one round trip with the statements `then`.

    As with `bulk_create`, no signals are sent; generated keys are not read back. Call it within a
    transaction: without one a batch could be stored and the next refused.
    """
    statements = [*map(_insertion_of, filter(None, batches)), *then]
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(sql for sql, _values in statements), [one for _sql, values in statements for one in values]
        )
    for rows in batches:
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias


def _insertion_of(rows: Sequence[Model]) -> Statement:
    """Return the statement that Django would write in twice the time, and its values."""
    beginning, columns = _columns_of(type(rows[0]), has_key=rows[0].pk is not None)
    values: list[Any] = []
    written: list[str] = []
    for row in rows:
        marks = []
        for field, plain, mark in columns:
            value = getattr(row, field.attname)
            if not (value is None or (plain and isinstance(value, plain))):
                value = field.get_db_prep_save(field.pre_save(row, add=True), connection)
            if isinstance(value, DatabaseDefault):
                marks.append("DEFAULT")
            elif value is None or value == "":  # psycopg caches the parsing of statements with up to 50 parameters
                marks.append("NULL" if value is None else "''")
            else:
                marks.append(mark)
                values.append(value)
        written.append(f"({', '.join(marks)})")
    return f"{beginning} VALUES {', '.join(written)}", values


@cache
def _columns_of(model: type[Model], *, has_key: bool) -> tuple[str, list[tuple[Any, type | None, str]]]:
    """Return the beginning of the statement, and each field with the type it stores unchanged and its placeholder."""
    fields: list[Any] = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and (has_key or not isinstance(field, AutoField))
    ]
    names = ", ".join(f'"{field.column}"' for field in fields)
    columns = [(field, _plain_type_of(field), _mark_of(field)) for field in fields]
    return f'INSERT INTO "{model._meta.db_table}" ({names})', columns


def _plain_type_of(field: Any) -> type | None:
    """Return the type of values that a field stores unchanged, if any; for a foreign key, that of its target."""
    while field.is_relation:
        field = field.target_field
    own = type(field)
    for known, plain in _AS_IT_IS.items():
        if issubclass(own, known) and all(getattr(own, name) is getattr(known, name) for name in _PREPARE):
            return plain
    return None


def _mark_of(field: Any) -> str:
    return str(field.get_placeholder(None, None, connection)) if hasattr(field, "get_placeholder") else "%s"


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the violated constraint, empty if the database does not tell."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "")


@contextmanager
def refused_as(refusals: Mapping[str, Callable[[], Exception]]) -> Iterator[None]:
    """Raise the refusal given for the constraint that the block violates; any other error passes."""
    try:
        yield
    except IntegrityError as error:
        constraint = constraint_of(error)
        if constraint in refusals:
            raise refusals[constraint]() from error
        raise
