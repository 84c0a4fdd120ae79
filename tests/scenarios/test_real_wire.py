"""The provider's notifications over real HTTP, to a server of ours: nothing in between is played."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from tests.orders.steps import seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import SECRET_OF_THE_ADDRESS, Scene, work
from tests.scenarios.test_notifications import states
from tests.scenarios.test_paying import PAID

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def courier() -> None:
    """Let the sandbox send its notifications itself."""


def answers(scene: Scene) -> list[list[int | None]]:
    """Return what each notification was answered, attempt by attempt."""
    return [[attempt["status"] for attempt in hook["attempts"]] for hook in scene.sandbox.webhooks()]


@scenario(1)
def test_a_payment_is_told_of_over_http_and_confirms_the_order_once(scene: Scene, live_server: LiveServer) -> None:
    scene.sandbox.set_webhook_url(live_server.url + reverse("orders:webhook", args=[SECRET_OF_THE_ADDRESS]))
    page = scene.press_pay()
    left_at = scene.payer_presses(page, "pay_close")  # nobody returns to our pages
    assert urlsplit(left_at)[2:4] == urlsplit(page)[2:4]
    assert scene.sandbox.flush_webhooks() == 1
    assert (answers(scene), states()) == ([[200]], [("payment.succeeded", "received")])
    assert seen(scene.order).status == "awaiting_payment"
    work()
    assert (answers(scene), states()) == ([[200]], [("payment.succeeded", "applied")])
    assert (scene.times_confirmed(), seen(scene.order)) == (1, PAID)
    scene.sandbox.resend(1)
    work()
    assert (answers(scene), states()) == ([[200, 200]], [("payment.succeeded", "applied")])
    assert (scene.times_confirmed(), seen(scene.order)) == (1, PAID)


@scenario(23)
def test_what_is_not_taken_over_http_comes_again_until_it_is(scene: Scene, live_server: LiveServer) -> None:
    scene.press_pay()
    scene.pay()
    scene.sandbox.set_webhook_url("http://127.0.0.1:1/")
    scene.deliver()
    scene.sandbox.set_webhook_url(live_server.url + reverse("orders:webhook", args=["guessed"]))
    scene.clock.shift(10)
    scene.deliver()
    assert (answers(scene), states()) == ([[None, 404]], [])
    scene.sandbox.set_webhook_url(live_server.url + reverse("orders:webhook", args=[SECRET_OF_THE_ADDRESS]))
    scene.clock.shift(60)
    scene.deliver()
    assert (answers(scene), states()) == ([[None, 404, 200]], [("payment.succeeded", "applied")])
    assert (scene.times_confirmed(), seen(scene.order)) == (1, PAID)
