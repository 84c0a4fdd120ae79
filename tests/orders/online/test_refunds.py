"""Refunds through the provider."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction

from accounts.models import User
from orders.domain.money.balance import refundable
from orders.domain.money.cases import settle_case
from orders.domain.online import refunds
from orders.domain.online.gateway import OutcomeUnknown
from orders.domain.online.notifications import take_refund
from orders.domain.online.refunds import RefundRefused, apply_refund, check_refunds, create_refund
from orders.models import MoneyCase, Order, PaymentAttempt, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import Seen, money, pay, posts, press_pay, refund, request_of, seen, send_all, told_events
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM = Decimal("600.00")
CHARGE = ("charge", "online", SUM)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def rubles(text: str) -> Decimal:
    return Decimal(text)


def returned(text: str) -> tuple[str, str, Decimal]:
    return "refund", "online", -Decimal(text)


def body_of(row: Refund) -> dict[str, Any]:
    return json.loads(request_of(row).body)


def ask(attempt: PaymentAttempt, gateway: FakeGateway, amount: str, by: User | None = None) -> Refund:
    """Ask for a refund of one payment, past the order's price."""
    attempt = PaymentAttempt.objects.select_related("order").get(pk=attempt.pk)
    return create_refund(
        attempt, rubles(amount), source=Refund.Source.STAFF, reason="Так надо", by=by, gateway=gateway, at=now()
    )


def wait_in_vain(order: Order, bank: FakeGateway, clock: time_machine.Coordinates, *, by: User) -> None:
    """Request a refund of 200 ₽ that the bank does not decide for four days."""
    pay(order, bank)
    refund(order, bank, "200", by=by)
    send_all(bank)
    clock.shift(4 * DAY)
    check_refunds(bank, at=now())


# Asked for


def test_a_refund_in_full_goes_back_in_one_piece_without_a_receipt_of_its_own(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = pay(order, gateway)
    refund(order, gateway, "600.00", by=manager)
    send_all(gateway)
    made = Refund.objects.get()
    assert body_of(made) == {
        "payment_id": attempt.provider_id,
        "amount": {"value": "600.00", "currency": "RUB"},
        "description": f"Возврат по заказу {order.number}",
        "metadata": {"refund_id": str(made.pk), "order_id": str(order.pk), "env": "test"},
    }
    assert seen(order) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=["succeeded"],
        refunds=[("staff", "succeeded", SUM)],
        ledger=[CHARGE, returned("600")],
        letters=["created", "paid", "refunded"],
        cases=[],
    )
    assert (made.requested_by, made.requested_at, made.settled_at, made.reason) == (
        manager,
        now(),
        now(),
        "Передумал",
    )
    assert told_events(order, "refund_requested") == [{"sum": "600.00", "source": "staff"}]
    assert told_events(order, "refunded") == [{"sum": "600.00", "method": "online", "source": "staff"}]


def test_a_refund_of_a_part_has_a_receipt_of_what_goes_back(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    made = Refund.objects.get()
    (item,) = body_of(made)["receipt"]["items"]
    assert (item["quantity"], item["amount"]["value"], item["payment_mode"]) == (2, "100.00", "full_prepayment")
    assert body_of(made)["receipt"]["customer"] == {"email": order.email}
    assert [(row["quantity"], row["price"]) for row in made.receipt_items] == [("2", "100.00")]


def test_the_rest_after_a_part_has_a_receipt_too(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    refund(order, gateway, "400", by=manager)
    send_all(gateway)
    values = [body_of(row)["receipt"]["items"][0]["amount"]["value"] for row in Refund.objects.order_by("pk")]
    assert values == ["100.00", "200.00"]
    assert seen(order).ledger == [CHARGE, returned("200"), returned("400")]


def test_without_receipts_of_the_shop_a_refund_has_none(
    order: Order, gateway: FakeGateway, manager: User, settings: Any
) -> None:
    settings.YOOKASSA_RECEIPTS = False
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    assert "receipt" not in body_of(Refund.objects.get())


@pytest.mark.parametrize("amount", ["0", "-1", "600.01", "700", "599.01", "599.99"])
def test_more_than_was_paid_or_a_rest_below_a_rouble_is_refused(
    amount: str, order: Order, gateway: FakeGateway
) -> None:
    attempt = pay(order, gateway)
    before = saved_rows()
    with pytest.raises(RefundRefused) as refusal, transaction.atomic():
        ask(attempt, gateway, amount)
    assert refusal.value.field == "amount"
    assert (saved_rows(), posts(gateway, "/refunds")) == (before, 0)


@pytest.mark.parametrize("amount", ["600", "599", "0.01", "1"])
def test_everything_or_all_but_a_rouble_can_be_returned(amount: str, order: Order, gateway: FakeGateway) -> None:
    ask(pay(order, gateway), gateway, amount)
    send_all(gateway)
    assert Refund.objects.get().status == "succeeded"


def test_refunds_of_a_payment_add_up_to_what_was_paid_and_no_more(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    for amount in ("200", "300"):
        ask(attempt, gateway, amount)
    assert refundable(attempt) == rubles("100")
    with pytest.raises(RefundRefused):
        ask(attempt, gateway, "100.01")
    with pytest.raises(RefundRefused):
        ask(attempt, gateway, "99.50")
    ask(attempt, gateway, "100")
    assert refundable(attempt) == 0


@pytest.mark.parametrize("status", ["created", "pending", "canceled", "failed"])
def test_a_payment_that_failed_cannot_be_refunded(status: str, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    PaymentAttempt.objects.update(status=status)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        ask(attempt, gateway, "1")
    assert saved_rows() == before


def test_a_lost_answer_makes_one_refund(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    attempt = pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    gateway.fail_next(OutcomeUnknown("read timeout"), when="after", path="/refunds")
    send_all(gateway)
    clock.shift(timedelta(minutes=1))
    send_all(gateway)
    assert len(list(gateway.refunds_since(now() - DAY))) == 1
    assert gateway.payment(attempt.provider_id or "", patience=SECOND).refunded == rubles("200.00")
    assert seen(order).ledger == [CHARGE, returned("200")]


# Decided by the bank


@pytest.fixture
def slow_bank(gateway: FakeGateway) -> FakeGateway:
    gateway.refunds_stay_pending = True
    return gateway


def test_a_refund_under_way_moves_no_money_yet(order: Order, slow_bank: FakeGateway, manager: User) -> None:
    attempt = pay(order, slow_bank)
    refund(order, slow_bank, "200", by=manager)
    send_all(slow_bank)
    after = seen(order)
    assert (after.refunds, after.ledger) == ([("staff", "pending", rubles("200"))], [CHARGE])
    assert (after.letters, after.cases) == (["created", "paid"], [])
    assert refundable(attempt) == rubles("400")


def test_a_refund_that_the_bank_refuses_frees_its_sum_and_is_shown(
    order: Order, slow_bank: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    attempt = pay(order, slow_bank)
    refund(order, slow_bank, "200", by=manager)
    send_all(slow_bank)
    made = Refund.objects.get()
    slow_bank.settle_refund(made.provider_id or "", "canceled", "insufficient_funds")
    clock.shift(timedelta(minutes=1))
    assert check_refunds(slow_bank, at=now()) == 1
    made.refresh_from_db()
    assert (made.status, made.cancel_reason, made.next_check_at, made.settled_at) == (
        "canceled",
        "insufficient_funds",
        None,
        now(),
    )
    after = seen(order)
    assert (after.ledger, after.letters, after.cases) == ([CHARGE], ["created", "paid"], ["refund_failed"])
    assert refundable(attempt) == SUM
    case = MoneyCase.objects.get()
    assert (case.refund, case.amount, case.facts) == (made, rubles("200"), {"code": "insufficient_funds"})
    assert told_events(order, "refund_failed") == [{"sum": "200.00", "reason": "insufficient_funds"}]


def test_another_refund_that_goes_through_closes_the_case_of_the_refused_one(
    order: Order, slow_bank: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, slow_bank)
    refund(order, slow_bank, "200", by=manager)
    send_all(slow_bank)
    slow_bank.settle_refund(Refund.objects.get().provider_id or "", "canceled")
    clock.shift(timedelta(minutes=1))
    check_refunds(slow_bank, at=now())
    slow_bank.refunds_stay_pending = False
    refund(order, slow_bank, "200", by=manager)
    send_all(slow_bank)
    after = seen(order)
    assert [status for _source, status, _sum in after.refunds] == ["canceled", "succeeded"]
    assert (after.ledger, after.cases) == ([CHARGE, returned("200")], [])


def test_a_refund_under_way_is_asked_about_less_and_less_often_and_given_to_a_person_after_three_days(
    order: Order, slow_bank: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, slow_bank)
    refund(order, slow_bank, "200", by=manager)
    send_all(slow_bank)
    waits = []
    while (due := Refund.objects.get().next_check_at) and len(waits) < 12:
        waits.append(int((due - now()).total_seconds() // 60))
        assert check_refunds(slow_bank, at=due - SECOND) == 0
        clock.move_to(due)
        assert check_refunds(slow_bank, at=now()) == 1
    assert waits == [1, 1, 2, 5, 15, 60, 60, 60, 60, 60, 60, 60]
    clock.move_to(Refund.objects.get().requested_at + refunds.CHECKED_FOR)
    assert (check_refunds(slow_bank, at=now()), seen(order).cases) == (1, [])
    clock.shift(HOUR)
    assert (check_refunds(slow_bank, at=now()), Refund.objects.get().next_check_at) == (1, now() + DAY)
    after = seen(order)
    assert (after.refunds[0][1], after.cases) == ("pending", ["refund_stuck"])


def test_a_bank_that_refuses_after_a_person_has_settled_the_case_is_still_heard(
    order: Order, slow_bank: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    wait_in_vain(order, slow_bank, clock, by=manager)
    settle_case(MoneyCase.objects.get(), resolution="Банк вернёт на неделе", by=manager, at=now())
    for _day in range(2):
        clock.shift(DAY)
        assert (check_refunds(slow_bank, at=now()), seen(order).cases) == (1, [])
    slow_bank.settle_refund(Refund.objects.get().provider_id or "", status="canceled")
    clock.shift(DAY)
    assert (check_refunds(slow_bank, at=now()), seen(order).cases) == (1, ["refund_failed"])
    assert money(order) == (rubles("400"), SUM, rubles("0"), rubles("200"))


def test_news_after_three_days_still_count(
    order: Order, slow_bank: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    wait_in_vain(order, slow_bank, clock, by=manager)
    assert seen(order).cases == ["refund_stuck"]
    take_refund(slow_bank.settle_refund(Refund.objects.get().provider_id or ""), at=now())
    after = seen(order)
    assert (after.ledger, after.cases) == ([CHARGE, returned("200")], [])


def test_a_silent_provider_is_asked_again_later(
    order: Order, slow_bank: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, slow_bank)
    refund(order, slow_bank, "200", by=manager)
    send_all(slow_bank)
    clock.shift(timedelta(minutes=1))
    slow_bank.fail_next(OutcomeUnknown("read timeout"), path="/refunds")
    assert check_refunds(slow_bank, at=now()) == 1
    made = Refund.objects.get()
    assert (made.status, made.checks, made.next_check_at) == ("pending", 1, now() + timedelta(minutes=1))


def test_the_same_news_of_a_refund_twice_is_once(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    told = gateway.refund(Refund.objects.get().provider_id or "", patience=SECOND)
    before = saved_rows()
    apply_refund(Refund.objects.get().pk, told, at=now())
    assert saved_rows() == before


@pytest.mark.parametrize(
    ("difference", "field"),
    [("sum", "amount"), ("id", "refund"), ("payment", "payment"), ("canceled", "status")],
)
def test_news_that_contradict_what_we_know_change_nothing_but_open_a_case(
    difference: str, field: str, order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    send_all(gateway)
    told = gateway.refund(Refund.objects.get().provider_id or "", patience=SECOND)
    other = "2a000000-0015-5000-8000-00000000ffff"
    facts: dict[str, dict[str, Any]] = {
        "sum": {"amount": rubles("200.01")},
        "id": {"id": other},
        "payment": {"payment_id": other},
        "canceled": {"status": "canceled"},
    }
    before = seen(order)
    apply_refund(Refund.objects.get().pk, replace(told, **facts[difference]), at=now())
    after = seen(order)
    assert after.cases == ["mismatch"]
    assert [row["field"] for row in MoneyCase.objects.get().facts["differences"]] == [field]
    assert (after.refunds, after.ledger, after.letters) == (before.refunds, before.ledger, before.letters)


def test_a_given_up_refund_that_went_through_after_its_sum_was_returned_again_is_for_a_person(
    order: Order, slow_bank: FakeGateway, manager: User
) -> None:
    pay(order, slow_bank)
    refund(order, slow_bank, "600", by=manager)
    send_all(slow_bank)
    first = Refund.objects.get()
    told = slow_bank.refund(first.provider_id or "", patience=SECOND)
    Refund.objects.filter(pk=first.pk).update(status="canceled")
    ask(PaymentAttempt.objects.get(), slow_bank, "600")
    apply_refund(first.pk, replace(told, status="succeeded"), at=now())
    after = seen(order)
    assert [status for _source, status, _sum in after.refunds] == ["canceled", "requested"]
    assert (after.ledger, after.cases) == ([CHARGE], ["mismatch"])
    contradiction = {"field": "status", "ours": "canceled", "theirs": "succeeded"}
    assert MoneyCase.objects.get().facts == {"differences": [contradiction]}
