"""Real threads, real commits, and guards that can be switched off to prove that a race is one.

Callers meet after their last read or check: whoever continues first may commit before the next one takes a step, and
a later read would reveal that. Nobody waits for a fixed time, which a busy machine exceeds: callers wait for what
others do, and `TIMEOUT` ends a test that hangs.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

import pytest
from django.db import connection

from coworking.domain import locks as place_locks
from coworking.domain import tickets
from coworking.models import Service
from orders.domain import locks
from orders.domain.booking import placing
from orders.domain.online import completion
from orders.models import Order, PaymentAttempt, Refund
from tests.threads import begin
from tests.truncation import guards_resting

TIMEOUT = 30
SOMEBODY_WAITS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
# What a thread of `at_once` knows about the others.
_others = threading.local()


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Start every call at the same moment in a thread of its own; return results and exceptions in order."""
    start, ended = threading.Barrier(len(calls)), threading.Event()

    def run(call: Callable[[], Any]) -> Any:
        _others.ended = ended
        try:
            connection.ensure_connection()
            start.wait(TIMEOUT)
            return call()
        except Exception as error:
            return error
        finally:
            ended.set()

    begun = [begin(partial(run, call)) for call in calls]
    wait(begun)
    return [one.result() for one in begun]


def meet_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, parties: int) -> None:
    """Let all callers finish a check before any of them acts on it."""
    check, everybody = getattr(module, name), threading.Barrier(parties)

    @wraps(check)
    def check_and_meet(*args: Any, **wanted: Any) -> Any:
        result = check(*args, **wanted)
        everybody.wait(TIMEOUT)
        return result

    monkeypatch.setattr(module, name, check_and_meet)


def meet_before(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, parties: int) -> None:
    """Let all callers finish reading and checking before any of them writes."""
    write, everybody = getattr(place, name), threading.Barrier(parties)

    @wraps(write)
    def meet_and_write(*args: Any, **wanted: Any) -> Any:
        everybody.wait(TIMEOUT)
        return write(*args, **wanted)

    monkeypatch.setattr(place, name, meet_and_write)


def unlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the row locks of the domain."""
    for module in (locks, place_locks):
        monkeypatch.setattr(module, "lock_services", lambda keys: list(Service.objects.filter(pk__in=set(keys))))
    monkeypatch.setattr(locks, "lock_order", lambda number: Order.objects.get(pk=number))
    monkeypatch.setattr(locks, "lock_tickets", list)
    monkeypatch.setattr(locks, "lock_attempt", lambda attempt_id: PaymentAttempt.objects.get(pk=attempt_id))
    monkeypatch.setattr(locks, "lock_refund", lambda refund_id: Refund.objects.get(pk=refund_id))


def all_check_before_anyone_books(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Without locks, hold everybody between checking free places and the insert."""
    unlock(monkeypatch)
    meet_after(monkeypatch, tickets, "choose_seats", parties)


def all_check_the_token_before_anyone_saves(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Without locks, hold everybody between checking the token and the insert."""
    unlock(monkeypatch)
    meet_after(monkeypatch, placing, "offer_for", parties)


def all_read_before_anyone_moves(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Without locks, hold everybody between reading the order and changing it."""
    unlock(monkeypatch)
    meet_after(monkeypatch, completion.locks, "lock_order", parties)


@contextmanager
def without_constraint(table: str, name: str) -> Iterator[None]:
    """Drop a constraint for the length of the block; empty the table, then put the constraint back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        (definition,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            with guards_resting():
                cursor.execute(f"TRUNCATE {table} CASCADE")
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def without_index(table: str, name: str) -> Iterator[None]:
    """Drop a unique index for the length of the block; empty the table, then put the index back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [name])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {name}")
        try:
            yield
        finally:
            with guards_resting():
                cursor.execute(f"TRUNCATE {table} CASCADE")
                cursor.execute(definition)


@contextmanager
def without_trigger(table: str, name: str) -> Iterator[None]:
    """Switch a trigger off for the length of the block."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")


def hold_until_another_waits(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> threading.Event:
    """Let a function return only once another call waits for a lock, or has finished.

    Return an event that is set as soon as its work is done, before the commit.
    """
    act, done = getattr(module, name), threading.Event()

    @wraps(act)
    def act_slowly(*args: Any, **wanted: Any) -> Any:
        result = act(*args, **wanted)
        done.set()
        until_another_waits()
        return result

    monkeypatch.setattr(module, name, act_slowly)
    return done


def until_another_waits() -> None:
    """Wait until another call of the same `at_once` waits for a lock, or has finished."""
    deadline = time.monotonic() + TIMEOUT
    while not _others.ended.wait(0.02):
        with connection.cursor() as cursor:
            cursor.execute(SOMEBODY_WAITS)
            if cursor.fetchone():
                return
        assert time.monotonic() < deadline, "nobody waits, and nobody is done"
