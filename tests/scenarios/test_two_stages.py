"""Two-stage payments, only at the sandbox: the application makes none, but the provider's other events come."""

from collections.abc import Iterator

import pytest

from olvery.yookassa_sandbox import Sandbox
from tests.moments import NOW
from tests.scenarios.numbers import scenario
from tests.yookassa_sandbox.shop import Json, Shop, refusal

SEVEN_DAYS = 7 * 24 * 3600


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(webhooks="manual", now=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox)


@pytest.fixture
def held(shop: Shop, sandbox: Sandbox) -> Json:
    return sandbox.pay(shop.create(capture=False)["id"])


@scenario(30)
def test_a_capture_whose_answer_is_lost_is_repeated_and_another_one_changes_nothing(
    shop: Shop, sandbox: Sandbox, held: Json
) -> None:
    path = f"/payments/{held['id']}/capture"
    sandbox.add_fault({"match": {"path": "/capture$"}, "action": "http_500_after"})
    assert shop.post(path, {}, key="capture").status == 500
    assert shop.post(path, {}, key="capture").json["status"] == "succeeded"
    after = sandbox.payment(held["id"])
    other = shop.post(path, {}, key="another")
    assert refusal(other)[:3] == (400, "invalid_request", "Payment can not be captured in current status.")
    assert shop.get(f"/payments/{held['id']}").json == after
    assert [hook["event"] for hook in sandbox.webhooks()] == ["payment.waiting_for_capture", "payment.succeeded"]


@scenario(31)
def test_a_hold_nobody_captures_says_when_it_ends_and_ends_then(shop: Shop, sandbox: Sandbox, held: Json) -> None:
    assert held["expires_at"] == "2026-12-01T06:00:00.000Z"
    sandbox.advance(SEVEN_DAYS - 1)
    assert shop.get(f"/payments/{held['id']}").json["status"] == "waiting_for_capture"
    sandbox.advance(1)
    after = shop.get(f"/payments/{held['id']}").json
    assert after["cancellation_details"] == {"party": "yoo_money", "reason": "expired_on_capture"}
    assert [hook["event"] for hook in sandbox.webhooks()] == ["payment.waiting_for_capture", "payment.canceled"]
