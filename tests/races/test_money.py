"""Money that moves twice at the same moment. Each race has a control: with the guards off it really is lost."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import Sum

from accounts.models import User
from coworking.models import PaymentMethod, Tariff, Ticket
from orders.domain.desk import cash
from orders.domain.desk.cash import PaymentRefused, take_payment
from orders.domain.desk.refunding import refund_online
from orders.domain.money import ledger, summary
from orders.domain.money.summary import wrong_summaries
from orders.domain.online import payments, refunds, sending
from orders.domain.online.gateway import PaymentSnapshot
from orders.domain.online.notifications import Notification, process_notification, store_notification
from orders.domain.online.payments import apply_payment, check_payments, look_for_customer, start_payment
from orders.domain.online.refunds import RefundRefused
from orders.models import (
    LedgerEntry,
    Message,
    Order,
    OrderEvent,
    OrderLine,
    PaymentAttempt,
    PaymentLink,
    ProviderNotification,
    ProviderRequest,
    Refund,
)
from tests.factories import make_order
from tests.gateways.fake import FakeGateway
from tests.moments import NOW
from tests.races.conftest import MANAGERS
from tests.races.guards import (
    at_once,
    meet_after,
    unlock,
    without_constraint,
    without_index,
    without_trigger,
)
from tests.races.paying import SUM, charged, kinds, pay, press_pay

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)
DELIVERIES = 5
PAID = "payment.succeeded"


# Two managers return the same money


def return_everything_together(order: Order, gateway: FakeGateway, managers: list[User]) -> list[Any]:
    def refund_of(manager: User) -> Callable[[], Order]:
        return lambda: refund_online(order.pk, SUM, reason="Так надо", by=manager, gateway=gateway, at=NOW)

    return at_once([refund_of(manager) for manager in managers[:2]])


def assert_returned_once(order: Order) -> None:
    assert list(Refund.objects.values_list("status", "amount")) == [("requested", SUM)]
    assert ProviderRequest.objects.filter(refund__isnull=False).count() == 1
    assert list(OrderLine.objects.filter(order=order, kind="allowance").values_list("amount", flat=True)) == [-SUM]
    assert OrderEvent.objects.filter(order=order, kind="refund_requested").count() == 1


def all_check_before_anyone_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch)
    monkeypatch.setattr(ledger, "store_summary", lambda order: None)  # writing the order's row is a lock, too
    meet_after(monkeypatch, refunds, "refundable", 2)


def test_two_managers_return_the_whole_sum_once(order: Order, gateway: FakeGateway, managers: list[User]) -> None:
    pay(order, gateway)
    results = return_everything_together(order, gateway, managers)
    assert kinds(results) == ["Order", "RefundRefused"]
    assert next(result for result in results if isinstance(result, RefundRefused)).field == "amount"
    assert_returned_once(order)


def test_the_lock_alone_returns_the_whole_sum_once(order: Order, gateway: FakeGateway, managers: list[User]) -> None:
    pay(order, gateway)
    with without_trigger("orders_refund", "refund_within_its_attempt"):
        results = return_everything_together(order, gateway, managers)
    assert kinds(results) == ["Order", "RefundRefused"]
    assert_returned_once(order)


def test_the_trigger_alone_returns_the_whole_sum_once(
    order: Order, gateway: FakeGateway, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(order, gateway)
    all_check_before_anyone_returns(monkeypatch)
    results = return_everything_together(order, gateway, managers)
    assert kinds(results) == ["IntegrityError", "Order"]
    assert_returned_once(order)


def test_control_without_the_guards_the_sum_is_returned_twice(
    order: Order, gateway: FakeGateway, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(order, gateway)
    all_check_before_anyone_returns(monkeypatch)
    with without_trigger("orders_refund", "refund_within_its_attempt"):
        results = return_everything_together(order, gateway, managers)
        assert kinds(results) == ["Order", "Order"]
        assert Refund.objects.standing().aggregate(sum=Sum("amount"))["sum"] == 2 * SUM


# All learn of one payment


def news_from_everywhere(attempt: PaymentAttempt, gateway: FakeGateway) -> list[Any]:
    link, told = PaymentLink.objects.get(order=attempt.order_id), Notification(PAID, attempt.provider_id or "")

    def webhook() -> None:
        store_notification(told, body=b"{}", address="185.71.76.5", at=NOW)
        process_notification(ProviderNotification.objects.get().pk, gateway, at=NOW)

    return at_once(
        [
            *[webhook] * DELIVERIES,
            lambda: look_for_customer(link, gateway, at=NOW, patience=SECOND),
            lambda: check_payments(gateway, at=NOW + timedelta(minutes=1)),
        ]
    )


def told_at_once(attempt: PaymentAttempt, told: PaymentSnapshot, gateway: FakeGateway) -> list[Any]:
    return at_once([lambda: apply_payment(attempt.pk, told, gateway, at=NOW)] * DELIVERIES)


def all_decide_before_anyone_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, payments, "decide", DELIVERIES)


def test_five_notifications_the_return_and_the_job_at_once_charge_once_and_write_once(
    order: Order, gateway: FakeGateway
) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    results = news_from_everywhere(attempt, gateway)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert list(LedgerEntry.objects.values_list("kind", "amount", "attempt")) == [("charge", SUM, attempt.pk)]
    events = OrderEvent.objects.filter(order=order)
    assert (events.filter(kind="paid").count(), events.filter(kind="status_changed").count()) == (1, 1)
    assert Message.objects.filter(order=order, kind="paid").count() == 1
    assert (Order.objects.get().status, Ticket.objects.get().status) == ("confirmed", "active")
    stored = ProviderNotification.objects.get()
    assert (stored.deliveries, stored.state) == (DELIVERIES, "applied")
    assert not Refund.objects.exists()


def test_the_unique_charge_alone_charges_once(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = press_pay(order, gateway)
    told = gateway.pay(attempt.provider_id or "")
    all_decide_before_anyone_writes(monkeypatch)
    results = told_at_once(attempt, told, gateway)
    assert kinds(results) == ["IntegrityError"] * (DELIVERIES - 1) + ["PaymentAttempt"]
    assert (charged(order), Order.objects.get().status) == (SUM, "confirmed")


def test_control_without_the_guards_one_payment_is_charged_five_times(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = press_pay(order, gateway)
    told = gateway.pay(attempt.provider_id or "")
    all_decide_before_anyone_writes(monkeypatch)
    # The steps after the money have their own guards.
    monkeypatch.setattr(payments, "fulfil_payment", lambda *_args, **_wanted: None)
    with without_index("orders_ledgerentry", "entry_one_charge_an_attempt"):
        results = told_at_once(attempt, told, gateway)
        assert kinds(results) == ["PaymentAttempt"] * DELIVERIES
        assert charged(order) == DELIVERIES * SUM


# Two managers take the same money


@pytest.fixture
def desk_order(tariff: Tariff, managers: list[User]) -> Order:
    return make_order(tariff=tariff, by=managers[0], payment_method="on_site")


def take_together(order: Order, managers: list[User], tokens: list[uuid.UUID]) -> list[Any]:
    def taking(manager: User, token: uuid.UUID) -> Callable[[], LedgerEntry]:
        return lambda: take_payment(
            order.pk,
            SUM,
            method=PaymentMethod.ON_SITE,
            moved_at=NOW,
            document="",
            token=token,
            by=manager,
            at=NOW,
        )

    return at_once([taking(manager, token) for manager, token in zip(managers, tokens, strict=True)])


def different_forms() -> list[uuid.UUID]:
    return [uuid.uuid4() for _n in range(MANAGERS)]


def assert_taken_once(order: Order) -> None:
    assert charged(order) == SUM
    assert OrderEvent.objects.filter(order=order, kind="paid").count() == 1
    assert Message.objects.filter(order=order, kind="paid").count() == 1


def test_only_one_of_many_managers_takes_the_same_money(desk_order: Order, managers: list[User]) -> None:
    results = take_together(desk_order, managers, different_forms())
    assert kinds(results) == ["LedgerEntry"] + ["PaymentRefused"] * (MANAGERS - 1)
    assert all(isinstance(result, LedgerEntry | PaymentRefused) for result in results)
    assert_taken_once(desk_order)


def test_control_without_the_lock_everybody_takes_it(
    desk_order: Order, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, cash, "balance_of", MANAGERS)
    # Without an e-mail: a second letter of the kind would be refused and hide the second entry.
    Order.objects.update(email="")
    results = take_together(desk_order, managers, different_forms())
    assert kinds(results) == ["LedgerEntry"] * MANAGERS
    assert charged(desk_order) == MANAGERS * SUM


def test_one_form_sent_many_times_at_once_takes_once(desk_order: Order, managers: list[User]) -> None:
    results = take_together(desk_order, managers, [uuid.uuid4()] * MANAGERS)
    assert results == [LedgerEntry.objects.get()] * MANAGERS
    assert_taken_once(desk_order)


def test_the_unique_token_alone_takes_once(
    desk_order: Order, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, cash, "balance_of", MANAGERS)
    results = take_together(desk_order, managers, [uuid.uuid4()] * MANAGERS)
    assert kinds(results) == ["IntegrityError"] * (MANAGERS - 1) + ["LedgerEntry"]
    assert_taken_once(desk_order)


# What lists show of an order


def take_parts_together(order: Order, managers: list[User]) -> Decimal:
    """Let every manager take 100 ₽ at once; return the paid sum in lists."""
    takes = [
        partial(
            take_payment,
            order.pk,
            Decimal(100),
            method=PaymentMethod.ON_SITE,
            moved_at=NOW,
            document="",
            token=uuid.uuid4(),
            by=manager,
            at=NOW,
        )
        for manager in managers
    ]
    assert kinds(at_once(takes)) == ["LedgerEntry"] * MANAGERS
    return Order.objects.get(pk=order.pk).paid


def test_payments_taken_at_once_are_all_in_the_stored_sums(desk_order: Order, managers: list[User]) -> None:
    assert take_parts_together(desk_order, managers) == MANAGERS * 100
    assert list(wrong_summaries(Order.objects.all())) == []


def test_control_without_the_lock_the_stored_sums_miss_what_others_took(
    desk_order: Order, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, summary, "_STORED", MANAGERS)
    assert take_parts_together(desk_order, managers) == 100
    assert charged(desk_order) == MANAGERS * 100
    missing = f"paid 100.00 instead of {MANAGERS * 100}.00, due 500.00 instead of {SUM - MANAGERS * 100}"
    assert list(wrong_summaries(Order.objects.all())) == [(desk_order.pk, missing)]


# Two tabs


def press_together(order: Order, gateway: FakeGateway) -> list[Any]:
    return at_once([lambda: start_payment(order.pk, gateway, email=order.email, at=NOW)] * 2)


def all_look_before_anyone_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, payments, "receipt_items", 2)


def test_two_tabs_share_one_attempt(order: Order, gateway: FakeGateway) -> None:
    results = press_together(order, gateway)
    assert results == [PaymentAttempt.objects.get()] * 2
    assert ProviderRequest.objects.count() == 1


def test_the_unique_attempt_alone_makes_one(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_look_before_anyone_starts(monkeypatch)
    with without_constraint("orders_paymentattempt", "attempt_number_once_an_order"):
        results = press_together(order, gateway)
        assert kinds(results) == ["IntegrityError", "PaymentAttempt"]
        refusal = next(result for result in results if isinstance(result, IntegrityError))
        assert "attempt_one_active_an_order" in str(refusal)
        assert (PaymentAttempt.objects.count(), ProviderRequest.objects.count()) == (1, 1)


def test_control_without_the_guards_two_tabs_are_two_attempts(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_look_before_anyone_starts(monkeypatch)
    with (
        without_constraint("orders_paymentattempt", "attempt_number_once_an_order"),
        without_index("orders_paymentattempt", "attempt_one_active_an_order"),
    ):
        assert kinds(press_together(order, gateway)) == ["PaymentAttempt", "PaymentAttempt"]
        assert (PaymentAttempt.objects.count(), ProviderRequest.objects.count()) == (2, 2)


def test_only_one_of_two_senders_sends_a_request(order: Order, gateway: FakeGateway) -> None:
    start_payment(order.pk, gateway, email=order.email, at=NOW)
    request = ProviderRequest.objects.get()
    results = at_once([lambda: sending.send_request(request.pk, gateway, at=NOW)] * MANAGERS)
    assert sorted(results) == [False] * (MANAGERS - 1) + [True]
    assert len(gateway.journal) == 1


def test_control_left_every_guard_as_it_was(order: Order, gateway: FakeGateway, managers: list[User]) -> None:
    pay(order, gateway)
    assert kinds(return_everything_together(order, gateway, managers)) == ["Order", "RefundRefused"]
    assert_returned_once(order)
    with pytest.raises(IntegrityError, match="entry_one_charge_an_attempt"):
        LedgerEntry.objects.create(
            order=order, kind="charge", method="online", amount=1, at=NOW, attempt=PaymentAttempt.objects.get()
        )
