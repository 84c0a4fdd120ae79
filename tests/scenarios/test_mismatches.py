"""A payment that differs from what was asked for: nothing is believed, nothing returned, a person looks."""

from typing import Any

import pytest

from orders import tasks
from orders.models import MoneyCase
from tests.orders.steps import Seen, seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, work
from tests.scenarios.test_paying import PAID

pytestmark = pytest.mark.django_db(transaction=True)


@scenario(24)
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"action": "wrong_amount", "value": "6.00"}, ("amount", "600.00", "6.00")),
        ({"action": "wrong_amount", "value": "600.00", "currency": "USD"}, ("currency", "RUB", "USD")),
        ({"action": "wrong_shop"}, ("shop", "100500", "999999")),
        ({"action": "live_flag"}, ("test", "True", "False")),
    ],
    ids=["amount", "currency", "shop", "test"],
)
def test_a_payment_that_differs_confirms_nothing_until_a_person_or_the_truth_comes(
    scene: Scene, fault: dict[str, Any], told: tuple[str, str, str]
) -> None:
    scene.press_pay()
    scene.pay()
    spoilt = scene.sandbox.add_fault({"match": {"method": "GET"}, "times": None, **fault})
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
    differences = [dict(zip(("field", "ours", "theirs"), told, strict=True))]
    assert MoneyCase.objects.get().facts == scene.attempt().mismatch == {"differences": differences}
    scene.sandbox.remove_fault(spoilt)
    tasks.reconcile.func(timestamp=0)
    work()
    assert seen(scene.order) == PAID
