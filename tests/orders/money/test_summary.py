"""The sums stored on an order for lists: kept up to date, compared and repaired."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coworking.models import PaymentMethod
from orders.domain.booking.deadlines import reactivate_order
from orders.domain.desk.cash import correct_entry
from orders.domain.money.audit import check_summaries
from orders.domain.money.ledger import lower_cost
from orders.domain.money.summary import store_summary, wrong_summaries
from orders.domain.online import payments
from orders.domain.online.expiry import expire_overdue
from orders.models import Order
from tests.gateways.fake import FakeGateway
from tests.orders.steps import cancel, give_back, pay, press_pay, refund, send_all, take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SPOILED = {"total": 1, "paid": 2, "due": 3, "payment_status": "refunded", "paid_by": ["invoice"]}


def stored(order: Order) -> tuple[int, int, int, str]:
    """Return total, paid, due and payment status as lists read them; check all other orders as well."""
    assert list(wrong_summaries(Order.objects.all())) == []
    total, paid, due, status = Order.objects.values_list("total", "paid", "due", "payment_status").get(pk=order.pk)
    return int(total), int(paid), int(due), status


def test_a_payment_online_and_its_refund_are_followed(order: Order, gateway: FakeGateway, manager: User) -> None:
    assert stored(order) == (600, 0, 600, "unpaid")
    attempt = press_pay(order, gateway)
    assert stored(order) == (600, 0, 600, "pending")
    gateway.pay(attempt.provider_id or "")
    payments.look_at(attempt, gateway, at=timezone.now())
    assert stored(order) == (600, 600, 0, "paid")
    refund(order, gateway, "200", by=manager)
    assert stored(order) == (400, 600, 0, "paid")
    send_all(gateway)
    assert stored(order) == (400, 400, 0, "partly_refunded")
    cancel(order, gateway, by=manager, returned="400")
    send_all(gateway)
    assert stored(order) == (400, 0, 0, "refunded")


def test_an_attempt_that_is_over_is_followed(order: Order, gateway: FakeGateway) -> None:
    for over in ("decline", "abandon", "fail"):
        attempt = press_pay(order, gateway)
        assert stored(order) == (600, 0, 600, "pending")
        if over == "decline":
            gateway.decline(attempt.provider_id or "", "insufficient_funds")
            payments.look_at(attempt, gateway, at=timezone.now())
        elif over == "abandon":
            payments.abandon_attempts(order, at=timezone.now())
        else:
            order.attempts.filter(pk=attempt.pk).update(status="created")
            payments.fail_payment(attempt.pk, "no", at=timezone.now())
        assert stored(order) == (600, 0, 600, "unpaid"), over


def test_money_at_the_desk_is_followed(desk_order: Order, manager: User) -> None:
    take(desk_order, "200", by=manager)
    assert stored(desk_order) == (600, 200, 400, "partly_paid")
    take(desk_order, "400", by=manager)
    assert stored(desk_order) == (600, 600, 0, "paid")
    lower_cost(desk_order, Decimal(100), reason="Уступка")
    assert stored(desk_order) == (500, 600, 0, "paid")
    give_back(desk_order, "100", by=manager)
    assert stored(desk_order) == (500, 500, 0, "partly_refunded")
    cancel(desk_order, None, by=manager, returned="300")
    assert stored(desk_order) == (500, 500, 0, "partly_refunded")


def test_the_methods_that_money_came_by_are_followed(desk_order: Order, manager: User) -> None:
    def methods() -> list[str]:
        assert list(wrong_summaries(Order.objects.all())) == []
        return [str(one) for one in Order.objects.get().paid_by]

    assert methods() == []
    invoiced = take(desk_order, "200", by=manager, method=PaymentMethod.INVOICE)
    assert methods() == ["invoice"]
    take(desk_order, "400", by=manager)
    assert methods() == ["invoice", "on_site"]
    give_back(desk_order, "400", by=manager)
    assert methods() == ["invoice", "on_site"]
    correct_entry(invoiced.pk, Decimal(0), reason="Опечатка", token=uuid4(), by=manager, at=timezone.now())
    assert methods() == ["on_site"]


def test_the_status_of_the_order_is_followed(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    clock.shift(timedelta(hours=24))
    assert expire_overdue(gateway, timezone.now()) == 1
    assert stored(order) == (600, 0, 0, "not_required")
    reactivate_order(order.pk, by=manager, at=timezone.now())
    assert stored(order) == (600, 0, 600, "unpaid")


def test_unchanged_settings_are_not_recorded(desk_order: Order) -> None:
    before = saved_rows()
    version = Order.objects.extra(select={"xmin": "xmin"}).values_list("xmin").get()
    store_summary(desk_order)
    assert saved_rows() == before
    assert Order.objects.extra(select={"xmin": "xmin"}).values_list("xmin").get() == version


@pytest.mark.parametrize("field", SPOILED)
def test_a_stored_sum_that_is_wrong_is_found_and_repaired(
    field: str, order: Order, gateway: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    pay(order, gateway)
    right = saved_rows()
    Order.objects.update(**{field: SPOILED[field]})
    spoiled = saved_rows()
    assert spoiled != right
    assert (check_summaries(at=timezone.now(), dry_run=True), saved_rows(), caplog.text) == (1, spoiled, "")

    assert (check_summaries(at=timezone.now()), saved_rows()) == (1, right)
    assert f"the stored sums of order {order.pk} were wrong and are written anew: {field} " in caplog.text
    assert check_summaries(at=timezone.now()) == 0


def test_an_order_whose_money_has_not_moved_for_long_is_left_alone(
    order: Order, clock: time_machine.Coordinates
) -> None:
    clock.shift(timedelta(days=70))
    Order.objects.update(**SPOILED)
    assert check_summaries(at=timezone.now()) == 0
    assert len(list(wrong_summaries(Order.objects.all()))) == 1


def test_an_old_order_with_a_refund_under_way_is_compared_all_the_same(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    clock.shift(timedelta(days=70))
    refund(order, gateway, "200", by=manager)
    right = saved_rows()
    Order.objects.update(due=3)
    assert (check_summaries(at=timezone.now()), saved_rows()) == (1, right)
