"""Reading from a replica: when it is new enough, and what happens if it is late or gone.

A position is a byte offset in the write-ahead log. The primary's position after a commit is at or behind that commit,
so a replica that has replayed this far shows it.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from prometheus_client import Counter

from olvery.shared.logs import current_request

T = TypeVar("T")

log = logging.getLogger("olvery.replica")
READS = Counter("olvery_reads", "Pages and jobs that may read from the replica.", ["server", "why"])

ALIAS = "replica"
RETRY_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.02
MOMENT_SECONDS = 0.2
UNKNOWN = 2**64  # a position that no replica reaches
# What is on disk: a returned commit is, unless synchronous_commit = off. Other records, such as the cleanup by a read,
# may stay in memory for a while, and no replica gets them before.
WRITTEN = """
SELECT pg_wal_lsn_diff(
    CASE current_setting('synchronous_commit')
        WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END, '0/0')
"""
# No row from a promoted server, which keeps the last position that it replayed.
REPLAYED = """
SELECT coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0),
       coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0)
WHERE pg_is_in_recovery()
"""


class Why(StrEnum):
    """Why something is read from the primary."""

    OWN = "own"  # the replica has not yet replayed what this person saved
    LATE = "late"
    AWAY = "away"
    FAILED = "failed"  # the replica failed while it was read


class NoReplica(OperationalError):
    """The server is not a replica: it was promoted, or never was one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a replica is behind the primary."""

    bytes: int
    seconds: float


class Circuit:
    """Keeps a process from waiting for an unavailable replica: one thread retries it every RETRY_SECONDS."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._retry_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the replica was unavailable when it was last tried."""
        return self._retry_at is not None

    def lets_through(self) -> bool:
        """Whether the replica may be used. A thread that retries it keeps the others off until the result is known."""
        with self._lock:
            now = time.monotonic()
            if self._retry_at is None:
                return True
            if now < self._retry_at:
                return False
            self._retry_at = now + RETRY_SECONDS
            return True

    def open(self, error: Error) -> None:
        """Record that the replica is unavailable."""
        with self._lock:
            is_news, self._retry_at = self._retry_at is None, time.monotonic() + RETRY_SECONDS
        if is_news:
            log.warning("The replica is away, pages read from the primary: %s", type(error.__cause__ or error).__name__)

    def close(self) -> None:
        """Record that the replica has answered."""
        with self._lock:
            is_news, self._retry_at = self._retry_at is not None, None
        if is_news:
            log.warning("The replica is back.")


class Positions:
    """Recent positions of the primary, by the clock of this process.

    A replica that has passed one is at most that old. This compares neither the clocks of two machines nor the time
    since the last commit, so that an idle primary and a disconnected replica are judged correctly.
    """

    def __init__(self) -> None:
        self._taken: tuple[tuple[float, int], ...] = ()

    def within(self, seconds: float) -> int:
        """Return a position from at most this many seconds ago, if there is one at least half as old.

        Asks the primary twice in that time; concurrent threads ask once each.
        """
        now = time.monotonic()
        taken = [(at, position) for at, position in self._taken if now - at <= seconds]
        if not taken or now - taken[-1][0] > seconds / 2:
            taken.append((now, position_of_primary()))
        self._taken = tuple(taken[-2:])
        return taken[-2:][0][1]


circuit, positions = Circuit(), Positions()
_primary: ContextVar[BaseDatabaseWrapper | None] = ContextVar("primary", default=None)


def is_configured() -> bool:
    """Whether there is a replica at all."""
    return bool(settings.DATABASE_REPLICA_URL)


def position_of_primary() -> int:
    """Return the write position of the primary, after everything committed. One query."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(WRITTEN)
        return int(cursor.fetchone()[0])


def standing() -> Standing:
    """Return how far the replica is behind. Raises django.db.Error if it does not answer.

    It gets a moment to catch up with the primary: after an idle hour its last commit is an hour old just while the
    next one is on its way.
    """
    written, until = position_of_primary(), time.monotonic() + MOMENT_SECONDS
    with _limits():
        replayed, seconds = _replayed()
        while replayed < written and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_SECONDS)
            replayed, seconds = _replayed()
    behind = max(written - replayed, 0)
    return Standing(behind, seconds if behind else 0)


def read(work: Callable[[], T], *, after: int = 0) -> T:
    """Run read-only work: on the replica if it has reached `after` and is not late, else on the primary.

    Work that fails there is repeated on the primary: the replica went away, cancelled it for a change it had to replay,
    or was asked to write. Work that is too slow is not: it would be slow there as well.
    """
    if not is_configured():
        return work()
    with _limits():
        why = _why_not(after)
        if why is None:
            try:
                found = _read_there(work)
            except Error as error:
                if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                    raise
                why = _leave(error)
            else:
                READS.labels("replica", "").inc()
                return found
    READS.labels("primary", why).inc()
    return work()


def read_newest(work: Callable[[], T]) -> T:
    """Like `read`, but of everything committed by now: a job has the time to wait for the replica."""
    if not is_configured():
        return work()
    after, until = position_of_primary(), time.monotonic() + settings.REPLICA_MAX_LAG_SECONDS
    while _why_not(after) is Why.OWN and time.monotonic() < until:
        time.sleep(LOOK_AGAIN_SECONDS)
    try:
        return read(work, after=after)
    finally:
        connections[ALIAS].close()  # the end of a request closes it, but nothing does so after a job


@contextmanager
def on_primary() -> Iterator[None]:
    """Use the primary within the block of code that reads from the replica, so that it may write."""
    primary = _primary.get()
    with _default_is(primary) if primary else nullcontext():
        yield


def _why_not(after: int) -> Why | None:
    """Return why the replica may not be read, if so."""
    if not circuit.lets_through():
        return Why.AWAY
    of_late = positions.within(settings.REPLICA_MAX_LAG_SECONDS)
    try:
        replayed, _seconds = _replayed()
    except Error as error:
        connections[ALIAS].close()
        circuit.open(error)
        return Why.AWAY
    circuit.close()
    if replayed < after:
        return Why.OWN
    return Why.LATE if replayed < of_late else None


def _replayed() -> tuple[int, float]:
    """Return the position of the replica, and the age of the last commit that it has replayed."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(REPLAYED)
        row = cursor.fetchone()
    if row is None:
        raise NoReplica
    return int(row[0]), float(row[1])


def _read_there(work: Callable[[], T]) -> T:
    before = _primary.set(connections[DEFAULT_DB_ALIAS])
    try:
        with _default_is(connections[ALIAS]):
            return work()
    finally:
        _primary.reset(before)


@contextmanager
def _default_is(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Replace this thread's default connection, for the ORM, cursors and transactions alike."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connection
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


def _leave(error: Error) -> Why:
    """Close the connection after an error; without a connection, the replica is unavailable."""
    replica: Any = connections[ALIAS]
    is_gone = replica.connection is None or replica.connection.closed
    replica.close()
    if is_gone:
        circuit.open(error)
    else:
        state = getattr(error.__cause__, "sqlstate", None)
        log.warning("Read once more from the primary: %s %s", type(error.__cause__).__name__, state)
    return Why.FAILED


def _limits() -> AbstractContextManager[None]:
    """Apply the statement limits of a page to the replica's connection; the connection of a job has its own."""
    statements = getattr(current_request.get(), "statements", None)
    return connections[ALIAS].execute_wrapper(statements.for_reading()) if statements else nullcontext()
