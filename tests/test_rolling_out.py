"""Migrations run while the old code serves: they wait for no table with pages behind them."""

from collections.abc import Iterator
from contextlib import suppress
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable, QueryCanceled

from olvery.database import schema
from olvery.management.commands import migrate
from orders.models import Order
from tests.shared.test_tables import used


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_must_wait_for_a_table_gives_up_before_pages_wait_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schema, "LOCK_WAIT", "50ms")
    # Without that limit it would be itself that this test waits for.
    patient = "SET LOCAL statement_timeout = '5s'; LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE"
    with used(Order._meta.db_table):
        with pytest.raises(OperationalError) as refused, connection.schema_editor() as editor:
            editor.execute(patient)
        assert isinstance(refused.value.__cause__, LockNotAvailable)
        assert not Order.objects.exists()  # pages read on
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
