"""Paying an order online: from pressing the button to getting the places or the money back."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.models import User
from coworking.models import Tariff
from olvery.shared.refusals import Busy
from orders.domain.desk.cancelling import cancel_order
from orders.domain.desk.cash import Rest
from orders.domain.online import payments
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.fulfilment import fulfil_payment, fulfil_waiting
from orders.models import Order, PaymentAttempt
from tests.factories import make_order
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import Seen, due_back, look, money, pay, press_pay, refund, seen, send_all, take
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db

SUM = Decimal("600.00")
CHARGE = ("charge", "online", SUM)


def test_a_paid_order_is_confirmed_with_one_letter(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    look(attempt, gateway)
    assert seen(order) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=["succeeded"],
        refunds=[],
        ledger=[CHARGE],
        letters=["created", "paid"],
        cases=[],
    )


def test_a_second_press_shows_the_same_page(order: Order, gateway: FakeGateway) -> None:
    first, second = press_pay(order, gateway), press_pay(order, gateway)
    assert first == second
    assert first.confirmation_url.startswith("https://yoomoney.ru/")
    assert [sent.path for sent in gateway.journal if sent.method == "POST"] == ["/payments"]


def test_a_declined_card_leaves_the_places_held_and_another_attempt_pays(order: Order, gateway: FakeGateway) -> None:
    first = press_pay(order, gateway)
    gateway.decline(first.provider_id or "", "insufficient_funds")
    assert look(first, gateway).cancel_reason == "insufficient_funds"
    assert seen(order).status == "awaiting_payment"
    pay(order, gateway)
    after = seen(order)
    assert (after.status, after.payments) == ("confirmed", ["canceled", "succeeded"])
    assert after.ledger == [CHARGE]


def test_a_late_payment_takes_the_free_places_again(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(timedelta(hours=23, minutes=50))
    attempt = press_pay(order, gateway)
    clock.shift(timedelta(minutes=20))
    assert expire_overdue(gateway, now()) == 1
    assert seen(order).tickets == ["cancelled"]
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    after = seen(order)
    assert (after.status, after.tickets, after.refunds) == ("confirmed", ["active"], [])


def test_a_late_payment_needs_the_part_that_was_to_be_returned(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    take(order, "100", by=manager, rest=Rest())
    clock.shift(timedelta(hours=23, minutes=50))
    attempt = press_pay(order, gateway)
    clock.shift(timedelta(minutes=20))
    assert (expire_overdue(gateway, now()), due_back(order)) == (1, [Decimal(100)])
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    after = seen(order)
    assert (after.status, after.tickets, after.refunds, after.cases) == ("confirmed", ["active"], [], [])


def test_a_late_payment_goes_back_when_the_place_is_gone(
    order: Order, tariff: Tariff, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(timedelta(hours=23, minutes=50))
    attempt = press_pay(order, gateway)
    clock.shift(timedelta(minutes=20))
    expire_overdue(gateway, now())
    other = make_order(tariff=tariff, at=now())
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    assert seen(order) == Seen(
        status="expired",
        tickets=["cancelled"],
        payments=["succeeded"],
        refunds=[("late_payment", "succeeded", SUM)],
        ledger=[CHARGE, ("refund", "online", -SUM)],
        letters=["created", "expired", "refunded"],
        cases=["late_payment"],
    )
    assert (seen(other).status, seen(other).tickets) == ("confirmed", ["active"])


def test_a_late_payment_goes_back_where_the_customer_is_erased(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(timedelta(hours=23, minutes=50))
    attempt = press_pay(order, gateway)
    clock.shift(timedelta(minutes=20))
    expire_overdue(gateway, now())
    User.objects.filter(pk=order.customer_id).update(phone=None, email=None, is_active=False, erased_at=now())
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    after = seen(order)
    assert (after.status, after.tickets, after.cases) == ("expired", ["cancelled"], ["late_payment"])
    assert [source for source, *_ in after.refunds] == ["late_payment"]


def test_paying_an_abandoned_attempt_too_returns_the_second_payment(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    first = press_pay(order, gateway)
    clock.shift(timedelta(minutes=56))
    second = press_pay(order, gateway)
    assert first != second
    gateway.pay(second.provider_id or "")
    look(second, gateway)
    gateway.pay(first.provider_id or "")
    look(first, gateway)
    send_all(gateway)
    after = seen(order)
    assert after.refunds == [("duplicate", "succeeded", SUM)]
    assert after.ledger == [CHARGE, CHARGE, ("refund", "online", -SUM)]
    assert (after.status, after.cases) == ("confirmed", ["duplicate"])
    assert PaymentAttempt.objects.get(refunds__source="duplicate") == first


def test_a_late_payment_of_the_whole_sum_returns_the_part_taken_at_the_desk(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    clock.shift(timedelta(hours=23, minutes=50))
    attempt = press_pay(order, gateway)
    take(order, "100", by=manager, rest=Rest())
    clock.shift(timedelta(minutes=20))
    expire_overdue(gateway, now())
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    after = seen(order)
    assert (after.status, after.tickets, after.cases) == ("confirmed", ["active"], [])
    assert (after.refunds, money(order)) == ([("excess", "succeeded", Decimal(100))], (SUM, SUM, 0, 0))


def test_while_somebody_holds_the_places_the_money_is_written_down_and_a_job_decides(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object, **_wanted: object) -> None:
        raise Busy

    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    with monkeypatch.context() as held:
        held.setattr(payments, "fulfil_payment", busy)
        look(attempt, gateway)
    after = seen(order)
    assert (after.status, after.payments, after.ledger) == ("awaiting_payment", ["succeeded"], [CHARGE])
    assert jobs()[-1] == ("orders.fulfil_payment", {"attempt_id": attempt.pk})
    assert fulfil_waiting(gateway, at=now()) == 1
    assert (seen(order).status, seen(order).letters) == ("confirmed", ["created", "paid"])
    before = saved_rows()
    fulfil_payment(attempt.pk, gateway, at=now())
    assert (fulfil_waiting(gateway, at=now()), saved_rows()) == (0, before)


@pytest.mark.parametrize("kept", ["0", "200"])
def test_a_payment_that_a_killed_process_left_is_not_returned_twice_after_a_cancellation(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    with monkeypatch.context() as killed:
        killed.setattr(payments, "fulfil_payment", lambda *args, **kwargs: None)
        look(attempt, gateway)
    back = SUM - Decimal(kept)
    cancel_order(order.pk, by=order.created_by, reason="Не приедет", at=now(), gateway=gateway, returned=back)
    assert fulfil_waiting(gateway, at=now()) == 1
    send_all(gateway)
    after = seen(order)
    assert after.refunds == [("staff", "succeeded", back)]
    assert after.ledger == [CHARGE, ("refund", "online", -back)]
    assert (after.status, after.cases) == ("cancelled", [])


def test_a_sum_let_off_between_payment_and_confirmation_confirms_the_order_at_the_lower_price(
    order: Order, gateway: FakeGateway, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hold(*_asked: object, **_named: object) -> None:
        raise Busy

    with monkeypatch.context() as held:
        held.setattr(payments, "fulfil_payment", hold)
        pay(order, gateway)
    assert seen(order).status == "awaiting_payment"
    refund(order, gateway, "100", by=manager)
    fulfil_waiting(gateway, at=now())
    send_all(gateway)
    after = seen(order)
    assert (after.status, after.tickets, after.cases) == ("confirmed", ["active"], [])
    assert after.ledger == [CHARGE, ("refund", "online", Decimal("-100.00"))]
    assert money(order) == (Decimal(500), Decimal(500), Decimal(0), Decimal(0))


def test_all_that_goes_back_before_the_confirmation_leaves_the_order_waiting(
    order: Order, gateway: FakeGateway, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hold(*_asked: object, **_named: object) -> None:
        raise Busy

    with monkeypatch.context() as held:
        held.setattr(payments, "fulfil_payment", hold)
        pay(order, gateway)
    refund(order, gateway, "600", by=manager)
    fulfil_waiting(gateway, at=now())
    send_all(gateway)
    after = seen(order)
    assert (after.status, after.tickets) == ("awaiting_payment", ["held"])
    assert money(order) == (Decimal(600), Decimal(0), Decimal(0), Decimal(0))
