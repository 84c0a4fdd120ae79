"""Above a limit one person requests and another decides; nothing is booked before."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from coworking.models import Location, PaymentMethod
from orders.domain.desk import cash, deciding, refunding
from orders.domain.desk.approvals import ApprovalWaits
from orders.domain.desk.case_actions import WrongAction, settle
from orders.domain.desk.deciding import SecondPersonMissing
from orders.domain.money.cases import CaseClosed
from orders.domain.online.refunds import RefundRefused
from orders.models import ApprovalState, LedgerEntry, MoneyApproval, MoneyCase, Order
from tests.factories import make_manager
from tests.orders.conftest import now
from tests.orders.steps import WHY, give_back, seen, take, told_events
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

CASH, BY_TRANSFER = PaymentMethod.ON_SITE, PaymentMethod.INVOICE


@pytest.fixture
def second(desk_order: Order) -> User:
    return make_manager(location=desk_order.location)


@pytest.fixture
def _limit(desk_order: Order) -> None:
    """Let one person decide on up to 300 ₽ of an order of 600 ₽."""
    Location.objects.update(approval_limit=300)


def ask_back(order: Order, amount: str, *, by: User, **wanted: Any) -> LedgerEntry | MoneyApproval:
    wanted = {"method": CASH, "moved_at": now(), "document": "РКО 4", "token": uuid.uuid4(), **wanted}
    return refunding.refund_at_desk(order.pk, Decimal(amount), reason=WHY, by=by, at=now(), **wanted)


def ask_correction(entry: LedgerEntry, right: str, *, by: User) -> LedgerEntry | MoneyApproval:
    return cash.correct_entry(entry.pk, Decimal(right), reason="Опечатка", token=uuid.uuid4(), by=by, at=now())


def test_an_order_that_waits_is_confirmed_by_a_correction_that_a_second_person_approves(
    order: Order, manager: User
) -> None:
    Location.objects.update(approval_limit=300)
    entry = take(order, "60", by=manager, rest=cash.Rest())
    ask_correction(entry, "600", by=manager)
    assert (seen(order).status, seen(order).cases) == ("awaiting_payment", ["approval"])
    deciding.approve(case=MoneyCase.objects.get(), by=make_manager(location=order.location), at=now())
    assert (seen(order).status, seen(order).tickets, seen(order).cases) == ("confirmed", ["active"], [])


@pytest.mark.usefixtures("_limit")
def test_a_refund_above_the_limit_is_booked_by_the_second_person_once(
    desk_order: Order, manager: User, second: User, clock: time_machine.Coordinates
) -> None:
    take(desk_order, "600", by=manager)
    token, before = uuid.uuid4(), seen(desk_order)
    asked = ask_back(desk_order, "300.01", by=manager, token=token)
    assert isinstance(asked, MoneyApproval)
    assert ask_back(desk_order, "300.01", by=manager, token=token) == asked
    after = seen(desk_order)
    assert (after.ledger, after.letters, after.cases) == (before.ledger, before.letters, ["approval"])
    assert told_events(desk_order, "approval_asked") == [{"sum": "-300.01", "method": "on_site"}]

    case, waiting = MoneyCase.objects.get(), saved_rows()
    with pytest.raises(SecondPersonMissing):
        deciding.approve(case=case, by=manager, at=now())
    with pytest.raises(WrongAction):
        settle(case=case, resolution="Так", by=second, at=now())
    with pytest.raises(ApprovalWaits):
        ask_back(desk_order, "400", by=manager)
    assert saved_rows() == waiting

    clock.shift(3600)
    entry = deciding.approve(case=case, by=second, at=now())
    assert (entry.amount, entry.by, entry.at, entry.document) == (Decimal("-300.01"), manager, now(), "РКО 4")
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.decided_at, asked.entry) == ("approved", second, now(), entry)
    assert (seen(desk_order).cases, told_events(desk_order, "approved")) == (
        [],
        [{"sum": "300.01", "method": "on_site"}],
    )
    booked = saved_rows()
    for decide in (deciding.approve, deciding.decline):
        with pytest.raises(CaseClosed):
            decide(case=case, by=second, at=now())
    assert saved_rows() == booked


@pytest.mark.usefixtures("_limit")
def test_a_declined_request_books_nothing_and_can_be_repeated(desk_order: Order, manager: User, second: User) -> None:
    entry = take(desk_order, "600", by=manager)
    asked = ask_correction(entry, "100", by=manager)
    assert isinstance(asked, MoneyApproval)
    deciding.decline(case=MoneyCase.objects.get(), by=second, at=now())
    asked.refresh_from_db()
    assert (asked.state, seen(desk_order).ledger, seen(desk_order).cases) == (
        "declined",
        [("charge", "on_site", Decimal(600))],
        [],
    )
    again = ask_correction(entry, "100", by=manager)
    deciding.decline(case=MoneyCase.objects.open().get(), by=manager, at=now())  # withdrawn by whoever requested it
    assert isinstance(again, MoneyApproval)
    ask_correction(entry, "100", by=manager)
    correction = deciding.approve(case=MoneyCase.objects.open().get(), by=second, at=now())
    assert (correction.kind, correction.amount, correction.corrects, correction.by) == (
        "correction",
        Decimal(-500),
        entry,
        manager,
    )


@pytest.mark.usefixtures("_limit")
def test_many_small_sums_of_an_order_are_a_large_one(desk_order: Order, manager: User, second: User) -> None:
    entry = take(desk_order, "600", by=manager)
    assert isinstance(ask_correction(entry, "500", by=manager), LedgerEntry)
    assert isinstance(ask_back(desk_order, "200", by=manager), LedgerEntry)
    assert isinstance(ask_back(desk_order, "0.01", by=manager), MoneyApproval)
    deciding.approve(case=MoneyCase.objects.open().get(), by=second, at=now())
    Location.objects.update(approval_limit=None)
    assert isinstance(ask_back(desk_order, "299.99", by=manager), LedgerEntry)


@pytest.mark.usefixtures("_limit")
def test_a_request_that_no_longer_fits_is_not_approved(desk_order: Order, manager: User, second: User) -> None:
    take(desk_order, "600", by=manager)
    ask_back(desk_order, "500", by=manager)
    give_back(desk_order, "200", by=manager)
    before = saved_rows()
    with pytest.raises(RefundRefused), transaction.atomic():
        deciding.approve(case=MoneyCase.objects.get(kind="approval"), by=second, at=now())
    assert saved_rows() == before


def test_in_cash_goes_back_what_came_in_cash(desk_order: Order, manager: User) -> None:
    take(desk_order, "500", by=manager, method=BY_TRANSFER)
    take(desk_order, "100", by=manager)
    before = saved_rows()
    with pytest.raises(RefundRefused) as refusal:
        ask_back(desk_order, "100.01", by=manager)
    assert (refusal.value.facts, saved_rows()) == ({"most": Decimal(100)}, before)
    give_back(desk_order, "100", by=manager)
    give_back(desk_order, "500", by=manager, method=BY_TRANSFER)


@pytest.mark.usefixtures("_limit")
def test_the_database_lets_nobody_rewrite_a_request(desk_order: Order, manager: User, second: User) -> None:
    take(desk_order, "600", by=manager)
    ask_back(desk_order, "500", by=manager)
    own = "UPDATE orders_moneyapproval SET state = 'declined', decided_by_id = asked_by_id, decided_at = now()"
    refused = (
        "UPDATE orders_moneyapproval SET amount = 1",
        "DELETE FROM orders_moneyapproval",
        "TRUNCATE orders_moneyapproval CASCADE",
        "UPDATE orders_moneyapproval SET state = 'approved', decided_by_id = asked_by_id, decided_at = now(),"
        " entry_id = (SELECT min(id) FROM orders_ledgerentry)",
    )
    for sql in (*refused, own):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            if sql == own:  # whoever requested it may withdraw it, once
                cursor.execute(sql)
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(sql)
    assert MoneyApproval.objects.get().state == ApprovalState.DECLINED
