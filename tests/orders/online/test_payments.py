"""Payment attempts: started once, polled until decided, and verified."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from orders.domain.online import payments
from orders.domain.online.completion import complete_finished
from orders.domain.online.payments import NothingToPay, apply_payment, fail_payment, start_payment
from orders.models import Order, PaymentAttempt, PaymentLink, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import (
    cancel,
    look,
    pay,
    press_pay,
    refund,
    request_of,
    review,
    seen,
    take,
    told_events,
)
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db

SUM = Decimal("600.00")
SECOND = timedelta(seconds=1)


def body_of(attempt: PaymentAttempt) -> dict[str, Any]:
    return json.loads(request_of(attempt).body)


def start(order: Order, gateway: FakeGateway, email: str = "") -> PaymentAttempt:
    return start_payment(order.pk, gateway, email=email, at=now())


# Starting


def test_the_request_of_an_attempt_says_everything_about_it(order: Order, gateway: FakeGateway) -> None:
    attempt = start(order, gateway, email="payer@example.com")
    token = PaymentLink.objects.get().token
    assert body_of(attempt) == {
        "amount": {"value": "600.00", "currency": "RUB"},
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": f"http://127.0.0.1:8000/pay/{token}/return/"},
        "description": f"Заказ {order.number}: Опен-спейс",
        "metadata": {
            "payment_id": str(attempt.pk),
            "order_id": str(order.pk),
            "env": "test",
            "cms_name": "olvery",
        },
        "receipt": {
            "customer": {"email": "payer@example.com"},
            "items": [
                {
                    "description": "Опен-спейс, Час",
                    "quantity": 2,
                    "amount": {"value": "300.00", "currency": "RUB"},
                    "vat_code": 1,
                    "payment_mode": "full_prepayment",
                    "payment_subject": "service",
                    "measure": "hour",
                }
            ],
        },
    }
    assert (attempt.number, attempt.amount, attempt.status, attempt.email) == (
        1,
        SUM,
        "created",
        "payer@example.com",
    )
    assert told_events(order, "payment_started") == [{"sum": "600.00", "attempt": 1}]


def test_a_payment_of_what_is_left_is_a_partial_prepayment(order: Order, gateway: FakeGateway, manager: User) -> None:
    take(order, "200", by=manager)
    attempt = start(order, gateway)
    (item,) = body_of(attempt)["receipt"]["items"]
    assert (attempt.amount, attempt.email) == (Decimal(400), order.email)
    assert (item["payment_mode"], item["quantity"], item["amount"]["value"]) == ("partial_prepayment", 2, "200.00")


def test_a_debt_for_what_was_rendered_is_no_prepayment(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    take(order, "200", by=manager)
    clock.move_to(order.period.end)
    complete_finished(gateway, now())
    attempt = start(order, gateway)
    (item,) = body_of(attempt)["receipt"]["items"]
    assert (attempt.amount, attempt.receipt_items[0]["mode"], item["payment_mode"]) == (
        Decimal(400),
        "full_payment",
        "full_payment",
    )


def test_a_refund_says_of_its_payment_what_the_payment_said(order: Order, gateway: FakeGateway, manager: User) -> None:
    take(order, "200", by=manager)
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    (item,) = json.loads(request_of(Refund.objects.get()).body)["receipt"]["items"]
    assert item["payment_mode"] == "partial_prepayment"


def test_a_corrected_address_of_the_receipt_needs_another_request(order: Order, gateway: FakeGateway) -> None:
    first = start(order, gateway, "wrong@example.com")
    assert start(order, gateway, "wrong@example.com") == first
    second = start(order, gateway, "right@example.com")
    first.refresh_from_db()
    assert (second.number, second.email, first.abandoned_at) == (2, "right@example.com", now())
    assert body_of(second)["receipt"]["customer"] == {"email": "right@example.com"}


def test_a_receipt_without_an_address_goes_to_the_phone_as_digits(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    Order.objects.update(phone="8 (916) 204-48-21", email="", payment_method="on_site")
    customer = {"phone": "79162044821"}

    assert body_of(start(order, gateway, ""))["receipt"]["customer"] == customer
    attempt = pay(Order.objects.get(), gateway)
    refund(order, gateway, "100", by=manager)
    assert (attempt.email, json.loads(request_of(Refund.objects.get()).body)["receipt"]["customer"]) == ("", customer)


def test_without_receipts_of_the_shop_an_attempt_has_none(order: Order, gateway: FakeGateway, settings: Any) -> None:
    settings.YOOKASSA_RECEIPTS = False
    attempt = start(order, gateway)
    assert ("receipt" in body_of(attempt), attempt.receipt_items) == (False, [])


def test_a_running_attempt_is_used_again_until_its_page_is_about_to_close(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    first = start(order, gateway)
    clock.shift(payments.PAGE_LIVES - SECOND)
    before = saved_rows()
    assert (start(order, gateway), saved_rows()) == (first, before)
    clock.shift(SECOND)
    second = start(order, gateway)
    first.refresh_from_db()
    assert (first.abandoned_at, first.status, second.number) == (now(), "created", 2)
    assert request_of(first).key != request_of(second).key


def test_a_running_attempt_of_another_sum_is_given_up(order: Order, gateway: FakeGateway) -> None:
    first = start(order, gateway)
    order.lines.create(kind="allowance", title="-", quantity=1, unit_price=-100, amount=-100)
    second = start(order, gateway)
    first.refresh_from_db()
    assert (first.abandoned_at, second.amount) == (now(), Decimal(500))


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_an_order_that_is_over_is_not_paid(status: str, order: Order, gateway: FakeGateway) -> None:
    Order.objects.update(status=status, kept=100)
    before = saved_rows()
    with pytest.raises(NothingToPay):
        start(order, gateway)
    assert saved_rows() == before


def test_after_the_deadline_nothing_is_started(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.move_to(order.deadline_at)
    before = saved_rows()
    with pytest.raises(NothingToPay):
        start(order, gateway)
    assert saved_rows() == before


@pytest.mark.parametrize("step", [pay, review], ids=["paid", "in review"])
def test_an_order_that_is_or_may_be_paid_is_not_paid_again(
    step: Callable[[Order, FakeGateway], Any], order: Order, gateway: FakeGateway
) -> None:
    """Not even with another e-mail for the receipt, which takes another attempt."""
    step(order, gateway)
    before = saved_rows()
    with pytest.raises(NothingToPay):
        start(order, gateway, email="payer@example.com")
    assert saved_rows() == before


def test_an_order_paid_a_moment_ago_is_not_paid_again(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = press_pay(order, gateway)
    with monkeypatch.context() as killed:
        killed.setattr(payments, "fulfil_payment", lambda *_args, **_wanted: None)
        gateway.pay(attempt.provider_id or "")
        look(attempt, gateway)
    assert Order.objects.get().status == "awaiting_payment"
    before = saved_rows()
    with pytest.raises(NothingToPay):
        start(order, gateway)
    assert saved_rows() == before
    assert jobs()[-1] == ("orders.fulfil_payment", {"attempt_id": attempt.pk})


# News


def test_the_same_news_twice_change_nothing_the_second_time(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    look(attempt, gateway)
    before = saved_rows()
    look(attempt, gateway)
    assert saved_rows() == before


def test_a_decline_says_who_and_why(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.decline(attempt.provider_id or "", "insufficient_funds")
    attempt = look(attempt, gateway)
    assert (attempt.status, attempt.cancel_party, attempt.cancel_reason, attempt.settled_at) == (
        "canceled",
        "payment_network",
        "insufficient_funds",
        now(),
    )
    assert attempt.next_check_at is None
    assert told_events(order, "payment_canceled") == [{"sum": "600.00", "reason": "insufficient_funds", "attempt": 1}]
    before = saved_rows()
    look(attempt, gateway)
    assert saved_rows() == before


@pytest.mark.parametrize("local", ["canceled", "failed"])
def test_a_success_of_an_attempt_that_was_over_confirms_all_the_same(
    local: str, order: Order, gateway: FakeGateway
) -> None:
    attempt = press_pay(order, gateway)
    PaymentAttempt.objects.update(status=local, cancel_reason="x")
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    after = seen(order)
    assert (after.status, after.payments, after.ledger) == ("confirmed", ["succeeded"], [("charge", "online", SUM)])


def test_a_success_that_turns_into_a_cancellation_is_for_a_person(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    told = gateway.payment(attempt.provider_id or "", patience=SECOND)
    apply_payment(attempt.pk, replace(told, status="canceled"), gateway, at=now())
    after = seen(order)
    assert (after.status, after.payments, after.cases) == ("confirmed", ["succeeded"], ["mismatch"])


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/pay",
        "https://yoomoney.ru.evil.example/",
        "https://notyoomoney.ru/",
        "https://yoomoney.ru@evil.example/",
        "https://evil.example/?yoomoney.ru",
        "/checkout",
    ],
)
def test_a_customer_is_not_sent_to_a_stranger(page: str, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    known = attempt.confirmation_url
    gateway.alter(attempt.provider_id or "", confirmation_url=page)
    attempt = look(attempt, gateway)
    different = {"differences": [{"field": "page", "ours": "", "theirs": page}], "status": "pending"}
    assert (attempt.confirmation_url, attempt.mismatch, seen(order).cases) == (known, different, ["mismatch"])


@pytest.mark.parametrize("page", ["https://yoomoney.ru/a", "https://pay.yoomoney.ru/b"])
def test_a_customer_is_sent_to_the_provider(page: str, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.alter(attempt.provider_id or "", confirmation_url=page)
    assert look(attempt, gateway).confirmation_url == page


def test_a_payment_that_the_provider_forgot_is_for_a_person(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    PaymentAttempt.objects.update(provider_id="2a000000-000f-5000-8000-00000000ffff")
    attempt.refresh_from_db()
    look(attempt, gateway)
    assert (seen(order).payments, seen(order).cases) == (["pending"], ["mismatch"])


def test_only_an_attempt_that_was_never_made_can_fail(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    before = saved_rows()
    fail_payment(attempt.pk, "400", at=now())
    assert saved_rows() == before


# Two payments of one order


def test_a_second_payment_is_a_part_where_the_first_was_one(order: Order, gateway: FakeGateway, manager: User) -> None:
    take(order, "200", by=manager)
    pay(order, gateway)
    after = seen(order)
    assert (after.payments, after.refunds, after.cases) == (["succeeded"], [], [])
    assert sum(amount for _kind, _method, amount in after.ledger) == SUM


def test_a_duplicate_after_a_partial_refund_goes_back_whole(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    first = press_pay(order, gateway)
    clock.shift(payments.PAGE_LIVES)
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    gateway.pay(first.provider_id or "")
    look(first, gateway)
    assert [(source, amount) for source, _status, amount in seen(order).refunds] == [
        ("staff", Decimal(100)),
        ("duplicate", SUM),
    ]


def test_a_late_success_of_a_cancelled_order_goes_back_though_something_is_kept(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    first = press_pay(order, gateway)
    clock.shift(payments.PAGE_LIVES)
    pay(order, gateway)
    cancel(order, gateway, by=manager, returned="0")
    gateway.pay(first.provider_id or "")
    look(first, gateway)
    assert [(source, amount) for source, _status, amount in seen(order).refunds] == [("late_payment", SUM)]
