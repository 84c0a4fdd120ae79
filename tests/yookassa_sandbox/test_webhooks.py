import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter

import pytest

from olvery.yookassa_sandbox import BadOption, Failure, Sandbox, courier
from tests.yookassa_sandbox.shop import Ear, Listener, Shop

GAPS = (0, 10, 60, 300, 900, 3600, 10800, 21600, 43200)


def states(sandbox: Sandbox) -> list[str]:
    return [hook["state"] for hook in sandbox.webhooks()]


def test_a_webhook_shows_the_object_at_the_time_of_the_event(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    paid = shop.paid()
    shop.refund(paid["id"], "1200.00")
    assert ear.heard == []
    assert sandbox.flush_webhooks() == 2
    assert ear.heard[0] == ("payment.succeeded", paid)
    assert ear.events == ["payment.succeeded", "refund.succeeded"]
    assert ear.headers[0] == {"Content-Type": "application/json", "User-Agent": "AHC/2.1"}
    assert sandbox.flush_webhooks() == 0
    attempt = {"at": "2026-11-24T06:00:00.000Z", "status": 200, "error": None, "by_hand": False}
    assert sandbox.webhooks()[0] == {
        "n": 1,
        "event": "payment.succeeded",
        "object_id": paid["id"],
        "state": "delivered",
        "note": None,
        "created_at": "2026-11-24T06:00:00.000Z",
        "next_at": None,
        "attempts": [attempt],
        "body": {"type": "notification", "event": "payment.succeeded", "object": paid},
    }


def test_a_new_payment_is_no_event(shop: Shop, sandbox: Sandbox) -> None:
    shop.create()
    assert sandbox.webhooks() == []


def test_only_200_confirms_and_a_day_is_enough(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    ear.answers = [500, 404, 302, 201, 204, 202, 503, 400, 403]
    shop.paid()
    for gap in GAPS:
        assert sandbox.flush_webhooks() == 0 if gap else True
        sandbox.advance(gap)
        assert sandbox.flush_webhooks() == 1
    sandbox.advance(48 * 3600)
    assert sandbox.flush_webhooks() == 0
    (hook,) = sandbox.webhooks()
    assert hook["state"] == "given_up"
    assert [attempt["status"] for attempt in hook["attempts"]] == [500, 404, 302, 201, 204, 202, 503, 400, 403]


def test_the_time_scale_divides_the_gaps(run: Callable[..., Sandbox]) -> None:
    ear = Ear()
    ear.answers = [500, 500]
    sandbox = run(deliver=ear, time_scale=50)
    Shop(sandbox).paid()
    sandbox.flush_webhooks()
    for seconds, sent in [(0.1, 0), (0.1, 1), (1.1, 0), (0.1, 1)]:
        sandbox.advance(seconds)
        assert sandbox.flush_webhooks() == sent
    assert states(sandbox) == ["delivered"]


def test_a_webhook_is_sent_again_by_hand(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    shop.paid()
    sandbox.flush_webhooks()
    ear.answers = [500]
    failed = sandbox.resend(1)
    assert (failed["status"], failed["by_hand"], states(sandbox)) == (500, True, ["delivered"])
    assert sandbox.resend(1)["status"] == 200
    assert ear.events == ["payment.succeeded"] * 3
    with pytest.raises(Failure, match="Webhook 9 does not exist"):
        sandbox.resend(9)


def test_a_drop_loses_the_event_for_good(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_fault({"scope": "webhook", "match": {"event": "payment.succeeded"}, "action": "drop"})
    payment = shop.paid()
    sandbox.advance(24 * 3600)
    assert sandbox.flush_webhooks() == 0
    assert states(sandbox) == ["dropped"]
    shop.refund(payment["id"], "1200.00")
    sandbox.flush_webhooks()
    assert ear.events == ["refund.succeeded"]


def test_a_duplicate_comes_as_often_as_told(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_fault({"scope": "webhook", "action": "duplicate", "n": 3})
    payment = shop.paid()
    assert sandbox.flush_webhooks() == 3
    assert ear.heard == [("payment.succeeded", payment)] * 3


def test_a_delay_holds_the_event_back(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"scope": "webhook", "action": "delay", "s": 90})
    shop.paid()
    sandbox.advance(89)
    assert sandbox.flush_webhooks() == 0
    sandbox.advance(1)
    assert sandbox.flush_webhooks() == 1


def test_reordered_events_come_the_last_first(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_fault({"scope": "webhook", "action": "reorder", "n": 2})
    held = sandbox.pay(shop.create(capture=False)["id"])
    assert sandbox.flush_webhooks() == 0
    captured = shop.post(f"/payments/{held['id']}/capture", {}).json
    assert sandbox.flush_webhooks() == 2
    assert ear.heard == [("payment.succeeded", captured), ("payment.waiting_for_capture", held)]


def test_lifting_a_reorder_lets_go_what_it_held(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    rule = sandbox.add_fault({"scope": "webhook", "action": "reorder", "n": 5})
    shop.paid()
    assert states(sandbox) == ["held"]
    sandbox.remove_fault(rule)
    sandbox.flush_webhooks()
    assert ear.events == ["payment.succeeded"]


def test_an_event_can_overtake_the_answer(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_fault({"scope": "webhook", "action": "before_response"})
    sandbox.add_fault({"match": {"path": "/payments$"}, "action": "close_after"})
    with pytest.raises(ConnectionError):
        shop.create(metadata={"sandbox": "pay"}, key="once")
    assert ear.heard == [("payment.succeeded", sandbox.payments()[0])]
    assert shop.create(metadata={"sandbox": "pay"}, key="once")["status"] == "pending"


def test_a_forged_event_comes_before_the_true_one(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    forged = {"event": "payment.succeeded", "object": {"status": "succeeded", "paid": True}}
    rule = {"scope": "webhook", "match": {"event": "waiting_for_capture"}, "action": "forge", **forged}
    sandbox.add_fault(rule)
    held = sandbox.pay(shop.create(capture=False)["id"])
    sandbox.flush_webhooks()
    assert ear.heard == [
        ("payment.succeeded", held | {"status": "succeeded"}),
        ("payment.waiting_for_capture", held),
    ]


def test_an_event_can_be_forged_out_of_nothing(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    payment = shop.create()
    sandbox.forge("payment.succeeded", {"id": payment["id"], "status": "succeeded", "paid": True})
    sandbox.forge("payment.succeeded", {"id": "../me"})
    sandbox.flush_webhooks()
    lie = payment | {"status": "succeeded", "paid": True}
    assert ear.heard == [("payment.succeeded", lie), ("payment.succeeded", {"id": "../me"})]
    assert shop.get(f"/payments/{payment['id']}").json == payment


def test_a_stale_event_shows_what_was_before(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_fault({"scope": "webhook", "action": "stale"})
    payment = shop.create()
    sandbox.pay(payment["id"])
    sandbox.flush_webhooks()
    assert ear.heard == [("payment.succeeded", payment)]


def test_a_huge_event_is_as_large_as_told(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_fault({"scope": "webhook", "action": "huge", "bytes": 100_000})
    payment = shop.paid()
    sandbox.flush_webhooks()
    assert ear.heard == [("payment.succeeded", payment | {"padding": "x" * 100_000})]


def test_a_rule_for_refunds_goes_by_the_payments_metadata_too(shop: Shop, sandbox: Sandbox) -> None:
    match = {"event": "refund", "metadata": {"order_id": "7"}}
    sandbox.add_fault({"scope": "webhook", "match": match, "action": "drop"})
    shop.refund(shop.paid()["id"], "1200.00")
    assert states(sandbox) == ["waiting", "dropped"]


def test_webhooks_go_over_http_and_follow_no_redirect(
    run: Callable[..., Sandbox], listen: Callable[..., Listener]
) -> None:
    listener = listen(302)
    sandbox = run(webhook_url=listener.url, xff="185.71.76.5")
    payment = Shop(sandbox).paid()
    sandbox.flush_webhooks()
    sandbox.advance(10)
    sandbox.flush_webhooks()
    paths, headers, bodies = zip(*listener.got, strict=True)
    assert paths == ("/hook/?a=1", "/hook/?a=1")
    assert bodies[1] == {"type": "notification", "event": "payment.succeeded", "object": payment}
    assert {name: headers[0][name] for name in ("Content-Type", "User-Agent", "X-Forwarded-For")} == {
        "Content-Type": "application/json",
        "User-Agent": "AHC/2.1",
        "X-Forwarded-For": "185.71.76.5",
    }
    assert [attempt["status"] for attempt in sandbox.webhooks()[0]["attempts"]] == [302, 200]


def test_automatic_webhooks_need_nobody_and_are_repeated(
    run: Callable[..., Sandbox], listen: Callable[..., Listener]
) -> None:
    listener = listen(500, 503)
    sandbox = run(webhook_url=listener.url, webhooks="auto", schedule=(0, 0, 0))
    payment = Shop(sandbox).paid()
    assert listener.enough.wait(5)
    sandbox.flush_webhooks()
    assert [body["object"] for _path, _headers, body in listener.got] == [payment] * len(listener.got)
    assert [attempt["status"] for attempt in sandbox.webhooks()[0]["attempts"]][:2] == [500, 503]


def test_a_shop_that_is_away_is_tried_again(run: Callable[..., Sandbox], listen: Callable[..., Listener]) -> None:
    sandbox = run(webhook_url="http://127.0.0.1:1/")
    Shop(sandbox).paid()
    sandbox.flush_webhooks()
    (attempt,) = sandbox.webhooks()[0]["attempts"]
    assert (attempt["status"], attempt["error"][:22]) == (None, "ConnectionRefusedError")
    sandbox.set_webhook_url(listen().url)
    sandbox.advance(10)
    assert sandbox.flush_webhooks() == 1
    assert states(sandbox) == ["delivered"]


@pytest.mark.parametrize("drops", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["silent", "drop by drop"])
def test_a_shop_that_keeps_the_courier_waiting_has_not_confirmed(
    run: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch, drops: bytes
) -> None:
    monkeypatch.setattr(courier, "TIMEOUT", 0.3)
    over = threading.Event()

    def answer() -> None:
        with listener.accept()[0] as connection, suppress(OSError):
            connection.sendall(drops)
            while not over.wait(0.05):
                connection.sendall(drops[-1:])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        sandbox = run(webhook_url=f"http://127.0.0.1:{listener.getsockname()[1]}/")
        Shop(sandbox).paid()
        began = perf_counter()
        assert sandbox.flush_webhooks() == 1
        took = perf_counter() - began
        over.set()
        thread.join()
    (attempt,) = sandbox.webhooks()[0]["attempts"]
    assert (attempt["status"], attempt["error"] is None, states(sandbox)) == (None, False, ["waiting"])
    assert 0.3 <= took < 3


def test_the_courier_waits_ten_seconds_as_the_provider_does() -> None:
    assert courier.TIMEOUT == 10


def test_without_an_address_events_wait_for_one(run: Callable[..., Sandbox], listen: Callable[..., Listener]) -> None:
    sandbox = run()
    Shop(sandbox).paid()
    assert sandbox.flush_webhooks() == 0
    assert states(sandbox) == ["waiting"]
    with pytest.raises(BadOption, match="is no webhook URL"):
        sandbox.set_webhook_url("ftp://shop.test/")
    sandbox.set_webhook_url(listen().url)
    assert sandbox.flush_webhooks() == 1


def test_the_shop_may_ask_the_api_while_it_hears_a_webhook(run: Callable[..., Sandbox]) -> None:
    asked: list[str] = []

    def deliver(body: bytes, headers: object) -> int:
        asked.append(shop.get("/payments").json["items"][0]["status"])
        return 200

    sandbox = run(deliver=deliver)
    shop = Shop(sandbox)
    sandbox.add_fault({"scope": "webhook", "action": "before_response"})
    shop.create(metadata={"sandbox": "pay"})
    assert asked == ["succeeded"]
