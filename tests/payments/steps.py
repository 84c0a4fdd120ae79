"""What happens to a payment, step by step, and what there is to see afterwards."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from coworking.models import Ticket
from orders.domain import operations, payments
from orders.gateways.fake import FakeGateway
from orders.models import LedgerEntry, Message, MoneyCase, Order, Payment, ProviderOperation, Refund


def press_pay(order: Order, till: FakeGateway) -> Payment:
    """Press «Оплатить» and send the request, as the pay page does."""
    payment = payments.start_payment(order.pk, till, email=order.email, at=timezone.now())
    operations.send_operation(ProviderOperation.objects.get(payment=payment).pk, till, at=timezone.now())
    return Payment.objects.get(pk=payment.pk)


def look(payment: Payment, till: FakeGateway) -> Payment:
    """Ask the provider about a payment."""
    return payments.look_at(payment, till, at=timezone.now())


def pay(order: Order, till: FakeGateway) -> Payment:
    """Pay an order on the provider's page and take the news."""
    payment = press_pay(order, till)
    till.pay(payment.provider_id or "")
    return look(payment, till)


def send_all(till: FakeGateway) -> None:
    """Send every request that is due, as the worker does."""
    operations.send_due(till, at=timezone.now())


@dataclass(frozen=True)
class Seen:
    """Everything about an order that money changes."""

    status: str
    tickets: list[str]
    payments: list[str]
    refunds: list[tuple[str, str, Decimal]]
    ledger: list[tuple[str, str, Decimal]]
    letters: list[str]
    cases: list[str]


def seen(order: Order) -> Seen:
    """Look at an order anew."""
    refunds = Refund.objects.filter(payment__order=order).order_by("pk")
    return Seen(
        status=Order.objects.get(pk=order.pk).status,
        tickets=list(
            Ticket.objects.filter(lines__order=order).order_by("number").values_list("status", flat=True)
        ),
        payments=list(Payment.objects.filter(order=order).order_by("attempt").values_list("status", flat=True)),
        refunds=list(refunds.values_list("source", "status", "amount")),
        ledger=list(
            LedgerEntry.objects.filter(order=order).order_by("pk").values_list("kind", "method", "amount")
        ),
        letters=list(Message.objects.filter(order=order).order_by("pk").values_list("kind", flat=True)),
        cases=list(
            MoneyCase.objects.open().filter(order=order).order_by("pk").values_list("kind", flat=True)
        ),
    )
