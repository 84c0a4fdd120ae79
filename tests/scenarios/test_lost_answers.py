"""Lost answers of the provider: whatever the reason, the same bytes are sent again, and make one payment."""

from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest

from orders.domain.online import answers, sending
from orders.gateways.transport import CONNECT_SECONDS, Transport
from orders.gateways.yookassa import YooKassa
from orders.models import Order, PaymentAttempt, ProviderRequest
from tests.orders.steps import seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import Scene, killed

pytestmark = pytest.mark.django_db(transaction=True)

CREATES = {"method": "POST", "path": "/payments$"}
BLINK = timedelta(seconds=0.2)
WEB_ANSWERS_WITHIN = timedelta(seconds=13)


def assert_waits(scene: Scene, led_to: str) -> None:
    """Check that the customer waits on our own page, which does not show the provider's answer."""
    assert led_to == scene.url()
    page = scene.look()
    assert str(page.context["paying"].stage) == "starting"
    assert not [word for word in ("Bad Gateway", "502", "Internal server error", "Traceback") if word in page.text]
    assert (scene.wait_page_leads_to(), seen(scene.order).payments) == ("", ["created"])


def assert_goes_on(scene: Scene) -> None:
    """Check that one payment was made by one request, sent again byte for byte, and that it can be paid."""
    assert scene.wait_page_leads_to() == scene.page()
    assert len(scene.sandbox.payments()) == PaymentAttempt.objects.count() == 1
    assert len({(sent.key, sent.body) for sent in scene.wire.posts()}) == 1
    assert ProviderRequest.objects.get().state == "done"
    scene.pay()
    scene.deliver()
    assert seen(scene.order).status == "confirmed"


@scenario(3)
def test_an_error_after_the_payment_was_made_is_followed_by_the_same_request(scene: Scene) -> None:
    scene.sandbox.add_fault({"match": CREATES, "action": "http_500_after"})
    assert_waits(scene, scene.press_pay())
    scene.wait(seconds=6)
    assert len(scene.wire.posts()) == 2
    assert_goes_on(scene)


@scenario(4)
def test_connecting_and_reading_together_keep_no_person_waiting_too_long() -> None:
    assert sending.PATIENCE_OF_A_PERSON + timedelta(seconds=CONNECT_SECONDS) <= WEB_ANSWERS_WITHIN


@scenario(4)
def test_a_silent_provider_keeps_no_person_waiting(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PATIENCE_OF_A_PERSON", BLINK)
    scene.sandbox.add_fault({"match": CREATES, "action": "timeout_after", "s": 60})
    began = perf_counter()
    led_to = scene.press_pay()
    assert perf_counter() - began < 5
    assert_waits(scene, led_to)
    scene.wait(seconds=6)
    assert len(scene.wire.posts()) == 2
    assert_goes_on(scene)


@scenario(5)
def test_while_nobody_answers_the_places_are_kept_and_later_one_payment_is_made(scene: Scene) -> None:
    deadline_at = scene.order.deadline_at
    assert deadline_at is not None
    scene.clock.move_to(deadline_at - timedelta(minutes=1))
    with scene.provider_away():
        assert_waits(scene, scene.press_pay())
        for _time in range(12):
            scene.wait(seconds=10)
    assert 5 <= len(scene.wire.posts()) <= 7
    assert Order.objects.get().deadline_at == deadline_at + timedelta(minutes=9)
    assert seen(scene.order).status == "awaiting_payment"
    scene.wait(minutes=1, seconds=10)
    assert_goes_on(scene)


@scenario(6)
def test_an_answer_that_it_is_being_processed_is_no_answer_yet(scene: Scene) -> None:
    scene.sandbox.add_fault({"match": CREATES, "action": "202_processing", "times": 2})
    assert_waits(scene, scene.press_pay())
    scene.wait(seconds=6)
    request = ProviderRequest.objects.get()
    assert (request.state, request.last_status, request.tries) == ("queued", 202, 2)
    scene.wait(seconds=17)
    assert len(scene.wire.posts()) == 3
    assert_goes_on(scene)


@scenario(6)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_below_us_repeats_a_request_by_itself(scheme: str) -> None:
    """Over TLS the provider's own SDK repeats a request that is answered with 202, and breaks when that lasts.

    Played is 202 twice over plain HTTP, above. Over TLS it is only seen that nothing of ours repeats, as
    nothing here can make a certificate: the adapter of either scheme does the same.
    """
    transport = Transport(shop_id="1", secret_key="test_1", api_url=f"{scheme}://127.0.0.1:1/v3")
    adapter = transport._session().get_adapter(f"{scheme}://127.0.0.1:1/v3")
    assert (adapter.max_retries.total, list(adapter.max_retries.status_forcelist)) == (0, [])
    transport.close()


@scenario(7)
@pytest.mark.parametrize(
    "fault", [{"action": "http_502_html", "done": True}, {"action": "bad_json"}], ids=["page", "half"]
)
def test_an_answer_nobody_can_read_is_shown_to_nobody(scene: Scene, fault: dict[str, Any]) -> None:
    scene.sandbox.add_fault({"match": CREATES, **fault})
    assert_waits(scene, scene.press_pay())
    scene.wait(seconds=6)
    assert len(scene.wire.posts()) == 2
    assert_goes_on(scene)


@scenario(8)
@pytest.mark.parametrize(
    ("module", "name", "done", "bound"),
    [(sending, "take_answer", False, False), (answers, "apply_payment", True, True)],
    ids=["before it is bound", "before it is marked as done"],
)
def test_a_process_killed_with_the_answer_in_its_hand_gets_the_same_payment_again(
    scene: Scene, module: Any, name: str, done: bool, bound: bool
) -> None:
    with killed(module, name, done=done):
        scene.press_pay()
    assert scene.attempt().provider_id == (scene.told()["id"] if bound else None)
    scene.wait(seconds=44)
    assert len(scene.wire.posts()) == 1  # whoever sends holds the request until the lease is over
    scene.minutes(1)
    assert len(scene.wire.posts()) == 2
    assert scene.attempt().provider_id == scene.told()["id"]
    assert_goes_on(scene)


@scenario(9)
@pytest.mark.parametrize(("module", "name"), [(sending, "send_request"), (YooKassa, "send")], ids=["stored", "leased"])
def test_a_process_killed_before_the_first_byte_leaves_the_request_to_the_worker(
    scene: Scene, module: Any, name: str
) -> None:
    with killed(module, name):
        scene.press_pay()
    assert (scene.wire.posts(), seen(scene.order).payments) == ([], ["created"])
    scene.wait(seconds=16)
    scene.minutes(1)
    assert len(scene.wire.posts()) == 1
    assert_goes_on(scene)
