"""Django's PostgreSQL backend with our own compiler, cached plans and migrations that give way."""

from typing import Any, Self

from django.db.backends.postgresql import base, operations, schema

from olvery.database.plans import PlannedCursor

# How long a migration waits for a table that is in use; pages that come meanwhile wait as long behind it.
LOCK_WAIT = "2s"


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "olvery.database.compiler"

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Return a statement with its values, even if they were sent separately."""
        is_planned = isinstance(cursor, PlannedCursor)
        return str(self.compose_sql(sql, params) if is_planned else super().last_executed_query(cursor, sql, params))


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Gives up the wait for a lock, so that a long query stops no page; `migrate` tries again.

    A migration that is not atomic may wait: what builds indexes concurrently keeps nobody from reading or writing.
    """

    def __enter__(self) -> Self:
        super().__enter__()
        if self.atomic_migration and not self.collect_sql:
            self.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        return self


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend that `ENGINE` in the settings selects."""

    ops_class = DatabaseOperations
    SchemaEditorClass = DatabaseSchemaEditor
    keeps_plans = False  # see `keeping_plans`

    def create_cursor(self, name: Any = None) -> Any:
        """Return a cursor, a PlannedCursor within `keeping_plans`."""
        driver = self.connection
        if not self.keeps_plans or driver.prepare_threshold is None:
            return super().create_cursor(name)
        usual, driver.cursor_factory = driver.cursor_factory, PlannedCursor
        try:
            return super().create_cursor(name)
        finally:
            driver.cursor_factory = usual
