from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, models
from django.db.migrations.operations import AddIndex, CreateModel, DeleteModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from coworking.models import Ticket
from olvery.shared.tables import BuildIndex, CreateTables, DropIndexOfField
from orders.models import LedgerEntry, Message, Order, OrderEvent, OrderLine, PaymentAttempt, PaymentLink, Refund

VALID = """
SELECT indexrelid::regclass::text || ' ' || indisvalid FROM pg_index WHERE indrelid = 'pair_left'::regclass ORDER BY 1
"""
ON_PAIR = "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'pair_left'::regclass ORDER BY 1"
# Of a table: the indexes without a condition whose columns another one begins with.
INDEXED_TWICE = """
WITH found AS (
    SELECT index.indexrelid::regclass::text AS name, index.indkey::smallint[] AS columns, index.indisunique
    FROM pg_index AS index JOIN pg_class ON pg_class.oid = index.indexrelid JOIN pg_am ON pg_am.oid = pg_class.relam
    WHERE index.indrelid = %s::regclass AND amname = 'btree' AND indpred IS NULL AND indexprs IS NULL
)
SELECT name FROM found WHERE NOT indisunique AND EXISTS (
    SELECT FROM found AS other
    WHERE other.name <> found.name AND other.columns[0:cardinality(found.columns) - 1] = found.columns[0:]
)
"""
WRITTEN_WITH_AN_ORDER = (
    *(Order, OrderLine, OrderEvent, Message, PaymentLink, Ticket),
    *(PaymentAttempt, Refund, LedgerEntry),
)


def table(name: str, other: str) -> CreateModel:
    """Return a model that refers to another."""
    key = models.BigAutoField(primary_key=True)
    return CreateModel(name, [("id", key), ("other", models.ForeignKey(f"pair.{other}", models.PROTECT))])


def references() -> list[tuple[str, str]]:
    """Return which table refers to which."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid::regclass::text LIKE 'pair%' ORDER BY 1"
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_tables_that_refer_to_each_other_are_made_together_and_taken_back() -> None:
    operation = CreateTables(table("Left", "right"), table("Right", "left"))
    before = ProjectState()
    assert before.apps.all_models == {}  # built, as it is while migrations run
    after = before.clone()
    with patch.object(ModelState, "render", autospec=True, side_effect=ModelState.render) as render:
        operation.state_forwards("pair", after)
        with connection.schema_editor() as editor:
            operation.database_forwards("pair", editor, before, after)
    assert render.call_count == 2
    assert references() == [("pair_left", "pair_right"), ("pair_right", "pair_left")]

    with connection.schema_editor() as editor:
        operation.database_backwards("pair", editor, after, before)
    assert references() == []


@contextmanager
def used(name: str) -> Iterator[None]:
    """Have somebody else write to a table until the end of the block."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"BEGIN; LOCK TABLE {name} IN ROW EXCLUSIVE MODE")
        yield
    finally:
        other.close()


def rows_of(statement: str, *values: str) -> list[str]:
    """Return the first column of what a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_an_index_is_dropped_by_its_field_and_built_again() -> None:
    reference = models.ForeignKey("pair.left", models.PROTECT)
    token = models.CharField(max_length=9, unique=True)
    made = CreateModel("Left", [("id", models.BigAutoField(primary_key=True)), ("token", token), ("to", reference)])
    states = [ProjectState()]

    def forwards(operation: Operation) -> None:
        states.append(states[-1].clone())
        operation.state_forwards("pair", states[-1])
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("pair", editor, *states[-2:])

    def backwards(operation: Operation) -> None:
        with connection.schema_editor(atomic=False) as editor:
            operation.database_backwards("pair", editor, states.pop(), states[-1])

    forwards(made)
    forwards(AddIndex("left", models.Index(fields=["to", "id"], name="left_kept")))
    before = rows_of(ON_PAIR)
    drops = [
        DropIndexOfField("left", "to", models.ForeignKey("pair.left", models.PROTECT, db_index=False)),
        DropIndexOfField("left", "token", token),
    ]
    try:
        with connection.cursor() as cursor:  # as a rename may have left it
            cursor.execute(f"ALTER INDEX {next(name for name in before if '_to_id_' in name)} RENAME TO left_other")
        for drop in drops:
            forwards(drop)
        assert rows_of(ON_PAIR) == ["left_kept", "pair_left_pkey", "pair_left_token_key"]
        for drop in reversed(drops):
            backwards(drop)
        built = ["left_kept", "left_to_of_field", "left_token_of_field", "pair_left_pkey", "pair_left_token_key"]
        assert rows_of(ON_PAIR) == built
    finally:
        forwards(DeleteModel("Left"))


@pytest.mark.django_db(transaction=True)
def test_an_index_whose_build_was_broken_off_is_built_again() -> None:
    table = CreateModel("Left", [("id", models.BigAutoField(primary_key=True)), ("place", models.IntegerField())])
    index = models.Index(fields=["place"], name="left_by_place")
    states = [ProjectState()]
    for operation in (table, BuildIndex("left", index)):
        states.append(states[-1].clone())
        operation.state_forwards("pair", states[-1])
    with connection.schema_editor() as editor:
        table.database_forwards("pair", editor, *states[:2])

    def build() -> None:
        with connection.schema_editor(atomic=False) as editor:
            BuildIndex("left", index).database_forwards("pair", editor, *states[1:])

    try:
        with used("pair_left"), connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                build()
            cursor.execute("RESET lock_timeout")
        assert rows_of(VALID) == ["left_by_place false", "pair_left_pkey true"]
        for _again in range(2):
            build()
            assert rows_of(VALID) == ["left_by_place true", "pair_left_pkey true"]
    finally:
        with connection.schema_editor() as editor:
            table.database_backwards("pair", editor, *states[:2][::-1])


@pytest.mark.django_db
@pytest.mark.parametrize("model", WRITTEN_WITH_AN_ORDER)
def test_no_column_that_is_written_with_an_order_is_indexed_twice(model: type[models.Model]) -> None:
    assert rows_of(INDEXED_TWICE, model._meta.db_table) == []


@pytest.mark.django_db
def test_control_a_column_that_is_indexed_twice_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX needless ON orders_orderevent (order_id)")
    assert rows_of(INDEXED_TWICE, OrderEvent._meta.db_table) == ["needless"]
