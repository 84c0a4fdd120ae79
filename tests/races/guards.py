"""Real threads, real commits, and guards that can be switched off to see that a race is one."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
from django.db import connection, connections

from coworking.domain import tickets
from coworking.models import Service
from orders.domain import locks
from orders.domain.booking import placing
from orders.domain.online import completion
from orders.models import Order, PaymentAttempt, Refund
from tests.truncation import guards_resting

TIMEOUT = 15
SOMEBODY_WAITS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Start every call at the same moment in a thread of its own; return results and exceptions in order."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(TIMEOUT)
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def meet_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, parties: int) -> None:
    """Let all callers come out of a check before any of them acts on it."""
    check, everybody = getattr(module, name), threading.Barrier(parties)

    @wraps(check)
    def check_and_meet(*args: Any, **wanted: Any) -> Any:
        result = check(*args, **wanted)
        everybody.wait(TIMEOUT)
        return result

    monkeypatch.setattr(module, name, check_and_meet)


def unlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the row locks of the domain away."""
    monkeypatch.setattr(locks, "lock_services", lambda keys: list(Service.objects.filter(pk__in=set(keys))))
    monkeypatch.setattr(locks, "lock_order", lambda number: Order.objects.get(pk=number))
    monkeypatch.setattr(locks, "lock_attempt", lambda attempt_id: PaymentAttempt.objects.get(pk=attempt_id))
    monkeypatch.setattr(locks, "lock_refund", lambda refund_id: Refund.objects.get(pk=refund_id))


def all_check_before_anyone_books(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Without locks, hold everybody between the look at the free places and the insert."""
    unlock(monkeypatch)
    meet_after(monkeypatch, tickets, "choose_seats", parties)


def all_check_the_token_before_anyone_saves(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Without locks, hold everybody between the look for the token and the insert."""
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
    """Let a function return only once another transaction waits for a lock, or after a second in which none does.

    Return what is set as soon as its work is done, before the commit.
    """
    act, done = getattr(module, name), threading.Event()

    @wraps(act)
    def act_slowly(*args: Any, **wanted: Any) -> Any:
        result = act(*args, **wanted)
        done.set()
        pause = threading.Event()
        for _ in range(20):
            with connection.cursor() as cursor:
                cursor.execute(SOMEBODY_WAITS)
                if cursor.fetchone():
                    break
            pause.wait(0.05)
        return result

    monkeypatch.setattr(module, name, act_slowly)
    return done
