"""The steps of a payment, and looking at the result."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.mail import EmailMessage
from django.utils import timezone

from accounts.models import User
from coworking.models import PaymentMethod, Ticket
from olvery.shared.written import Written
from orders.domain.desk import cancelling, cash, refunding
from orders.domain.money.balance import balance_of
from orders.domain.online import payments, sending
from orders.models import (
    CaseKind,
    LedgerEntry,
    Message,
    MoneyCase,
    Order,
    OrderEvent,
    PaymentAttempt,
    ProviderRequest,
    Refund,
)
from tests.gateways.fake import FakeGateway

WHY = "Передумал"


def press_pay(order: Order, gateway: FakeGateway) -> PaymentAttempt:
    """Press «Оплатить» and send the request, as the pay page does."""
    attempt = payments.start_payment(order.pk, gateway, email=order.email, at=timezone.now())
    sending.send_request(ProviderRequest.objects.get(attempt=attempt).pk, gateway, at=timezone.now())
    return PaymentAttempt.objects.get(pk=attempt.pk)


def look(attempt: PaymentAttempt, gateway: FakeGateway) -> PaymentAttempt:
    """Ask the provider about a payment."""
    return payments.look_at(attempt, gateway, at=timezone.now())


def pay(order: Order, gateway: FakeGateway) -> PaymentAttempt:
    """Pay an order on the provider's page and take the news."""
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    return look(attempt, gateway)


def review(order: Order, gateway: FakeGateway) -> PaymentAttempt:
    """Let the provider report a payment that contradicts the order."""
    attempt = press_pay(order, gateway)
    gateway.alter(attempt.provider_id or "", amount=Decimal("1.00"))
    return look(attempt, gateway)


def send_all(gateway: FakeGateway) -> int:
    """Send every request that is due, as the worker does; return how many were tried."""
    return sending.send_due(gateway, at=timezone.now())


def request_of(row: PaymentAttempt | Refund) -> ProviderRequest:
    """Return the request for a payment or a refund as it is now."""
    about = {"attempt": row} if isinstance(row, PaymentAttempt) else {"refund": row}
    return ProviderRequest.objects.get(**about)


def posts(gateway: FakeGateway, path: str) -> int:
    """Count the creating requests to the provider."""
    return sum(sent.method == "POST" and sent.path == path for sent in gateway.journal)


def take(
    order: Order,
    amount: str,
    *,
    by: User,
    method: PaymentMethod = PaymentMethod.ON_SITE,
    moved_at: datetime | None = None,
    document: str = "",
    token: uuid.UUID | None = None,
    rest: cash.Rest | None = None,
) -> LedgerEntry:
    """Take money at the desk, now; a part of it confirms an order that waits, with a debt for a year."""
    at = timezone.now()
    return cash.take_payment(
        order.pk,
        Decimal(amount),
        method=method,
        moved_at=moved_at or at,
        document=document,
        token=token or uuid.uuid4(),
        by=by,
        at=at,
        rest=rest or cash.Rest(at + timedelta(days=365)),
    )


def cancel(order: Order, gateway: FakeGateway | None, *, by: User, returned: str | None = None) -> Order:
    """Cancel an order, by the policy or with another sum."""
    back = Decimal(returned) if returned is not None else None
    return cancelling.cancel_order(order.pk, by=by, reason=WHY, at=timezone.now(), gateway=gateway, returned=back)


def refund(order: Order, gateway: FakeGateway, amount: str, *, by: User, **wanted: Any) -> Order:
    """Ask for a refund through the provider."""
    wanted = {"reason": WHY, **wanted}
    return refunding.refund_online(order.pk, Decimal(amount), by=by, gateway=gateway, at=timezone.now(), **wanted)


def give_back(order: Order, amount: str, *, by: User, **wanted: Any) -> LedgerEntry:
    """Write down that money was given back at the desk."""
    wanted = {
        "method": PaymentMethod.ON_SITE,
        "moved_at": timezone.now(),
        "document": "",
        "reason": WHY,
        "token": uuid.uuid4(),
        **wanted,
    }
    done = refunding.refund_at_desk(order.pk, Decimal(amount), by=by, at=timezone.now(), **wanted)
    assert isinstance(done, LedgerEntry)
    return done


def told_events(order: Order, kind: str) -> list[dict[str, Any]]:
    """Return the details of the order's events of a kind, oldest first."""
    return list(OrderEvent.objects.filter(order=order, kind=kind).order_by("pk").values_list("data", flat=True))


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
    """Read an order again."""
    [there] = _ORDER(order=order.pk)
    return Seen(
        status=there.status,
        tickets=[one.status for one in _TICKETS(order=order.pk)],
        payments=[one.status for one in _PAYMENTS(order=order.pk)],
        refunds=[(one.source, one.status, one.amount) for one in _REFUNDS(order=order.pk)],
        ledger=[(one.kind, one.method, one.amount) for one in _LEDGER(order=order.pk)],
        letters=[one.kind for one in _LETTERS(order=order.pk)],
        cases=[one.kind for one in _CASES(order=order.pk)],
    )


_ORDER = Written(lambda order: Order.objects.filter(pk=order), order=-1)
_TICKETS = Written(lambda order: Ticket.objects.filter(lines__order=order).distinct().order_by("number"), order=-1)
_PAYMENTS = Written(lambda order: PaymentAttempt.objects.filter(order=order).order_by("number"), order=-1)
_REFUNDS = Written(lambda order: Refund.objects.filter(attempt__order=order).order_by("pk"), order=-1)
_LEDGER = Written(lambda order: LedgerEntry.objects.filter(order=order).order_by("pk"), order=-1)
_LETTERS = Written(lambda order: Message.objects.filter(order=order).order_by("pk"), order=-1)
_CASES = Written(lambda order: MoneyCase.objects.open().filter(order=order).order_by("pk"), order=-1)


def money(order: Order) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return cost, paid, refunds in progress, and excess."""
    balance = balance_of(Order.objects.get(pk=order.pk))
    return balance.cost, balance.paid, balance.returning, balance.excess


def due_back(order: Order) -> list[Decimal]:
    """Return an order's sums at the money desk that are to be refunded."""
    return list(MoneyCase.objects.open().filter(order=order, kind="refund_due").values_list("amount", flat=True))


def case_of(kind: CaseKind) -> MoneyCase:
    """Return the only open case of a kind."""
    return MoneyCase.objects.open().get(kind=kind)


def open_kinds() -> list[str]:
    return sorted(MoneyCase.objects.open().values_list("kind", flat=True))


def plain(letter: EmailMessage) -> str:
    """Return the subject with the text below it, with usual spaces."""
    return f"{letter.subject}\n{letter.body}".replace("\u00a0", " ")
