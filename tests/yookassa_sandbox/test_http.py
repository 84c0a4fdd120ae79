import http.client
import json
import socket
from contextlib import closing

import pytest

from olvery.yookassa_sandbox import Sandbox
from tests.yookassa_sandbox.conftest import TOKEN
from tests.yookassa_sandbox.shop import Shop, order, refusal

JSON = "application/json"


def test_the_shop_sees_its_settings(shop: Shop) -> None:
    assert shop.get("/me").json == {
        "account_id": "100500",
        "status": "enabled",
        "test": True,
        "payment_methods": ["bank_card", "sbp", "sberbank", "tinkoff_bank", "yoo_money"],
        "fiscalization": {"enabled": True, "provider": "atol"},
        "fiscalization_enabled": True,
    }


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic MTAwNTAwOnRlc3Q=", "Bearer token", "Basic я"])
def test_a_stranger_is_refused_before_anything_else(shop: Shop, sandbox: Sandbox, authorization: str) -> None:
    shop.authorization = authorization.encode().decode("latin-1")
    for reply in (shop.get("/me"), shop.get("/nowhere"), shop.post("/payments", order())):
        assert refusal(reply)[:2] == (401, "invalid_credentials")
        assert refusal(reply)[3] == "Authorization"
    assert sandbox.payments() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v3", 404),
        ("GET", "/v3/nowhere", 404),
        ("GET", "/v3/payments/", 404),
        ("GET", "/v3/payments/../me", 404),
        ("GET", "/v3/payments/00000000-0000-0000-0000-000000000000", 404),
        ("GET", "/v3/refunds/00000000-0000-0000-0000-000000000000", 404),
        ("GET", "/v3/receipts/rt-00000000", 404),
        ("DELETE", "/v3/payments", 405),
        ("PUT", "/v3/me", 405),
        ("OPTIONS", "/v3/payments", 405),
        ("GET", "/v3/payments/1/capture", 405),
        ("GET", "/v3/webhooks", 403),
        ("POST", "/v3/webhooks", 403),
        ("DELETE", "/v3/webhooks/1", 403),
    ],
)
def test_what_is_not_there_is_refused_in_json(shop: Shop, method: str, path: str, status: int) -> None:
    reply = shop.send(method, path, Authorization=shop.authorization, Idempotence_Key="k")
    assert refusal(reply)[0] == status


def test_the_api_has_no_heads(shop: Shop, sandbox: Sandbox) -> None:
    reply = shop.send("HEAD", "/v3/me", Authorization=shop.authorization)
    assert (reply.status, reply.headers["Content-Type"], reply.text) == (405, "application/json;charset=UTF-8", "")
    assert [(entry["method"], entry["status"]) for entry in sandbox.journal()] == [("HEAD", 405)]


@pytest.mark.parametrize(
    "path", ["/checkout/payments/v2/contract?orderId={}", "/_sandbox/", "/nowhere"], ids=["payer", "control", "none"]
)
def test_the_head_of_a_page_says_all_but_the_page(shop: Shop, path: str) -> None:
    path, cookie = path.format(shop.create()["id"]), f"sandbox_token={TOKEN}"
    page = shop.send("GET", path, Cookie=cookie)
    with closing(http.client.HTTPConnection(shop.sandbox.base_url.removeprefix("http://"), timeout=5)) as connection:
        for _time in range(2):  # what is left on the wire would spoil the second answer
            connection.request("HEAD", path, headers={"Cookie": cookie})
            with connection.getresponse() as head:
                assert head.status == page.status
                names = ("Content-Type", "Content-Length")
                assert [head.headers[name] for name in names] == [page.headers[name] for name in names]
                assert head.read() == b""
    assert len(page.text.encode()) == int(page.headers["Content-Length"])


@pytest.mark.parametrize(
    ("body", "content_type", "status", "description"),
    [
        (b"a=b", "application/x-www-form-urlencoded", 415, "Content-Type must be application/json"),
        (b"{", JSON, 400, "Failed to parse request body"),
        (b"[]", JSON, 400, "Failed to parse request body"),
        (b"\xff", JSON, 400, "Failed to parse request body"),
        (b'{"description": "\\ud800"}', JSON, 400, "Failed to parse request body"),
        (b"[" * 100_000, JSON, 400, "Failed to parse request body"),
        (b"{}", "application/json; charset=utf-8", 400, "Payment amount is illegal"),
        (b" " * (1024 * 1024 + 1), JSON, 413, "Request body is too large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    shop: Shop, sandbox: Sandbox, body: bytes, content_type: str, status: int, description: str
) -> None:
    headers = {"Authorization": shop.authorization, "Content_Type": content_type, "Idempotence_Key": "k"}
    reply = shop.send("POST", "/v3/payments", body, **headers)
    assert (reply.status, reply.json["description"]) == (status, description)
    assert sandbox.payments() == []


@pytest.mark.parametrize("sent", [b"", b'{"amount": {"value":'], ids=["nothing", "a part"])
def test_a_client_that_dies_before_the_body_is_through_has_asked_nothing(
    shop: Shop, sandbox: Sandbox, sent: bytes
) -> None:
    address = sandbox.base_url.removeprefix("http://").split(":")
    head = f"POST /v3/payments HTTP/1.1\r\nAuthorization: {shop.authorization}\r\nIdempotence-Key: k\r\n"
    with socket.create_connection((address[0], int(address[1])), timeout=5) as client:
        client.sendall(f"{head}Content-Length: 99\r\n\r\n".encode() + sent)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert (sandbox.journal(), sandbox.payments()) == ([], [])


def test_the_journal_has_every_request_and_no_secret(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create(key="once")
    shop.get("/payments", limit="5")
    shop.authorization = "Basic d3Jvbmc="
    shop.post("/refunds", {"payment_id": payment["id"]}, key="twice")
    at = "2026-11-24T06:00:00.000Z"
    same = {"at": at, "answered_at": at, "fault": None}
    assert sandbox.journal() == [
        {"n": 1, "method": "POST", "path": "/v3/payments", "query": "", "key": "once", "body": order()}
        | same
        | {"status": 200},
        {"n": 2, "method": "GET", "path": "/v3/payments", "query": "limit=5", "key": None, "body": None}
        | same
        | {"status": 200},
        {"n": 3, "method": "POST", "path": "/v3/refunds", "query": "", "key": "twice"}
        | {"body": {"payment_id": payment["id"]}}
        | same
        | {"status": 401},
    ]
    assert "d3Jvbmc" not in json.dumps(sandbox.journal())


def test_a_page_nobody_knows_says_that_this_is_a_test(shop: Shop) -> None:
    reply = shop.send("GET", "/")
    assert reply.status == 404
    assert "ТЕСТОВАЯ КАССА — деньги не списываются" in reply.text
