"""Lasting trouble: a request that outlives its key, a wrong key, rate limiting by the provider."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from orders.domain.desk.refunding import refund_online
from orders.domain.online.gateway import Call, PaymentWish
from orders.gateways import gateway
from orders.gateways.yookassa import YooKassa
from orders.models import MoneyCase, ProviderRequest
from tests.factories import make_manager, make_order, make_pool, make_tariff
from tests.orders.steps import seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, every_minute, work
from tests.scenarios.test_lost_answers import CREATES, assert_goes_on

pytestmark = pytest.mark.django_db(transaction=True)

LONGER_THAN_A_KEY = {"hours": 23, "minutes": 1}


def manager(scene: Scene) -> User:
    return make_manager(location=scene.order.location)


@scenario(10)
def test_a_new_version_that_would_write_another_body_sends_the_stored_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.sandbox.add_fault({"match": CREATES, "action": "http_500_after"})
    scene.press_pay()
    write = YooKassa.call

    def write_more(shop: YooKassa, wish: PaymentWish) -> Call:
        return write(shop, replace(wish, metadata={**wish.metadata, "version": "2"}))

    monkeypatch.setattr(YooKassa, "call", write_more)
    scene.wait(seconds=6)
    assert [heard["status"] for heard in scene.sandbox.journal()] == [500, 200]
    assert_goes_on(scene)


@scenario(11)
@pytest.mark.parametrize(
    ("action", "request_state", "attempt_state"),
    [("http_500_after", "done", "canceled"), ("http_500_before", "rejected", "failed")],
    ids=["made", "not made"],
)
def test_a_request_older_than_its_key_is_looked_for_and_not_sent_again(
    scene: Scene, action: str, request_state: str, attempt_state: str
) -> None:
    scene.sandbox.add_fault({"match": CREATES, "action": action, "times": None})
    scene.press_pay()
    scene.wait(**LONGER_THAN_A_KEY)
    every_minute()
    assert len(scene.wire.posts()) == 1
    assert ProviderRequest.objects.get().state == request_state
    assert seen(scene.order).payments == [attempt_state]
    assert [told["id"] for told in scene.sandbox.payments()] == list(filter(None, [scene.attempt().provider_id]))


@scenario(11)
@pytest.mark.parametrize(
    ("action", "request_state", "refund", "cases"),
    [
        ("http_500_after", "done", "succeeded", []),
        ("http_500_before", "manual", "requested", ["unknown_outcome"]),
    ],
    ids=["made", "not made"],
)
def test_a_refund_older_than_its_key_is_never_made_again(
    scene: Scene, action: str, request_state: str, refund: str, cases: list[str]
) -> None:
    scene.pay_at_once()
    scene.sandbox.add_fault({"match": {"method": "POST", "path": "/refunds$"}, "action": action, "times": None})
    scene.sandbox.add_fault({"scope": "webhook", "action": "drop", "times": None})
    by = manager(scene)
    refund_online(
        scene.order.pk, scene.order.lines.get().amount, reason="Жалоба", by=by, gateway=gateway(), at=timezone.now()
    )
    work()
    scene.wait(**LONGER_THAN_A_KEY)
    every_minute()
    assert len(scene.wire.posts("/refunds")) == 1
    after = seen(scene.order)
    assert ([status for _source, status, _sum in after.refunds], after.cases) == ([refund], cases)
    assert ProviderRequest.objects.get(path="/refunds").state == request_state


@scenario(12)
def test_a_wrong_key_is_not_the_customers_fault_and_heals_when_it_is_put_right(scene: Scene, settings: Any) -> None:
    right, settings.YOOKASSA_SECRET_KEY = settings.YOOKASSA_SECRET_KEY, "test_mistyped"
    assert scene.press_pay() == scene.url()
    page = scene.look()
    assert page.context["is_stuck"]
    assert "Оплата временно недоступна" in page.text
    assert seen(scene.order).payments == ["created"]
    assert [(case.kind, case.order) for case in MoneyCase.objects.open()] == [("misconfigured", None)]
    scene.minutes(4)
    assert len(scene.wire.posts()) == 1
    settings.YOOKASSA_SECRET_KEY = right
    scene.minutes(2)
    assert not MoneyCase.objects.open().exists()
    assert not scene.look().context["is_stuck"]
    assert_goes_on(scene)


@scenario(13)
def test_when_the_provider_wants_fewer_requests_nobody_asks_it_anything_for_so_long(scene: Scene) -> None:
    tariff = make_tariff(service=make_pool(location=scene.order.location))
    other, third = (make_order(tariff=tariff, payment_method="online") for _n in range(2))
    assert scene.press_pay(order=other) == scene.page()
    scene.sandbox.add_fault({"match": CREATES, "action": "429", "retry_after": 90_000})
    asked = len(scene.wire.sent) + 1
    assert scene.press_pay() == scene.url()
    assert scene.press_pay(order=third) == scene.url(order=third)
    scene.browser.get(scene.url("pay-return", other))
    for _second in range(80):
        scene.wait(seconds=1)
        if _second % 20 == 0:
            every_minute()
    assert len(scene.wire.sent) == asked
    scene.wait(seconds=11)
    every_minute()
    assert {attempt["metadata"]["order_id"] for attempt in scene.sandbox.payments()} == {
        str(order.pk) for order in (scene.order, other, third)
    }
    assert len(scene.wire.posts()) == 4
