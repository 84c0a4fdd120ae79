import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from olvery.yookassa_sandbox import Sandbox
from olvery.yookassa_sandbox import control as control_api
from olvery.yookassa_sandbox.wire import Request
from tests.yookassa_sandbox.conftest import TOKEN
from tests.yookassa_sandbox.shop import RECEIPT, Ear, Json, Reply, Shop, refusal, roubles


def control(shop: Shop, method: str, path: str, body: Json | None = None) -> Reply:
    content = None if body is None else json.dumps(body).encode()
    return shop.send(method, f"/_sandbox{path}", content, Content_Type="application/json", X_Sandbox_Token=TOKEN)


def press(shop: Shop, path: str, **form: str) -> Reply:
    """Post a form of the dashboard as a browser that has the cookie."""
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": f"sandbox_token={TOKEN}"}
    return shop.send("POST", f"/_sandbox{path}", urlencode(form).encode(), **headers)


@pytest.mark.parametrize("headers", [{}, {"X_Sandbox_Token": "wrong"}, {"Cookie": "sandbox_token=wrong"}])
def test_without_the_token_nothing_is_shown_or_done(shop: Shop, sandbox: Sandbox, headers: dict[str, str]) -> None:
    payment = shop.create()
    for method, path in [("GET", "/"), ("GET", "/requests"), ("POST", "/reset"), ("GET", "/?token=no")]:
        reply = shop.send(method, f"/_sandbox{path}", **headers)
        assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert sandbox.payments() == [payment]


def test_without_a_token_of_its_own_the_sandbox_lets_nobody_in(run: Callable[..., Sandbox]) -> None:
    shop = Shop(run())
    assert shop.send("GET", "/_sandbox/requests", X_Sandbox_Token="").status == 403


def test_from_another_machine_even_the_token_opens_nothing(shop: Shop, sandbox: Sandbox) -> None:
    headers = {"X-Sandbox-Token": TOKEN}
    request = Request(method="POST", path="/_sandbox/reset", query={}, headers=headers, body=b"", client="10.0.0.7")
    payment = shop.create()
    assert control_api.handle(sandbox._provider, sandbox, request).status == 403
    assert sandbox.payments() == [payment]


def test_health_is_open_to_all(shop: Shop) -> None:
    reply = shop.send("GET", "/_sandbox/health")
    assert (reply.status, reply.json) == (200, {"status": "ok", "now": "2026-11-24T06:00:00.000Z"})


def test_payments_are_paid_declined_and_expired(shop: Shop, sandbox: Sandbox) -> None:
    one, two, three = (shop.create()["id"] for _ in range(3))
    paid = control(shop, "POST", f"/payments/{one}/pay", {"method": "sbp"}).json
    declined = control(shop, "POST", f"/payments/{two}/decline", {"reason": "card_expired"}).json
    expired = control(shop, "POST", f"/payments/{three}/expire").json
    assert paid["payment_method"]["type"] == "sbp"
    assert declined["cancellation_details"] == {"party": "payment_network", "reason": "card_expired"}
    assert expired["cancellation_details"]["reason"] == "expired_on_confirmation"
    assert control(shop, "GET", "/payments").json == [paid, declined, expired] == sandbox.payments()
    again = control(shop, "POST", f"/payments/{one}/pay")
    assert (again.status, again.json["description"]) == (400, "Payment is succeeded, not pending")


def test_refunds_come_from_the_cabinet_and_are_settled(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid()
    control(shop, "POST", "/faults", {"scope": "refund", "status": "pending"})
    refund = control(shop, "POST", "/refunds", {"payment_id": payment["id"], "value": "200.00"}).json
    assert (refund["status"], refund["amount"]) == ("pending", roubles("200.00"))
    body = {"status": "canceled", "reason": "rejected_by_payee"}
    settled = control(shop, "POST", f"/refunds/{refund['id']}/settle", body).json
    assert settled["cancellation_details"]["reason"] == "rejected_by_payee"
    assert control(shop, "GET", "/refunds").json == [settled] == sandbox.refunds()


def test_receipts_are_settled(shop: Shop, sandbox: Sandbox) -> None:
    control(shop, "POST", "/faults", {"scope": "receipt", "action": "pending"})
    shop.paid(receipt=RECEIPT)
    (receipt,) = control(shop, "GET", "/receipts").json
    settled = control(shop, "POST", f"/receipts/{receipt['id']}/settle", {"status": "canceled"}).json
    assert settled == receipt | {"status": "canceled"}
    assert sandbox.payments()[0]["receipt_registration"] == "canceled"


def test_webhooks_are_shown_sent_and_forged(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    payment = shop.paid()
    assert control(shop, "POST", "/webhooks/flush").json == {"sent": 1}
    assert control(shop, "POST", "/webhooks/1/resend").json["status"] == 200
    lie = {"event": "payment.canceled", "object": {"id": payment["id"], "status": "canceled"}}
    assert control(shop, "POST", "/webhooks", lie).json == {"n": 2}
    assert control(shop, "POST", "/webhooks/flush").json == {"sent": 1}
    assert ear.events == ["payment.succeeded", "payment.succeeded", "payment.canceled"]
    assert control(shop, "GET", "/webhooks").json == sandbox.webhooks()
    assert control(shop, "POST", "/webhooks/url", {"url": "http://127.0.0.1:9/x/"}).json == {"status": "ok"}
    assert sandbox.webhook_url == "http://127.0.0.1:9/x/"
    sandbox.set_webhook_url(None)


def test_the_journal_is_shown(shop: Shop, sandbox: Sandbox) -> None:
    shop.create(key="once")
    shop.get("/payments", limit="5")
    journal = control(shop, "GET", "/requests").json
    assert journal == sandbox.journal()  # and what the control is asked is no request to the API
    assert [(entry["method"], entry["path"], entry["key"], entry["query"]) for entry in journal] == [
        ("POST", "/v3/payments", "once", ""),
        ("GET", "/v3/payments", None, "limit=5"),
    ]


def test_faults_are_added_shown_and_lifted(shop: Shop, sandbox: Sandbox) -> None:
    first = control(shop, "POST", "/faults", {"action": "401"}).json["id"]
    control(shop, "POST", "/faults", {"action": "429", "times": None})
    assert control(shop, "GET", "/faults").json == sandbox.faults()
    assert control(shop, "DELETE", f"/faults/{first}").json == {"status": "ok"}
    assert [rule["action"] for rule in sandbox.faults()] == ["429"]
    assert control(shop, "DELETE", "/faults/unknown").status == 404
    assert control(shop, "DELETE", "/faults").json == {"status": "ok"}
    assert sandbox.faults() == []


def test_the_clock_goes_forward_only(shop: Shop, sandbox: Sandbox) -> None:
    shop.create()
    assert control(shop, "POST", "/clock", {"advance_s": 3601}).json == {"now": "2026-11-24T07:00:01.000Z"}
    assert sandbox.payments()[0]["status"] == "canceled"
    for no_step in (-1, "soon", None, [60], float("nan")):
        reply = control(shop, "POST", "/clock", {"advance_s": no_step})
        assert (reply.status, reply.json["type"]) == (400, "error")
    assert control(shop, "POST", "/clock").json == {"now": "2026-11-24T07:00:01.000Z"}


def test_a_reset_forgets_everything(shop: Shop, sandbox: Sandbox) -> None:
    shop.paid(key="once")
    sandbox.add_fault({"action": "429"})
    sandbox.advance(60)
    assert control(shop, "POST", "/reset").json == {"status": "ok"}
    assert (sandbox.payments(), sandbox.webhooks(), sandbox.journal(), sandbox.faults()) == ([], [], [], [])
    assert shop.create(key="once", amount=roubles("5.00"))["created_at"] == "2026-11-24T06:00:00.000Z"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nowhere", None, 404),
        ("POST", "/payments/unknown/pay", None, 404),
        ("POST", "/webhooks/77/resend", None, 404),
        ("POST", "/faults", {"action": "explode"}, 400),
        ("POST", "/webhooks", {"event": "x"}, 400),
        ("POST", "/webhooks/url", {"url": "shop.test"}, 400),
        ("POST", "/refunds", {"payment_id": "unknown"}, 404),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    shop: Shop, method: str, path: str, body: Json | None, status: int
) -> None:
    reply = control(shop, method, path, body)
    assert (reply.status, reply.json["type"]) == (status, "error")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/payments/{}/pay", "method"),
        ("/payments/{}/decline", "reason"),
        ("/payments/{}/decline", "party"),
        ("/refunds", "value"),
        ("/refunds/{}/settle", "status"),
        ("/refunds/{}/settle", "reason"),
        ("/receipts/{}/settle", "status"),
        ("/webhooks/url", "url"),
    ],
)
def test_what_must_be_a_text_is_one(shop: Shop, sandbox: Sandbox, path: str, name: str) -> None:
    payment = shop.create()
    reply = control(shop, "POST", path.format(payment["id"]), {"payment_id": payment["id"], name: ["x"]})
    assert refusal(reply) == (400, "invalid_request", f"{name} must be a string", name)
    assert sandbox.payments() == [payment]


def test_the_dashboard_opens_by_a_link_with_the_token(shop: Shop) -> None:
    reply = shop.send("GET", f"/_sandbox/?token={TOKEN}")
    assert (reply.status, reply.headers["Location"]) == (303, "/_sandbox/")
    assert reply.headers["Set-Cookie"] == f"sandbox_token={TOKEN}; Path=/_sandbox; HttpOnly; SameSite=Strict"


def test_the_dashboard_shows_all_there_is(shop: Shop, sandbox: Sandbox, ear: Ear) -> None:
    ear.answers = [500]
    payment = shop.paid(description="<b>Заказ</b>", receipt=RECEIPT)
    pending = shop.create()
    sandbox.flush_webhooks()
    sandbox.add_fault({"scope": "refund", "status": "pending"})
    refund = shop.refund(payment["id"], "400.00").json
    sandbox.add_fault({"id": "a-rule", "action": "429"})
    page = shop.send("GET", "/_sandbox/", Cookie=f"sandbox_token={TOKEN}")
    assert page.status == 200
    for text in (
        "ТЕСТОВАЯ КАССА — деньги не списываются",
        "&lt;b&gt;Заказ&lt;/b&gt;",
        f"/_sandbox/payments/{pending['id']}/pay",
        f"/_sandbox/refunds/{refund['id']}/settle",
        "/_sandbox/webhooks/1/resend",
        "2026-11-24T06:00:00.000Z 500",
        "/_sandbox/faults/a-rule/delete",
        "POST /v3/refunds",
        sandbox.receipts()[0]["id"],
    ):
        assert text in page.text


def test_the_buttons_of_the_dashboard_work(shop: Shop, sandbox: Sandbox) -> None:
    one, two = (shop.create()["id"] for _ in range(2))
    pressed = [
        press(shop, f"/payments/{one}/pay"),
        press(shop, f"/payments/{two}/decline", reason="call_issuer"),
        press(shop, "/refunds", payment_id=one, value=""),
        press(shop, "/faults", rule='{"id": "mine", "action": "429"}'),
        press(shop, "/faults/mine/delete"),
        press(shop, "/clock", advance_s="60"),
        press(shop, "/webhooks/flush"),
        press(shop, "/webhooks/1/resend"),
    ]
    assert [(reply.status, reply.headers["Location"]) for reply in pressed] == [(303, "/_sandbox/")] * 8
    assert [payment["status"] for payment in sandbox.payments()] == ["succeeded", "canceled"]
    assert sandbox.payments()[0]["refunded_amount"] == roubles("1200.00")
    assert len(sandbox.webhooks()[0]["attempts"]) == 2
    assert press(shop, "/faults", rule="{").status == 400
    assert press(shop, "/reset").status == 303
    assert sandbox.payments() == []
