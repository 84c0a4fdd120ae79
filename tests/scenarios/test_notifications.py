"""Notifications of the provider and forged ones: hints to ask, never facts."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.urls import reverse

from orders.domain.online import notifications
from orders.domain.online.gateway import Call, PaymentWish
from orders.gateways.yookassa import YooKassa
from orders.models import PaymentAttempt, ProviderNotification, ProviderRequest
from tests.orders.steps import seen
from tests.scenarios.numbers import scenario
from tests.scenarios.scene import SECRET_OF_THE_ADDRESS, Courier, Scene, notify, work
from tests.scenarios.test_paying import PAID

pytestmark = pytest.mark.django_db(transaction=True)

PROVIDER, STRANGER = "185.71.76.5", "203.0.113.9"
UNKNOWN_ID = "2d5c8d3f-000f-5000-8000-0123456789ab"


def notification(event: str, object_id: str, **facts: Any) -> bytes:
    """Return the body of a notification, true or not."""
    told = {"id": object_id, "status": event.partition(".")[2], **facts}
    return json.dumps({"type": "notification", "event": event, "object": told}).encode()


def states() -> list[tuple[str, str]]:
    """Return what became of every notification."""
    return list(ProviderNotification.objects.order_by("pk").values_list("event", "state"))


@scenario(17)
def test_an_older_notification_that_comes_later_changes_nothing(scene: Scene) -> None:
    scene.pay_at_once()
    scene.sandbox.forge("payment.waiting_for_capture", {"id": scene.told()["id"], "status": "waiting_for_capture"})
    scene.deliver()
    assert states() == [("payment.succeeded", "applied"), ("payment.waiting_for_capture", "applied")]
    assert seen(scene.order) == PAID


@scenario(18)
def test_a_notification_that_overtakes_the_answer_finds_its_payment(
    scene: Scene, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, before_the_answer = YooKassa.call, []

    def write_for_a_quick_payer(shop: YooKassa, wish: PaymentWish) -> Call:
        return write(shop, replace(wish, metadata={**wish.metadata, "sandbox": "pay"}))

    def look_into_it() -> None:
        work()
        before_the_answer.append((scene.attempt().status, ProviderRequest.objects.get().state))

    monkeypatch.setattr(YooKassa, "call", write_for_a_quick_payer)
    scene.sandbox.add_fault({"scope": "webhook", "action": "before_response"})
    courier.then = look_into_it
    assert scene.press_pay() == scene.url()
    assert before_the_answer == [("succeeded", "sending")]
    assert (scene.stage(), courier.answers) == ("paid", [200])
    [created] = [heard for heard in scene.sandbox.journal() if heard["method"] == "POST"]
    assert (created["status"], ProviderRequest.objects.get().state) == (200, "done")
    assert PaymentAttempt.objects.count() == 1
    assert seen(scene.order) == PAID


@scenario(18)
def test_a_notification_of_a_payment_whose_answer_was_lost_finds_it_by_our_marks(scene: Scene) -> None:
    scene.sandbox.add_fault({"action": "close_after"})
    scene.press_pay()
    assert scene.attempt().provider_id is None
    scene.pay()
    scene.deliver()
    assert scene.attempt().provider_id == scene.told()["id"]
    scene.minutes(2)  # the request goes again and gets the old answer, that it waits for the customer
    assert len(scene.wire.posts()) == 2
    assert seen(scene.order) == PAID


@scenario(19)
def test_a_forged_notification_pays_nothing_and_does_not_spoil_the_genuine_one(scene: Scene) -> None:
    scene.press_pay()
    scene.sandbox.forge("payment.succeeded", {"id": scene.told()["id"], "status": "succeeded", "paid": True})
    scene.deliver()
    assert states() == [("payment.succeeded", "deferred")]
    for seconds in (6, 31, 121, 601, 3):
        scene.wait(seconds=seconds)
    assert len(scene.wire.gets()) == 1 + len(notifications.AGAIN_AFTER)
    assert seen(scene.order).status == "awaiting_payment"
    scene.pay()
    scene.deliver()
    assert states() == [("payment.succeeded", "applied")]
    assert ProviderNotification.objects.get().deliveries == 2
    assert seen(scene.order) == PAID


SENDERS: list[tuple[int, dict[str, str], int]] = [  # proxies, what the server is told, its answer
    (0, {"REMOTE_ADDR": STRANGER}, 403),
    (0, {"REMOTE_ADDR": STRANGER, "HTTP_X_FORWARDED_FOR": PROVIDER}, 403),
    (0, {"REMOTE_ADDR": PROVIDER}, 200),
    (0, {"REMOTE_ADDR": f"::ffff:{PROVIDER}"}, 200),
    (1, {"HTTP_X_FORWARDED_FOR": f"{PROVIDER}, {STRANGER}"}, 403),
    (1, {"HTTP_X_FORWARDED_FOR": "garbage"}, 403),
    (1, {}, 403),
    (1, {"HTTP_X_FORWARDED_FOR": f"{STRANGER}, {PROVIDER}"}, 200),
]


@scenario(20)
def test_only_the_providers_own_address_is_heard_and_a_proxy_is_believed_its_last_word(
    scene: Scene, settings: Any
) -> None:
    settings.YOOKASSA_WEBHOOK_NETWORKS = [one for one in settings.YOOKASSA_WEBHOOK_NETWORKS if "127" not in one]
    scene.press_pay()
    for proxies, facts, answer in SENDERS:
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        with transaction.atomic():
            assert notify(notification("payment.succeeded", scene.told()["id"]), **facts) == answer, facts
            stored = ProviderNotification.objects.values_list("remote_address", flat=True)
            heard = [address.removeprefix("::ffff:") for address in stored]
            assert heard == ([PROVIDER] if answer == 200 else []), facts
            transaction.set_rollback(True)


@scenario(21)
@pytest.mark.parametrize(
    ("body", "answer", "state"),
    [
        (notification("payment.succeeded", UNKNOWN_ID), 200, "ignored"),
        (notification("deal.closed", UNKNOWN_ID), 200, "ignored"),
        (notification("payment.succeeded", "../me"), 400, None),
        (notification("payment.succeeded", UNKNOWN_ID, padding="x" * 1_000_000), 413, None),
        (b'{"type": "notification", "event": "payment.succ', 400, None),
        (b"[]", 400, None),
    ],
    ids=["unknown id", "unknown event", "path for an id", "a megabyte", "broken", "no object"],
)
def test_a_notification_that_makes_no_sense_is_answered_so_that_it_is_not_repeated_in_vain(
    scene: Scene, body: bytes, answer: int, state: str | None
) -> None:
    assert notify(body) == answer
    work()
    assert [stored for _event, stored in states()] == ([state] if state else [])
    asked_for = [f"/payments/{UNKNOWN_ID}"] if b"payment.succeeded" in body and state else []
    assert [sent.path for sent in scene.wire.sent] == asked_for


@scenario(21)
def test_a_payment_of_another_copy_of_the_site_is_left_alone(scene: Scene, courier: Courier, settings: Any) -> None:
    settings.YOOKASSA_ENVIRONMENT = "elsewhere"
    scene.press_pay()
    settings.YOOKASSA_ENVIRONMENT = "scenario"
    PaymentAttempt.objects.update(provider_id=None)  # it is the other copy that knows it
    scene.sandbox.decline(scene.told()["id"])
    scene.deliver()
    assert (courier.answers, states()) == ([200], [("payment.canceled", "ignored")])
    assert (scene.attempt().status, scene.attempt().provider_id) == ("pending", None)


@scenario(21)
def test_a_notification_cannot_be_got(scene: Scene) -> None:
    url = reverse("orders:webhook", args=[SECRET_OF_THE_ADDRESS])
    assert Client().get(url).status_code == 405
    assert Client().post(url.replace(SECRET_OF_THE_ADDRESS, "guessed")).status_code == 404
    assert scene.wire.sent == []


@scenario(23)
def test_while_the_database_is_away_a_notification_is_refused_and_comes_again(
    scene: Scene, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("connection to server failed: Connection refused")

    scene.press_pay()
    scene.pay()
    connections.close_all()
    with monkeypatch.context() as patched:
        patched.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)
        with pytest.raises(OperationalError):
            states()
        assert scene.sandbox.flush_webhooks() == 1
    work()
    assert (courier.answers, states()) == ([503], [])
    assert seen(scene.order).status == "awaiting_payment"
    scene.clock.shift(timedelta(seconds=10))
    scene.deliver()
    assert (courier.answers, states()) == ([503, 200], [("payment.succeeded", "applied")])
    assert seen(scene.order) == PAID
