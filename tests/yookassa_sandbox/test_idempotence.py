import threading
from collections.abc import Callable
from time import sleep

import pytest

from olvery.yookassa_sandbox import Sandbox, payments
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing
from tests.yookassa_sandbox.shop import Json, Reply, Shop, order, refusal, roubles

HEADER = "Idempotence-Key"


@pytest.mark.parametrize(
    ("key", "description"),
    [
        ("k" * 65, "Idempotence key is too long. Max. length is 64"),
        ("a key", "Idempotence key contains illegal characters"),
        ("a:key", "Idempotence key contains illegal characters"),
    ],
)
def test_a_bad_key_is_refused(shop: Shop, sandbox: Sandbox, key: str, description: str) -> None:
    assert refusal(shop.post("/payments", order(), key=key)) == (400, "invalid_request", description, HEADER)
    assert sandbox.payments() == []


def test_a_missing_key_is_refused(shop: Shop, sandbox: Sandbox) -> None:
    reply = shop.send("POST", "/v3/payments", b"{}", Content_Type="application/json", Authorization=shop.authorization)
    assert refusal(reply) == (400, "invalid_request", "Idempotence key is empty", HEADER)
    assert sandbox.payments() == []


@pytest.mark.parametrize("key", ["k" * 64, "a-B_9.+"])
def test_all_allowed_signs_make_a_key(shop: Shop, key: str) -> None:
    assert shop.create(key=key) == shop.create(key=key)


def test_the_same_request_gives_the_answer_of_the_first_time(shop: Shop, sandbox: Sandbox) -> None:
    first = shop.create(key="once")
    sandbox.pay(first["id"])
    shuffled = dict(reversed(order().items()))
    assert shop.post("/payments", shuffled, key="once").json == first
    assert [payment["status"] for payment in sandbox.payments()] == ["succeeded"]


def test_a_repeat_may_show_the_present_state_instead(run: Callable[..., Sandbox]) -> None:
    sandbox = run(replay="current")
    shop = Shop(sandbox)
    paid = sandbox.pay(shop.create(key="once")["id"])
    assert shop.create(key="once") == paid


def test_the_same_key_with_another_body_is_refused(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create(key="once")
    reply = shop.post("/payments", order(amount=roubles("1200.01")), key="once")
    assert refusal(reply) == (400, "invalid_request", "Idempotence key duplicated", HEADER)
    assert sandbox.payments() == [payment]


def test_the_same_key_with_another_path_is_refused(shop: Shop, sandbox: Sandbox) -> None:
    one, two = (sandbox.pay(shop.create(capture=False)["id"]) for _ in range(2))
    shop.post(f"/payments/{one['id']}/capture", {}, key="once")
    reply = shop.post(f"/payments/{two['id']}/capture", {}, key="once")
    assert refusal(reply) == (400, "invalid_request", "Idempotence key duplicated", HEADER)
    assert sandbox.payment(two["id"]) == two


def test_a_refused_request_leaves_its_key_free(shop: Shop, sandbox: Sandbox) -> None:
    assert shop.post("/payments", order(amount=roubles("0.01")), key="once").status == 400
    payment = shop.create(key="once")
    assert sandbox.payments() == [payment]


def test_a_key_is_forgotten_after_a_day(shop: Shop, sandbox: Sandbox) -> None:
    first = shop.create(key="once")
    sandbox.advance(24 * 3600 - 1)
    assert shop.create(key="once") == first
    sandbox.advance(1)
    second = shop.create(key="once")
    assert [payment["id"] for payment in sandbox.payments()] == [first["id"], second["id"]]


def test_a_dozen_parallel_requests_with_one_key_make_one_payment(
    shop: Shop, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies: list[Reply] = []
    start, create = threading.Barrier(12), payments.create_payment

    def create_slowly(provider: Provider, body: Json) -> Thing:
        sleep(0.1)  # time enough for all others to find the key unknown, were they let in
        return create(provider, body)

    monkeypatch.setattr(payments, "create_payment", create_slowly)

    def post() -> None:
        start.wait()
        replies.append(shop.post("/payments", order(), key="once"))

    threads = [threading.Thread(target=post) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (payment,) = sandbox.payments()
    assert [(reply.status, reply.json) for reply in replies] == [(200, payment)] * 12


def test_two_requests_with_one_key_cannot_both_refund(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid()
    first = shop.refund(payment["id"], "500.00", key="refund")
    again = shop.refund(payment["id"], "500.00", key="refund")
    assert first.json == again.json
    assert sandbox.refunds() == [first.json]
