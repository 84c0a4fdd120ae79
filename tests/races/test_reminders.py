"""Two workers that remind at the same moment write one letter."""

import threading
from typing import Any

import pytest

from orders.domain.booking.reminders import remind_of_bookings
from orders.models import Message
from tests.factories import make_order
from tests.moments import moment
from tests.races.guards import TIMEOUT, at_once, unlock, without_constraint

WORKERS = 4
DUE = moment("2026-11-25 09:00")  # an hour before the booking that the factory makes


def remind() -> list[Any]:
    return at_once([lambda: remind_of_bookings(DUE)] * WORKERS)


def reminders() -> int:
    return Message.objects.filter(kind="reminder").count()


def test_one_letter_is_written_however_many_remind() -> None:
    make_order()
    assert sorted(map(str, remind())) == ["0"] * (WORKERS - 1) + ["1"]
    assert reminders() == 1


def test_control_without_lock_and_constraint_each_writes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    make_order()
    unlock(monkeypatch)
    all_look_before_anyone_writes(monkeypatch)
    with without_constraint("orders_message", "message_once_a_kind_and_thing"):
        assert remind() == [1] * WORKERS
        assert reminders() == WORKERS


def all_look_before_anyone_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody, write = threading.Barrier(WORKERS), Message.objects.bulk_create

    def meet_then_write(*args: Any, **wanted: Any) -> Any:
        everybody.wait(TIMEOUT)
        return write(*args, **wanted)

    monkeypatch.setattr(Message.objects, "bulk_create", meet_then_write)
