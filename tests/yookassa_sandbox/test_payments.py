import re

import pytest

from olvery.yookassa_sandbox import Failure, Sandbox
from tests.yookassa_sandbox.shop import RECEIPT, RETURN_URL, Json, Shop, order, refusal, roubles

CREATED = "2026-11-24T06:00:00.000Z"
CARD = {
    **{"first6": "220000", "last4": "4477", "expiry_year": "2035", "expiry_month": "12"},
    **{"card_type": "Mir", "issuer_country": "RU"},
}


def pending(sandbox: Sandbox, payment_id: str) -> Json:
    url = f"{sandbox.base_url}/checkout/payments/v2/contract?orderId={payment_id}"
    return {
        "id": payment_id,
        "status": "pending",
        "amount": roubles("1200.00"),
        "description": "Заказ № 7",
        "recipient": {"account_id": "100500", "gateway_id": "100700"},
        "created_at": CREATED,
        "confirmation": {"type": "redirect", "return_url": RETURN_URL, "confirmation_url": url},
        "test": True,
        "paid": False,
        "refundable": False,
        "metadata": {"order_id": "7"},
    }


def test_a_new_payment_waits_for_its_payer(shop: Shop, sandbox: Sandbox) -> None:
    reply = shop.post("/payments", order())
    payment = reply.json
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert re.fullmatch(r"[0-9a-f]{8}-000f-5000-8000-[0-9a-f]{12}", payment["id"])
    assert payment == pending(sandbox, payment["id"])
    assert shop.get(f"/payments/{payment['id']}").json == payment
    assert sandbox.payments() == [payment]
    assert sandbox.webhooks() == []


def test_unknown_fields_are_ignored_and_missing_texts_left_out(shop: Shop) -> None:
    payment = shop.create(expires_at="2030-01-01", description=None, metadata=None, statements=[], transfers=[])
    assert "description" not in payment
    assert "expires_at" not in payment
    assert payment["metadata"] == {}


def test_a_card_payment_succeeds_at_once(shop: Shop, sandbox: Sandbox) -> None:
    payment_id = shop.create()["id"]
    sandbox.pay(payment_id)
    payment = shop.get(f"/payments/{payment_id}").json
    details = payment.pop("authorization_details")
    expected = pending(sandbox, payment_id)
    del expected["confirmation"]
    method = {"type": "bank_card", "id": payment_id, "saved": False, "status": "inactive"}
    assert payment == expected | {
        "status": "succeeded",
        "paid": True,
        "refundable": True,
        "captured_at": CREATED,
        "income_amount": roubles("1158.00"),
        "refunded_amount": roubles("0.00"),
        "payment_method": {**method, "title": "Bank card *4477", "card": CARD},
    }
    assert set(details) == {"rrn", "auth_code", "three_d_secure"}


@pytest.mark.parametrize("method", ["sbp", "sberbank", "tinkoff_bank", "yoo_money"])
def test_the_payer_may_choose_another_method(shop: Shop, sandbox: Sandbox, method: str) -> None:
    payment = sandbox.pay(shop.create()["id"], method)
    assert (payment["status"], payment["payment_method"]["type"]) == ("succeeded", method)


def test_a_method_the_shop_insists_on_is_the_only_one(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create(payment_method_data={"type": "sbp"})
    expected = {"type": "sbp", "id": payment["id"], "saved": False, "status": "inactive"}
    assert payment["payment_method"] == expected
    with pytest.raises(Failure, match="Payment method is not available"):
        sandbox.pay(payment["id"], "bank_card")
    assert sandbox.pay(payment["id"])["payment_method"]["type"] == "sbp"


@pytest.mark.parametrize(
    ("reason", "party"),
    [
        ("insufficient_funds", "payment_network"),
        ("fraud_suspected", "yoo_money"),
        ("canceled_by_merchant", "merchant"),
        ("a_reason_of_tomorrow", "payment_network"),
    ],
)
def test_a_decline_cancels_the_payment(shop: Shop, sandbox: Sandbox, reason: str, party: str) -> None:
    payment_id = shop.create()["id"]
    sandbox.decline(payment_id, reason)
    payment = shop.get(f"/payments/{payment_id}").json
    expected = pending(sandbox, payment_id)
    del expected["confirmation"]
    details = {"party": party, "reason": reason}
    assert payment == expected | {"status": "canceled", "cancellation_details": details}


def test_a_final_payment_stays_as_it_is(shop: Shop, sandbox: Sandbox) -> None:
    paid, declined = shop.paid(), sandbox.decline(shop.create()["id"])
    for payment in (paid, declined):
        for act in (sandbox.pay, sandbox.decline, sandbox.expire):
            with pytest.raises(Failure, match=f"Payment is {payment['status']}"):
                act(payment["id"])
    assert sandbox.payments() == [paid, declined]


@pytest.mark.parametrize(
    ("changes", "description", "parameter"),
    [
        ({"amount": None}, "Payment amount is illegal", "amount.value"),
        ({"amount": roubles("0.99")}, "Payment amount is illegal", "amount.value"),
        ({"amount": roubles("100")}, "Payment amount is illegal", "amount.value"),
        ({"amount": roubles("100.5")}, "Payment amount is illegal", "amount.value"),
        ({"amount": roubles("-5.00")}, "Payment amount is illegal", "amount.value"),
        ({"amount": roubles("1234567890.00")}, "Payment amount is illegal", "amount.value"),
        ({"amount": {"value": 100, "currency": "RUB"}}, "Payment amount is illegal", "amount.value"),
        ({"amount": roubles("NaN")}, "Payment amount is illegal", "amount.value"),
        ({"amount": {"value": "1.00", "currency": "USD"}}, "Currency code is illegal", "amount.currency"),
        ({"amount": {"value": "1.00"}}, "Currency code is illegal", "amount.currency"),
        ({"amount": "100.00"}, "amount must be an object", "amount"),
        ({"description": "я" * 129}, "Description is too long. Max. length is 128", "description"),
        ({"metadata": {str(n): "" for n in range(17)}}, "Metadata object is limited to 16 keys", "metadata"),
        (
            {"metadata": {"k" * 33: ""}},
            "The key names length in metadata object is limited to 32 characters",
            "metadata",
        ),
        (
            {"metadata": {"k": "v" * 513}},
            "The key values length in metadata object is limited to 512 characters",
            "metadata",
        ),
        ({"metadata": {"k": 7}}, "The key values in metadata object must be strings", "metadata.k"),
        ({"metadata": {"sandbox": "dance"}}, "Unknown order to the sandbox", "metadata.sandbox"),
        ({"capture": "yes"}, "Capture must be true or false", "capture"),
        ({"confirmation": None}, "Illegal confirmation type", "confirmation.type"),
        ({"confirmation": {"type": "telepathy"}}, "Illegal confirmation type", "confirmation.type"),
        ({"confirmation": {"type": "redirect"}}, "Return url is missing", "confirmation.return_url"),
        (
            {"confirmation": {"type": "redirect", "return_url": "https://a.test/\r\nSet-Cookie: a=b"}},
            "Return url is illegal",
            "confirmation.return_url",
        ),
        (
            {"payment_method_data": {"type": "sbp"}, "capture": False},
            "Payment method does not support two-stage payments",
            "payment_method_data.type",
        ),
        ({"payment_method_data": {"type": "cash"}}, "Payment method is not available", "payment_method_data.type"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(
    shop: Shop, sandbox: Sandbox, changes: Json, description: str, parameter: str
) -> None:
    assert refusal(shop.post("/payments", order(**changes))) == (400, "invalid_request", description, parameter)
    assert sandbox.payments() == []


def test_the_limits_themselves_are_accepted(shop: Shop) -> None:
    metadata = {f"{n:032}": "v" * 512 for n in range(16)}
    payment = shop.create(amount=roubles("1.00"), description="я" * 128, metadata=metadata)
    assert (payment["amount"], payment["metadata"]) == (roubles("1.00"), metadata)


@pytest.mark.parametrize(
    ("kind", "field"),
    [("embedded", "confirmation_token"), ("qr", "confirmation_data"), ("external", "type")],
)
def test_other_confirmations_need_no_return_url(shop: Shop, kind: str, field: str) -> None:
    confirmation = shop.create(confirmation={"type": kind})["confirmation"]
    assert set(confirmation) == {"type", field}


def test_nobody_paying_for_an_hour_ends_the_payment(shop: Shop, sandbox: Sandbox) -> None:
    payment_id = shop.create()["id"]
    sandbox.advance(3599)
    assert shop.get(f"/payments/{payment_id}").json["status"] == "pending"
    sandbox.advance(1)
    payment = shop.get(f"/payments/{payment_id}").json
    details = {"party": "yoo_money", "reason": "expired_on_confirmation"}
    assert (payment["status"], payment["cancellation_details"]) == ("canceled", details)
    assert [hook["event"] for hook in sandbox.webhooks()] == ["payment.canceled"]


def test_the_dead_line_of_a_payment_can_be_reached_by_hand(shop: Shop, sandbox: Sandbox) -> None:
    payment = sandbox.expire(shop.create()["id"])
    assert payment["cancellation_details"] == {"party": "yoo_money", "reason": "expired_on_confirmation"}


def test_metadata_order_the_payer_about(shop: Shop, sandbox: Sandbox) -> None:
    created = [
        shop.create(metadata={"sandbox": hook})
        for hook in ("pay", "decline:card_expired", "pay_after:30", "pay_after:9999")
    ]
    assert [payment["status"] for payment in created] == ["pending"] * 4
    statuses = [payment["status"] for payment in sandbox.payments()]
    assert statuses == ["succeeded", "canceled", "pending", "pending"]
    sandbox.advance(30)
    sandbox.advance(3600)
    statuses = [payment["status"] for payment in sandbox.payments()]
    assert statuses == ["succeeded", "canceled", "succeeded", "canceled"]


def test_an_answer_lost_by_order_of_the_metadata_comes_with_the_repeat(shop: Shop, sandbox: Sandbox) -> None:
    body = order(metadata={"sandbox": "500_after"})
    lost = shop.post("/payments", body, key="once")
    repeated = shop.post("/payments", body, key="once")
    assert refusal(lost)[:2] == (500, "internal_server_error")
    assert repeated.json == sandbox.payments()[0]
    assert len(sandbox.payments()) == 1


def test_a_receipt_is_registered_with_the_payment(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create(receipt=RECEIPT)
    assert payment["receipt_registration"] == "pending"
    sandbox.pay(payment["id"])
    assert sandbox.payment(payment["id"])["receipt_registration"] == "pending"
    sandbox.advance(1)
    assert sandbox.payment(payment["id"])["receipt_registration"] == "succeeded"
