"""The second receipt of a prepaid service (54-FZ): full settlement against the prepayment, once it is rendered."""

from datetime import datetime, timedelta

from orders.domain import locks
from orders.domain.money.balance import refundable
from orders.domain.money.cases import open_case
from orders.domain.money.facts import Reply
from orders.domain.online import polling
from orders.domain.online.gateway import PATIENCE, Gateway, ReceiptSnapshot, ReceiptWish
from orders.domain.online.outbox import queue_request
from orders.domain.online.refunds import positions_of
from orders.models import CaseKind, OffsetReceipt, Order, PaymentAttempt, ReceiptState

CHECK_WAIT = timedelta(hours=1)
# Registration takes minutes: after three days a case is opened.
CHECKED_FOR = timedelta(days=3)


def write_offset_receipts(order: Order, gateway: Gateway, *, at: datetime) -> None:
    """Queue the offset receipt of every paid attempt of a completed, locked order."""
    paid = order.attempts.filter(status=PaymentAttempt.Status.SUCCEEDED, offset_receipt=None)
    for attempt in [locks.lock_attempt(pk) for pk in paid.order_by("pk").values_list("pk", flat=True)]:
        left = refundable(attempt)
        if not left or not attempt.receipt_items:
            continue
        receipt = OffsetReceipt.objects.create(attempt=attempt, amount=left, created_at=at)
        call = gateway.receipt_call(
            ReceiptWish(
                payment_id=attempt.provider_id or "",
                amount=left,
                email=attempt.email or order.email,
                phone=str(order.phone),
                items=tuple(item.settled() for item in positions_of(attempt, left).values()),
                tax_system=attempt.tax_system,
            )
        )
        queue_request(call, receipt=receipt, at=at)


def apply_receipt(receipt_id: int, told: ReceiptSnapshot, *, at: datetime) -> OffsetReceipt:
    """Apply the state of an offset receipt at the provider."""
    with locks.short_waits():
        receipt = locks.lock_offset_receipt(receipt_id)
        receipt.provider_id = told.id
        receipt.state = told.status if told.status in ReceiptState.values else ReceiptState.PENDING
        receipt.next_check_at = None if receipt.state != ReceiptState.PENDING else at + CHECK_WAIT
        receipt.save(update_fields=["provider_id", "state", "next_check_at"])
        if receipt.state == ReceiptState.CANCELED:
            _show_failure(receipt, at)
    return receipt


def fail_receipt(receipt: OffsetReceipt, why: Reply, *, at: datetime) -> None:
    """Close a receipt that the provider refused to make. Call it within a transaction."""
    OffsetReceipt.objects.filter(pk=receipt.pk).update(state=ReceiptState.CANCELED, next_check_at=None)
    _show_failure(receipt, at, why)


def check_receipts(gateway: Gateway, *, at: datetime) -> int:
    """Ask about offset receipts that are being registered; return how many were asked about."""

    def look(receipt: OffsetReceipt, moment: datetime) -> OffsetReceipt:
        return apply_receipt(receipt.pk, gateway.receipt(receipt.provider_id or "", patience=PATIENCE), at=moment)

    return polling.poll(
        OffsetReceipt,
        waits=(CHECK_WAIT,),
        look=look,
        gives_up_at=lambda receipt: receipt.created_at + CHECKED_FOR,
        give_up=_show_failure,
        at=at,
    )


def _show_failure(receipt: OffsetReceipt, at: datetime, why: Reply | None = None) -> None:
    open_case(CaseKind.RECEIPT_FAILED, at=at, order=receipt.attempt.order, receipt=receipt, facts=why)
