import re

import pytest

from olvery.yookassa_sandbox import Failure, Sandbox
from tests.yookassa_sandbox.shop import ITEM, RECEIPT, Json, Shop, refusal, roubles


def test_a_full_refund_succeeds_and_is_told(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid()
    refund = shop.refund(payment["id"], "1200.00", description="Отмена", metadata={"refund_id": "3"}).json
    assert re.fullmatch(r"[0-9a-f]{8}-0015-5000-8000-[0-9a-f]{12}", refund["id"])
    assert refund == {
        "id": refund["id"],
        "payment_id": payment["id"],
        "status": "succeeded",
        "created_at": "2026-11-24T06:00:00.000Z",
        "amount": roubles("1200.00"),
        "description": "Отмена",
        "metadata": {"refund_id": "3"},
    }
    assert shop.get(f"/refunds/{refund['id']}").json == refund
    after = shop.get(f"/payments/{payment['id']}").json
    assert after == payment | {"refunded_amount": roubles("1200.00"), "refundable": False}
    hook = sandbox.webhooks()[-1]
    assert hook["body"] == {"type": "notification", "event": "refund.succeeded", "object": refund}


def test_refunds_in_parts_add_up(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid()
    for value, refunded, refundable in [
        ("200.00", "200.00", True),
        ("300.50", "500.50", True),
        ("699.50", "1200.00", False),
    ]:
        assert shop.refund(payment["id"], value).status == 200
        after = sandbox.payment(payment["id"])
        assert (after["refunded_amount"], after["refundable"]) == (roubles(refunded), refundable)
    reply = shop.refund(payment["id"], "1.00")
    assert refusal(reply)[2:] == ("Payment is already completely refunded", "payment_id")
    assert len(sandbox.refunds()) == 3


@pytest.mark.parametrize(
    ("value", "description"),
    [
        ("1200.01", "Refund sum exceeded"),
        ("1199.50", "Remaining payment amount after refund must be greater than 1.00 RUB"),
        ("0.00", "Payment amount is illegal"),
        ("5", "Payment amount is illegal"),
    ],
)
def test_a_sum_that_cannot_go_back_is_refused(shop: Shop, sandbox: Sandbox, value: str, description: str) -> None:
    payment = shop.paid()
    reply = shop.refund(payment["id"], value)
    assert refusal(reply) == (400, "invalid_request", description, "amount.value")
    assert sandbox.refunds() == []
    assert sandbox.payment(payment["id"]) == payment


def test_a_rest_of_one_rouble_may_stay(shop: Shop) -> None:
    assert shop.refund(shop.paid()["id"], "1199.00").json["status"] == "succeeded"


def test_only_a_payment_that_succeeded_is_refunded(shop: Shop, sandbox: Sandbox) -> None:
    pending = shop.create()["id"]
    held = sandbox.pay(shop.create(capture=False)["id"])["id"]
    canceled = sandbox.decline(shop.create()["id"])["id"]
    for payment_id in (pending, held, canceled):
        reply = shop.refund(payment_id, "100.00")
        assert refusal(reply)[2] == "Payment can not be refunded in current status."
    assert refusal(shop.refund("0" * 36, "100.00"))[2:] == ("Payment does not exist", "payment_id")
    assert sandbox.refunds() == []


def test_three_years_are_the_end_of_refunds(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid()
    sandbox.advance(3 * 365 * 86400 + 1)
    assert refusal(shop.refund(payment["id"], "100.00"))[2] == "Payment can not be refunded in current status."


def test_a_long_comment_is_refused(shop: Shop) -> None:
    reply = shop.refund(shop.paid()["id"], "100.00", description="я" * 251)
    assert refusal(reply)[2] == "Description is too long. Max. length is 250"


def test_a_refund_can_stay_pending_and_holds_its_sum(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"scope": "refund", "status": "pending"})
    payment = shop.paid()
    refund = shop.refund(payment["id"], "1000.00").json
    assert refund["status"] == "pending"
    assert refusal(shop.refund(payment["id"], "1000.00"))[2] == "Refund sum exceeded"
    assert sandbox.payment(payment["id"])["refunded_amount"] == roubles("0.00")
    settled = sandbox.settle_refund(refund["id"])
    assert settled == refund | {"status": "succeeded"}
    assert sandbox.payment(payment["id"])["refunded_amount"] == roubles("1000.00")
    assert [hook["event"] for hook in sandbox.webhooks()] == ["payment.succeeded", "refund.succeeded"]


def test_a_refund_that_is_cancelled_later_frees_its_sum_and_is_told_to_nobody(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"scope": "refund", "status": "pending"})
    payment = shop.paid()
    refund = shop.refund(payment["id"], "1200.00").json
    assert sandbox.payment(payment["id"])["refundable"] is False
    settled = sandbox.settle_refund(refund["id"], "canceled", "rejected_by_payee")
    details = {"party": "yoo_money", "reason": "rejected_by_payee"}
    assert settled == refund | {"status": "canceled", "cancellation_details": details}
    assert sandbox.payment(payment["id"]) == payment
    assert [hook["event"] for hook in sandbox.webhooks()] == ["payment.succeeded"]
    with pytest.raises(Failure, match="Refund is canceled, not pending"):
        sandbox.settle_refund(refund["id"])


def test_a_refund_can_be_cancelled_at_once(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"scope": "refund", "status": "canceled", "reason": "insufficient_funds"})
    payment = shop.paid()
    refund = shop.refund(payment["id"], "1200.00").json
    details = {"party": "yoo_money", "reason": "insufficient_funds"}
    assert (refund["status"], refund["cancellation_details"]) == ("canceled", details)
    assert shop.refund(payment["id"], "1200.00").json["status"] == "succeeded"


def test_parts_can_be_forbidden(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"scope": "refund", "action": "no_partial", "times": None})
    payment = shop.paid()
    assert refusal(shop.refund(payment["id"], "100.00"))[2] == "Partial refund forbidden"
    assert shop.refund(payment["id"], "1200.00").status == 200


@pytest.mark.parametrize(("given", "value"), [("300.00", "300.00"), (None, "1200.00")])
def test_a_refund_in_the_cabinet_looks_like_any_other(
    shop: Shop, sandbox: Sandbox, given: str | None, value: str
) -> None:
    payment = shop.paid()
    refund = sandbox.external_refund(payment["id"], given)
    assert (refund["status"], refund["amount"]) == ("succeeded", roubles(value))
    assert "metadata" not in refund
    assert shop.get("/refunds", payment_id=payment["id"]).json["items"] == [refund]
    assert sandbox.webhooks()[-1]["body"]["object"] == refund
    assert [entry["method"] for entry in sandbox.journal()] == ["POST", "GET"]


def receipts_of(sandbox: Sandbox, refund: Json) -> list[Json]:
    return [receipt for receipt in sandbox.receipts() if receipt.get("refund_id") == refund["id"]]


def test_a_full_refund_makes_its_receipt_out_of_the_payments(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid(receipt=RECEIPT)
    refund = shop.refund(payment["id"], "1200.00").json
    assert refund["receipt_registration"] == "pending"
    sandbox.advance(1)
    assert sandbox.refunds()[0]["receipt_registration"] == "succeeded"
    (receipt,) = receipts_of(sandbox, refund)
    assert (receipt["type"], receipt["items"]) == ("refund", [ITEM])


def test_a_partial_refund_brings_its_own_lines(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid(receipt=RECEIPT)
    lines = {"customer": RECEIPT["customer"], "items": [ITEM | {"quantity": 0.5}]}
    assert refusal(shop.refund(payment["id"], "300.00", receipt=lines))[3] == "receipt.items"
    refund = shop.refund(payment["id"], "400.00", receipt=lines).json
    (receipt,) = receipts_of(sandbox, refund)
    assert receipt["items"] == lines["items"]
    plain = shop.refund(payment["id"], "100.00").json
    assert "receipt_registration" not in plain
