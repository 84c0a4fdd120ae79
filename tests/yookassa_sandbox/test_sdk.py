"""The provider's own client, pointed at the sandbox as it is meant to be."""

from collections.abc import Callable, Iterator

import pytest
import yookassa
from yookassa.domain.common import SecurityHelper
from yookassa.domain.exceptions import BadRequestError, NotFoundError, UnauthorizedError
from yookassa.domain.notification import WebhookNotificationFactory

from olvery.yookassa_sandbox import Sandbox
from tests.yookassa_sandbox.shop import RECEIPT, RETURN_URL, order, roubles


@pytest.fixture(autouse=True)
def _configured(sandbox: Sandbox) -> Iterator[None]:
    yookassa.Configuration.configure("100500", "test_sandbox", api_url=sandbox.api_url)
    yield
    yookassa.Configuration.configure(None, None)


def test_the_client_pays_and_refunds(sandbox: Sandbox) -> None:
    payment = yookassa.Payment.create(order(receipt=RECEIPT), "once")
    assert (payment.status, payment.test, payment.confirmation.return_url) == ("pending", True, RETURN_URL)
    sandbox.pay(payment.id)
    found = yookassa.Payment.find_one(payment.id)
    assert (found.status, found.payment_method.type, str(found.income_amount.value)) == (
        *("succeeded", "bank_card", "1158.00"),
    )
    refund = yookassa.Refund.create({"payment_id": payment.id, "amount": roubles("1200.00")}, "back")
    assert yookassa.Refund.find_one(refund.id).status == "succeeded"
    told = [WebhookNotificationFactory().create(hook["body"]) for hook in sandbox.webhooks()]
    assert [(one.event, one.object.id) for one in told] == [
        ("payment.succeeded", payment.id),
        ("refund.succeeded", refund.id),
    ]
    assert {entry["key"] for entry in sandbox.journal()} == {"once", "back", None}


def test_the_client_captures_and_cancels(sandbox: Sandbox) -> None:
    one, two = (yookassa.Payment.create(order(capture=False), f"k{number}") for number in range(2))
    for payment in (one, two):
        sandbox.pay(payment.id)
    captured = yookassa.Payment.capture(one.id, {"amount": roubles("200.00")}, "capture")
    canceled = yookassa.Payment.cancel(two.id, "cancel")
    assert (captured.status, str(captured.amount.value)) == ("succeeded", "200.00")
    assert (canceled.status, canceled.cancellation_details.reason) == ("canceled", "canceled_by_merchant")


def test_the_client_reads_lists_receipts_and_settings(sandbox: Sandbox) -> None:
    for number in range(3):
        sandbox.pay(yookassa.Payment.create(order(receipt=RECEIPT), f"k{number}").id)
    page = yookassa.Payment.list({"limit": 2, "status": "succeeded"})
    rest = yookassa.Payment.list({"limit": 2, "cursor": page.next_cursor})
    assert (len(page.items), len(rest.items), rest.next_cursor) == (2, 1, None)
    receipts = yookassa.Receipt.list({"payment_id": page.items[0].id})
    assert [receipt.status for receipt in receipts.items] == ["pending"]
    assert yookassa.Settings.get_account_settings().account_id == "100500"


def test_the_client_sends_an_offset_receipt(sandbox: Sandbox) -> None:
    payment = yookassa.Payment.create(order(), "once")
    sandbox.pay(payment.id)
    receipt = yookassa.Receipt.create(
        {
            **RECEIPT,
            "type": "payment",
            "payment_id": payment.id,
            "settlements": [{"type": "prepayment", "amount": roubles("1200.00")}],
            "send": True,
        },
        "receipt",
    )
    assert (receipt.status, receipt.payment_id) == ("pending", payment.id)


def test_the_client_knows_the_refusals(sandbox: Sandbox) -> None:
    with pytest.raises(BadRequestError) as refused:
        yookassa.Payment.create(order(amount={"value": "0.50", "currency": "RUB"}), "once")
    assert refused.value.error.parameter == "amount.value"
    with pytest.raises(NotFoundError):
        yookassa.Payment.find_one("0" * 36)
    with pytest.raises(NotFoundError):
        yookassa.Refund.find_one("../payments/" + "0" * 36)
    yookassa.Configuration.configure("100500", "test_wrong", api_url=sandbox.api_url)
    with pytest.raises(UnauthorizedError):
        yookassa.Settings.get_account_settings()
    assert sandbox.payments() == []


def test_the_address_put_before_the_proxy_is_one_of_the_providers(run: Callable[..., Sandbox]) -> None:
    sandbox = run(xff="185.71.76.5")
    assert SecurityHelper().is_ip_trusted(sandbox.options.xff)
