"""Refunds first reported by the provider: made in its cabinet, or ours before the answer came."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.models import Tariff
from orders.domain.money.balance import refundable
from orders.domain.online.gateway import OutcomeUnknown
from orders.domain.online.notifications import take_refund
from orders.models import Order, OrderLine, PaymentAttempt, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import cancel, money, pay, refund, seen, send_all
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM, NONE = Decimal("600.00"), Decimal("0.00")
CHARGE = ("charge", "online", SUM)
DAY = timedelta(days=1)


def rubles(text: str) -> Decimal:
    return Decimal(text)


def returned(text: str) -> tuple[str, str, Decimal]:
    return "refund", "online", -Decimal(text)


def test_a_refund_made_in_the_cabinet_is_written_down_and_shown(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    told = gateway.external_refund(attempt.provider_id or "", rubles("200.00"))
    take_refund(told, at=now())
    after = seen(order)
    assert after.refunds == [("external", "succeeded", rubles("200"))]
    assert (after.ledger, after.cases) == ([CHARGE, returned("200")], ["external_refund"])
    assert (refundable(attempt), after.letters[-1]) == (rubles("400"), "refunded")
    lowered = OrderLine.objects.get(kind="allowance")
    assert (lowered.amount, lowered.title, lowered.refund) == (rubles("-200"), "", Refund.objects.get())
    before = saved_rows()
    take_refund(told, at=now())
    assert saved_rows() == before


def test_a_refund_of_a_payment_that_is_not_ours_is_none_of_our_business(
    order: Order, gateway: FakeGateway, tariff: Tariff
) -> None:
    attempt = pay(order, gateway)
    told = gateway.external_refund(attempt.provider_id or "", rubles("200.00"))
    PaymentAttempt.objects.update(provider_id="2a000000-000f-5000-8000-00000000ffff")
    before = saved_rows()
    assert take_refund(told, at=now()) is None
    assert saved_rows() == before


def test_our_own_refund_is_known_by_its_metadata_before_the_answer_came(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    gateway.fail_next(OutcomeUnknown("read timeout"), when="after", path="/refunds")
    send_all(gateway)
    (told,) = gateway.refunds_since(now() - DAY)
    take_refund(told, at=now())
    assert seen(order).refunds == [("staff", "succeeded", rubles("200"))]


def test_a_refund_of_another_copy_of_the_site_is_not_ours_by_its_number(
    order: Order, gateway: FakeGateway, manager: User, settings: Any
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    gateway.fail_next(OutcomeUnknown("read timeout"), when="after", path="/refunds")
    send_all(gateway)
    (told,) = gateway.refunds_since(now() - DAY)
    settings.YOOKASSA_ENVIRONMENT = "another"
    take_refund(told, at=now())
    assert seen(order).refunds == [("staff", "requested", rubles("200")), ("external", "succeeded", rubles("200"))]


@pytest.mark.parametrize("asked", ["300", "600"])
def test_what_was_asked_for_here_and_returned_in_the_cabinet_lowers_the_cost_once(
    asked: str, order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = pay(order, gateway)
    refund(order, gateway, asked, by=manager)  # not sent yet, and another worker does not wait
    take_refund(gateway.external_refund(attempt.provider_id or "", SUM), at=now())
    assert money(order) == (NONE, NONE, rubles(asked), NONE)
    send_all(gateway)
    after = seen(order)
    assert after.refunds == [("staff", "failed", rubles(asked)), ("external", "succeeded", SUM)]
    assert (after.ledger, after.cases) == ([CHARGE, returned("600")], ["external_refund"])
    assert (Order.objects.get().total, money(order)) == (NONE, (NONE, NONE, NONE, NONE))


def test_an_order_can_be_cancelled_while_more_goes_back_than_came(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    attempt = pay(order, gateway)
    refund(order, gateway, "300", by=manager)
    take_refund(gateway.external_refund(attempt.provider_id or "", SUM), at=now())
    cancel(order, gateway, by=manager)
    after = seen(order)
    assert (after.status, after.tickets, Order.objects.get().kept) == ("cancelled", ["cancelled"], NONE)
    assert after.refunds == [("staff", "requested", rubles("300")), ("external", "succeeded", SUM)]
