"""PostgreSQL as Django speaks to it, with a compiler of our own, plans that are kept and migrations that give way."""

from typing import Any

from django.db.backends.postgresql import base, operations

from olvery.database.plans import PlannedCursor
from olvery.database.schema import DatabaseSchemaEditor


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "olvery.database.compiler"

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Return a statement with its values, also where they were sent beside it."""
        is_planned = isinstance(cursor, PlannedCursor)
        return str(self.compose_sql(sql, params) if is_planned else super().last_executed_query(cursor, sql, params))


class DatabaseWrapper(base.DatabaseWrapper):
    """What `ENGINE` of the settings names."""

    ops_class = DatabaseOperations
    SchemaEditorClass = DatabaseSchemaEditor
    keeps_plans = False  # see `keeping_plans`

    def create_cursor(self, name: Any = None) -> Any:
        """Return a cursor, for what keeps its plan one of the kind that can."""
        driver = self.connection
        if not self.keeps_plans or driver.prepare_threshold is None:
            return super().create_cursor(name)
        usual, driver.cursor_factory = driver.cursor_factory, PlannedCursor
        try:
            return super().create_cursor(name)
        finally:
            driver.cursor_factory = usual
