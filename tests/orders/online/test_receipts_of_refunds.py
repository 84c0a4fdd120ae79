"""Receipts of refunds, which the provider registers some time later."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from accounts.models import User
from orders.domain.online.notifications import take_refund
from orders.domain.online.refunds import apply_refund, check_refunds
from orders.models import Order, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.online.test_refunds import DAY, SECOND, wait_in_vain
from tests.orders.online.test_refunds import slow_bank as slow_bank  # noqa: PLC0414 - fixtures
from tests.orders.steps import pay, refund, seen, send_all
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


def test_a_receipt_of_a_refund_that_is_not_registered_is_shown(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    made = Refund.objects.get()
    assert (made.receipt, made.next_check_at) == ("pending", now() + timedelta(minutes=1))
    told = gateway.refund(made.provider_id or "", patience=SECOND)
    apply_refund(made.pk, replace(told, receipt_registration="canceled"), at=now())
    assert (seen(order).cases, Refund.objects.get().next_check_at) == (["receipt_failed"], None)
    apply_refund(made.pk, replace(told, receipt_registration="succeeded"), at=now())
    assert (seen(order).cases, Refund.objects.get().receipt) == ([], "succeeded")


def test_a_pending_receipt_of_a_refund_is_asked_about_less_and_less_often_for_three_days(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.gateways.fake.REGISTERED_AFTER", timedelta(days=30))
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    for minutes in (1, 1, 2, 5, 15, 60, 60):
        wait = timedelta(minutes=minutes)
        assert check_refunds(gateway, at=now() + wait - SECOND) == 0
        clock.shift(wait)
        assert (check_refunds(gateway, at=now()), seen(order).cases) == (1, [])
    clock.shift(3 * DAY)
    assert (check_refunds(gateway, at=now()), seen(order).cases) == (1, ["receipt_failed"])
    assert Refund.objects.get().next_check_at == now() + timedelta(days=1)


def test_a_refund_that_took_long_waits_for_its_receipt_as_long_as_any(
    order: Order, slow_bank: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    wait_in_vain(order, slow_bank, clock, by=manager)
    told = slow_bank.settle_refund(Refund.objects.get().provider_id or "")
    slow_bank._refunds[told.id] = replace(told, receipt_registration="pending")
    take_refund(slow_bank._refunds[told.id], at=now())
    clock.shift(timedelta(minutes=1))
    assert (check_refunds(slow_bank, at=now()), seen(order).cases) == (1, [])
    clock.shift(3 * DAY)
    assert (check_refunds(slow_bank, at=now()), seen(order).cases) == (1, ["receipt_failed"])


def test_an_old_answer_takes_nothing_back_of_a_refund_and_its_receipt(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    made = Refund.objects.get()
    told = gateway.refund(made.provider_id or "", patience=SECOND)
    before = saved_rows()
    apply_refund(made.pk, replace(told, status="pending", receipt_registration=""), at=now())
    assert saved_rows() == before
