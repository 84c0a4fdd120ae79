"""The bytes sent to the provider, and wishes refused before sending."""

import json
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.domain.online.gateway import Call, Gateway, Wish
from orders.gateways.yookassa import YooKassa
from tests.gateways.fake import FakeGateway
from tests.gateways.wishes import PAYMENT_ID, item, payment_wish, receipt_wish, refund_wish
from tests.yookassa_sandbox.test_openapi import described, faults_of
from tests.yookassa_sandbox.test_openapi import pytestmark as provider_file

Freeze = Callable[[Gateway], Call]


def shop() -> YooKassa:
    """Return a gateway that is never asked to send."""
    return YooKassa(shop_id="100500", secret_key="test_key", api_url="http://127.0.0.1:1/v3")


def test_a_payment_is_one_stage_and_comes_back_to_us() -> None:
    assert shop().call(payment_wish()) == Call(
        "/payments",
        '{"amount":{"currency":"RUB","value":"500.00"},"capture":true,'
        '"confirmation":{"return_url":"https://olvery.test/pay/abc/back/","type":"redirect"},'
        '"description":"Заказ 24-0001",'
        '"metadata":{"cms_name":"olvery","env":"test","order_id":"3","payment_id":"7"},'
        '"statements":[],"transfers":[]}',
    )


def test_a_payment_with_positions_carries_its_receipt() -> None:
    wish = payment_wish(
        amount=Decimal("1250.50"),
        email="anna@example.org",
        phone="+7 900 000-00-01",
        items=(
            item(quantity=Decimal("1.5"), measure="hour", vat_code=12),
            item(title="Кофе", quantity=Decimal(2), price=Decimal("250.25"), vat_code=5, subject="commodity"),
        ),
        tax_system=2,
    )
    body = json.loads(shop().call(wish).body)
    assert body["receipt"] == {
        "customer": {"email": "anna@example.org"},
        "items": [
            {
                "amount": {"currency": "RUB", "value": "500.00"},
                "description": "Рабочее место",
                "measure": "hour",
                "payment_mode": "full_prepayment",
                "payment_subject": "service",
                "quantity": 1.5,
                "vat_code": 12,
            },
            {
                "amount": {"currency": "RUB", "value": "250.25"},
                "description": "Кофе",
                "measure": "piece",
                "payment_mode": "full_prepayment",
                "payment_subject": "commodity",
                "quantity": 2,
                "vat_code": 5,
            },
        ],
        "tax_system_code": 2,
    }


def test_a_refund_of_a_part_carries_the_returned_positions() -> None:
    wish = refund_wish(phone="+7 (900) 000-00-01", items=(item(price=Decimal("200.00"), mode="full_payment"),))
    assert shop().call(wish) == Call(
        "/refunds",
        '{"amount":{"currency":"RUB","value":"200.00"},"description":"Отмена за сутки","metadata":{"refund_id":"5"},'
        f'"payment_id":"{PAYMENT_ID}",'
        '"receipt":{"customer":{"phone":"79000000001"},"items":[{"amount":{"currency":"RUB","value":"200.00"},'
        '"description":"Рабочее место","measure":"piece","payment_mode":"full_payment","payment_subject":"service",'
        '"quantity":1,"vat_code":1}]},"sources":[]}',
    )


def test_the_offset_receipt_settles_the_prepayment() -> None:
    assert shop().call(receipt_wish(items=(item().settled(),))) == Call(
        "/receipts",
        '{"customer":{"email":"anna@example.org"},"items":[{"amount":{"currency":"RUB","value":"500.00"},'
        '"description":"Рабочее место","measure":"piece","payment_mode":"full_payment","payment_subject":"service",'
        f'"quantity":1,"vat_code":1}}],"payment_id":"{PAYMENT_ID}","send":true,'
        '"settlements":[{"amount":{"currency":"RUB","value":"500.00"},"type":"prepayment"}],"type":"payment"}',
    )


@provider_file
@pytest.mark.parametrize(
    "wish",
    [
        payment_wish(
            email="anna@example.org", items=(item(quantity=Decimal("2.5"), price=Decimal(200)),), tax_system=2
        ),
        refund_wish(phone="+79000000001", items=(item(quantity=Decimal("0.001"), price=Decimal(200000)),)),
        receipt_wish(),
    ],
    ids=["payment", "refund", "receipt"],
)
def test_what_is_sent_is_as_the_provider_describes_it(wish: Wish) -> None:
    call = shop().call(wish)
    pointer = f"/paths/{call.path.replace('/', '~1')}/post/requestBody/content/application~1json/schema"
    schema = described()["paths"][call.path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = described()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    body = json.loads(call.body)
    assert (faults_of(body, pointer), set(body) - set(schema["properties"])) == ([], set())


@pytest.mark.parametrize("gateway", [shop(), FakeGateway()], ids=["yookassa", "fake"])
def test_equal_wishes_give_equal_bytes_whatever_the_order_of_metadata(gateway: Gateway) -> None:
    metadata = {"payment_id": "7", "order_id": "3", "env": "test"}
    other_order = dict(reversed(metadata.items()))
    assert gateway.call(payment_wish(metadata=metadata)) == gateway.call(payment_wish(metadata=other_order))


@pytest.mark.parametrize("gateway", [shop(), FakeGateway()], ids=["yookassa", "fake"])
def test_freezing_changes_no_wish(gateway: Gateway) -> None:
    payment, refund, receipt = payment_wish(email="a@b.ru", items=(item(),)), refund_wish(), receipt_wish()
    before = deepcopy((payment, refund, receipt))
    gateway.call(payment)
    gateway.call(refund)
    gateway.call(receipt)
    assert (payment, refund, receipt) == before


def test_long_texts_are_cut_for_people_to_read() -> None:
    title = "Переговорная «Лето»\n" * 20
    wish = payment_wish(description=title, email="a@b.ru", items=(item(title=title),))
    body = json.loads(shop().call(wish).body)
    refund = json.loads(shop().call(refund_wish(description=title)).body)
    cut = "Переговорная «Лето» " * 20
    assert body["description"] == body["receipt"]["items"][0]["description"] == cut[:127].rstrip() + "…"
    assert refund["description"] == cut[:249].rstrip() + "…"


def test_empty_values_are_left_out() -> None:
    bodies = (
        json.loads(shop().call(payment_wish(description="")).body),
        json.loads(shop().call(refund_wish(description="")).body),
    )
    assert [set(body) & {"description", "receipt"} for body in bodies] == [set(), set()]


@settings(max_examples=200, deadline=None)
@given(kopecks=st.integers(1, 99_999_999_999))
def test_every_sum_arrives_to_the_kopeck(kopecks: int) -> None:
    amount = Decimal(kopecks).scaleb(-2)
    wish = payment_wish(amount=amount, email="a@b.ru", items=(item(price=amount),))
    body = json.loads(shop().call(wish).body)
    roubles = f"{kopecks // 100}.{kopecks % 100:02}"
    assert body["amount"]["value"] == body["receipt"]["items"][0]["amount"]["value"] == roubles


@settings(max_examples=100, deadline=None)
@given(thousandths=st.integers(1, 99_999_999))
def test_every_quantity_arrives_to_the_thousandth(thousandths: int) -> None:
    quantity = Decimal(thousandths).scaleb(-3)
    wish = payment_wish(amount=quantity * 10, email="a@b.ru", items=(item(quantity=quantity, price=Decimal(10)),))
    body = json.loads(shop().call(wish).body)
    assert Decimal(str(body["receipt"]["items"][0]["quantity"])) == quantity


def paying(**facts: Any) -> Freeze:
    """Return the freezing of a payment."""
    return lambda gateway: gateway.call(payment_wish(**facts))


def with_receipt(**facts: Any) -> Freeze:
    """Return the freezing of a payment with one position."""
    return paying(**{"email": "a@b.ru", "items": (item(),), **facts})


def one_item(**facts: Any) -> Freeze:
    """Return the freezing of a payment with such a position."""
    return with_receipt(items=(item(**facts),))


@pytest.mark.parametrize("gateway", [shop(), FakeGateway()], ids=["yookassa", "fake"])
@pytest.mark.parametrize(
    ("freeze", "reason"),
    [
        (paying(amount=Decimal("100.005")), "No sum to send: 100.005."),
        (paying(amount=Decimal(0)), "No sum to send: 0."),
        (paying(amount=Decimal(-5)), "No sum to send: -5."),
        (paying(amount=Decimal("NaN")), "No sum to send: NaN."),
        (paying(amount=Decimal("1E+40")), r"No sum to send: 1E\+40."),
        (paying(amount=Decimal("1000000000.00")), "No sum to send: 1000000000.00."),
        (paying(return_url="/pay/abc/"), "Nowhere to return to: '/pay/abc/'."),
        (paying(return_url="https://olvery.test/\r\nSet-Cookie: a"), "Nowhere to return to"),
        (paying(return_url="https://olvery.test/" + "a" * 2040), "Nowhere to return to"),
        (paying(metadata={str(number): "" for number in range(16)}), "Metadata beyond 16 keys"),
        (paying(metadata={"k" * 33: ""}), "Metadata beyond 16 keys"),
        (paying(metadata={"k": "v" * 513}), "Metadata beyond 16 keys"),
        (paying(description="\ud800"), "surrogates not allowed"),
        (with_receipt(amount=Decimal("500.01")), "The receipt is of 500.00, not of 500.01."),
        (with_receipt(items=(item(),) * 81, amount=Decimal(40500)), "A receipt of 81 positions: 1 to 80."),
        (with_receipt(email=""), "A receipt needs the customer's e-mail or phone."),
        (with_receipt(email="", phone="+7"), "A receipt needs the customer's e-mail or phone."),
        (one_item(vat_code=0), "There is no VAT code 0: 1 to 12."),
        (one_item(vat_code=13), "There is no VAT code 13: 1 to 12."),
        (with_receipt(tax_system=7), "There is no tax system 7: 1 to 6."),
        (one_item(title=" "), "A position of a receipt needs a title."),
        (one_item(quantity=Decimal(0)), "A receipt cannot have a quantity of 0."),
        (one_item(quantity=Decimal("0.0001")), "A receipt cannot have a quantity of 0.0001."),
        (one_item(quantity=Decimal("100000")), "A receipt cannot have a quantity of 100000."),
        (one_item(quantity=Decimal("1.5"), price=Decimal("333.33")), "1.5 × 333.33 is no sum in whole kopecks"),
        (one_item(price=Decimal("Infinity")), "1 × Infinity is no sum in whole kopecks"),
        (with_receipt(items=(item(price=Decimal(501)), item(price=Decimal(-1)))), "No sum to send: -1."),
        (lambda gateway: gateway.call(refund_wish(payment_id="../me")), "No id of a payment or a refund"),
        (lambda gateway: gateway.call(refund_wish(payment_id=PAYMENT_ID + "\n")), "No id of a payment"),
        (lambda gateway: gateway.call(refund_wish(email="a@b.ru", items=(item(),))), "The receipt is of 500.00"),
        (lambda gateway: gateway.call(receipt_wish(items=())), "A receipt of 0 positions: 1 to 80."),
        (lambda gateway: gateway.call(receipt_wish(amount=Decimal(400))), "The receipt is of 500.00"),
    ],
)
def test_what_the_provider_would_refuse_is_refused_here(gateway: Gateway, freeze: Freeze, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        freeze(gateway)
