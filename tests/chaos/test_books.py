"""Every kind of difference, planted by hand: the comparison of the books finds it."""

import uuid
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from bench.chaos import books, settling
from coworking.domain.rules import When
from orders.domain.money.balance import balance_of
from orders.domain.money.cases import close_cases, open_case
from orders.domain.money.facts import Reply
from orders.domain.money.summary import store_summary
from orders.models import (
    CaseKind,
    LineKind,
    Message,
    OffsetReceipt,
    Order,
    OrderLine,
    OrderStatus,
    PaymentAttempt,
    ProviderNotification,
    ProviderRequest,
    Refund,
)
from tests.chaos.conftest import World
from tests.orders.booking.changes import change

FIFTY = Decimal(50)


def change_cost(order: Order, by: Decimal) -> None:
    """Plant a line that makes an order more expensive or cheaper, also in its summary."""
    kind, ticket = (LineKind.ALLOWANCE, None) if by < 0 else (LineKind.TARIFF, order.lines.all()[0].ticket)
    OrderLine.objects.create(
        order=order, kind=kind, ticket=ticket, title="planted", quantity=1, unit_price=by, amount=by
    )
    store_summary(order)


def refuse_refund(attempt: PaymentAttempt, amount: Decimal) -> Refund:
    refund = Refund(attempt=attempt, amount=amount, source=Refund.Source.STAFF, status=Refund.Status.FAILED)
    refund.save()
    return refund


def pay_again(attempt: PaymentAttempt) -> PaymentAttempt:
    """Plant a second payment of the same order."""
    return PaymentAttempt.objects.create(
        order=attempt.order,
        number=2,
        amount=attempt.amount,
        status=PaymentAttempt.Status.SUCCEEDED,
        provider_id=str(uuid.uuid4()),
        settled_at=timezone.now(),
        fulfilled_at=timezone.now(),
    )


def due_back(order: Order, amount: Decimal) -> None:
    open_case(CaseKind.REFUND_DUE, at=timezone.now(), order=order, amount=amount)


def test_money_that_went_back_behind_our_back_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key, held = world.attempt.provider_id, world.attempt.amount
    refund = {"id": "x", "payment_id": key, "amount": {"value": "10.00"}, "status": "succeeded"}
    refunds, payments = [*world.sandbox.refunds(), refund], world.sandbox.payments()
    next(told for told in payments if told["id"] == key)["refunded_amount"] = {"value": "10.00"}
    monkeypatch.setattr(world.sandbox, "refunds", lambda: refunds)
    monkeypatch.setattr(world.sandbox, "payments", lambda: payments)
    assert world.differences() == [
        f"payment {key}: ledger {held}, provider {held - 10}",
        f"refund x: ours missing, provider's {key} 10.00 succeeded",
    ]


def test_an_order_that_holds_more_than_it_costs_is_a_difference(world: World) -> None:
    change_cost(world.paid, -FIFTY)
    cost = world.attempt.amount - 50
    assert world.differences() == [f"order {world.paid.pk} is confirmed: costs {cost}, paid {world.attempt.amount}"]


def test_a_case_alone_does_not_excuse_an_excess(world: World) -> None:
    change_cost(world.paid, -FIFTY)
    due_back(world.paid, FIFTY)
    open_case(CaseKind.LATE_PAYMENT, at=timezone.now(), order=world.paid)
    assert len(world.differences()) == 1


def test_a_refused_refund_alone_does_not_excuse_an_excess(world: World) -> None:
    change_cost(world.paid, -FIFTY)
    refuse_refund(world.attempt, FIFTY)
    assert len(books.orders()) == 1


@pytest.mark.parametrize(("shown", "refused"), [(Decimal(49), FIFTY), (FIFTY, Decimal(49))])
def test_another_sum_does_not_excuse_an_excess(world: World, shown: Decimal, refused: Decimal) -> None:
    change_cost(world.paid, -FIFTY)
    due_back(world.paid, shown)
    refuse_refund(world.attempt, refused)
    assert len(books.orders()) == 1


def test_a_closed_case_does_not_excuse_an_excess(world: World) -> None:
    change_cost(world.paid, -FIFTY)
    refuse_refund(world.attempt, FIFTY)
    due_back(world.paid, FIFTY)
    close_cases(CaseKind.REFUND_DUE, at=timezone.now(), order=world.paid)
    assert len(books.orders()) == 1


def test_an_excess_that_could_not_go_back_and_is_shown_is_none(world: World) -> None:
    change_cost(world.paid, -FIFTY)
    refuse_refund(world.attempt, FIFTY)
    due_back(world.paid, FIFTY)
    assert books.orders() == []


def test_an_excess_whose_return_would_leave_less_than_a_rouble_is_none(world: World) -> None:
    almost_all = world.attempt.amount - Decimal("0.50")
    change_cost(world.paid, -almost_all)
    due_back(world.paid, almost_all)
    assert books.orders() == []


def test_an_order_that_holds_less_than_it_costs_is_always_a_difference(world: World) -> None:
    change_cost(world.paid, FIFTY)
    due_back(world.paid, FIFTY)
    refuse_refund(world.attempt, FIFTY)
    assert books.orders() == [
        f"order {world.paid.pk} is confirmed: costs {world.attempt.amount + 50}, paid {world.attempt.amount}"
    ]


def test_a_stored_sum_that_differs_is_a_difference(world: World) -> None:
    Order.objects.filter(pk=world.paid.pk).update(due=Decimal(5))
    assert world.differences() == [f"order {world.paid.pk}: due 5.00 instead of 0.00"]


def test_a_confirmed_order_that_nobody_paid_is_a_difference(world: World) -> None:
    Order.objects.filter(pk=world.expired.pk).update(status=OrderStatus.CONFIRMED)
    assert f"order {world.expired.pk} is confirmed, and nobody ever paid" in world.differences()


def test_an_order_paid_twice_is_a_difference(world: World) -> None:
    again = pay_again(world.attempt)
    line = f"order {world.paid.pk} was paid by 2 payments"
    assert books.paid_twice() == [line]
    open_case(CaseKind.REFUND_FAILED, at=timezone.now(), order=world.paid)
    assert books.paid_twice() == [line]
    open_case(CaseKind.REFUND_FAILED, at=timezone.now(), refund=refuse_refund(again, again.amount))
    assert books.paid_twice() == []
    close_cases(CaseKind.REFUND_FAILED, at=timezone.now())
    assert books.paid_twice() == [line]


def test_two_payments_that_together_make_up_the_cost_are_none(world: World) -> None:
    again = pay_again(world.attempt)
    Refund.objects.create(
        attempt=again,
        amount=FIFTY,
        source=Refund.Source.EXTERNAL,
        status=Refund.Status.SUCCEEDED,
        provider_id=str(uuid.uuid4()),
        settled_at=timezone.now(),
    )
    assert books.paid_twice() == []
    change_cost(world.paid, -FIFTY)
    assert books.paid_twice() == [f"order {world.paid.pk} was paid by 2 payments"]


def test_a_body_that_is_not_the_stored_one_is_a_difference(world: World) -> None:
    stored = ProviderRequest.objects.get(attempt=world.attempt)
    ProviderRequest.objects.filter(pk=stored.pk).update(body=stored.body.replace("RUB", "EUR"))
    assert world.differences() == [f"key {stored.key} was sent with another body than is stored"]


def test_a_request_to_another_address_is_a_difference(world: World) -> None:
    stored = ProviderRequest.objects.get(attempt=world.attempt)
    ProviderRequest.objects.filter(pk=stored.pk).update(path="/receipts")
    assert world.differences() == [f"key {stored.key} was sent to /v3/payments instead of /receipts"]


def test_a_key_that_is_not_stored_is_a_difference(world: World) -> None:
    stored, other = ProviderRequest.objects.get(attempt=world.attempt), uuid.uuid4()
    ProviderRequest.objects.filter(pk=stored.pk).update(key=other)
    assert world.differences() == [
        f"key {stored.key} was sent to /v3/payments and is of no stored request",
        f"key {other} is done and was never sent",
    ]


def test_the_same_request_with_a_second_key_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = str(ProviderRequest.objects.get(refund=world.refund).key)
    journal, refunds = world.sandbox.journal(), world.sandbox.refunds()
    journal += [{**request, "key": "other"} for request in journal if request["key"] == key]
    refunds += [{**told, "id": "x"} for told in refunds]
    monkeypatch.setattr(world.sandbox, "journal", lambda: journal)
    monkeypatch.setattr(world.sandbox, "refunds", lambda: refunds)
    name, paid = f"refund_id {world.refund.pk}", world.refund.attempt.provider_id
    assert world.differences() == [
        "key other was sent to /v3/refunds and is of no stored request",
        f"{name} was asked for with 2 keys",
        f"refund x: ours missing, provider's {paid} 100.00 succeeded",
        f"refund {world.refund.pk} was made 2 times",
    ]


def test_a_journal_that_has_forgotten_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = world.sandbox.journal()
    asking = next(number for number, request in enumerate(journal) if request["method"] == "GET")
    monkeypatch.setattr(world.sandbox, "journal", lambda: journal[asking + 1 :])
    assert f"the journal has forgotten its first {asking + 1} requests" in world.differences()[0]


def test_a_payment_in_another_state_than_the_provider_says_is_a_difference(unguarded: World) -> None:
    attempt = unguarded.attempt
    PaymentAttempt.objects.filter(pk=attempt.pk).update(status=PaymentAttempt.Status.CANCELED)
    line = f"payment {attempt.provider_id}: ours {attempt.amount} canceled, provider's {attempt.amount} succeeded"
    assert line in unguarded.differences()


def test_a_payment_that_the_provider_does_not_have_is_a_difference(world: World) -> None:
    again = pay_again(world.attempt)
    line = f"payment {again.provider_id}: ours {again.amount} succeeded, provider's missing"
    assert line in world.differences()


@pytest.mark.parametrize("change", [{"amount": Decimal(99)}, {"status": Refund.Status.CANCELED}])
def test_a_refund_of_another_sum_or_state_is_a_difference(unguarded: World, change: dict[str, Any]) -> None:
    Refund.objects.update(**change)
    refund = unguarded.refund
    paid = refund.attempt.provider_id
    line = (
        f"refund {refund.provider_id}: ours {paid} {refund.amount} {refund.status}, provider's {paid} 100.00 succeeded"
    )
    assert line in unguarded.differences()


def test_a_refund_of_ours_that_passes_for_somebody_elses_is_a_difference(world: World) -> None:
    Refund.objects.update(source=Refund.Source.EXTERNAL)
    assert world.differences() == [f"refund {world.refund.pk} is external, and was asked for by us"]


def test_a_receipt_case_without_a_refused_receipt_is_a_difference(world: World) -> None:
    open_case(CaseKind.RECEIPT_FAILED, at=timezone.now(), order=world.paid, attempt=world.attempt)
    assert world.differences() == [f"case {world.attempt.provider_id} of a receipt that was not refused"]


def test_a_refused_offset_receipt_without_a_case_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    OffsetReceipt.objects.create(attempt=world.attempt, amount=100, provider_id="rt-1", state="canceled")
    monkeypatch.setattr(world.sandbox, "receipts", lambda: [{"id": "rt-1", "status": "canceled"}])
    assert world.differences() == ["receipt of rt-1 was refused, and no case shows it"]


def test_a_refused_receipt_without_a_case_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [{**one, "receipt_registration": "canceled"} for one in world.sandbox.payments()]
    monkeypatch.setattr(world.sandbox, "payments", lambda: told[:1])
    assert f"receipt of {told[0]['id']} was refused, and no case shows it" in world.differences()


@pytest.mark.parametrize("kind", settling.UNEXPLAINED)
def test_a_case_that_nothing_injected_explains_is_a_difference(world: World, kind: CaseKind) -> None:
    open_case(kind, at=timezone.now(), order=world.paid, facts=Reply(text="planted"))
    case = (kind, world.paid.pk, None, None, None, {"text": "planted"})
    assert world.differences() == [f"case {case} is still under way"]


def test_whatever_is_under_way_is_a_difference(unguarded: World) -> None:
    ProviderRequest.objects.filter(attempt=unguarded.attempt).update(state="queued")
    PaymentAttempt.objects.filter(pk=unguarded.attempt.pk).update(status="pending")
    PaymentAttempt.objects.exclude(pk=unguarded.attempt.pk).update(fulfilled_at=None, receipt="pending")
    Refund.objects.update(receipt="pending")
    Order.objects.filter(pk=unguarded.expired.pk).update(status="awaiting_payment")
    Message.objects.filter(order=unguarded.paid, kind="paid").update(sent_at=None)
    ProviderNotification.objects.create(
        event="payment.succeeded", object_id="x", remote_address="127.0.0.1", body="{}", state="deferred"
    )
    OffsetReceipt.objects.create(attempt=unguarded.attempt, amount=100)
    names = {line.split(" (")[0] for line in settling.under_way()}
    assert names == {
        *("request", "payment", "unfulfilled", "receipt", "receipt of a refund", "order", "letter", "notification"),
        "offset receipt",
    }
    Refund.objects.update(status="pending")
    assert any(line.startswith("refund (") for line in settling.under_way())


def test_the_refund_of_a_change_is_settled_too(world: World) -> None:
    order = world.paid
    begins = order.period.start.astimezone(order.location.zone)
    shorter = When(day=begins.date(), start=begins.time(), end=begins.time().replace(hour=begins.hour + 1))
    change(order, by=order.created_by, when=shorter)
    waiting = books.orders()
    assert settling.settle(world.sandbox, Random(1)) == []
    total = Order.objects.get(pk=order.pk).total
    assert waiting == [f"order {order.pk} is confirmed: costs {total}, paid {world.attempt.amount}"]
    assert (balance_of(order).paid, books.orders()) == (total, [])


def test_what_never_settles_is_a_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "ROUNDS", 2)
    open_case(CaseKind.DRIFT, at=timezone.now(), provider_id="planted")
    assert settling.settle(world.sandbox, Random(1)) == ["nothing is settled after 2 rounds of 0:03:00"]
