"""Cancelling an order and refunding money: by the policy, or another sum with a reason."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.models import User
from coworking.models import PaymentMethod, Service
from orders.domain.desk.cancelling import terms_of
from orders.domain.desk.cash import MomentRefused
from orders.domain.desk.refunding import RefundRefused, refund_online
from orders.domain.money.balance import balance_of
from orders.domain.online.refunds import check_refunds
from orders.models import LedgerEntry, Order, OrderLine, PaymentAttempt, Refund
from tests.factories import make_extra, make_order
from tests.gateways.fake import FakeGateway
from tests.moments import moment
from tests.orders.conftest import now
from tests.orders.steps import (
    WHY,
    cancel,
    due_back,
    give_back,
    money,
    pay,
    posts,
    refund,
    seen,
    send_all,
    take,
    told_events,
)
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM, HALF, NONE = Decimal("600.00"), Decimal("300.00"), Decimal("0.00")
CASH = ("charge", "on_site", SUM)
LATER = "2026-11-24 10:01"  # less than 24 hours before the start


# Money from the desk


def test_money_from_the_desk_stands_at_the_money_desk_until_it_is_given_back(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager)
    after = seen(desk_order)
    assert (after.status, after.refunds, after.ledger, after.cases) == ("cancelled", [], [CASH], ["refund_due"])
    assert (due_back(desk_order), money(desk_order)) == ([SUM], (NONE, SUM, NONE, SUM))
    give_back(desk_order, "400", by=manager)
    assert due_back(desk_order) == [Decimal("200.00")]
    entry = give_back(desk_order, "200", by=manager, document="РКО 5")
    after = seen(desk_order)
    assert after.ledger[1:] == [("refund", "on_site", Decimal(-400)), ("refund", "on_site", Decimal(-200))]
    assert (after.letters, after.cases) == (["cancelled", "refunded", "refunded"], [])
    assert (entry.document, entry.reason, entry.by, entry.at) == ("РКО 5", WHY, manager, now())
    assert told_events(desk_order, "refunded")[-1] == {"sum": "200", "method": "on_site", "document": "РКО 5"}


@pytest.mark.usefixtures("policy")
def test_money_paid_both_ways_goes_back_through_the_provider_first(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    take(order, "400", by=manager)
    pay(order, gateway)
    clock.move_to(moment(LATER).astimezone(now().tzinfo))
    terms = terms_of(Order.objects.get(), at=now())
    there = terms.balance.at_hand, terms.balance.online, terms.balance.at_desk
    assert (terms.percent, terms.by_policy, there) == (50, HALF, (SUM, Decimal("200.00"), Decimal("400.00")))
    cancel(order, gateway, by=manager)
    assert seen(order).refunds == [("staff", "requested", Decimal("200.00"))]
    assert (due_back(order), money(order)) == (
        [Decimal("100.00")],
        (HALF, SUM, Decimal("200.00"), Decimal("100.00")),
    )


@pytest.mark.parametrize("amount", ["0", "-5", "600.01"])
def test_no_more_is_given_back_than_the_desk_holds(amount: str, desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        give_back(desk_order, amount, by=manager)
    assert saved_rows() == before


def test_money_that_came_online_is_not_given_back_at_the_desk(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        give_back(order, "1", by=manager)
    assert saved_rows() == before


def test_money_cannot_have_been_given_back_in_the_future(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    before = saved_rows()
    with pytest.raises(MomentRefused):
        give_back(desk_order, "100", by=manager, moved_at=now() + timedelta(seconds=1))
    assert saved_rows() == before


def test_one_form_sent_twice_gives_back_once(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    token = uuid.uuid4()
    first = give_back(desk_order, "100", by=manager, token=token)
    before = saved_rows()
    assert give_back(desk_order, "100", by=manager, token=token) == first
    assert saved_rows() == before


def test_money_given_back_on_an_order_that_stands_lowers_its_price(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    give_back(desk_order, "100", by=manager, reason="Шумно", method=PaymentMethod.INVOICE)
    assert lines(desk_order) == [("tariff", SUM), ("allowance", Decimal(-100))]
    assert money(desk_order) == (Decimal(500), Decimal(500), NONE, NONE)
    assert LedgerEntry.objects.filter(kind="refund").get().method == "invoice"
    assert balance_of(desk_order).at_desk == Decimal(500)


# Online, in part


def lines(order: Order) -> list[tuple[str, Decimal]]:
    return list(order.lines.order_by("pk").values_list("kind", "amount"))


def test_a_refund_on_an_order_that_stands_lowers_its_price(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "150", by=manager, reason="Не работал кондиционер")
    assert lines(order) == [("tariff", SUM), ("allowance", Decimal(-150))]
    allowance = OrderLine.objects.get(kind="allowance")
    assert (allowance.title, allowance.quantity, allowance.unit_price) == (
        "Не работал кондиционер",
        1,
        Decimal(-150),
    )
    assert money(order) == (Decimal(450), SUM, Decimal(150), NONE)
    send_all(gateway)
    after = seen(order)
    assert (after.status, after.tickets, after.cases) == ("confirmed", ["active"], [])
    assert money(order) == (Decimal(450), Decimal(450), NONE, NONE)


def test_an_excess_goes_back_before_the_price_follows(order: Order, gateway: FakeGateway, manager: User) -> None:
    take(order, "600", by=manager)
    attempt = paid_beside(order, gateway)
    refund(order, gateway, "300", by=manager)
    assert (lines(order), money(order)) == ([("tariff", SUM)], (SUM, SUM + SUM, HALF, HALF))
    assert due_back(order) == [HALF]
    refund(order, gateway, "300", by=manager)
    assert (lines(order), money(order)) == ([("tariff", SUM)], (SUM, SUM + SUM, SUM, NONE))
    assert (due_back(order), balance_of(order).online, attempt.status) == ([], NONE, "succeeded")


def paid_beside(order: Order, gateway: FakeGateway) -> PaymentAttempt:
    """Save a payment in excess of the price, bypassing the automatic refund."""
    attempt = PaymentAttempt.objects.create(
        order=order,
        number=9,
        amount=SUM,
        status="succeeded",
        provider_id="2a000000-000f-5000-8000-0000000000ff",
        settled_at=now(),
        fulfilled_at=now(),
    )
    LedgerEntry.objects.create(order=order, kind="charge", method="online", amount=SUM, at=now(), attempt=attempt)
    return attempt


def test_a_refund_on_a_cancelled_order_lowers_what_is_kept(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    cancel(order, gateway, by=manager, returned="0")
    assert money(order) == (SUM, SUM, NONE, NONE)
    refund(order, gateway, "250", by=manager)
    assert Order.objects.get().kept == Decimal(350)
    assert (lines(order), money(order)) == ([("tariff", SUM)], (Decimal(350), SUM, Decimal(250), NONE))
    refund(order, gateway, "350", by=manager)
    assert (Order.objects.get().kept, money(order)) == (NONE, (NONE, SUM, SUM, NONE))


@pytest.mark.parametrize("amount", ["0", "-1", "600.01", "599.50"])
def test_a_refund_that_cannot_be_made_changes_no_price(
    amount: str, order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(RefundRefused) as refusal:
        refund(order, gateway, amount, by=manager)
    assert refusal.value.field == "amount"
    assert saved_rows() == before


def test_one_form_sent_twice_returns_once(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    token = uuid.uuid4()
    refund(order, gateway, "100", by=manager, token=token)
    before = saved_rows()
    refund(order, gateway, "100", by=manager, token=token)
    with pytest.raises(RefundRefused) as refusal:
        refund(order, gateway, "50", by=manager, token=token)
    assert (refusal.value.reason, saved_rows()) == ("token_used", before)
    refund(order, gateway, "100", by=manager, token=uuid.uuid4())
    assert [amount for _source, _status, amount in seen(order).refunds] == [Decimal(100)] * 2


def test_a_sum_is_spread_over_several_payments_the_newest_first(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, pool: Service, manager: User
) -> None:
    first = pay(order, gateway)
    locker = make_extra(service=pool, price="200")
    OrderLine.objects.create(
        order=order, kind="extra", extra=locker, title="Локер", quantity=1, unit_price=200, amount=200
    )
    second = pay(order, gateway)
    assert (first.amount, second.amount) == (SUM, Decimal("200.00"))
    assert balance_of(order).online == Decimal("800.00")
    refund(order, gateway, "500", by=manager)
    made = Refund.objects.order_by("pk").values_list("attempt", "amount")
    assert list(made) == [(second.pk, Decimal("200.00")), (first.pk, HALF)]
    refund(order, gateway, "300", by=manager)
    send_all(gateway)
    assert (seen(order).ledger[-1], posts(gateway, "/refunds")) == (("refund", "online", -HALF), 3)
    assert money(order) == (NONE, NONE, NONE, NONE)


def test_a_manager_of_a_shop_without_provider_returns_nothing_online(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        refund_online(order.pk, Decimal(1), reason=WHY, by=manager, gateway=None, at=now())
    assert saved_rows() == before


def test_a_refund_refused_by_the_bank_may_be_returned_otherwise(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    gateway.refunds_stay_pending = True
    pay(order, gateway)
    cancel(order, gateway, by=manager)
    send_all(gateway)
    gateway.settle_refund(Refund.objects.get().provider_id or "", "canceled")
    clock.shift(timedelta(minutes=1))
    check_refunds(gateway, at=now())
    assert (seen(order).cases, money(order)) == (["refund_failed"], (NONE, SUM, NONE, SUM))
    gateway.refunds_stay_pending = False
    refund(order, gateway, "600", by=manager)
    send_all(gateway)
    assert (seen(order).cases, money(order), make_order(tariff=order.tariff).status) == (
        [],
        (NONE, NONE, NONE, NONE),
        "confirmed",
    )
