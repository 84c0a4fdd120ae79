"""Migrations run while the old code serves: they do not block pages behind a lock, and can be interrupted."""

import re
from collections.abc import Iterator
from contextlib import suppress
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import OperationalError, connection, migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, AddIndex, RunSQL
from psycopg.errors import LockNotAvailable, QueryCanceled

from olvery.database import base
from olvery.management.commands import migrate
from olvery.shared.tables import BuildIndex
from orders.models import Order
from tests.shared.test_tables import used

OURS = ("accounts", "coworking", "orders")
# What a second attempt would trip over.
MADE_ONCE = re.compile(r"\bCREATE (?!OR REPLACE\b)(?!.*\bIF NOT EXISTS\b)", re.IGNORECASE)


def faults_of(migration: Migration) -> Iterator[str]:
    """Yield what would break the old code, or a second run."""
    made = {operation.name_lower for operation in migration.operations if isinstance(operation, migrations.CreateModel)}
    for operation in migration.operations:
        if isinstance(operation, AddField) and operation.model_name_lower not in made:
            field = operation.field
            if not (field.null or field.many_to_many or field.has_db_default()):
                yield f"{operation.name}: the old code inserts no value"
        if isinstance(operation, AddIndex) and not isinstance(operation, BuildIndex):
            yield f"{operation.index.name}: nobody writes while it is built"
        if isinstance(operation, RunSQL) and not migration.atomic and MADE_ONCE.search(str(operation.sql)):
            yield "SQL that cannot run twice"


def test_the_old_code_goes_on_beside_every_migration_since_the_fold() -> None:
    loader = MigrationLoader(None)
    later = [one for key, one in loader.disk_migrations.items() if key[0] in OURS and not one.replaces]
    assert len(later) >= 13
    assert {f"{one}: {fault}" for one in later for fault in faults_of(one)} == set()


def test_control_what_the_old_code_would_stumble_over_is_found() -> None:
    migration = Migration("9999_bad", "orders")
    migration.atomic = False
    number = models.IntegerField()
    migration.operations = [
        migrations.CreateModel("tray", [("id", models.BigAutoField(primary_key=True))]),
        AddField("tray", "size", number),
        AddField("order", "weight", models.IntegerField(default=0)),
        AddField("order", "width", models.IntegerField(db_default=0)),
        AddIndex("order", models.Index(fields=["weight"], name="order_by_weight")),
        RunSQL("CREATE FUNCTION weigh() RETURNS int LANGUAGE sql RETURN 1"),
        RunSQL("CREATE OR REPLACE FUNCTION weigh() RETURNS int LANGUAGE sql RETURN 2"),
    ]
    assert list(faults_of(migration)) == [
        "weight: the old code inserts no value",
        "order_by_weight: nobody writes while it is built",
        "SQL that cannot run twice",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_must_wait_for_a_table_gives_up_before_pages_wait_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base, "LOCK_WAIT", "50ms")
    # Without that limit it would be itself that this test waits for.
    patient = "SET LOCAL statement_timeout = '5s'; LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE"
    with used(Order._meta.db_table):
        with pytest.raises(OperationalError) as refused, connection.schema_editor() as editor:
            editor.execute(patient)
        assert isinstance(refused.value.__cause__, LockNotAvailable)
        assert not Order.objects.exists()  # pages continue to read
    with connection.schema_editor(atomic=False) as editor, connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
        assert editor.atomic_migration is False


@pytest.mark.django_db
def test_migrate_tries_again_while_a_table_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(migrate.time, "sleep", pauses.append)

    def failing(error: type[Exception], *, times: int) -> Iterator[None]:
        for _time in range(times):
            refused = OperationalError()
            refused.__cause__ = error()
            yield refused  # type: ignore[misc]
        yield None

    def attempts(error: type[Exception], *, times: int) -> int:
        pauses.clear()
        attempt = patch.object(django_migrate.Command, "handle", side_effect=failing(error, times=times))
        with attempt as handle, suppress(OperationalError):
            call_command("migrate", verbosity=0)
        return handle.call_count

    assert (attempts(LockNotAvailable, times=2), pauses) == (3, [10, 10])
    assert attempts(LockNotAvailable, times=1000) == len(pauses) + 1 == migrate.MOST_TRIES
    assert (attempts(QueryCanceled, times=1), pauses) == (1, [])
