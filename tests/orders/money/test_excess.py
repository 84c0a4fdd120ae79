"""Every rouble to be refunded is in exactly one case, however it comes about."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coworking.models import Tariff
from olvery.shared.refusals import Busy
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.booking.transitions import TransitionRefused
from orders.domain.desk.case_actions import refund_again, settle
from orders.domain.money.audit import check_balances
from orders.domain.money.cases import open_case
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.online import payments
from orders.domain.online.expiry import expire_overdue
from orders.domain.online.fulfilment import fulfil_waiting
from orders.domain.online.gateway import Rejected
from orders.domain.online.notifications import take_refund
from orders.domain.online.refunds import RefundRefused, check_refunds
from orders.domain.online.sweep import sweep
from orders.models import CaseKind, MoneyCase, Order, PaymentAttempt, Refund
from tests.factories import make_order
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import (
    cancel,
    case_of,
    due_back,
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

HOUR = timedelta(hours=1)


def test_the_sum_of_a_failed_refund_is_not_refunded_twice(
    order: Order, failed_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    gateway.refunds_stay_pending = False
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    assert (open_kinds(), money(order)) == ([], (Decimal(500), Decimal(500), Decimal(0), Decimal(0)))


def test_a_case_whose_money_is_gone_returns_nothing(
    order: Order, failed_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    case = case_of(CaseKind.REFUND_FAILED)
    gateway.external_refund(failed_refund.attempt.provider_id or "", Decimal(100))
    sweep(gateway, at=now())
    MoneyCase.objects.filter(pk=case.pk).update(closed_at=None)  # a line that nobody has handled
    before = saved_rows()
    with pytest.raises(RefundRefused):
        refund_again(case=case, by=manager, gateway=gateway, at=now())
    assert saved_rows() == before


def test_two_payments_before_either_is_taken_leave_no_case_of_the_whole_order(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Coordinates
) -> None:
    first = press_pay(order, gateway)
    clock.shift(payments.PAGE_LIVES)
    second = press_pay(order, gateway)

    def nobody_may(*wanted: Any, **named: Any) -> None:
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(payments, "fulfil_payment", nobody_may)
        for attempt in (first, second):
            gateway.pay(attempt.provider_id or "")
            look(attempt, gateway)
    assert fulfil_waiting(gateway, at=now()) == 2
    assert (open_kinds(), money(order)[3]) == (["duplicate"], Decimal(0))
    send_all(gateway)
    assert (open_kinds(), money(order)) == (["duplicate"], (Decimal(600), Decimal(600), Decimal(0), Decimal(0)))


def test_a_case_closes_when_its_money_was_returned_in_the_cabinet(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    open_case(CaseKind.REFUND_DUE, at=now(), order=order, amount=Decimal(50))
    take_refund(gateway.external_refund(attempt.provider_id or "", Decimal(50)), at=now())
    assert open_kinds() == ["external_refund"]


def test_a_cancellation_takes_the_money_of_a_failed_refund_along(
    order: Order, failed_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    gateway.refunds_stay_pending = False
    cancel(order, gateway, by=manager, returned="600")
    send_all(gateway)
    assert (open_kinds(), money(order)[1]) == ([], Decimal(0))


def test_a_cabinet_s_refund_that_was_refused_is_nobody_s_line(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    told = gateway.external_refund(attempt.provider_id or "", Decimal(100))
    before = saved_rows()
    assert take_refund(replace(told, status="canceled"), at=now()) is None
    assert saved_rows() == before


def test_a_cabinet_s_refund_that_is_refused_later_closes_its_line(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    told = gateway.external_refund(attempt.provider_id or "", Decimal(100))
    take_refund(replace(told, status="pending"), at=now())
    assert open_kinds() == ["external_refund"]
    take_refund(replace(told, status="canceled"), at=now())
    assert (open_kinds(), seen(order).refunds) == ([], [("external", "canceled", Decimal(100))])
    assert money(order) == (Decimal(600), Decimal(600), Decimal(0), Decimal(0))


def test_a_comparison_opens_the_cases_of_what_is_there_now(
    order: Order, failed_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    MoneyCase.objects.filter(kind=CaseKind.REFUND_FAILED).update(amount=Decimal(40))
    assert check_balances(at=now()) == 1
    assert (open_kinds(), due_back(order)) == (["refund_due", "refund_failed"], [Decimal(60)])
    before = saved_rows()
    assert check_balances(at=now()) == 1
    assert saved_rows() == before


# A late payment that could not go back


@pytest.fixture
def late(
    order: Order, gateway: FakeGateway, tariff: Tariff, manager: User, clock: time_machine.Coordinates
) -> PaymentAttempt:
    """Paid after the time was over, when somebody else had the place; the refund is with the bank."""
    attempt = press_pay(order, gateway)
    Order.objects.filter(pk=order.pk).update(deadline_at=now() + HOUR)
    clock.shift(2 * HOUR)
    assert expire_overdue(None, now()) == 1
    other = make_order(tariff=tariff, by=manager, payment_method="on_site")
    gateway.refunds_stay_pending = True
    gateway.alter(attempt.provider_id or "", status="succeeded", captured_at=now())
    look(attempt, gateway)
    send_all(gateway)
    assert seen(order).refunds == [("late_payment", "pending", Decimal(600))]
    cancel(other, gateway, by=manager)
    return PaymentAttempt.objects.get(pk=attempt.pk)


def test_an_order_whose_money_is_on_its_way_back_is_not_taken_again(
    order: Order, late: PaymentAttempt, manager: User
) -> None:
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        reactivate_order(order.pk, by=manager, at=now())
    assert saved_rows() == before


def test_money_that_could_not_be_returned_pays_for_the_places_that_are_free_again(
    order: Order, late: PaymentAttempt, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    gateway.settle_refund(Refund.objects.get().provider_id or "", "canceled")
    clock.shift(HOUR)
    check_refunds(gateway, at=now())
    assert "refund_failed" in open_kinds()
    reactivate_order(order.pk, by=manager, at=now())
    after = seen(order)
    assert (after.status, after.tickets, after.letters[-1]) == ("confirmed", ["active"], "paid")
    assert (open_kinds(), money(order)) == (["late_payment"], (Decimal(600), Decimal(600), Decimal(0), Decimal(0)))


# Locks


def test_who_confirms_at_the_desk_locks_the_service_before_the_order(order: Order, manager: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        take(order, "600", by=manager)
    locked = [query["sql"] for query in captured.captured_queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert ["FROM coworking_service" in sql for sql in locked] == [True, False]


# Lines that persons settle, and lines that stay


def test_a_case_that_names_the_sum_already_stays_the_same_case(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    restore_places = MoneyCase.objects.filter(kind=CaseKind.REFUND_DUE)
    cancel(order, None, by=manager, returned="0")
    Order.objects.filter(pk=order.pk).update(kept=Decimal(500))
    assert check_balances(at=now()) == 1
    line = restore_places.get()
    clock.shift(HOUR)
    sync_refund_due_case(Order.objects.get(pk=order.pk), at=now())
    assert list(restore_places.values_list("pk", "opened_at", "closed_at")) == [(line.pk, line.opened_at, None)]


def test_a_settled_case_is_not_shown_again_until_money_moves(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    cancel(order, None, by=manager, returned="0")
    Order.objects.filter(pk=order.pk).update(kept=Decimal(500))
    check_balances(at=now())
    settle(case=case_of(CaseKind.REFUND_DUE), resolution="Оставил на счёте", by=manager, at=now())
    clock.shift(HOUR)
    sync_refund_due_case(Order.objects.get(pk=order.pk), at=now())
    assert open_kinds() == []
    refund(order, gateway, "50", by=manager)
    send_all(gateway)
    assert due_back(order) == [Decimal(50)]


def test_a_refund_that_went_through_after_all_closes_its_own_line(
    order: Order, failed_refund: Refund, gateway: FakeGateway
) -> None:
    # There is other money to return, so by the sums the line could stay.
    order.lines.create(kind="allowance", title="Уступка", quantity=1, unit_price=-100, amount=-100)
    check_balances(at=now())
    assert (open_kinds(), due_back(order)) == (["refund_due", "refund_failed"], [Decimal(100)])
    told = gateway.refund(failed_refund.provider_id or "", patience=HOUR)
    take_refund(replace(told, status="succeeded"), at=now())
    assert (open_kinds(), due_back(order)) == (["refund_due"], [Decimal(100)])


def test_a_refused_refund_is_shown_under_the_lock_of_its_order(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    gateway.fail_next(Rejected("400", status=400, code="invalid_request"), path="/refunds")
    with CaptureQueriesContext(connection) as captured:
        send_all(gateway)
    sqls = [query["sql"] for query in captured.captured_queries]
    locked = next(i for i, sql in enumerate(sqls) if 'FROM "orders_order"' in sql and "FOR NO KEY UPDATE" in sql)
    failed = next(i for i, sql in enumerate(sqls) if sql.startswith('UPDATE "orders_refund"'))
    assert locked < failed
    assert open_kinds() == ["refund_failed"]
