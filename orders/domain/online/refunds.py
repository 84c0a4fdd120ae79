"""Returning money through the provider."""

import logging
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from olvery.shared.money import NO_MONEY, format_money
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.messages import write_messages
from orders.domain.money.balance import refundable
from orders.domain.money.cases import close_cases, open_case
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.ledger import lower_cost, record_refund
from orders.domain.money.receipts import ReceiptItem, as_json_by_place, from_json, returned_by_place, returned_items
from orders.domain.online import polling
from orders.domain.online.gateway import PATIENCE, Gateway, RefundSnapshot, RefundWish
from orders.domain.online.outbox import queue_request
from orders.domain.online.verdicts import VerdictKind, decide_refund
from orders.models import CaseKind, EventKind, MessageKind, OrderEvent, PaymentAttempt, ReceiptState, Refund

log = logging.getLogger(__name__)

# The provider refuses to leave less than this on a payment.
SMALLEST_REST = Decimal("1.00")
CHECK_WAITS = tuple(timedelta(minutes=wait) for wait in (1, 2, 5, 15, 60))
FIRST_LOOK = CHECK_WAITS[0]
HOUR = timedelta(hours=1)
# A bank takes up to three days; after that a person asks.
CHECKED_FOR = timedelta(days=3)
# Cases that end with the provider's word, whatever it is.
UNDECIDED = (CaseKind.REFUND_STUCK, CaseKind.UNKNOWN_OUTCOME)


class RefundRefused(Refusal):
    """More than is there, or a rest too small to leave."""

    field = "amount"


def positions_of(attempt: PaymentAttempt, amount: Decimal) -> dict[int, ReceiptItem]:
    """Return what a part of a payment is of the positions of its receipt that have not gone back. One query."""
    rows = [row for refund in attempt.refunds.standing() for row in refund.receipt_items]
    return returned_items(from_json(attempt.receipt_items), amount, returned_by_place(rows))


def check_sum(amount: Decimal, most: Decimal) -> None:
    """Check a sum to return. Raises RefundRefused."""
    if amount <= 0:
        raise RefundRefused(_("Give a sum above zero."))
    if amount > most:
        raise RefundRefused(_("At most %(sum)s can be returned.") % {"sum": format_money(most)})


def create_refund(
    attempt: PaymentAttempt,
    amount: Decimal,
    *,
    source: Refund.Source,
    reason: str,
    by: User | None,
    gateway: Gateway,
    at: datetime,
) -> Refund:
    """Store a refund of a locked payment and its request; a job sends it. Raises RefundRefused."""
    free = refundable(attempt)
    check_sum(amount, free)
    if NO_MONEY < free - amount < SMALLEST_REST:
        raise RefundRefused(_("Less than 1 ₽ cannot be left: return all of it, or leave at least 1 ₽."))
    items: dict[int, ReceiptItem] = {}
    if amount != attempt.amount and attempt.receipt_items:
        items = positions_of(attempt, amount)
    refund = Refund.objects.create(
        attempt=attempt,
        amount=amount,
        source=source,
        reason=reason[:250],
        requested_by=by,
        requested_at=at,
        receipt_items=as_json_by_place(items),
    )
    order = attempt.order
    call = gateway.refund_call(
        RefundWish(
            payment_id=attempt.provider_id or "",
            amount=amount,
            description=f"Возврат по заказу {order.number}",
            metadata={
                "refund_id": str(refund.pk),
                "order_id": str(order.pk),
                "env": settings.YOOKASSA_ENVIRONMENT,
            },
            email=attempt.email or order.email,
            phone=order.phone,
            items=tuple(items.values()),
            payment_mode=attempt.receipt_mode,
        )
    )
    queue_request(call, refund=refund, at=at)
    OrderEvent.objects.create(
        order=order, kind=EventKind.REFUND_REQUESTED, by=by, at=at, reason=reason[:300], data={"sum": str(amount)}
    )
    return refund


def apply_refund(refund_id: int, told: RefundSnapshot, *, at: datetime) -> Refund:
    """Take what the provider told about a refund; the same news twice changes nothing the second time."""
    known = Refund.objects.select_related("attempt").get(pk=refund_id)
    with locks.short_waits():
        order = locks.lock_order(known.attempt.order_id)
        attempt = locks.lock_attempt(known.attempt_id)
        refund = locks.lock_refund(refund_id)
        attempt.order, refund.attempt = order, attempt
        verdict = decide_refund(refund.status, refund.amount, told)
        foreign = (refund.provider_id or told.id) != told.id or told.payment_id != attempt.provider_id
        # Given up by us, returned again since, and now it went through all the same.
        twice = verdict.kind == VerdictKind.SUCCEED and refund.amount > _free_for(refund)
        if verdict.kind == VerdictKind.REVIEW or foreign or twice:
            why = verdict.why or f"refund {told.id} of {told.payment_id}"
            open_case(CaseKind.MISMATCH, at=at, order=order, refund=refund, amount=refund.amount, details=why)
            Refund.objects.filter(pk=refund.pk).update(next_check_at=None)
            return refund
        refund.provider_id = told.id
        close_cases(CaseKind.MISMATCH, refund=refund, at=at)
        _take(refund, verdict.kind, told, at=at)
        refund.save()
        if verdict.kind in (VerdictKind.SUCCEED, VerdictKind.CANCEL):
            sync_refund_due_case(order, at=at)
    return refund


def _free_for(refund: Refund) -> Decimal:
    """Return what the refund may take of its payment; one made in the cabinet, or ours that stands, asks nobody."""
    if refund.status in Refund.STANDING or refund.source == Refund.Source.EXTERNAL:
        return refund.amount
    return refundable(refund.attempt)


def _take(refund: Refund, kind: VerdictKind, told: RefundSnapshot, *, at: datetime) -> None:
    if kind == VerdictKind.PEND:
        refund.status = Refund.Status.PENDING
        refund.next_check_at = refund.next_check_at or at + FIRST_LOOK
    elif kind == VerdictKind.SUCCEED:
        refund.status, refund.settled_at, refund.cancel_reason = Refund.Status.SUCCEEDED, at, ""
        refund.checks, refund.next_check_at = 0, None  # from here on only the receipt is awaited
        refund.save()
        _refresh_receipt(refund, told, at=at)
        if refund.source == Refund.Source.EXTERNAL:
            lower_cost(refund.attempt.order, refund.amount, reason=_("Returned in the provider's cabinet"))
        record_refund(refund, at=at)
        _tell_of_refund(refund, at=at)
    elif kind == VerdictKind.CANCEL:
        refund.status, refund.settled_at, refund.next_check_at = Refund.Status.CANCELED, at, None
        refund.cancel_reason = told.cancel_reason[:60]
        _show_failure(refund, refund.cancel_reason, at=at)
    elif kind == VerdictKind.REFRESH:
        _refresh_receipt(refund, told, at=at)


def _tell_of_refund(refund: Refund, *, at: datetime) -> None:
    order = refund.attempt.order
    data = {"sum": str(refund.amount), "method": "online", "source": refund.source}
    OrderEvent.objects.create(order=order, kind=EventKind.REFUNDED, by=refund.requested_by, at=at, data=data)
    write_messages(order, [MessageKind.REFUNDED], at=at, about=f"refund {refund.pk}")
    close_cases(CaseKind.REFUND_FAILED, *UNDECIDED, refund=refund, at=at)


def _refresh_receipt(refund: Refund, told: RefundSnapshot, *, at: datetime) -> None:
    receipt = told.receipt_registration
    refund.receipt = receipt if receipt in ReceiptState.values else ReceiptState.PENDING
    is_awaited = refund.receipt == ReceiptState.PENDING
    refund.next_check_at = (refund.next_check_at or at + FIRST_LOOK) if is_awaited else None
    if refund.receipt == ReceiptState.CANCELED:
        open_case(CaseKind.RECEIPT_FAILED, at=at, order=refund.attempt.order, refund=refund, amount=refund.amount)
    elif refund.receipt == ReceiptState.SUCCEEDED:
        close_cases(CaseKind.RECEIPT_FAILED, refund=refund, at=at)


def fail_refund(refund_id: int, why: str, *, at: datetime) -> None:
    """Close a refund that the provider refused to make: its sum is free again. Call it within a transaction."""
    order = locks.lock_order(Refund.objects.values_list("attempt__order", flat=True).get(pk=refund_id))
    open_still = Refund.objects.under_way().filter(pk=refund_id)
    if open_still.update(status=Refund.Status.FAILED, cancel_reason=why[:60], settled_at=at, next_check_at=None):
        refund = Refund.objects.select_related("attempt__order").get(pk=refund_id)
        _show_failure(refund, why, at=at)
        sync_refund_due_case(order, at=at)


def _show_failure(refund: Refund, why: str, *, at: datetime) -> None:
    order = refund.attempt.order
    OrderEvent.objects.create(
        order=order, kind=EventKind.REFUND_FAILED, at=at, data={"sum": str(refund.amount), "reason": why[:100]}
    )
    close_cases(*UNDECIDED, refund=refund, at=at)
    if refund.source == Refund.Source.EXTERNAL:  # somebody else's wish: nothing here waits for the money to go
        close_cases(CaseKind.EXTERNAL_REFUND, refund=refund, at=at)
        return
    open_case(CaseKind.REFUND_FAILED, at=at, order=order, refund=refund, amount=refund.amount, details=why)


def record_external_refund(attempt: PaymentAttempt, told: RefundSnapshot, *, at: datetime) -> Refund:
    """Write down a refund made in the provider's cabinet, and show it at the money desk; twice is once."""
    with locks.short_waits():
        order = locks.lock_order(attempt.order_id)
        attempt = locks.lock_attempt(attempt.pk)
        attempt.order = order
        known = Refund.objects.filter(provider_id=told.id).first()
        if known is None:
            known = Refund.objects.create(
                attempt=attempt,
                amount=told.amount,
                source=Refund.Source.EXTERNAL,
                status=Refund.Status.PENDING,
                provider_id=told.id,
                requested_at=told.created_at,
                next_check_at=at + HOUR,
            )
            open_case(CaseKind.EXTERNAL_REFUND, at=at, order=order, attempt=attempt, refund=known, amount=told.amount)
    return apply_refund(known.pk, told, at=at)


def check_refunds(gateway: Gateway, *, at: datetime) -> int:
    """Look at every refund whose time has come; return how many were looked at."""

    def look(refund: Refund, moment: datetime) -> Refund:
        return apply_refund(refund.pk, gateway.refund(refund.provider_id or "", patience=PATIENCE), at=moment)

    return polling.poll(
        Refund,
        waits=CHECK_WAITS,
        look=look,
        gives_up_at=lambda refund: refund.requested_at + CHECKED_FOR,
        give_up=_show_stuck,
        at=at,
    )


def _show_stuck(refund: Refund, at: datetime) -> None:
    kind = CaseKind.REFUND_STUCK if refund.status in Refund.UNDER_WAY else CaseKind.RECEIPT_FAILED
    open_case(kind, at=at, order=refund.attempt.order, refund=refund, amount=refund.amount)
