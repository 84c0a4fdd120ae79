"""Fiscal receipts: never of another sum than the payment, and a failed one never undoes it."""

from datetime import time
from decimal import Decimal

import pytest

from coworking.domain.rules import When
from coworking.models import Tariff
from orders.models import Order
from tests.factories import make_order
from tests.moments import WEDNESDAY
from tests.orders.steps import seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene
from tests.scenarios.test_paying import PAID

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def uneven(tariff: Tariff) -> Order:
    """An hour and a half at 333.33 ₽: 499.995, which are 500 ₽."""
    Tariff.objects.filter(pk=tariff.pk).update(price=Decimal("333.33"))
    when = When(day=WEDNESDAY, start=time(13), end=time(14, 30))
    return make_order(tariff=Tariff.objects.get(pk=tariff.pk), payment_method="online", when=when)


@scenario(37)
def test_a_price_that_does_not_divide_into_kopecks_is_one_position(scene: Scene, uneven: Order) -> None:
    assert scene.press_pay(order=uneven) == scene.page()
    sent = scene.sandbox.journal()[0]["body"]
    assert sent["amount"]["value"] == "500.00"
    [position] = sent["receipt"]["items"]
    assert (float(position["quantity"]), position["amount"]["value"], position["measure"]) == (1, "500.00", "another")


@scenario(38)
def test_a_receipt_that_is_not_registered_leaves_the_payment_and_calls_a_person(scene: Scene) -> None:
    scene.sandbox.add_fault({"scope": "receipt", "action": "canceled"})
    scene.pay_at_once()
    assert (scene.attempt().receipt, seen(scene.order)) == ("pending", PAID)
    scene.later(hours=1, minutes=1)
    after = seen(scene.order)
    assert (scene.attempt().receipt, after.cases) == ("canceled", ["receipt_failed"])
    assert (after.status, after.payments, after.ledger) == (PAID.status, PAID.payments, PAID.ledger)
