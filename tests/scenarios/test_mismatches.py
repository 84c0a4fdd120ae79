"""A payment that differs from the request: nothing is booked or refunded, a person checks it."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from orders import tasks
from orders.domain.money.balance import balance_of
from orders.models import MoneyCase, Order, PaymentStatus
from tests.factories import make_manager
from tests.orders.steps import Seen, seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, work
from tests.scenarios.test_paying import PAID

pytestmark = pytest.mark.django_db(transaction=True)


@scenario(24)
def test_a_payment_that_differs_confirms_nothing_until_a_person_or_the_truth_comes(scene: Scene) -> None:
    scene.press_pay()
    scene.pay()
    wrong = {"action": "wrong_amount", "value": "6.00"}
    spoilt = scene.sandbox.add_fault({"match": {"method": "GET"}, "times": None, **wrong})
    scene.deliver()
    scene.minutes(3)
    assert scene.come_back() == "checking"
    assert seen(scene.order) == Seen(
        status="awaiting_payment",
        tickets=["held"],
        payments=["pending"],
        refunds=[],
        ledger=[],
        letters=["created"],
        cases=["mismatch"],
    )
    differences = [{"field": "amount", "ours": "600.00", "theirs": "6.00"}]
    facts = {"differences": differences, "status": "succeeded"}
    assert MoneyCase.objects.get().facts == scene.attempt().mismatch == facts
    scene.sandbox.remove_fault(spoilt)
    tasks.reconcile.func(timestamp=0)
    work()
    assert seen(scene.order) == PAID


def tell(scene: Scene, value: str, currency: str = "RUB") -> None:
    """Make the provider report this sum for the first payment everywhere."""
    with scene.sandbox._payment(scene.told()["id"]) as payment:
        payment.public["amount"] = {"value": value, "currency": currency}
        scene.sandbox._provider.store.save(payment)


def at_desk(scene: Scene) -> Client:
    """Return the browser of a manager of the order's location."""
    browser = Client()
    browser.force_login(make_manager(location=scene.order.location))
    return browser


def settle(browser: Client) -> None:
    """Settle the only open case, as a manager does at «Сверка денег»."""
    url = reverse("orders:money-settle", args=[MoneyCase.objects.open().get().pk])
    assert browser.post(url, {"resolution": "Вернули в кабинете"}).status_code == 302


UNDER_REVIEW = Seen(
    status="awaiting_payment",
    tickets=["held"],
    payments=["pending"],
    refunds=[],
    ledger=[],
    letters=["created"],
    cases=["mismatch"],
)


@scenario(42)
@pytest.mark.parametrize(
    ("refund_first", "currency", "shown"),
    [(False, "RUB", "1 ₽"), (True, "USD", "1 USD")],
    ids=["payment first", "refund first"],
)
def test_a_wrong_payment_that_is_returned_in_the_cabinet_is_one_case_with_its_real_sum(
    scene: Scene, refund_first: bool, currency: str, shown: str
) -> None:
    scene.press_pay()
    tell(scene, "1.00", currency)
    if refund_first:
        scene.sandbox.add_fault({"scope": "webhook", "match": {"event": "payment"}, "action": "drop"})
    scene.pay()
    if not refund_first:
        scene.deliver()
        assert seen(scene.order) == UNDER_REVIEW
    scene.sandbox.external_refund(scene.told()["id"], "1.00")
    scene.deliver()
    scene.minutes(2)
    tasks.reconcile.func(timestamp=0)
    work()
    assert seen(scene.order) == UNDER_REVIEW
    case, order = MoneyCase.objects.get(), Order.objects.get(pk=scene.order.pk)
    assert (case.amount, case.facts["returned"]) == (Decimal("1.00"), "1.00")
    assert (order.due, order.paid, order.payment_status) == (Decimal("600.00"), 0, PaymentStatus.PENDING)
    browser = at_desk(scene)
    page = browser.get(reverse("orders:money")).content.decode().replace("\u00a0", " ")
    assert f'<b class="num nowrap">{shown}</b>' in page
    settle(browser)
    assert scene.stage() == "payable"
    assert scene.press_pay() == scene.page(attempt=2)
    scene.pay(attempt=2)
    scene.deliver()
    assert balance_of(scene.order).due == 0
    assert seen(scene.order).cases == []
    assert scene.come_back() == "paid"


@scenario(44)
def test_a_mismatch_that_a_person_has_settled_lets_the_customer_pay(scene: Scene) -> None:
    scene.press_pay()
    tell(scene, "6.00")
    scene.pay()
    scene.deliver()
    assert scene.stage() == "checking"
    settle(at_desk(scene))
    assert scene.stage() == "payable"
    for _half_an_hour in range(2):  # whoever asks about it again finds what is settled already
        scene.later(minutes=30)
        tasks.reconcile.func(timestamp=0)
        work()
    assert (seen(scene.order).status, seen(scene.order).cases) == ("awaiting_payment", [])
    assert scene.stage(came_back=True) == "payable"
    assert scene.press_pay() == scene.page(attempt=2)
    scene.pay(attempt=2)
    scene.deliver()
    assert (seen(scene.order).status, scene.stage()) == ("confirmed", "paid")


@scenario(44)
def test_a_wrong_payment_that_is_paid_after_it_was_settled_is_a_case_again(scene: Scene) -> None:
    scene.press_pay()
    tell(scene, "6.00")
    assert scene.come_back() == "checking"
    settle(at_desk(scene))
    scene.pay()
    scene.deliver()
    assert (seen(scene.order).cases, scene.stage()) == (["mismatch"], "payable")


@scenario(44)
def test_a_payment_that_fits_after_it_was_settled_is_money_of_the_order_all_the_same(scene: Scene) -> None:
    scene.press_pay()
    tell(scene, "6.00")
    scene.pay()
    scene.deliver()
    settle(at_desk(scene))
    tell(scene, "600.00")
    tasks.reconcile.func(timestamp=0)
    work()
    assert (seen(scene.order).status, seen(scene.order).ledger) == ("confirmed", PAID.ledger)
