"""Letting the dust settle: running jobs minute by minute of a clock that runs ahead."""

from datetime import datetime, timedelta
from random import Random

from django.db.models import Q
from django.utils import timezone

from coworking.models import WaitingStatus
from olvery.shared.refusals import Busy
from olvery.yookassa_sandbox import Sandbox
from orders.domain.booking import waiting
from orders.domain.booking.changing import UNDO_FOR
from orders.domain.desk import bulk, change_undoing
from orders.domain.money import audit
from orders.domain.online import expiry, fulfilment, notifications, offset_receipts, payments, refunds, sending, sweep
from orders.domain.programs import webhooks
from orders.gateways import gateway, receivers
from orders.letters import send
from orders.letters.send import send_bill_letter, send_waiting_letter
from orders.models import (
    BillLetter,
    BulkAction,
    BulkItem,
    BulkState,
    CaseKind,
    Delivery,
    DeliveryStatus,
    EventKind,
    Message,
    MoneyCase,
    OffsetReceipt,
    Order,
    OrderEvent,
    OrderStatus,
    PaymentAttempt,
    ProviderNotification,
    ProviderRequest,
    ReceiptState,
    Refund,
    WaitingLetter,
    WaitingLetterKind,
)
from orders.wording_refusals import refusal_text

ROUNDS = 60
STEP = timedelta(minutes=3)
REFUSED_BY_BANK = 0.1  # of the refunds that are still under way
SENT_NOT_DONE = (ProviderRequest.State.QUEUED, ProviderRequest.State.SENDING)
NOT_LOOKED_INTO = (ProviderNotification.State.RECEIVED, ProviderNotification.State.DEFERRED)
LETTERS = (
    (Message, send.send_message),
    (BillLetter, send_bill_letter),
    (WaitingLetter, send_waiting_letter),
)
# A letter that somebody is in line is not sent once they have left it.
NOT_SAID = Q(kind=WaitingLetterKind.JOINED) & ~Q(wish__status=WaitingStatus.WAITING)
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
    at = timezone.now() + UNDO_FOR  # for so long the refunds of changes wait
    for _round in range(ROUNDS):
        at += STEP
        sandbox.advance(STEP.total_seconds())
        sandbox.flush_webhooks()
        for told in sandbox.refunds():
            if told["status"] == "pending":
                sandbox.settle_refund(told["id"], "canceled" if rng.random() < REFUSED_BY_BANK else "succeeded")
        _work(at)
        # What only the last sweep over the provider's lists finds has to settle as well.
        different = sweep.sweep(gateway(), at=at).different
        if not different and not under_way():
            audit.check_balances(at=at)
            return []
    return [f"nothing is settled after {ROUNDS} rounds of {STEP}"]


def _work(at: datetime) -> None:
    provider = gateway()
    for change in OrderEvent.objects.filter(kind=EventKind.CHANGED).values_list("pk", flat=True):
        change_undoing.settle_change(change, provider, at=at)
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
    bulk_open = BulkAction.objects.filter(items__state=BulkState.WAITING).distinct()
    for action in bulk_open.values_list("pk", flat=True):
        bulk.carry_out(action, word=refusal_text, gateway=provider, at=at)
    waiting.offer_everywhere(at)
    for model, send_one in LETTERS:
        for letter in model.objects.filter(sent_at=None).values_list("pk", flat=True):
            send_one(letter, at=at)
    webhooks.deliver_due(receivers.post, now=lambda: at)


def under_way() -> list[str]:
    """Return unsettled objects, and cases not explained by injected faults, a line each."""
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
        "letter with a bill": BillLetter.objects.filter(sent_at=None).values_list("pk", "bill"),
        "letter about a wish": WaitingLetter.objects.filter(sent_at=None).exclude(NOT_SAID).values_list("pk", "kind"),
        "item": BulkItem.objects.waiting().values_list("action__kind", "order", "tickets"),
        "delivery": Delivery.objects.exclude(status=DeliveryStatus.SENT).values_list("event", "status", "answer"),
        "notification": events.values_list("event", "object_id", "state", "note"),
        "case": unexplained.values_list("kind", "order", "attempt", "refund", "provider_id", "facts"),
    }
    return [f"{name} {row} is still under way" for name, rows in waiting.items() for row in rows]
