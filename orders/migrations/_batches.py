"""Data migrations of large tables: some rows at a time, each time committed by itself."""

from typing import Any

from django.db import migrations

STEP = 20_000


def in_batches(table: str, statement: str) -> migrations.RunPython:
    """Run an UPDATE of the rows whose id lies between `%(first)s` and `%(last)s`, range by range.

    The migration must not be atomic, and the statement may run twice over the same rows.
    """

    def run(apps: Any, schema_editor: Any) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT min(id), max(id) FROM {table}")  # noqa: S608 - the name of a table of ours
            first, last = cursor.fetchone()
            for start in range(first or 1, (last or 0) + 1, STEP):
                cursor.execute(statement, {"first": start, "last": start + STEP - 1})

    return migrations.RunPython(run, migrations.RunPython.noop)
