"""What an order owes while a refund is in progress: neither too little nor too much, whatever its outcome."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from accounts.models import User
from orders.domain.booking.changing import UNDO_FOR
from orders.domain.desk.case_actions import refund_again, settle
from orders.domain.desk.cash import Rest
from orders.domain.desk.change_undoing import settle_change
from orders.domain.money.audit import check_balances
from orders.domain.money.balance import balance_of
from orders.domain.money.excess import owed_back
from orders.domain.money.summary import wrong_summaries
from orders.domain.online import payments
from orders.domain.online.fulfilment import fulfil_waiting
from orders.domain.online.gateway import Rejected
from orders.domain.online.notifications import take_refund
from orders.domain.online.refunds import RefundRefused, apply_refund
from orders.models import CaseKind, MoneyCase, Order, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.booking.changes import change, plan, when
from tests.orders.books import assert_the_books_agree
from tests.orders.conftest import now
from tests.orders.steps import (
    cancel,
    case_of,
    due_back,
    give_back,
    look,
    money,
    open_kinds,
    pay,
    press_pay,
    refund,
    seen,
    send_all,
    take,
)
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

REFUSED = Rejected("400: invalid_request: amount", status=400, code="invalid_request", parameter="amount")


def owes(order: Order) -> tuple[int, str]:
    """Return what is due and the payment status, the same on the order as in its balance."""
    assert list(wrong_summaries(Order.objects.all())) == []
    due, status = Order.objects.values_list("due", "payment_status").get(pk=order.pk)
    return int(due), str(status)


def refuse_refunds(gateway: FakeGateway) -> None:
    gateway.fail_next(REFUSED, path="/refunds")
    send_all(gateway)


def failed_sums() -> list[Decimal | None]:
    """Return what the lines of failed refunds name as to be returned: nothing where it pays for the order now."""
    cases = MoneyCase.objects.open().filter(kind=CaseKind.REFUND_FAILED)
    return list(cases.values_list("amount", flat=True))


@pytest.fixture
def lengthened(order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates) -> Order:
    """Paid for two hours, then shortened to one: 300 ₽ are on their way back, and the second hour is wanted again."""
    pay(order, gateway)
    shorter = change(order, by=manager, when=when("10", "11"))
    clock.shift(UNDO_FOR)
    assert settle_change(shorter.pk, gateway, at=now())
    assert owes(order) == (0, "paid")
    planned = plan(Order.objects.get(pk=order.pk), by=manager, when=when("10", "12"))
    assert (planned.money.due, planned.money.more_due) == (300, 300)
    change(order, by=manager, when=when("10", "12"))
    return order


def test_a_refund_in_progress_pays_for_no_addition(lengthened: Order, gateway: FakeGateway) -> None:
    assert owes(lengthened) == (300, "partly_paid")
    assert pay(lengthened, gateway).amount == 300
    assert owes(lengthened) == (0, "paid")
    send_all(gateway)
    assert owes(lengthened) == (0, "partly_refunded")
    assert (balance_of(lengthened).paid, open_kinds()) == (600, [])


def test_a_refund_that_fails_pays_for_what_was_added(
    lengthened: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    refuse_refunds(gateway)
    assert owes(lengthened) == (0, "paid")
    assert (balance_of(lengthened).excess, failed_sums()) == (0, [None])
    case = case_of(CaseKind.REFUND_FAILED)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        refund_again(case=case, by=manager, gateway=gateway, at=now())
    assert (saved_rows(), check_balances(at=now()), failed_sums()) == (before, 0, [None])
    clock.shift(UNDO_FOR)
    with transaction.atomic():
        cancel(lengthened, gateway, by=manager, returned="600")
        assert (balance_of(lengthened).excess, open_kinds()) == (0, [])
        transaction.set_rollback(True)
    settle(case=case, resolution="Сказал заказчику", by=manager, at=now())
    assert open_kinds() == []


def test_what_was_paid_before_a_refund_fails_is_to_be_returned(lengthened: Order, gateway: FakeGateway) -> None:
    pay(lengthened, gateway)
    refuse_refunds(gateway)
    assert owes(lengthened) == (0, "paid")
    assert (balance_of(lengthened).excess, failed_sums()) == (300, [300])


@pytest.mark.parametrize("by_bank", [False, True])
def test_a_second_payment_that_goes_back_pays_for_nothing_that_is_added(
    by_bank: bool, order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    first = press_pay(order, gateway)
    clock.shift(payments.PAGE_LIVES)
    second = press_pay(order, gateway)
    for attempt in (first, second):
        gateway.pay(attempt.provider_id or "")
        look(attempt, gateway)
    assert owes(order) == (0, "paid")
    change(order, by=manager, when=when("10", "13"))
    assert owes(order) == (300, "partly_paid")
    if by_bank:
        gateway.refunds_stay_pending = True
        send_all(gateway)
        made = Refund.objects.get()
        apply_refund(made.pk, gateway.settle_refund(made.provider_id or "", "canceled"), at=now())
    else:
        refuse_refunds(gateway)
    assert owes(order) == (0, "paid")
    assert (due_back(order), failed_sums()) == ([300], [None])  # of 600 the other half pays for the third hour


@pytest.mark.parametrize(("is_refused", "due"), [(False, 300), (True, 100)])
def test_what_is_let_off_does_not_lower_the_debt_before_it_is_refused(
    is_refused: bool, due: int, order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    assert owes(order) == (300, "partly_paid")
    refund(order, gateway, "200", by=manager)
    assert owes(order) == (300, "partly_paid")
    if is_refused:
        refuse_refunds(gateway)
    else:
        send_all(gateway)
    assert owes(order)[0] == due
    assert failed_sums() == ([None] if is_refused else [])


def test_what_a_failed_refund_let_off_is_let_off_once_however_it_goes_back(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    refund(order, gateway, "200", by=manager)
    refuse_refunds(gateway)
    take(order, "100", by=manager)
    assert (money(order)[:2], owes(order), failed_sums()) == ((700, 700), (0, "paid"), [None])
    clock.shift(UNDO_FOR)
    give_back(order, "40", by=manager)
    assert (money(order)[:2], owes(order), failed_sums()) == ((700, 660), (40, "partly_refunded"), [None])
    assert_the_books_agree(order, gateway)
    refund(order, gateway, "160", by=manager)
    send_all(gateway)
    assert (money(order)[:2], owes(order), failed_sums()) == ((700, 500), (200, "partly_refunded"), [])
    assert_the_books_agree(order, gateway)
    give_back(order, "10", by=manager)
    assert (money(order)[:2], owes(order)) == ((690, 490), (200, "partly_refunded"))
    assert_the_books_agree(order, gateway)


@pytest.mark.parametrize("sums", [["200"], ["150", "50"]])
def test_what_a_failed_refund_let_off_is_let_off_once_when_it_is_returned_in_the_cabinet(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates, sums: list[str]
) -> None:
    attempt = pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    refund(order, gateway, "200", by=manager)
    refuse_refunds(gateway)
    take(order, "100", by=manager)
    clock.shift(UNDO_FOR)
    for amount in sums:
        clock.shift(timedelta(minutes=1))
        take_refund(gateway.external_refund(attempt.provider_id or "", Decimal(amount)), at=now())
    assert (money(order)[:2], owes(order), failed_sums()) == ((700, 500), (200, "partly_refunded"), [])
    assert_the_books_agree(order, gateway)


@pytest.mark.parametrize("again", ["160", "200"])
def test_a_refund_that_fails_again_lets_off_nothing_more(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates, again: str
) -> None:
    pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    refund(order, gateway, "200", by=manager)
    refuse_refunds(gateway)
    take(order, "100", by=manager)
    clock.shift(UNDO_FOR)
    refund(order, gateway, again, by=manager)
    refuse_refunds(gateway)
    assert (money(order)[:2], owes(order), set(failed_sums())) == ((700, 700), (0, "paid"), {None})
    assert owed_back(order, balance_of(order)) == 200
    clock.shift(UNDO_FOR)
    refund(order, gateway, "300", by=manager)
    send_all(gateway)
    assert (money(order)[:2], owes(order), failed_sums()) == ((600, 400), (200, "partly_refunded"), [])
    assert_the_books_agree(order, gateway)


def test_an_order_that_waits_asks_at_once_for_what_goes_back(order: Order, gateway: FakeGateway, manager: User) -> None:
    take(order, "200", by=manager, rest=Rest())
    attempt = press_pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    assert owes(order) == (300, "partly_paid")
    refund(order, gateway, "400", by=manager)
    assert owes(order) == (700, "partly_paid")
    send_all(gateway)
    assert owes(order) == (700, "partly_paid")


def test_an_order_that_waits_is_confirmed_by_the_money_of_a_refund_that_fails(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    take(order, "200", by=manager, rest=Rest())
    first = press_pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    gateway.pay(first.provider_id or "")
    look(first, gateway)
    second = press_pay(order, gateway)
    refund(order, gateway, "400", by=manager)
    gateway.pay(second.provider_id or "")
    look(second, gateway)
    assert (seen(order).status, owes(order)) == ("awaiting_payment", (400, "partly_paid"))
    refuse_refunds(gateway)
    assert owes(order) == (0, "paid")
    assert fulfil_waiting(gateway, at=now()) == 1
    after = seen(order)
    assert (after.status, set(after.tickets), after.cases) == ("confirmed", {"active"}, ["refund_failed"])


@pytest.mark.parametrize("end", ["succeeded", "canceled"])
def test_a_refund_from_the_cabinet_adds_to_no_debt_while_it_is_under_way(
    end: str, order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    told = gateway.external_refund(attempt.provider_id or "", Decimal(200))
    for status in ("pending", end):
        take_refund(replace(told, status=status), at=now())
        assert owes(order)[0] == 300


def test_an_order_that_waits_asks_at_once_for_what_goes_back_in_the_cabinet(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    told = gateway.external_refund(attempt.provider_id or "", Decimal(200))
    for status in ("pending", "succeeded"):
        take_refund(replace(told, status=status), at=now())
        assert owes(order) == (500, "partly_paid")


def test_a_later_refund_does_not_change_an_earlier_balance(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    before = now()
    clock.shift(UNDO_FOR)
    refund(order, gateway, "200", by=manager)
    asked = now()
    assert (balance_of(order, recorded_by=before).returning, balance_of(order, recorded_by=asked).returning) == (0, 200)
    clock.shift(UNDO_FOR)
    send_all(gateway)
    assert (balance_of(order, recorded_by=before).returning, balance_of(order, recorded_by=asked).returning) == (0, 200)
    assert balance_of(order, recorded_by=now()).returning == 0
