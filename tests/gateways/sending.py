"""Objects as the provider sends them, and the errors of sending a payment to a bad server."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.domain.online.gateway import GatewayError, PaymentSnapshot
from orders.gateways.yookassa import YooKassa
from tests.gateways.bad_server import Act, Asked, BadServer
from tests.gateways.wishes import PATIENCE, PAYMENT_ID, RECEIPT_ID, REFUND_ID, payment_wish

SECRET = "test_never-to-be-seen"
PAYMENT: dict[str, Any] = {
    "id": PAYMENT_ID,
    "status": "pending",
    "amount": {"value": "500.00", "currency": "RUB"},
    "created_at": "2026-11-24T06:00:00.000Z",
    "recipient": {"account_id": "100500", "gateway_id": "100700"},
    "test": True,
    "paid": False,
    "refundable": False,
    "confirmation": {"type": "redirect", "confirmation_url": "https://yoomoney.ru/checkout"},
    "metadata": {"payment_id": "7", "note": None},
}
SNAPSHOT = PaymentSnapshot(
    id=PAYMENT_ID,
    status="pending",
    amount=Decimal("500.00"),
    currency="RUB",
    shop_id="100500",
    test=True,
    created_at=datetime(2026, 11, 24, 6, tzinfo=UTC),
    confirmation_url="https://yoomoney.ru/checkout",
    metadata={"payment_id": "7", "note": ""},
)
REFUND = {
    "id": REFUND_ID,
    "payment_id": PAYMENT_ID,
    "status": "succeeded",
    "amount": {"value": "200.00", "currency": "RUB"},
    "created_at": "2026-11-24T06:00:00.000Z",
}
RECEIPT = {"id": RECEIPT_ID, "type": "payment", "payment_id": PAYMENT_ID, "status": "pending", "items": []}


def shop(url: str, shop_id: str = "100500", secret_key: str = SECRET) -> YooKassa:
    """Return a gateway to a server."""
    return YooKassa(shop_id=shop_id, secret_key=secret_key, api_url=url)


def failure_of(yookassa: YooKassa, patience: timedelta = PATIENCE) -> GatewayError:
    """Return the error of sending a payment."""
    with closing(yookassa), pytest.raises(GatewayError) as failure:
        yookassa.send(yookassa.call(payment_wish()), key="key-1", patience=patience)
    return failure.value


def failure_at(act: Act, patience: timedelta = PATIENCE) -> tuple[GatewayError, list[Asked]]:
    """Return the error of sending a payment to such a server, and the requests it received."""
    with BadServer(act) as server:
        return failure_of(shop(server.url), patience), server.asked
