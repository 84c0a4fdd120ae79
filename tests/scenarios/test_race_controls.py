"""Controls of the races: without locks they are lost, or only a database constraint prevents that."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from orders.domain import locks
from orders.domain.money import ledger
from orders.domain.online import payments, refunds
from orders.gateways import gateway
from orders.models import PaymentAttempt, Refund
from tests.races.guards import at_once, meet_after, unlock, without_trigger
from tests.scenarios.scene import Scene
from tests.scenarios.test_refunds import give_back

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unlocked(unchecked: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A scene without row locks."""
    unchecked.press_pay()
    unlock(monkeypatch)
    monkeypatch.setattr(locks, "lock_attempt", lambda attempt_id: PaymentAttempt.objects.get(pk=attempt_id))
    return unchecked


def names(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_control_without_locks_the_ledger_alone_refuses_the_second_charge(
    unlocked: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked.pay()
    meet_after(monkeypatch, payments, "decide", 2)
    attempt, provider = unlocked.attempt(), gateway()
    results = at_once([lambda: payments.look_at(attempt, provider, at=timezone.now())] * 2)
    assert names(results) == ["IntegrityError", "PaymentAttempt"]
    [refused] = [result for result in results if isinstance(result, IntegrityError)]
    assert "entry_one_charge_an_attempt" in str(refused)


def test_control_without_locks_the_database_alone_refuses_the_second_attempt(
    unlocked: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    PaymentAttempt.objects.update(abandoned_at=timezone.now())
    # Both have read the last number by then.
    meet_after(monkeypatch, payments, "tax_of_charge", 2)
    start = payments.start_payment
    number, provider = unlocked.order.pk, gateway()
    results = at_once([lambda: start(number, provider, email="petrov@example.com", at=timezone.now())] * 2)
    assert names(results) == ["IntegrityError", "PaymentAttempt"]


@pytest.fixture
def paid(unlocked: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A paid order whose managers all check what is left before any of them refunds it."""
    unlocked.pay()
    unlocked.deliver()
    # Positions are counted, too: whoever comes second would meet that guard.
    PaymentAttempt.objects.update(receipt_items=[])
    # Writing the order's row is a lock: the second would wait for the first and never meet it.
    monkeypatch.setattr(ledger, "store_summary", lambda order: None)
    meet_after(monkeypatch, refunds, "refundable", 2)
    return unlocked


def test_control_without_locks_the_database_alone_refuses_to_return_more_than_was_paid(paid: Scene) -> None:
    results = at_once([lambda: give_back(paid, "400.00")] * 2)
    assert names(results) == ["IntegrityError", "Order"]


def test_control_without_any_guard_two_managers_return_more_than_was_paid(paid: Scene) -> None:
    with without_trigger("orders_refund", "refund_within_its_attempt"):
        results = at_once([lambda: give_back(paid, "400.00")] * 2)
    assert names(results) == ["Order", "Order"]
    assert sum(Refund.objects.standing().values_list("amount", flat=True)) > paid.attempt().amount
