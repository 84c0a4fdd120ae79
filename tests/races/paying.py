"""Paying an order, and what came of several calls."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from orders.domain import operations
from orders.domain.payments import apply_payment, start_payment
from orders.gateways.fake import FakeGateway
from orders.models import LedgerEntry, Order, Payment, ProviderOperation
from tests.moments import NOW

SUM = Decimal("600.00")


def press_pay(order: Order, till: FakeGateway, at: datetime = NOW) -> Payment:
    """Press «Оплатить» and send the request."""
    payment = start_payment(order.pk, till, email=order.email, at=at)
    operations.send_operation(ProviderOperation.objects.get(payment=payment).pk, till, at=at)
    return Payment.objects.get(pk=payment.pk)


def pay(order: Order, till: FakeGateway) -> Payment:
    """Pay on the provider's page and take the news."""
    payment = press_pay(order, till)
    return apply_payment(payment.pk, till.pay(payment.provider_id or ""), till, at=NOW)


def kinds(results: list[Any]) -> list[str]:
    """Name the types of results and refusals."""
    return sorted(type(result).__name__ for result in results)


def charged(order: Order) -> Decimal:
    """Return what was written down for an order."""
    return LedgerEntry.objects.filter(order=order, kind="charge").aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
