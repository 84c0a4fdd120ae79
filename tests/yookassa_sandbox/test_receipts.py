from collections.abc import Callable

import pytest

from olvery.yookassa_sandbox import Failure, Sandbox
from tests.yookassa_sandbox.shop import ITEM, RECEIPT, Json, Shop, order, refusal, roubles

OFFSET = {
    "type": "payment",
    "customer": {"phone": "79000000000"},
    "items": [ITEM | {"payment_mode": "full_payment", "payment_subject": "service"}],
    "settlements": [{"type": "prepayment", "amount": roubles("1200.00")}],
    "send": True,
}


@pytest.mark.parametrize(
    ("receipt", "parameter"),
    [
        ({"items": [ITEM]}, "receipt.customer"),
        ({"customer": {"full_name": "Анна"}, "items": [ITEM]}, "receipt.customer"),
        (RECEIPT | {"items": []}, "receipt.items"),
        (RECEIPT | {"items": [ITEM] * 81}, "receipt.items"),
        (RECEIPT | {"items": None}, "receipt.items"),
        (RECEIPT | {"items": [ITEM | {"quantity": 1.4}]}, "receipt.items"),
        (RECEIPT | {"items": [ITEM | {"description": ""}]}, "receipt.items[0].description"),
        (RECEIPT | {"items": [ITEM | {"description": "я" * 129}]}, "receipt.items[0].description"),
        (RECEIPT | {"items": [ITEM | {"vat_code": 0}]}, "receipt.items[0].vat_code"),
        (RECEIPT | {"items": [ITEM | {"vat_code": 13}]}, "receipt.items[0].vat_code"),
        (RECEIPT | {"items": [ITEM | {"vat_code": "1"}]}, "receipt.items[0].vat_code"),
        (RECEIPT | {"items": [ITEM | {"quantity": 0}]}, "receipt.items[0].quantity"),
        (RECEIPT | {"items": [ITEM | {"quantity": "1.0005"}]}, "receipt.items[0].quantity"),
        (RECEIPT | {"items": [ITEM | {"quantity": "many"}]}, "receipt.items[0].quantity"),
        (RECEIPT | {"items": [ITEM | {"quantity": float("nan")}]}, "receipt.items[0].quantity"),
        (RECEIPT | {"items": [ITEM | {"measure": "dozen"}]}, "receipt.items[0].measure"),
        (RECEIPT | {"items": [ITEM | {"amount": roubles("800")}]}, "receipt.items[0].amount.value"),
        (RECEIPT | {"items": ["Место"]}, "receipt.items[0]"),
        ("receipt", "receipt"),
    ],
)
def test_a_receipt_that_makes_no_sense_stops_the_payment(
    shop: Shop, sandbox: Sandbox, receipt: object, parameter: str
) -> None:
    status, code, _text, named = refusal(shop.post("/payments", order(receipt=receipt)))
    assert (status, code, named) == (400, "invalid_request", parameter)
    assert sandbox.payments() == []


@pytest.mark.parametrize("amount", ["499.99", "500.00"])
def test_a_receipt_must_add_up_without_rounding(shop: Shop, sandbox: Sandbox, amount: str) -> None:
    line = ITEM | {"quantity": "1.5", "amount": roubles("333.33")}
    body = order(amount=roubles(amount), receipt=RECEIPT | {"items": [line]})
    text = f"Sum of receipt items 499.995 is not equal to the amount {amount}"
    assert refusal(shop.post("/payments", body)) == (400, "invalid_request", text, "receipt.items")
    assert sandbox.payments() == []


def test_lines_that_only_together_make_whole_kopecks_add_up(shop: Shop) -> None:
    lines = [ITEM | {"quantity": "1.5", "amount": roubles("333.33")}] * 2
    payment = shop.create(amount=roubles("999.99"), receipt=RECEIPT | {"items": lines})
    assert payment["receipt_registration"] == "pending"


def test_the_later_format_needs_a_measure(run: Callable[..., Sandbox]) -> None:
    shop = Shop(run(ffd12=True))
    assert refusal(shop.post("/payments", order(receipt=RECEIPT)))[3] == "receipt.items[0].measure"
    receipt = RECEIPT | {"items": [ITEM | {"measure": "hour"}]}
    assert shop.post("/payments", order(receipt=receipt)).status == 200
    assert shop.get("/me").json["fiscalization"] == {"enabled": True, "provider": "yoo_receipt"}


def test_the_receipt_of_a_payment_is_registered_after_a_second(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.create(receipt=RECEIPT)
    assert sandbox.receipts() == []
    sandbox.pay(payment["id"])
    (receipt,) = sandbox.receipts()
    expected = {
        "id": receipt["id"],
        "type": "payment",
        "payment_id": payment["id"],
        "status": "pending",
        "items": [ITEM],
        "internet": True,
        "settlements": [{"type": "cashless", "amount": roubles("1200.00")}],
    }
    assert receipt == expected
    assert len(receipt["id"]) == 39
    sandbox.advance(1)
    registered = shop.get(f"/receipts/{receipt['id']}").json
    fiscal = {name: registered.pop(name) for name in set(registered) - set(expected)}
    assert registered == expected | {"status": "succeeded"}
    assert set(fiscal) == {
        *("fiscal_document_number", "fiscal_storage_number", "fiscal_attribute"),
        *("fiscal_provider_id", "registered_at"),
    }


@pytest.mark.parametrize("fate", ["canceled", "pending"])
def test_the_cash_desk_can_fail(shop: Shop, sandbox: Sandbox, fate: str) -> None:
    sandbox.add_fault({"scope": "receipt", "action": fate})
    payment = shop.paid(receipt=RECEIPT)
    sandbox.advance(3600)
    after = sandbox.payment(payment["id"])
    assert (after["status"], after["receipt_registration"]) == ("succeeded", fate)
    assert [receipt["status"] for receipt in sandbox.receipts()] == [fate]


def test_a_receipt_that_stays_pending_is_settled_by_hand(shop: Shop, sandbox: Sandbox) -> None:
    sandbox.add_fault({"scope": "receipt", "action": "pending"})
    payment = shop.paid(receipt=RECEIPT)
    sandbox.settle_receipt(sandbox.receipts()[0]["id"], "canceled")
    assert sandbox.payment(payment["id"])["receipt_registration"] == "canceled"


def test_a_receipt_is_settled_once_and_only_as_the_cash_desk_could(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid(receipt=RECEIPT)
    (receipt,) = sandbox.receipts()
    with pytest.raises(Failure, match="Receipt can be succeeded or canceled"):
        sandbox.settle_receipt(receipt["id"], "lost")
    assert (sandbox.receipts(), sandbox.payment(payment["id"])) == ([receipt], payment)
    settled = sandbox.settle_receipt(receipt["id"])
    with pytest.raises(Failure, match="Receipt is succeeded, not pending"):
        sandbox.settle_receipt(receipt["id"], "canceled")
    assert sandbox.receipts() == [settled]
    assert sandbox.payment(payment["id"]) == payment | {"receipt_registration": "succeeded"}


def test_a_payment_that_fails_has_no_receipt(shop: Shop, sandbox: Sandbox) -> None:
    payment = sandbox.decline(shop.create(receipt=RECEIPT)["id"])
    assert payment["receipt_registration"] == "canceled"
    assert sandbox.receipts() == []


def test_an_offset_receipt_is_sent_apart(shop: Shop, sandbox: Sandbox) -> None:
    payment = shop.paid()
    receipt = shop.post("/receipts", OFFSET | {"payment_id": payment["id"], "tax_system_code": 2}).json
    assert receipt == {
        "id": receipt["id"],
        "type": "payment",
        "payment_id": payment["id"],
        "status": "pending",
        "items": OFFSET["items"],
        "internet": True,
        "settlements": OFFSET["settlements"],
        "tax_system_code": 2,
    }
    sandbox.advance(1)
    assert shop.get(f"/receipts/{receipt['id']}").json["status"] == "succeeded"
    assert sandbox.payment(payment["id"]) == payment


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"type": "gift"}, "type"),
        ({"payment_id": "0" * 36}, "payment_id"),
        ({"type": "refund"}, "refund_id"),
        ({"send": False}, "send"),
        ({"customer": {}}, "customer"),
        ({"settlements": []}, "settlements"),
        ({"settlements": [{"type": "barter", "amount": roubles("1200.00")}]}, "settlements[0].type"),
        ({"settlements": [{"type": "prepayment", "amount": roubles("1199.00")}]}, "items"),
    ],
)
def test_an_offset_receipt_that_makes_no_sense_is_refused(
    shop: Shop, sandbox: Sandbox, changes: Json, parameter: str
) -> None:
    payment = shop.paid()
    status, code, _text, named = refusal(shop.post("/receipts", OFFSET | {"payment_id": payment["id"], **changes}))
    assert (status, code, named) == (400, "invalid_request", parameter)
    assert sandbox.receipts() == []
