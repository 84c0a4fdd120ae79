"""Limits the time of a database statement, and tracks whether a request has saved anything."""

import logging
import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from olvery.database.plans import PlannedCursor
from olvery.shared.replica import ALIAS

Results = Generator[Any, Any, Any]

slow = logging.getLogger("olvery.slow")
LONGEST_TOLD = 600  # characters of a statement

# The only statements that an aborted transaction accepts; the limit set before them stays in force.
CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")

# Part of PostgreSQL's warning that it stopped waiting for a standby to confirm a commit.
WAITS_FOR_STANDBY = "SyncRepWaitForLSN"
# In multiples of the statement limit, which has ended everything else by then.
PATIENCE = 2
CANCEL_SECONDS = 2.0
# A commit waits for a standby only if something was written; this touches no table, and nobody reads it.
OWN_WRITE = "DO $$ BEGIN PERFORM pg_logical_emit_message(true, 'olvery', ''); END $$"
# Starting parallel workers takes PostgreSQL longer than most queries of a page, on cores that others need.
ALONE = "SET LOCAL max_parallel_workers_per_gather = 0; "


class Unconfirmed(psycopg.OperationalError):
    """A commit was not confirmed by any standby: if the primary fails now, it is lost."""


class Commits:
    """A wrapper around `execute` that learns of commits that no standby has confirmed."""

    def __init__(self) -> None:
        self.is_unconfirmed = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        return execute(sql, params, many, context)


class RequestStatements(Commits):
    """A wrapper around `execute` that sends each statement of a request with its limit.

    The limit is a `SET LOCAL` in the same message, so it ends with the statement or its transaction. A session limit
    would be lost behind PgBouncer in transaction mode, and would affect whoever gets that connection next.
    `executemany` has no limit, because it may contain only one statement. Neither has a statement with a cached plan,
    which is cancelled from here when its time is over.
    """

    def __init__(self, *, seconds: float, address: str, is_reading: bool = False) -> None:
        super().__init__()
        self.patience = self._usual_patience = PATIENCE * seconds
        self._seconds, self._address = seconds, address
        self._limits = [f"SET LOCAL statement_timeout = {round(seconds * 1000)}; "]
        if is_reading:
            self._limits.append("SET LOCAL transaction_read_only = on; ")
        self.has_written = False  # a statement that writes was executed, whether or not it was committed
        self.has_committed = False

    def for_reading(self) -> "RequestStatements":
        """Return the limits of the same request's statements on a read-only connection."""
        return RequestStatements(seconds=self._seconds, address=self._address, is_reading=True)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Execute a statement and leave the cursor at its own result, after those of the limits."""
        if many or sql.startswith(CONTROL):
            return execute(sql, params, many, context)
        is_planned = isinstance(context["cursor"].cursor, PlannedCursor)
        self.patience = self._seconds if is_planned else self._usual_patience
        limits = [] if is_planned else self._limits
        began = time.monotonic()
        try:
            result = execute("".join(limits) + sql, params, many, context)
        finally:
            self._tell_slow(sql, seconds=time.monotonic() - began)
            self.patience = self._usual_patience
        for _limit in limits:
            context["cursor"].nextset()
        if not sql.lstrip("( \n").startswith("SELECT"):
            self.has_written = True
            context["connection"].on_commit(self._note_commit)
        return result

    def _tell_slow(self, sql: str, *, seconds: float) -> None:
        """Log a slow statement, with the URL and without its parameters."""
        if seconds >= settings.SLOW_QUERY_SECONDS:
            slow.warning("%s: %d ms: %s", self._address, seconds * 1000, sql[:LONGEST_TOLD])

    def _note_commit(self) -> None:
        self.has_committed = True


def alone(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement without parallel workers: a wrapper around `execute`."""
    result = execute(f"{ALONE}{sql}", params, many, context)
    context["cursor"].nextset()
    return result


def limit_session(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Give a new connection of a job or a command its own, longer limit; receives `connection_created`.

    A connection to the replica is read-only, whatever server answers there.
    """
    if any(isinstance(wrapper, RequestStatements) for wrapper in connection.execute_wrappers):
        return
    _set_session_limit(connection, seconds=settings.JOB_STATEMENT_SECONDS)
    if connection.alias == ALIAS:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('default_transaction_read_only', 'on', false)")


def note_unconfirmed(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Notify `Commits` of commits that no standby confirmed; receives `connection_created`.

    Cancelling a COMMIT that waits for a synchronous standby ends it, and PostgreSQL reports success with
    a warning. The statement limit cannot do this: it is lifted before the commit.
    """

    def note(told: psycopg.errors.Diagnostic) -> None:
        if told.source_function == WAITS_FOR_STANDBY:
            for wrapper in connection.execute_wrappers:
                if isinstance(wrapper, Commits):
                    wrapper.is_unconfirmed = True

    connection.connection.add_notice_handler(note)


def wait_with_patience(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let a page end its own wait for a standby; receives `connection_created`.

    What no statement limit ends is cancelled from here, by the thread that waits for it, so that nothing after it
    can be hit. A job keeps waiting: nobody waits for its answer.
    """
    driver = connection.connection
    wait = driver.wait

    def patient(results: Results, *args: Any, **how: Any) -> Any:
        for wrapper in connection.execute_wrappers:
            if isinstance(wrapper, RequestStatements):
                results = _cancelled_after(wrapper.patience, results, driver)
        return wait(results, *args, **how)

    driver.wait = patient


def _cancelled_after(seconds: float, results: Results, driver: "psycopg.Connection[Any]") -> Results:
    """Run the steps of an answer, and ask the server once to cancel it if it does not come in time."""
    until = time.monotonic() + seconds
    try:
        step = next(results)
        while True:
            is_ready = yield step
            if not is_ready and time.monotonic() > until:
                until = math.inf
                with suppress(psycopg.Error):  # a dead server accepts no cancellation either
                    driver.cancel_safe(timeout=CANCEL_SECONDS)
            step = results.send(is_ready)
    except StopIteration as end:
        return end.value


@contextmanager
def confirmed() -> Iterator[None]:
    """Commit so that the standby has this and every earlier commit. Raises Unconfirmed.

    Without a synchronous standby, or within an outer transaction, this is a transaction like any other.
    """
    commits = Commits()
    with connection.execute_wrapper(commits):
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute(OWN_WRITE)
        if commits.is_unconfirmed:
            raise Unconfirmed


def confirm() -> None:
    """Wait until the standby has what was committed before, see `confirmed`. Raises Unconfirmed."""
    with confirmed():
        pass


def lift_limit(using: str, **kwargs: Any) -> None:
    """Remove the limit for migrations; receives `pre_migrate`."""
    _set_session_limit(connections[using], seconds=0)


def _set_session_limit(connection: BaseDatabaseWrapper, *, seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [str(round(seconds * 1000))])
