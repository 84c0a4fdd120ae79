"""Paying an order, and the results of several calls."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from orders.domain.online import sending
from orders.domain.online.payments import apply_payment, start_payment
from orders.models import LedgerEntry, Order, PaymentAttempt, ProviderRequest
from tests.gateways.fake import FakeGateway
from tests.moments import NOW

SUM = Decimal("600.00")


def press_pay(order: Order, gateway: FakeGateway, at: datetime = NOW) -> PaymentAttempt:
    """Press «Оплатить» and send the request."""
    attempt = start_payment(order.pk, gateway, email=order.email, at=at)
    sending.send_request(ProviderRequest.objects.get(attempt=attempt).pk, gateway, at=at)
    return PaymentAttempt.objects.get(pk=attempt.pk)


def pay(order: Order, gateway: FakeGateway) -> PaymentAttempt:
    """Pay on the provider's page and take the news."""
    attempt = press_pay(order, gateway)
    return apply_payment(attempt.pk, gateway.pay(attempt.provider_id or ""), gateway, at=NOW)


def kinds(results: list[Any]) -> list[str]:
    """Name the types of results and refusals."""
    return sorted(type(result).__name__ for result in results)


def charged(order: Order) -> Decimal:
    """Return the charges recorded for an order."""
    return LedgerEntry.objects.filter(order=order, kind="charge").aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
