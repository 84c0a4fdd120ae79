"""Payments taken by a manager, and corrections of wrong entries."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from accounts.models import User
from coworking.models import PaymentMethod
from orders.domain.desk.cash import (
    CorrectionReasonMissing,
    CorrectionRefused,
    MomentRefused,
    PaymentRefused,
    Rest,
    correct_entry,
)
from orders.domain.money.audit import check_balances
from orders.domain.money.balance import balance_of
from orders.domain.online.expiry import expire_overdue
from orders.models import LedgerEntry, MoneyCase, Order, OrderEvent, PaymentAttempt
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import (
    Seen,
    cancel,
    due_back,
    give_back,
    look,
    money,
    pay,
    press_pay,
    seen,
    send_all,
    take,
    told_events,
)
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM, NONE = Decimal("600.00"), Decimal("0.00")
CASH = ("charge", "on_site", SUM)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def correct(
    entry: LedgerEntry, right: str, *, by: User, reason: str = "Опечатка", token: uuid.UUID | None = None
) -> LedgerEntry:
    done = correct_entry(entry.pk, Decimal(right), reason=reason, token=token or uuid.uuid4(), by=by, at=now())
    assert isinstance(done, LedgerEntry)
    return done


def due(order: Order) -> Decimal:
    return balance_of(Order.objects.get(pk=order.pk)).due


# Taking


def test_money_taken_at_the_desk_is_written_down_with_who_and_when(desk_order: Order, manager: User) -> None:
    yesterday = now() - DAY
    entry = take(desk_order, "600", by=manager, method=PaymentMethod.INVOICE, moved_at=yesterday, document="ПП 17")
    entry.refresh_from_db()
    assert (entry.kind, entry.method, entry.amount, entry.document) == ("charge", "invoice", SUM, "ПП 17")
    assert (entry.at, entry.recorded_at, entry.by, entry.attempt) == (yesterday, now(), manager, None)
    event = OrderEvent.objects.get(kind="paid")
    assert (event.by, event.at, event.data) == (
        manager,
        now(),
        {"sum": "600", "method": "invoice", "document": "ПП 17"},
    )
    after = seen(desk_order)
    assert (after.status, after.letters) == ("confirmed", ["created", "tickets", "paid"])


def test_a_part_is_taken_and_then_the_rest(desk_order: Order, manager: User) -> None:
    take(desk_order, "250.50", by=manager)
    assert (due(desk_order), seen(desk_order).letters) == (Decimal("349.50"), ["created", "tickets"])
    take(desk_order, "349.50", by=manager, method=PaymentMethod.INVOICE)
    after = seen(desk_order)
    assert (due(desk_order), after.letters) == (0, ["created", "tickets", "paid"])
    assert after.ledger == [("charge", "on_site", Decimal("250.50")), ("charge", "invoice", Decimal("349.50"))]


@pytest.mark.parametrize("amount", ["0", "-1", "600.01"])
def test_only_what_is_due_can_be_taken(amount: str, desk_order: Order, manager: User) -> None:
    before = saved_rows()
    with pytest.raises(PaymentRefused) as refusal:
        take(desk_order, amount, by=manager)
    assert refusal.value.field == "amount"
    assert saved_rows() == before


def test_a_paid_order_takes_no_second_payment(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(PaymentRefused):
        take(order, "600", by=manager)
    assert saved_rows() == before


def test_money_cannot_have_come_in_the_future(desk_order: Order, manager: User) -> None:
    before = saved_rows()
    with pytest.raises(MomentRefused) as refusal:
        take(desk_order, "600", by=manager, moved_at=now() + SECOND)
    assert refusal.value.field == "moved_on"
    assert saved_rows() == before


@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_an_order_that_is_over_takes_no_money(status: str, desk_order: Order, manager: User) -> None:
    Order.objects.update(status=status, kept=SUM)
    before = saved_rows()
    with pytest.raises(PaymentRefused):
        take(desk_order, "600", by=manager)
    assert saved_rows() == before


def test_one_form_sent_twice_takes_once(desk_order: Order, manager: User) -> None:
    token = uuid.uuid4()
    first = take(desk_order, "600", by=manager, token=token)
    before = saved_rows()
    assert take(desk_order, "600", by=manager, token=token) == first
    with pytest.raises(PaymentRefused) as refusal:
        take(desk_order, "500", by=manager, token=token)
    assert (refusal.value.reason, saved_rows()) == ("token_used", before)


def test_a_debt_is_settled_when_the_rest_comes_in(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    Order.objects.update(status="completed")
    check_balances(at=now())
    assert seen(desk_order).cases == ["debt"]
    take(desk_order, "100", by=manager)
    assert seen(desk_order).cases == ["debt"]
    take(desk_order, "500", by=manager)
    assert seen(desk_order).cases == []


# An order that waits for an online payment


@pytest.mark.parametrize("amount", ["200", "600"])
def test_money_at_the_desk_confirms_an_order_that_waited(
    amount: str, order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    take(order, amount, by=manager)
    assert seen(order) == Seen(
        status="confirmed",
        tickets=["active"],
        payments=["pending"],
        refunds=[],
        ledger=[("charge", "on_site", Decimal(amount))],
        letters=["created", "paid"],
        cases=[],
    )
    assert PaymentAttempt.objects.get(pk=attempt.pk).abandoned_at == now()
    assert expire_overdue(gateway, now() + 2 * DAY) == 0


def test_the_attempt_that_was_given_up_and_paid_all_the_same_goes_back(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    take(order, "600", by=manager)
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    after = seen(order)
    assert (after.status, after.refunds) == ("confirmed", [("duplicate", "succeeded", SUM)])
    assert after.ledger == [CASH, ("charge", "online", SUM), ("refund", "online", -SUM)]
    assert after.cases == ["duplicate"]


def test_an_attempt_paid_beside_a_part_from_the_desk_returns_the_part(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    take(order, "200", by=manager)
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    part = Decimal("200.00")
    after = seen(order)
    assert (after.status, after.refunds, after.cases) == ("confirmed", [("excess", "succeeded", part)], [])
    assert after.ledger == [("charge", "on_site", part), ("charge", "online", SUM), ("refund", "online", -part)]
    assert (order.lines.count(), due(order)) == (1, 0)


# Correcting


def test_a_sum_that_was_too_small_is_corrected_up_on_the_day_it_is_noticed(desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "60", by=manager, moved_at=now() - DAY)
    correction = correct(entry, "600", by=manager, reason="  Пропущен ноль ")
    correction.refresh_from_db()
    assert (correction.kind, correction.method, correction.amount) == ("correction", "on_site", Decimal(540))
    assert (correction.corrects, correction.reason, correction.by, correction.at) == (
        entry,
        "Пропущен ноль",
        manager,
        now(),
    )
    assert due(desk_order) == 0
    assert told_events(desk_order, "corrected") == [{"sum": "540.00", "method": "on_site"}]


def test_an_order_that_waits_is_confirmed_once_a_correction_makes_its_price_whole(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    entry = take(order, "60", by=manager, rest=Rest())
    press_pay(order, gateway)
    correct(entry, "100", by=manager)
    assert (seen(order).status, seen(order).letters, due(order)) == ("awaiting_payment", ["created"], 500)
    press_pay(order, gateway)
    correct(entry, "600", by=manager)
    after = seen(order)
    assert (after.status, after.tickets, after.cases) == ("confirmed", ["active"], [])
    assert after.letters == ["created", "paid"]
    assert (due(order), PaymentAttempt.objects.active().count()) == (0, 0)


def test_a_sum_that_was_too_large_is_corrected_down_more_than_once(desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "600", by=manager)
    correct(entry, "500", by=manager)
    correct(entry, "550", by=manager)
    assert seen(desk_order).ledger == [
        CASH,
        ("correction", "on_site", Decimal(-100)),
        ("correction", "on_site", Decimal(50)),
    ]
    assert due(desk_order) == Decimal(50)


def test_zero_takes_the_entry_back(desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "600", by=manager)
    correct(entry, "0", by=manager)
    money = Order.objects.get()
    assert (money.paid, money.due, money.payment_status) == (0, SUM, "unpaid")
    take(desk_order, "600", by=manager)
    assert Order.objects.get().payment_status == "paid"


def test_an_entry_is_never_corrected_beyond_what_the_order_costs(desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "100", by=manager)
    before = saved_rows()
    for right in ("600.01", "5000000"):
        with pytest.raises(CorrectionRefused) as refusal:
            correct(entry, right, by=manager)
        assert (refusal.value.reason, refusal.value.facts) == ("correction_beyond_due", {"most": SUM})
    assert saved_rows() == before
    correct(entry, "600", by=manager)
    assert (seen(desk_order).cases, due(desk_order)) == ([], 0)


def test_a_refund_by_hand_can_be_corrected_too(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager)
    given = give_back(desk_order, "600", by=manager)
    correct(given, "500", by=manager)
    assert (seen(desk_order).cases, MoneyCase.objects.open().get().amount) == (["refund_due"], Decimal(100))
    money = balance_of(desk_order)
    assert (money.charged, money.returned, money.payment_status) == (SUM, Decimal(500), "partly_refunded")
    correct(given, "600", by=manager)
    assert (seen(desk_order).cases, Order.objects.get().payment_status) == ([], "refunded")


def test_more_that_was_given_back_is_not_asked_for_again(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    given = give_back(desk_order, "100", by=manager)
    correct(given, "200", by=manager)
    assert money(desk_order) == (Decimal(400), Decimal(400), NONE, NONE)
    there = Order.objects.get()
    assert (there.total, there.due, there.payment_status) == (Decimal(400), NONE, "partly_refunded")


@pytest.mark.parametrize("right", ["-1", "600"])
def test_a_negative_sum_or_the_same_one_is_no_correction(right: str, desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "600", by=manager)
    before = saved_rows()
    with pytest.raises(CorrectionRefused) as refusal:
        correct(entry, right, by=manager)
    assert (refusal.value.field, saved_rows()) == ("amount", before)


def test_the_provider_s_money_is_not_corrected_by_hand(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(CorrectionRefused):
        correct(LedgerEntry.objects.get(), "500", by=manager)
    assert saved_rows() == before


def test_a_correction_is_not_corrected(desk_order: Order, manager: User) -> None:
    correction = correct(take(desk_order, "600", by=manager), "500", by=manager)
    before = saved_rows()
    with pytest.raises(CorrectionRefused):
        correct(correction, "-50", by=manager)
    assert saved_rows() == before


def test_an_order_never_comes_to_less_than_nothing(desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "600", by=manager)
    give_back(desk_order, "400", by=manager)
    before = saved_rows()
    with pytest.raises(CorrectionRefused), transaction.atomic():
        correct(entry, "399.99", by=manager)
    assert saved_rows() == before
    correct(entry, "400", by=manager)
    assert Order.objects.get().paid == 0


def test_a_cancelled_order_keeps_no_more_than_came_by_what_is_corrected(desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager, returned="100")
    give_back(desk_order, "100", by=manager)
    assert money(desk_order) == (Decimal(500), Decimal(500), NONE, NONE)
    correct(entry, "300", by=manager)
    there = Order.objects.get()
    assert (there.kept, there.due, money(desk_order)) == (Decimal(200), NONE, (Decimal(200), Decimal(200), NONE, NONE))
    before = saved_rows()
    with pytest.raises(CorrectionRefused), transaction.atomic():
        correct(entry, "700.01", by=manager)  # of which 100 went back: more than its price
    assert saved_rows() == before
    correct(entry, "600", by=manager)  # that was the mistake
    assert (money(desk_order), due_back(desk_order)) == (
        (Decimal(200), Decimal(500), NONE, Decimal(300)),
        [Decimal(300)],
    )


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_correction_says_why(reason: str, desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "600", by=manager)
    before = saved_rows()
    with pytest.raises(CorrectionReasonMissing) as refusal:
        correct(entry, "500", by=manager, reason=reason)
    assert (refusal.value.field, saved_rows()) == ("reason", before)


def test_one_form_sent_twice_corrects_once(desk_order: Order, manager: User) -> None:
    entry, token = take(desk_order, "600", by=manager), uuid.uuid4()
    first = correct(entry, "500", by=manager, token=token)
    before = saved_rows()
    assert correct(entry, "500", by=manager, token=token) == first
    with pytest.raises(CorrectionRefused) as refusal:
        correct(entry, "450", by=manager, token=token)
    assert (refusal.value.reason, saved_rows()) == ("token_used", before)
    correct(entry, "400", by=manager)
    assert correct(entry, "500", by=manager, token=token) == first
