"""Emptying guarded tables: the guards against TRUNCATE rest while a test cleans up, and never else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

GUARDS = """
DO $$ DECLARE guard record; BEGIN
    FOR guard IN
        SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0
        AND tgname LIKE '%_not_truncated'
    LOOP
        EXECUTE format('ALTER TABLE %s {} TRIGGER %I', guard.name, guard.tgname);
    END LOOP;
END $$
"""
# What follows from the models, not from a test.
OF_MODELS = ("django_content_type", "auth_permission")
OFF, ON = (GUARDS.format(action) for action in ("DISABLE", "ENABLE"))


def let_flush_truncate(patched: pytest.MonkeyPatch) -> None:
    """Let Django's flush, with which transactional tests end, past the guards; all in its one transaction.

    Content types and permissions stay: to write them anew took as long as the flush itself.
    """
    statements_of = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        statements = statements_of(self, style, [table for table in tables if table not in OF_MODELS], **options)
        return [OFF, *statements, ON] if statements else []

    patched.setattr(DatabaseOperations, "sql_flush", sql_flush)
    patched.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_options: None)


@contextmanager
def guards_resting() -> Iterator[None]:
    """Switch the guards off for the length of the block, which is a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OFF)
        yield
        cursor.execute(ON)
