"""Fiscal receipts: always for the sum of the payment, and a failed one never undoes it."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Tariff, Vat
from orders import gateways
from orders.domain.desk.cancelling import cancel_order
from orders.domain.desk.refunding import refund_online
from orders.models import OffsetReceipt, Order
from tests.factories import make_manager, make_order, make_seller
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


@pytest.fixture
def clerk(order: Order) -> User:
    return make_manager(location=order.location)


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


def positions(sent: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Return VAT code, payment mode and price of each position of a request."""
    items = sent.get("receipt", sent)["items"]
    return [(int(item["vat_code"]), item["payment_mode"], item["amount"]["value"]) for item in items]


def sent_to(scene: Scene, path: str) -> list[list[tuple[int, str, str]]]:
    journal = [entry for entry in scene.sandbox.journal() if (entry["method"], entry["path"]) == ("POST", f"/v3{path}")]
    return [positions(entry["body"]) for entry in journal]


@scenario(46)
def test_a_rate_that_changes_on_the_way_leaves_the_receipts_of_a_sale_alone(scene: Scene, clerk: User) -> None:
    # From Wednesday on, the day of the rental, the seller pays 5 %.
    make_seller(location=scene.order.location, taxes={"2026-01-01": Vat.TWENTY_TWO, "2026-11-25": Vat.FIVE})
    scene.pay_at_once()
    scene.later(days=1)
    refund_online(scene.order.pk, Decimal(100), reason="Шумно", by=clerk, gateway=gateways.gateway(), at=timezone.now())
    scene.later(hours=4)
    scene.later(hours=1)
    assert scene.order.location.seller.taxes.count() == 2
    assert [sent_to(scene, path) for path in ("/payments", "/refunds", "/receipts")] == [
        [[(12, "full_prepayment", "300.00")]],
        [[(12, "full_prepayment", "50.00")]],
        [[(11, "full_payment", "250.00")]],
    ]
    assert (seen(scene.order).status, seen(scene.order).cases) == ("completed", [])


@scenario(47)
def test_money_kept_after_a_cancellation_gets_its_second_receipt(scene: Scene, clerk: User) -> None:
    scene.pay_at_once()
    cancel_order(
        scene.order.pk,
        by=clerk,
        reason="Болезнь",
        at=timezone.now(),
        gateway=gateways.gateway(),
        returned=Decimal(300),
    )
    scene.later(minutes=1)
    scene.later(hours=1)
    assert [sent_to(scene, path) for path in ("/refunds", "/receipts")] == [
        [[(1, "full_prepayment", "150.00")]],
        [[(1, "full_payment", "150.00")]],
    ]
    assert OffsetReceipt.objects.get().state == "succeeded"
    # Negative control: the day itself brings no third receipt.
    scene.later(days=2)
    assert (seen(scene.order).status, seen(scene.order).cases) == ("cancelled", [])
    assert len(sent_to(scene, "/receipts")) == 1
