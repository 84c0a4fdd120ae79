"""Statements that nearly every request asks: PostgreSQL reads and plans them once in a connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base

KEPT_AFTER = 5  # times that a connection has asked a statement

_IDLE = psycopg.pq.TransactionStatus.IDLE
_Cursor: Any = base.ServerBindingCursor  # type: ignore[attr-defined]


class PlannedCursor(_Cursor):
    """Sends values beside a statement, not in it."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Execute a statement, anew where a migration has changed what its plan was made for.

        Such a plan fails, and with it a transaction. The connection keeps no others.
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
    """Have PostgreSQL keep the plans of the statements within, where nothing is between it and this process.

    Each stands alone in its message, with its values beside it. Its plan is made for all values alike: leave out what
    is better planned for each.
    """
    before, connection.keeps_plans = connection.keeps_plans, True
    try:
        yield
    finally:
        connection.keeps_plans = before


def allow_plans(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let a connection keep plans, if it is one to PostgreSQL itself; receives `connection_created`.

    A pooler names a process of its own, and sends what comes next to a server that has prepared nothing. Left to
    itself, PostgreSQL takes an array of a value for ten rows, so it plans nearly all statements anew each time.
    """
    driver = connection.connection
    (number,) = driver.execute("SELECT pg_backend_pid()").fetchone()
    if number == driver.info.backend_pid:
        driver.prepare_threshold = KEPT_AFTER
        driver.execute("SET plan_cache_mode = force_generic_plan")
    else:
        driver.prepare_threshold = None
