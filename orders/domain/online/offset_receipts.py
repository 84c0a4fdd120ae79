"""The second receipt of a prepayment (54-FZ): full settlement, once it is earned or kept after a cancellation."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from orders.domain import locks
from orders.domain.money.balance import balance_of, refundable
from orders.domain.money.cases import close_cases, open_case
from orders.domain.money.facts import Reply
from orders.domain.money.tax import PREPAYMENTS
from orders.domain.online import polling
from orders.domain.online.gateway import PATIENCE, Gateway, ReceiptSnapshot, ReceiptWish
from orders.domain.online.outbox import queue_request
from orders.domain.online.refunds import positions_of
from orders.models import CaseKind, OffsetReceipt, Order, PaymentAttempt, ReceiptState

CHECK_WAIT = timedelta(hours=1)
# Registration takes minutes: after three days a case is opened.
CHECKED_FOR = timedelta(days=3)


def write_offset_receipts(order: Order, gateway: Gateway | None, *, at: datetime) -> None:
    """Queue the offset receipts of a locked order whose prepayment has become revenue.

    That is the cost of a completed order, or what is kept of a cancelled one. Money beyond that is still a
    prepayment, to be returned as one. Does nothing without a shop, or if the settings leave these receipts to
    the cash desk.
    """
    if gateway is None or not settings.YOOKASSA_OFFSET_RECEIPTS:
        return
    balance = balance_of(order)
    left = balance.cost - balance.at_desk
    paid = order.attempts.filter(status=PaymentAttempt.Status.SUCCEEDED).order_by("pk")
    for attempt in [locks.lock_attempt(pk) for pk in paid.values_list("pk", flat=True)]:
        amount = min(left, refundable(attempt))
        if amount <= 0:
            continue
        left -= amount
        if _is_prepaid(attempt) and not OffsetReceipt.objects.filter(attempt=attempt).exists():
            attempt.order = order
            _write(attempt, amount, gateway, at=at)


def _is_prepaid(attempt: PaymentAttempt) -> bool:
    return any(row["mode"] in PREPAYMENTS for row in attempt.receipt_items)


def _write(attempt: PaymentAttempt, amount: Decimal, gateway: Gateway, *, at: datetime) -> None:
    order = attempt.order
    receipt = OffsetReceipt.objects.create(attempt=attempt, amount=amount, created_at=at)
    wish = ReceiptWish(
        payment_id=attempt.provider_id or "",
        amount=amount,
        email=attempt.email or order.email,
        phone=str(order.phone),
        items=tuple(item.settled() for item in positions_of(attempt, amount).values()),
        tax_system=attempt.tax_system,
    )
    try:
        call = gateway.call(wish)
    except ValueError as error:  # the service has been rendered all the same
        fail_receipt(receipt, Reply(text=str(error)), at=at)
    else:
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
        elif receipt.state == ReceiptState.SUCCEEDED:
            close_cases(CaseKind.RECEIPT_FAILED, receipt=receipt, at=at)
    return receipt


def fail_receipt(receipt: OffsetReceipt, why: Reply, *, at: datetime) -> None:
    """Close a receipt that the provider refused to make. Call it within a transaction."""
    OffsetReceipt.objects.filter(pk=receipt.pk).update(state=ReceiptState.CANCELED, next_check_at=None)
    _show_failure(receipt, at, why)


def check_receipts(gateway: Gateway, *, at: datetime) -> int:
    """Poll the offset receipts that are being registered; return how many."""

    def look(receipt: OffsetReceipt, moment: datetime) -> OffsetReceipt:
        return apply_receipt(receipt.pk, gateway.receipt(receipt.provider_id or "", patience=PATIENCE), at=moment)

    return polling.poll(
        OffsetReceipt,
        waits=(CHECK_WAIT,),
        look=look,
        gives_up_at=lambda receipt: receipt.created_at + CHECKED_FOR,
        kind=lambda _receipt: CaseKind.RECEIPT_FAILED,
        at=at,
    )


def _show_failure(receipt: OffsetReceipt, at: datetime, why: Reply | None = None) -> None:
    order = receipt.attempt.order
    open_case(CaseKind.RECEIPT_FAILED, at=at, order=order, receipt=receipt, amount=receipt.amount, facts=why)
