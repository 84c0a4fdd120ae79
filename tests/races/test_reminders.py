"""Two workers that remind at the same moment write one letter."""

from collections.abc import Callable

import pytest

from orders.domain.booking.pass_reminders import remind_of_passes
from orders.domain.booking.reminders import remind_of_bookings
from orders.models import Message
from tests.factories import make_order, make_pass, make_pool, make_user
from tests.moments import moment
from tests.races.guards import at_once, meet_before, unlock, without_constraint

WORKERS = 4
DUE = moment("2026-11-25 09:00")  # an hour before the booking that the factory makes
PASS_DUE = moment("2026-12-16 09:00")  # a week before the last day of the pass that the factory makes
Remind = Callable[[], int]


@pytest.fixture(params=["reminder", "pass_ends"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def remind(kind: str) -> Remind:
    """Save an order to remind of, and return a function that reminds."""
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
    meet_before(monkeypatch, Message.objects, "bulk_create", WORKERS)
    with without_constraint("orders_message", "message_once_a_kind_and_thing"):
        assert at_once([remind] * WORKERS) == [1] * WORKERS
        assert reminders(kind) == WORKERS
