"""Attempts are polled until decided, by the clock and for customers who come back."""

from datetime import timedelta

import pytest
import time_machine

from orders.domain.online import payments
from orders.domain.online.gateway import NotSent, OutcomeUnknown, Rejected
from orders.domain.online.payments import check_payments, look_for_customer
from orders.models import MoneyCase, Order, PaymentAttempt, PaymentLink
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import (
    look,
    pay,
    press_pay,
    seen,
)

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# Looking


def look_at_all(gateway: FakeGateway, clock: time_machine.Coordinates, until: timedelta) -> list[int]:
    """Poll each payment when it is due, and return the minutes in between."""
    begin, waits = now(), []
    while (due := PaymentAttempt.objects.get().next_check_at) and due - begin <= until:
        waits.append(round((due - now()) / MINUTE))
        assert check_payments(gateway, at=due - SECOND) == 0
        clock.move_to(due)
        assert check_payments(gateway, at=now()) == 1
    return waits


def test_an_attempt_is_looked_at_less_and_less_often_for_a_day(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.gateways.fake.PENDING_FOR", 30 * DAY)
    press_pay(order, gateway)
    waits = look_at_all(gateway, clock, 2 * DAY)
    assert waits[:12] == [1, 1, 1, 2, 3, 5, 8, 13, 21, 16, 60, 60]
    assert set(waits[10:]) == {60}
    assert timedelta() < now() - PaymentAttempt.objects.get().created_at - DAY <= HOUR
    assert (seen(order).payments, seen(order).cases) == (["pending"], ["payment_stuck"])
    gateway.pay(PaymentAttempt.objects.get().provider_id or "")
    look(PaymentAttempt.objects.get(), gateway)
    assert (seen(order).payments, seen(order).cases) == (["succeeded"], [])


def test_an_attempt_that_nobody_pays_is_over_after_an_hour(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    press_pay(order, gateway)
    assert sum(look_at_all(gateway, clock, DAY)) == 71
    assert PaymentAttempt.objects.get().cancel_reason == "expired_on_confirmation"
    assert (seen(order).letters, seen(order).cases) == (["created"], [])


def test_a_silent_provider_is_asked_again(order: Order, gateway: FakeGateway, clock: time_machine.Coordinates) -> None:
    attempt = press_pay(order, gateway)
    clock.shift(MINUTE)
    for error in (NotSent("refused"), OutcomeUnknown("timeout"), Rejected("500?", status=418)):
        gateway.fail_next(error, path="/payments")
        assert check_payments(gateway, at=now()) == 1
        clock.move_to(PaymentAttempt.objects.get().next_check_at)
    gateway.pay(attempt.provider_id or "")
    check_payments(gateway, at=now())
    assert seen(order).status == "confirmed"


def test_a_success_learned_of_after_a_day_waits_for_its_receipt_as_long_as_any(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.gateways.fake.PENDING_FOR", 30 * DAY)
    attempt = press_pay(order, gateway)
    clock.shift(25 * HOUR)
    gateway.pay(attempt.provider_id or "")
    assert check_payments(gateway, at=now()) == 1
    assert (PaymentAttempt.objects.get().receipt, PaymentAttempt.objects.get().next_check_at) == (
        "pending",
        now() + MINUTE,
    )
    assert MoneyCase.objects.count() == 0


def test_a_receipt_that_is_not_registered_is_shown_until_it_is(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = pay(order, gateway)
    assert (attempt.receipt, attempt.next_check_at) == ("pending", now() + MINUTE)
    gateway.alter(attempt.provider_id or "", receipt_registration="canceled")
    gateway._registers_at.clear()  # the cash desk refuses
    attempt = look(attempt, gateway)
    assert (attempt.status, attempt.next_check_at, seen(order).cases) == ("succeeded", None, ["receipt_failed"])
    gateway.alter(attempt.provider_id or "", receipt_registration="succeeded")
    look(attempt, gateway)
    assert seen(order).cases == []


def test_a_receipt_under_way_is_asked_about_less_and_less_often_for_three_days(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.gateways.fake.REGISTERED_AFTER", 30 * DAY)
    pay(order, gateway)
    waits = look_at_all(gateway, clock, 6 * HOUR)
    assert (waits[:12], set(waits[12:])) == ([1, 1, 1, 2, 3, 5, 8, 13, 21, 16, 60, 60], {60})
    clock.shift(3 * DAY - 6 * HOUR)
    assert (check_payments(gateway, at=now()), seen(order).cases) == (1, [])
    clock.shift(HOUR)
    assert (check_payments(gateway, at=now()), seen(order).cases) == (1, ["receipt_failed"])
    assert PaymentAttempt.objects.get().next_check_at == now() + DAY


# Looking for a customer who came back


def test_however_often_the_page_is_opened_the_provider_is_asked_once_in_three_seconds(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    press_pay(order, gateway)
    link, asked = PaymentLink.objects.get(), len(gateway.journal)
    for _click in range(100):
        look_for_customer(link, gateway, at=now(), patience=SECOND)
    assert len(gateway.journal) == asked + 1
    clock.shift(payments.THROTTLE)
    look_for_customer(link, gateway, at=now(), patience=SECOND)
    assert len(gateway.journal) == asked + 2


def test_the_silence_of_the_provider_is_no_news_for_the_page(order: Order, gateway: FakeGateway) -> None:
    press_pay(order, gateway)
    gateway.fail_next(OutcomeUnknown("timeout"))
    look_for_customer(PaymentLink.objects.get(), gateway, at=now(), patience=SECOND)
    assert (seen(order).payments, seen(order).cases) == (["pending"], [])


def test_a_customer_who_paid_and_came_back_is_confirmed_at_once(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    look_for_customer(PaymentLink.objects.get(), gateway, at=now(), patience=SECOND)
    assert seen(order).status == "confirmed"
