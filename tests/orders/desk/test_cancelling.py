"""Cancelling an order: the refund by the policy, or another sum."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from orders.domain.desk.cancelling import cancel_order, terms_of
from orders.domain.desk.refunding import RefundRefused, WhyMissing
from orders.models import Order, PaymentAttempt
from tests.gateways.fake import FakeGateway
from tests.moments import moment
from tests.orders.booking.changes import change, when
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
    refund,
    seen,
    send_all,
    take,
    told_events,
)
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM, HALF, NONE = Decimal("600.00"), Decimal("300.00"), Decimal("0.00")
CHARGE = ("charge", "online", SUM)
DAY_BEFORE = "2026-11-24 10:00"  # 24 hours before the start
LATER, TOO_LATE = "2026-11-24 10:01", "2026-11-25 08:01"


# By the policy


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize(
    ("at", "percent", "back", "kept"),
    [(DAY_BEFORE, 100, SUM, NONE), (LATER, 50, HALF, HALF), (TOO_LATE, 0, NONE, SUM)],
)
def test_a_cancellation_returns_what_the_policy_says(
    at: str,
    percent: int,
    back: Decimal,
    kept: Decimal,
    order: Order,
    gateway: FakeGateway,
    clock: time_machine.Coordinates,
    manager: User,
) -> None:
    pay(order, gateway)
    clock.move_to(moment(at).astimezone(now().tzinfo))
    terms = terms_of(Order.objects.get(), at=now())
    there = terms.balance.at_hand, terms.balance.online, terms.balance.at_desk
    assert (terms.percent, terms.by_policy, there) == (percent, back, (SUM, SUM, NONE))
    cancelled = cancel(order, gateway, by=manager)
    assert (cancelled.kept, money(order)) == (kept, (kept, SUM, back, NONE))
    send_all(gateway)
    assert seen(order) == Seen(
        status="cancelled",
        tickets=["cancelled"],
        payments=["succeeded"],
        refunds=[("staff", "succeeded", back)] if back else [],
        ledger=[CHARGE, *([("refund", "online", -back)] if back else [])],
        letters=["cancelled", *(["refunded"] if back else [])],
        cases=[],
    )
    assert money(order) == (kept, kept, NONE, NONE)


@pytest.mark.usefixtures("policy")
def test_what_a_change_has_kept_is_not_halved_again_by_a_cancellation(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    clock.move_to(moment(LATER).astimezone(now().tzinfo))
    change(order, by=manager, when=when("10", "11"))  # half of its 300 ₽ is kept, the other is still here
    assert terms_of(Order.objects.get(), at=now()).by_policy == HALF


@pytest.mark.parametrize(("at", "back"), [("2026-11-25 09:59", SUM), ("2026-11-25 10:00", NONE)])
def test_without_a_policy_everything_goes_back_until_the_start(
    at: str, back: Decimal, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    clock.move_to(moment(at).astimezone(now().tzinfo))
    cancel(order, gateway, by=manager)
    assert money(order) == (SUM - back, SUM, back, NONE)


@pytest.mark.usefixtures("policy")
def test_a_manager_returns_another_sum(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    assert cancel(order, gateway, by=manager, returned="450.50").kept == Decimal("149.50")
    send_all(gateway)
    assert seen(order).ledger == [CHARGE, ("refund", "online", Decimal("-450.50"))]


def test_a_cancellation_says_for_good_what_it_returns_and_keeps(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    take(order, "250", by=manager)
    pay(order, gateway)
    cancel(order, gateway, by=manager, returned="450.50")
    moved = {"from": "confirmed", "to": "cancelled"}
    sums = {"returned_online": "350.00", "returned_at_desk": "100.50", "kept": "149.50"}
    assert told_events(order, "status_changed")[-1] == {**moved, **sums}


@pytest.mark.parametrize("returned", ["-0.01", "600.01", "599.50"])
def test_a_sum_that_cannot_be_returned_cancels_nothing(
    returned: str, order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        cancel(order, gateway, by=manager, returned=returned)
    assert saved_rows() == before


def test_money_that_came_online_is_not_returned_past_the_provider(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        cancel(order, None, by=manager)
    assert saved_rows() == before
    cancel(order, None, by=manager, returned="0")
    assert seen(order).refunds == []


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_money_is_not_returned_without_a_reason(reason: str, order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(WhyMissing):
        refund(order, gateway, "1", by=manager, reason=reason)
    with pytest.raises(WhyMissing):
        give_back(order, "1", by=manager, reason=reason)
    with pytest.raises(WhyMissing):
        cancel_order(order.pk, by=manager, reason=reason, at=now(), gateway=gateway)
    assert saved_rows() == before


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize(("at", "of_price"), [(LATER, Decimal(150)), (TOO_LATE, NONE)])
def test_money_held_beyond_the_price_goes_back_whole_whatever_the_policy(
    at: str, of_price: Decimal, desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    # A change has freed 300 ₽ that have not been returned yet.
    take(desk_order, "600", by=manager)
    change(desk_order, by=manager, when=when("10", "11"))
    assert due_back(desk_order) == [HALF]
    clock.move_to(moment(at).astimezone(now().tzinfo))
    terms = terms_of(Order.objects.get(), at=now())
    assert (terms.by_policy, terms.of_price, terms.most) == (HALF + of_price, of_price, SUM)
    cancel(desk_order, None, by=manager)
    assert money(desk_order) == (HALF - of_price, SUM, NONE, HALF + of_price)
    assert due_back(desk_order) == [HALF + of_price]


def test_terms_can_be_read_without_a_lock(order: Order, gateway: FakeGateway, django_assert_num_queries: Any) -> None:
    pay(order, gateway)
    order = Order.objects.select_related("service").get()
    with django_assert_num_queries(3) as read:
        terms_of(order, at=now())
    assert not [query["sql"] for query in read.captured_queries if "FOR " in query["sql"]]


# An order that nobody has paid yet


def test_cancelling_gives_the_running_attempt_up_and_a_later_success_goes_back(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = press_pay(order, gateway)
    cancel(order, gateway, by=manager)
    assert PaymentAttempt.objects.get().abandoned_at == now()
    assert (seen(order).refunds, seen(order).cases, money(order)) == ([], [], (NONE, NONE, NONE, NONE))
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    assert seen(order) == Seen(
        status="cancelled",
        tickets=["cancelled"],
        payments=["succeeded"],
        refunds=[("late_payment", "succeeded", SUM)],
        ledger=[CHARGE, ("refund", "online", -SUM)],
        letters=["cancelled", "refunded"],
        cases=["late_payment"],
    )
    assert money(order) == (NONE, NONE, NONE, NONE)
