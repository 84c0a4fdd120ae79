"""The sweep compares what orders cost with what was paid for them."""

from decimal import Decimal

import pytest
import time_machine

from accounts.models import User
from orders.domain.money.audit import check_balances
from orders.domain.money.cases import open_case
from orders.domain.online.completion import complete_finished
from orders.models import CaseKind, MoneyCase, Order
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.online.test_sweep import DAY, HOUR, SUM, open_kinds, settle
from tests.orders.steps import cancel, give_back, pay, send_all, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


def find_debts_of_finished(clock: time_machine.Coordinates) -> None:
    """Let orders end, and check their balances for the first time."""
    clock.shift(2 * DAY)
    complete_finished(None, now())
    check_balances(at=now())


def test_an_unpaid_visit_is_a_debt_until_it_is_paid(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    assert check_balances(at=now()) == 0
    clock.shift(2 * DAY)
    complete_finished(None, now())
    assert check_balances(at=now()) == 1
    case = MoneyCase.objects.get()
    assert (case.kind, case.order, case.amount) == ("debt", desk_order, SUM)
    assert check_balances(at=now()) == 1
    assert MoneyCase.objects.count() == 1

    take(desk_order, "200", by=manager)
    check_balances(at=now())
    assert [case.amount for case in MoneyCase.objects.open()] == [Decimal(400)]
    take(desk_order, "400", by=manager)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []


def test_money_beyond_the_cost_is_to_be_returned_until_it_is(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager, returned="600")
    MoneyCase.objects.all().delete()
    assert check_balances(at=now()) == 1
    assert open_kinds() == ["refund_due"]
    give_back(desk_order, "600", by=manager)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []


def test_money_on_its_way_back_is_not_to_be_returned_again(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    gateway.refunds_stay_pending = True
    cancel(order, gateway, by=manager, returned="600")
    send_all(gateway)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []


def test_a_settled_debt_stays_settled_until_money_moves(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    find_debts_of_finished(clock)
    settle(CaseKind.DEBT, manager)
    assert check_balances(at=now()) == 0
    assert open_kinds() == []

    clock.shift(HOUR)
    take(desk_order, "200", by=manager)
    assert check_balances(at=now()) == 1
    assert [case.amount for case in MoneyCase.objects.open()] == [Decimal(400)]


def test_a_settled_difference_that_comes_up_again_is_not_closed_silently(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    find_debts_of_finished(clock)
    settle(CaseKind.DEBT, manager)
    open_case(CaseKind.DEBT, at=now(), order=desk_order, amount=SUM)
    check_balances(at=now())
    assert open_kinds() == ["debt"]


def test_an_old_debt_does_not_close_by_itself(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    find_debts_of_finished(clock)
    clock.shift(100 * DAY)
    assert check_balances(at=now()) == 1
    assert open_kinds() == ["debt"]


def test_a_dry_check_of_balances_changes_nothing(desk_order: Order, clock: time_machine.Coordinates) -> None:
    clock.shift(2 * DAY)
    complete_finished(None, now())
    before = saved_rows()
    assert check_balances(at=now(), dry_run=True) == 1
    assert saved_rows() == before
