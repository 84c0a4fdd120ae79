import pytest

from olvery.yookassa_sandbox import Failure, Sandbox
from tests.yookassa_sandbox.shop import ITEM, RECEIPT, Json, Shop, refusal, roubles


@pytest.fixture
def held(shop: Shop, sandbox: Sandbox) -> Json:
    return sandbox.pay(shop.create(capture=False)["id"])


def test_a_payment_is_not_captured_unless_the_shop_says_so(shop: Shop, sandbox: Sandbox) -> None:
    payment = sandbox.pay(shop.create(capture=None)["id"])
    flags = {name: payment[name] for name in ("status", "paid", "refundable", "expires_at")}
    assert flags == {
        "status": "waiting_for_capture",
        "paid": True,
        "refundable": False,
        "expires_at": "2026-12-01T06:00:00.000Z",
    }
    assert "captured_at" not in payment
    assert "confirmation" not in payment


def test_a_hold_is_captured_in_full(shop: Shop, sandbox: Sandbox, held: Json) -> None:
    reply = shop.post(f"/payments/{held['id']}/capture", {})
    expected = dict(held)
    del expected["expires_at"]
    assert reply.json == expected | {
        "status": "succeeded",
        "refundable": True,
        "captured_at": "2026-11-24T06:00:00.000Z",
        "income_amount": roubles("1158.00"),
        "refunded_amount": roubles("0.00"),
    }
    assert [hook["event"] for hook in sandbox.webhooks()] == ["payment.waiting_for_capture", "payment.succeeded"]


def test_a_part_is_captured_and_the_rest_goes_back(shop: Shop, held: Json) -> None:
    payment = shop.post(f"/payments/{held['id']}/capture", {"amount": roubles("200.00")}).json
    assert (payment["status"], payment["amount"]) == ("succeeded", roubles("200.00"))
    assert shop.refund(held["id"], "200.01").json["description"] == "Refund sum exceeded"


def test_capturing_needs_no_body(shop: Shop, held: Json) -> None:
    assert shop.post(f"/payments/{held['id']}/capture").json["status"] == "succeeded"


def test_the_receipt_of_a_part_must_add_up_to_the_part(shop: Shop, sandbox: Sandbox, held: Json) -> None:
    path = f"/payments/{held['id']}/capture"
    wrong = shop.post(path, {"amount": roubles("200.00"), "receipt": RECEIPT})
    assert refusal(wrong)[3] == "receipt.items"
    assert sandbox.payment(held["id"])["status"] == "waiting_for_capture"


def test_a_part_of_a_payment_with_a_receipt_needs_a_receipt_of_its_own(shop: Shop, sandbox: Sandbox) -> None:
    held = sandbox.pay(shop.create(capture=False, receipt=RECEIPT)["id"])
    path, part = f"/payments/{held['id']}/capture", {"amount": roubles("800.00")}
    assert refusal(shop.post(path, part)) == (400, "invalid_request", "Receipt is missing", "receipt")
    assert (sandbox.payment(held["id"]), sandbox.receipts()) == (held, [])
    line = ITEM | {"quantity": 1}
    captured = shop.post(path, part | {"receipt": RECEIPT | {"items": [line]}}).json
    assert (captured["status"], captured["amount"]) == ("succeeded", roubles("800.00"))
    assert [(one["items"], one["settlements"][0]["amount"]) for one in sandbox.receipts()] == [
        ([line], roubles("800.00"))
    ]


def test_a_capture_of_all_uses_the_receipt_of_the_payment(shop: Shop, sandbox: Sandbox) -> None:
    held = sandbox.pay(shop.create(capture=False, receipt=RECEIPT)["id"])
    assert shop.post(f"/payments/{held['id']}/capture", {"amount": held["amount"]}).status == 200
    assert [one["items"] for one in sandbox.receipts()] == [RECEIPT["items"]]


def test_the_same_capture_repeated_is_one_capture_and_another_is_refused(
    shop: Shop, sandbox: Sandbox, held: Json
) -> None:
    path = f"/payments/{held['id']}/capture"
    first = shop.post(path, {}, key="capture")
    again = shop.post(path, {}, key="capture")
    other = shop.post(path, {}, key="another")
    assert again.json == first.json == sandbox.payment(held["id"])
    assert refusal(other) == (400, "invalid_request", "Payment can not be captured in current status.", None)
    assert sandbox.payment(held["id"]) == first.json


def test_a_hold_is_let_go(shop: Shop, sandbox: Sandbox, held: Json) -> None:
    payment = shop.post(f"/payments/{held['id']}/cancel").json
    assert payment["cancellation_details"] == {"party": "merchant", "reason": "canceled_by_merchant"}
    assert (payment["status"], payment["paid"]) == ("canceled", False)
    assert "expires_at" not in payment
    again = shop.post(f"/payments/{held['id']}/cancel")
    assert refusal(again)[2] == "Payment can not be canceled in current status"
    assert sandbox.payment(held["id"]) == payment


@pytest.mark.parametrize(("verb", "text"), [("capture", "captured"), ("cancel", "canceled")])
def test_a_payment_that_waits_for_its_payer_can_be_neither_captured_nor_cancelled(
    shop: Shop, sandbox: Sandbox, verb: str, text: str
) -> None:
    payment = shop.create(capture=False)
    reply = shop.post(f"/payments/{payment['id']}/{verb}", {})
    assert refusal(reply)[2].rstrip(".") == f"Payment can not be {text} in current status"
    assert sandbox.payment(payment["id"]) == payment


@pytest.mark.parametrize("verb", ["capture", "cancel"])
def test_a_payment_in_one_stage_knows_neither_capture_nor_cancel(shop: Shop, sandbox: Sandbox, verb: str) -> None:
    payment = shop.paid()
    reply = shop.post(f"/payments/{payment['id']}/{verb}", {})
    assert refusal(reply) == (400, "invalid_request", f"You can not {verb} payment with autocapture", None)
    assert sandbox.payment(payment["id"]) == payment


def test_more_than_is_held_cannot_be_captured(shop: Shop, sandbox: Sandbox, held: Json) -> None:
    reply = shop.post(f"/payments/{held['id']}/capture", {"amount": roubles("1200.01")})
    assert refusal(reply) == (400, "invalid_request", "Illegal amount for capture", "amount.value")
    assert sandbox.payment(held["id"]) == held


@pytest.mark.parametrize(("method", "seconds"), [("bank_card", 7 * 86400), ("sberbank", 6 * 3600)])
def test_a_hold_ends_by_itself(shop: Shop, sandbox: Sandbox, method: str, seconds: int) -> None:
    payment_id = shop.create(capture=False)["id"]
    sandbox.pay(payment_id, method)
    sandbox.advance(seconds - 1)
    assert sandbox.payment(payment_id)["status"] == "waiting_for_capture"
    sandbox.advance(1)
    payment = sandbox.payment(payment_id)
    details = {"party": "yoo_money", "reason": "expired_on_capture"}
    assert (payment["status"], payment["paid"], payment["cancellation_details"]) == ("canceled", False, details)
    events = [hook["event"] for hook in sandbox.webhooks()]
    assert events == ["payment.waiting_for_capture", "payment.canceled"]


def test_fast_payments_have_no_hold(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create(capture=False)
    with pytest.raises(Failure, match="Payment method is not available"):
        sandbox.pay(payment["id"], "sbp")
    assert sandbox.payment(payment["id"]) == payment
