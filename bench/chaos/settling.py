"""Letting the dust settle: the jobs' work, minute by minute of a clock that runs ahead."""

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from olvery.shared.refusals import Busy
from olvery.yookassa_sandbox import Sandbox
from orders.domain.money import audit
from orders.domain.online import expiry, fulfilment, notifications, offset_receipts, payments, refunds, sending, sweep
from orders.gateways import gateway
from orders.letters import send
from orders.models import (
    CaseKind,
    Message,
    MoneyCase,
    OffsetReceipt,
    Order,
    OrderStatus,
    PaymentAttempt,
    ProviderNotification,
    ProviderRequest,
    ReceiptState,
    Refund,
)

ROUNDS = 60
STEP = timedelta(minutes=3)
REFUSED_BY_BANK = 0.1  # of the refunds that are still under way
SENT_NOT_DONE = (ProviderRequest.State.QUEUED, ProviderRequest.State.SENDING)
NOT_LOOKED_INTO = (ProviderNotification.State.RECEIVED, ProviderNotification.State.DEFERRED)
RECEIPT_OPEN = {"status": "succeeded", "receipt": ReceiptState.PENDING}
# Nothing that is injected leads there in the end: an answer that contradicts, a sum that differs, a key refused.
UNEXPLAINED = (
    CaseKind.MISMATCH,
    CaseKind.DRIFT,
    CaseKind.UNKNOWN_PAYMENT,
    CaseKind.UNKNOWN_OUTCOME,
    CaseKind.PAYMENT_STUCK,
    CaseKind.REFUND_STUCK,
    CaseKind.MISCONFIGURED,
    CaseKind.DEBT,
)


def settle(sandbox: Sandbox, rng: Random) -> list[str]:
    """Do the jobs' work until nothing is under way; return a line where it never ends."""
    at = timezone.now()
    for _round in range(ROUNDS):
        at += STEP
        sandbox.advance(STEP.total_seconds())
        sandbox.flush_webhooks()
        for told in sandbox.refunds():
            if told["status"] == "pending":
                sandbox.settle_refund(told["id"], "canceled" if rng.random() < REFUSED_BY_BANK else "succeeded")
        _work(at)
        # What only the last look at the provider's lists finds has to settle, too.
        different = sweep.sweep(gateway(), at=at).different
        if not different and not under_way():
            audit.check_balances(at=at)
            return []
    return [f"nothing is settled after {ROUNDS} rounds of {STEP}"]


def _work(at: datetime) -> None:
    provider = gateway()
    sending.send_due(provider, at=at)
    for event in ProviderNotification.objects.filter(state__in=NOT_LOOKED_INTO).values_list("pk", flat=True):
        try:
            notifications.process_notification(event, provider, at=at)
        except Busy:
            continue
    payments.check_payments(provider, at=at)
    refunds.check_refunds(provider, at=at)
    fulfilment.fulfil_waiting(provider, at=at)
    OffsetReceipt.objects.filter(next_check_at__gt=at).update(next_check_at=at)
    offset_receipts.check_receipts(provider, at=at)
    Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, deadline_at__gt=at).update(deadline_at=at)
    expiry.expire_overdue(provider, at)
    for message in Message.objects.filter(sent_at=None).values_list("pk", flat=True):
        send.send_message(message, at=at)


def under_way() -> list[str]:
    """Return what is not settled yet, and the cases that nothing injected explains, a line each."""
    requests_open = ProviderRequest.objects.filter(state__in=SENT_NOT_DONE)
    events = ProviderNotification.objects.filter(state__in=NOT_LOOKED_INTO)
    unexplained = MoneyCase.objects.open().filter(kind__in=UNEXPLAINED)
    waiting = {
        "request": requests_open.values_list("path", "state", "last_error"),
        "payment": PaymentAttempt.objects.unsettled().values_list("pk", "status", "provider_status", "mismatch"),
        "unfulfilled": PaymentAttempt.objects.filter(status="succeeded", fulfilled_at=None).values_list("pk", "amount"),
        "receipt": PaymentAttempt.objects.filter(**RECEIPT_OPEN).values_list("pk", "receipt"),
        "offset receipt": OffsetReceipt.objects.filter(state=ReceiptState.PENDING).values_list("pk", "amount"),
        "receipt of a refund": Refund.objects.filter(**RECEIPT_OPEN).values_list("pk", "receipt"),
        "refund": Refund.objects.under_way().values_list("pk", "status", "source"),
        "order": Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT).values_list("pk", "deadline_at"),
        "letter": Message.objects.filter(sent_at=None).values_list("pk", "kind"),
        "notification": events.values_list("event", "object_id", "state", "note"),
        "case": unexplained.values_list("kind", "order", "attempt", "refund", "provider_id", "facts"),
    }
    return [f"{name} {row} is still under way" for name, rows in waiting.items() for row in rows]
