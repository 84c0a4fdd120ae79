"""Two workers that remind at the same moment write one letter."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from orders.domain.booking.pass_reminders import remind_of_passes
from orders.domain.booking.reminders import remind_of_bookings
from orders.models import Message
from tests.factories import make_order, make_pass, make_pool, make_user
from tests.moments import moment
from tests.races.guards import TIMEOUT, at_once, unlock, without_constraint

WORKERS = 4
DUE = moment("2026-11-25 09:00")  # an hour before the booking that the factory makes
PASS_DUE = moment("2026-12-16 09:00")  # a week before the last day of the pass that the factory makes
Remind = Callable[[], int]


@pytest.fixture(params=["reminder", "pass_ends"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def remind(kind: str) -> Remind:
    """Save what there is to remind of, and return who does."""
    if kind == "reminder":
        make_order()
        return lambda: remind_of_bookings(DUE)
    make_pass(service=make_pool(), customer=make_user(email="petr@example.com"))
    return lambda: remind_of_passes(PASS_DUE)


def reminders(kind: str) -> int:
    return Message.objects.filter(kind=kind).count()


def test_one_letter_is_written_however_many_remind(kind: str, remind: Remind) -> None:
    assert sorted(map(str, at_once([remind] * WORKERS))) == ["0"] * (WORKERS - 1) + ["1"]
    assert reminders(kind) == 1


def test_control_without_lock_and_constraint_each_writes_one(
    kind: str, remind: Remind, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch)
    all_look_before_anyone_writes(monkeypatch)
    with without_constraint("orders_message", "message_once_a_kind_and_thing"):
        assert at_once([remind] * WORKERS) == [1] * WORKERS
        assert reminders(kind) == WORKERS


def all_look_before_anyone_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody, write = threading.Barrier(WORKERS), Message.objects.bulk_create

    def meet_then_write(*args: Any, **wanted: Any) -> Any:
        everybody.wait(TIMEOUT)
        return write(*args, **wanted)

    monkeypatch.setattr(Message.objects, "bulk_create", meet_then_write)
