"""Wishes with everything a test does not care about filled in."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from orders.domain.money.receipts import Fiscal, ReceiptItem
from orders.domain.online.gateway import PaymentWish, ReceiptWish, RefundWish

PAYMENT_ID = "2d5c1f6e-000f-5000-8000-1a2b3c4d5e6f"
REFUND_ID = "2d5c1f6e-0015-5000-8000-1a2b3c4d5e6f"
RECEIPT_ID = "rt-2d5c1f6e-0019-5000-8000-1a2b3c4d5e6f"
PATIENCE = timedelta(seconds=5)


def item(*, vat_code: int = 1, subject: str = "service", mode: str = "full_prepayment", **facts: Any) -> ReceiptItem:
    """Return a position of 500 roubles."""
    usual = {"title": "Рабочее место", "quantity": Decimal(1), "price": Decimal("500.00")}
    return ReceiptItem(**{**usual, "fiscal": Fiscal(vat_code=vat_code, subject=subject, mode=mode), **facts})


def payment_wish(**facts: Any) -> PaymentWish:
    """Return the wish for a payment of 500 roubles without a receipt."""
    return PaymentWish(
        **{
            "amount": Decimal("500.00"),
            "description": "Заказ 24-0001",
            "return_url": "https://olvery.test/pay/abc/back/",
            "metadata": {"payment_id": "7", "order_id": "3", "env": "test"},
            **facts,
        }
    )


def refund_wish(**facts: Any) -> RefundWish:
    """Return the wish for a refund of 200 roubles without a receipt."""
    return RefundWish(
        **{
            "payment_id": PAYMENT_ID,
            "amount": Decimal("200.00"),
            "description": "Отмена за сутки",
            "metadata": {"refund_id": "5"},
            **facts,
        }
    )


def receipt_wish(**facts: Any) -> ReceiptWish:
    """Return the wish for the offset receipt of a payment of 500 roubles."""
    return ReceiptWish(
        **{
            "payment_id": PAYMENT_ID,
            "amount": Decimal("500.00"),
            "email": "anna@example.org",
            "items": (item(),),
            **facts,
        }
    )
