"""Statements that nearly every request runs: PostgreSQL parses and plans them once per connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base

KEPT_AFTER = 5  # executions of a statement by a connection

_IDLE = psycopg.pq.TransactionStatus.IDLE
_Cursor: Any = base.ServerBindingCursor  # type: ignore[attr-defined]


class PlannedCursor(_Cursor):
    """Sends values separately from the statement."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Execute a statement, again if a migration has invalidated its plan.

        Such a plan fails, and so does a transaction. The connection then drops its other plans.
        """
        try:
            return super().execute(query, params)
        except psycopg.errors.FeatureNotSupported:
            driver, is_alone = self.connection, self.connection.info.transaction_status == _IDLE
            driver.prepare_threshold = None
            if not is_alone:
                raise
            return super().execute(query, params)


@contextmanager
def keeping_plans(connection: Any) -> Iterator[None]:
    """Let PostgreSQL cache the plans of the statements within, if this process is connected to it directly.

    Each is sent in a message of its own, with its values separate. Its plan is generic: leave out statements that
    are better planned for their values.
    """
    before, connection.keeps_plans = connection.keeps_plans, True
    try:
        yield
    finally:
        connection.keeps_plans = before


def allow_plans(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let a connection cache plans, if it goes to PostgreSQL directly; receives `connection_created`.

    A pooler reports a process of its own, and may send the next statement to a server that has prepared nothing. By
    default PostgreSQL expects ten rows from an array of one value, and so replans nearly all statements each time.
    """
    driver = connection.connection
    (number,) = driver.execute("SELECT pg_backend_pid()").fetchone()
    if number == driver.info.backend_pid:
        driver.prepare_threshold = KEPT_AFTER
        driver.execute("SET plan_cache_mode = force_generic_plan")
    else:
        driver.prepare_threshold = None
