"""New rows of several models in one round trip, under keys that are known before."""

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

# Its text and its values.
Statement = tuple[str, list[Any]]

# What these fields store as it is: asking them what they make of it takes longer than the rest of an insertion.
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
    """Return so many new primary keys of each model, ascending. One query; keys that are not used leave a gap."""
    keys = "ARRAY(SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s))"
    values = [(model._meta.db_table, model._meta.pk.column, count) for model, count in counts.items()]
    with keeping_plans(connection), connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([keys] * len(values))}", list(chain.from_iterable(values)))
        return list(cursor.fetchone())


def insert_together(*batches: Sequence[Model], then: Sequence[Statement] = ()) -> None:
    """Insert rows, each batch of one model, in this order and in one round trip with what is to happen `then`.

    As with `bulk_create` no signals are sent; keys that the database makes are not read back. Call it within a
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
    """Return the statement that Django would write, which takes twice as long for it, and its values."""
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
            elif value is None or value == "":  # psycopg remembers how it reads a text of 50 parameters, not of more
                marks.append("NULL" if value is None else "''")
            else:
                marks.append(mark)
                values.append(value)
        written.append(f"({', '.join(marks)})")
    return f"{beginning} VALUES {', '.join(written)}", values


@cache
def _columns_of(model: type[Model], *, has_key: bool) -> tuple[str, list[tuple[Any, type | None, str]]]:
    """Return how the statement begins, and each field with the type it stores as it is and what stands for a value."""
    fields: list[Any] = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and (has_key or not isinstance(field, AutoField))
    ]
    names = ", ".join(f'"{field.column}"' for field in fields)
    columns = [(field, _plain_type_of(field), _mark_of(field)) for field in fields]
    return f'INSERT INTO "{model._meta.db_table}" ({names})', columns


def _plain_type_of(field: Any) -> type | None:
    """Return the type of values that a field stores as they are, if there is one; a key is stored as what it is of."""
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
    """Return the name of the constraint that refused, empty where the database does not say it."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", None) or "")


@contextmanager
def refused_as(refusals: Mapping[str, Callable[[], Exception]]) -> Iterator[None]:
    """Raise what is named for the constraint by which the database refuses the block; any other error stays."""
    try:
        yield
    except IntegrityError as error:
        constraint = constraint_of(error)
        if constraint in refusals:
            raise refusals[constraint]() from error
        raise
