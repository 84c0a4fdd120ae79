"""Threads that are kept for the next test, with their connections.

In a new connection PostgreSQL reads each table and compiles each trigger again, which takes longer than most races
themselves.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

MOST = 64  # at once: more than any test needs, with those that its calls start

_opened = list[BaseDatabaseWrapper]()


def _open() -> None:
    own = connections[DEFAULT_DB_ALIAS]
    own.inc_thread_sharing()  # the main thread closes it
    _opened.append(own)


_threads = ThreadPoolExecutor(MOST, thread_name_prefix="of-tests", initializer=_open)


def begin(call: Callable[[], Any]) -> "Future[Any]":
    """Call in a thread that is connected to the database."""

    def run() -> Any:
        try:
            return call()
        finally:
            connection.close_if_unusable_or_obsolete()

    return _threads.submit(run)


def close_connections() -> None:
    """Disconnect from the database, which is about to be dropped."""
    for own in _opened:
        own.close()
