"""How a transactional test ends: its tables are emptied, with the guards off, and its connection is kept."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.test import TransactionTestCase

# What follows from the models stays; a table without rows is only looked at.
DELETE = """
DO $$ DECLARE name text; is_filled boolean; BEGIN
    FOR name IN
        SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO is_filled;
        IF is_filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
END $$
"""


def delete_instead_of_flushing(patched: pytest.MonkeyPatch) -> None:
    """Let transactional tests end with `delete_everything`.

    TRUNCATE creates new files for each table and index: a flush took a third of a second, this a hundredth.
    """
    patched.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: delete_everything())


def keep_connection(patched: pytest.MonkeyPatch) -> None:
    """Let transactional tests keep their connection for the next test, as others do.

    Django closes it, because in some databases a rollback undoes what connecting has set. PostgreSQL would have to
    read each table and compile each trigger again.
    """

    def close_others(_case: TransactionTestCase) -> bool:
        for other in connections.all(initialized_only=True):
            if other.alias != DEFAULT_DB_ALIAS:
                other.close()
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
        return False

    patched.setattr(TransactionTestCase, "_should_reload_connections", close_others)


def delete_everything() -> None:
    """Delete all rows of the test database, including those of the job queue and the cache."""
    name = connection.settings_dict["NAME"]
    if name != connection.settings_dict["TEST"]["NAME"]:
        raise RuntimeError(f"{name} is no database of tests.")
    with guards_resting(), connection.cursor() as cursor:
        cursor.execute(DELETE)


@contextmanager
def guards_resting() -> Iterator[None]:
    """Switch all triggers off for the length of the block, which is a transaction of a superuser."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
