"""The second receipt of a prepaid order, once the service is rendered."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from orders.domain.desk.case_actions import settle
from orders.domain.desk.cash import Rest
from orders.domain.online import offset_receipts, sending
from orders.domain.online.completion import complete_finished
from orders.domain.online.gateway import OutcomeUnknown, Rejected
from orders.models import CaseKind, OffsetReceipt, Order, PaymentAttempt, ProviderRequest, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import (
    cancel,
    case_of,
    look,
    pay,
    posts,
    press_pay,
    refund,
    request_of,
    seen,
    send_all,
    take,
)
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def complete(order: Order, gateway: FakeGateway | None, clock: time_machine.Coordinates) -> None:
    clock.move_to(order.period.end)
    assert complete_finished(gateway, now()) == 1
    assert Order.objects.get(pk=order.pk).status == "completed"


def test_a_prepaid_order_is_settled_off_once_it_is_completed(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = pay(order, gateway)
    complete(order, gateway, clock)
    receipt, request = OffsetReceipt.objects.get(), ProviderRequest.objects.get(receipt__isnull=False)
    assert (receipt.attempt, receipt.amount, receipt.state, receipt.created_at) == (
        attempt,
        Decimal("600.00"),
        "pending",
        now(),
    )
    body = json.loads(request.body)
    assert (request.path, body["type"], body["payment_id"], body["send"]) == (
        "/receipts",
        "payment",
        attempt.provider_id,
        True,
    )
    assert body["settlements"] == [{"type": "prepayment", "amount": {"value": "600.00", "currency": "RUB"}}]
    assert [(item["quantity"], item["amount"]["value"], item["payment_mode"]) for item in body["items"]] == [
        (2, "300.00", "full_payment")
    ]
    send_all(gateway)
    receipt.refresh_from_db()
    assert (bool(receipt.provider_id), receipt.state, receipt.next_check_at) == (True, "pending", now() + HOUR)
    clock.shift(HOUR)
    assert offset_receipts.check_receipts(gateway, at=now()) == 1
    receipt.refresh_from_db()
    assert (receipt.state, receipt.next_check_at, seen(order).cases) == ("succeeded", None, [])
    assert offset_receipts.check_receipts(gateway, at=now()) == 0


def test_refunded_money_is_not_offset(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    complete(order, gateway, clock)
    receipt = OffsetReceipt.objects.get()
    body = json.loads(receipt.provider_request.body)
    assert (receipt.amount, body["items"][0]["amount"]["value"]) == (Decimal("400.00"), "200.00")


def test_an_offset_receipt_without_an_address_goes_to_the_phone_as_digits(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    Order.objects.update(phone="8 (916) 204-48-21", email="", payment_method="on_site")
    pay(Order.objects.get(), gateway)
    complete(order, gateway, clock)
    assert json.loads(OffsetReceipt.objects.get().provider_request.body)["customer"] == {"phone": "79162044821"}


def test_an_order_whose_money_went_back_whole_has_nothing_to_settle(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "600", by=manager)
    complete(order, gateway, clock)
    assert not OffsetReceipt.objects.exists()


def test_money_from_the_desk_has_its_receipt_there(
    desk_order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    take(desk_order, "600", by=manager)
    complete(desk_order, gateway, clock)
    assert (OffsetReceipt.objects.count(), posts(gateway, "/receipts")) == (0, 0)


@pytest.mark.parametrize("missing", ["setting", "shop", "receipts"])
def test_an_offset_receipt_is_only_for_a_shop_that_asks_for_it(
    missing: str, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, settings: Any
) -> None:
    settings.YOOKASSA_OFFSET_RECEIPTS = missing != "setting"
    settings.YOOKASSA_RECEIPTS = missing != "receipts"
    pay(order, gateway)
    complete(order, None if missing == "shop" else gateway, clock)
    assert not OffsetReceipt.objects.exists()


@pytest.mark.usefixtures("policy")
def test_money_kept_of_a_cancelled_order_is_offset_at_once(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    clock.move_to(order.period.start - 3 * HOUR)
    cancel(order, gateway, by=manager)
    receipt = OffsetReceipt.objects.get()
    body = json.loads(receipt.provider_request.body)
    assert (receipt.amount, body["settlements"][0]["amount"]["value"], body["items"][0]["payment_mode"]) == (
        Decimal("300.00"),
        "300.00",
        "full_payment",
    )
    assert json.loads(request_of(Refund.objects.get()).body)["receipt"]["items"][0]["payment_mode"] == "full_prepayment"
    send_all(gateway)
    # A late goodwill refund: the kept sum was a full payment by then.
    refund(order, gateway, "300", by=manager)
    item = json.loads(request_of(Refund.objects.latest("pk")).body)["receipt"]["items"][0]
    assert (item["payment_mode"], OffsetReceipt.objects.count()) == ("full_payment", 1)


def test_without_kept_money_there_is_no_offset_receipt(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    cancel(order, gateway, by=manager, returned="600")
    assert not OffsetReceipt.objects.exists()


def test_money_to_be_refunded_is_not_offset(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    take(order, "200", by=manager, rest=Rest())
    attempt = press_pay(order, gateway)
    take(order, "100", by=manager)
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    complete(order, gateway, clock)
    # 300 ₽ from the desk and 400 ₽ online for 600 ₽: 100 ₽ stay a prepayment, on its way back.
    assert OffsetReceipt.objects.get().amount == Decimal("300.00")
    assert seen(order).refunds == [("excess", "requested", Decimal("100.00"))]


def test_a_prepayment_that_arrives_after_the_service_is_settled_off_then(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    take(order, "200", by=manager)
    attempt = press_pay(order, gateway)
    complete(order, gateway, clock)
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    look(attempt, gateway)
    assert OffsetReceipt.objects.get().amount == Decimal("400.00")


def test_a_payment_after_the_service_needs_no_second_receipt(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    take(order, "200", by=manager)
    complete(order, gateway, clock)
    assert pay(order, gateway).receipt_items[0]["mode"] == "full_payment"
    assert not OffsetReceipt.objects.exists()


def test_a_receipt_that_cannot_be_sent_is_a_case_and_the_order_is_completed(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = pay(order, gateway)
    (position,) = attempt.receipt_items
    PaymentAttempt.objects.update(receipt_items=[{**position, "title": " "}])
    complete(order, gateway, clock)
    assert (OffsetReceipt.objects.get().state, seen(order).cases) == ("canceled", ["receipt_failed"])
    assert case_of(CaseKind.RECEIPT_FAILED).amount == Decimal("600.00")
    assert not ProviderRequest.objects.filter(receipt__isnull=False).exists()


def test_completing_twice_makes_one_receipt(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    before = saved_rows()
    assert (complete_finished(gateway, now() + HOUR), saved_rows()) == (0, before)


def test_a_refused_receipt_is_shown(order: Order, gateway: FakeGateway, clock: time_machine.Coordinates) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    gateway.fail_next(Rejected("400: receipt.items", status=400), path="/receipts")
    send_all(gateway)
    assert (OffsetReceipt.objects.get().state, seen(order).cases) == ("canceled", ["receipt_failed"])
    before = saved_rows()
    clock.shift(HOUR)
    assert (send_all(gateway), saved_rows()) == (0, before)


@pytest.mark.parametrize("was_made", [True, False])
def test_a_refusal_after_a_lost_answer_is_believed_only_where_no_receipt_was_made(
    was_made: bool, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    gateway.fail_next(OutcomeUnknown("timeout"), when="after" if was_made else "before", path="/receipts")
    send_all(gateway)
    clock.shift(MINUTE)
    gateway.fail_next(Rejected("400: receipt.items", status=400), path="/receipts")
    send_all(gateway)
    receipt, state = OffsetReceipt.objects.get(), ProviderRequest.objects.get(receipt__isnull=False).state
    wanted = (True, "succeeded", "done", []) if was_made else (False, "canceled", "rejected", ["receipt_failed"])
    assert (bool(receipt.provider_id), receipt.state, state, seen(order).cases) == wanted


def test_a_refusal_decides_nothing_while_nobody_can_say_whether_the_receipt_was_made(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    gateway.fail_next(OutcomeUnknown("timeout"), when="after", path="/receipts")
    send_all(gateway)
    clock.shift(MINUTE)
    gateway.fail_next(Rejected("400: receipt.items", status=400), path="/receipts")
    gateway.fail_next(OutcomeUnknown("timeout"), path="/receipts")  # the list
    send_all(gateway)
    assert (OffsetReceipt.objects.get().state, seen(order).cases) == ("pending", [])
    clock.shift(MINUTE)
    send_all(gateway)
    assert OffsetReceipt.objects.get().provider_id


def test_a_lost_answer_makes_one_receipt(order: Order, gateway: FakeGateway, clock: time_machine.Coordinates) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    gateway.fail_next(OutcomeUnknown("timeout"), when="after", path="/receipts")
    send_all(gateway)
    clock.shift(MINUTE)
    send_all(gateway)
    first, second = [sent for sent in gateway.journal if sent.path == "/receipts" and sent.method == "POST"]
    assert (first.key, first.body) == (second.key, second.body)
    assert OffsetReceipt.objects.get().provider_id


def test_a_receipt_whose_answer_is_lost_for_a_day_goes_to_a_person_and_counts_as_not_made_once_settled(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    gateway.fail_next(OutcomeUnknown("timeout"), path="/receipts")
    send_all(gateway)
    clock.shift(sending.KEY_LIVES + MINUTE)
    send_all(gateway)
    assert (seen(order).cases, ProviderRequest.objects.get(receipt__isnull=False).state) == (
        ["unknown_outcome"],
        "manual",
    )
    settle(case=case_of(CaseKind.UNKNOWN_OUTCOME), resolution="Пробил в кабинете", by=manager, at=now())
    send_all(gateway)
    assert posts(gateway, "/receipts") == 1
    assert (OffsetReceipt.objects.get().state, seen(order).cases) == ("canceled", [])


def test_a_receipt_that_was_made_is_found_though_its_answer_is_lost_for_a_day(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    gateway.fail_next(OutcomeUnknown("timeout"), when="after", path="/receipts")
    send_all(gateway)
    clock.shift(sending.KEY_LIVES + MINUTE)
    send_all(gateway)
    assert (OffsetReceipt.objects.get().state, seen(order).cases, posts(gateway, "/receipts")) == ("succeeded", [], 1)


def test_a_receipt_that_is_not_registered_for_days_goes_to_a_person_once(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    complete(order, gateway, clock)
    gateway.fail_next(OutcomeUnknown("timeout"), path="/receipts/")
    send_all(gateway)
    OffsetReceipt.objects.update(created_at=now() - offset_receipts.CHECKED_FOR)
    clock.shift(HOUR)
    assert offset_receipts.check_receipts(gateway, at=now()) == 1
    receipt = OffsetReceipt.objects.get()
    tomorrow = now() + timedelta(days=1)
    assert (receipt.state, receipt.next_check_at, seen(order).cases) == ("pending", tomorrow, ["receipt_failed"])
    settle(case=case_of(CaseKind.RECEIPT_FAILED), resolution="Пробьётся позже", by=manager, at=now())
    clock.shift(HOUR)
    assert offset_receipts.check_receipts(gateway, at=now()) == 0

    gateway.fail_next(OutcomeUnknown("timeout"), path="/receipts/")
    clock.move_to(tomorrow)
    assert (offset_receipts.check_receipts(gateway, at=now()), seen(order).cases) == (1, [])
    clock.move_to(tomorrow + timedelta(days=1))
    assert (offset_receipts.check_receipts(gateway, at=now()), OffsetReceipt.objects.get().state) == (1, "succeeded")
