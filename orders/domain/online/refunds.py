"""Refunds through the provider."""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from accounts.models import User
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.messages import About, write_messages
from orders.domain.money.balance import refundable
from orders.domain.money.cases import close_cases, open_case
from orders.domain.money.excess import pays_for_order, sync_refund_due_case
from orders.domain.money.facts import Difference, DifferenceField, Mismatch, Reply, differing
from orders.domain.money.ledger import follow_refund, record_refund
from orders.domain.money.receipts import (
    ReceiptItem,
    amount_of,
    as_json_by_place,
    from_json,
    returned_by_place,
    returned_items,
)
from orders.domain.money.summary import store_summary
from orders.domain.money.tax import FULL_PAYMENT
from orders.domain.online import polling
from orders.domain.online.gateway import PATIENCE, Call, Gateway, RefundSnapshot, RefundWish
from orders.domain.online.outbox import queue_request
from orders.domain.online.verdicts import VerdictKind, decide_refund
from orders.models import (
    CaseKind,
    EventKind,
    MessageKind,
    OffsetReceipt,
    OrderEvent,
    OrderStatus,
    PaymentAttempt,
    ReceiptState,
    Refund,
)

log = logging.getLogger(__name__)

# The provider refuses to leave less than this of a payment.
SMALLEST_REST = Decimal("1.00")
CHECK_WAITS = tuple(timedelta(minutes=wait) for wait in (1, 2, 5, 15, 60))
HOUR = timedelta(hours=1)
# A bank takes up to three days; after that a person asks.
CHECKED_FOR = timedelta(days=3)
# Cases that any decision of the provider closes.
UNDECIDED = (CaseKind.REFUND_STUCK, CaseKind.UNKNOWN_OUTCOME)


class RefundRefused(Refusal):
    field = "amount"


def positions_of(attempt: PaymentAttempt, amount: Decimal) -> dict[int, ReceiptItem]:
    """Spread a sum over the positions of the receipt that have not been returned yet. One query."""
    return returned_items(from_json(attempt.receipt_items), amount, returned_by_place(_returned_rows(attempt)))


def _returned_rows(attempt: PaymentAttempt) -> list[dict[str, Any]]:
    return [row for refund in attempt.refunds.standing() for row in refund.receipt_items]


def _refunded_positions(attempt: PaymentAttempt, amount: Decimal) -> list[tuple[int, ReceiptItem]]:
    """Return the positions of a refund, each with its index in the receipt of the payment.

    They repeat rate and mode of the receipt that they undo: first of the prepayment, then of its offset. A whole
    payment without an offset receipt needs none: the provider repeats its receipt automatically.
    """
    rows = _returned_rows(attempt)
    settled = _settled(attempt, rows)
    if not attempt.receipt_items or (amount == attempt.amount and not settled):
        return []
    items, returned = from_json(attempt.receipt_items), returned_by_place(rows)
    # Refunds in the provider's cabinet name no positions, and may concern what was offset.
    prepaid = max(min(amount, refundable(attempt) - settled), NO_MONEY)
    found: list[tuple[int, ReceiptItem]] = []
    if prepaid:
        first = returned_items(items, prepaid, returned)
        found += first.items()
        for place, item in first.items():
            returned[place] = returned.get(place, NO_MONEY) + item.amount
    if rest := amount - prepaid:
        found += [(place, item.settled()) for place, item in returned_items(items, rest, returned).items()]
    return found


def _settled(attempt: PaymentAttempt, returned: list[dict[str, Any]]) -> Decimal:
    """Return what the offset receipt turned into a full payment, less what was returned since, roubles."""
    offset = OffsetReceipt.objects.filter(attempt=attempt).exclude(state=ReceiptState.CANCELED).first()
    if offset is None:
        return NO_MONEY
    gone = sum((amount_of(row) for row in returned if row.get("mode") == FULL_PAYMENT), NO_MONEY)
    return max(offset.amount - gone, NO_MONEY)


def check_sum(amount: Decimal, most: Decimal) -> None:
    """Raise RefundRefused unless the sum is above zero and at most `most`."""
    if amount <= 0:
        raise RefundRefused("sum_not_above_zero")
    if amount > most:
        raise RefundRefused("more_than_refundable", most=most)


def create_refund(
    attempt: PaymentAttempt,
    amount: Decimal,
    *,
    source: Refund.Source,
    by: User | None,
    gateway: Gateway,
    at: datetime,
    reason: str = "",
) -> Refund:
    """Store a refund of a locked payment and its request; a job sends it. Raises RefundRefused.

    `reason` is what a person has typed; for an automatic refund the source gives the reason.
    """
    free = refundable(attempt)
    check_sum(amount, free)
    if NO_MONEY < free - amount < SMALLEST_REST:
        raise RefundRefused("rest_too_small")
    items = _refunded_positions(attempt, amount)
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
    queue_request(_call(refund, attempt, tuple(item for _place, item in items), gateway), refund=refund, at=at)
    store_summary(order)
    data = {"sum": str(amount), "source": str(source)}
    OrderEvent.objects.create(
        order=order, kind=EventKind.REFUND_REQUESTED, by=by, at=at, reason=reason[:300], data=data
    )
    return refund


def _call(refund: Refund, attempt: PaymentAttempt, items: tuple[ReceiptItem, ...], gateway: Gateway) -> Call:
    try:
        return gateway.call(_wish(refund, attempt, items))
    except ValueError as error:
        log.warning("a refund of order %s cannot be sent: %s", attempt.order_id, error)
        raise RefundRefused("refund_not_sendable") from error


def _wish(refund: Refund, attempt: PaymentAttempt, items: tuple[ReceiptItem, ...]) -> RefundWish:
    order = attempt.order
    return RefundWish(
        payment_id=attempt.provider_id or "",
        amount=refund.amount,
        description=f"Возврат по заказу {order.number}",
        metadata={"refund_id": str(refund.pk), "order_id": str(order.pk), "env": settings.YOOKASSA_ENVIRONMENT},
        email=attempt.email or order.email,
        phone=str(order.phone),
        items=items,
        tax_system=attempt.tax_system,
    )


def apply_refund(refund_id: int, told: RefundSnapshot, *, at: datetime) -> Refund:
    """Apply the provider's answer about a refund; the same answer twice changes nothing the second time."""
    known = Refund.objects.select_related("attempt").get(pk=refund_id)
    with locks.short_waits():
        order = locks.lock_order(known.attempt.order_id)
        attempt = locks.lock_attempt(known.attempt_id)
        refund = locks.lock_refund(refund_id)
        attempt.order, refund.attempt = order, attempt
        if different := differences_of(refund, told):
            facts = Mismatch(differences=different)
            open_case(CaseKind.MISMATCH, at=at, order=order, refund=refund, amount=refund.amount, facts=facts)
            refund.next_check_at = None
            refund.save(update_fields=["next_check_at"])
            return refund
        verdict = decide_refund(refund.status, refund.amount, told)
        refund.provider_id = told.id
        close_cases(CaseKind.MISMATCH, refund=refund, at=at)
        _take(refund, verdict.kind, told, at=at)
        refund.save()
        store_summary(order)
        if verdict.kind in (VerdictKind.SUCCEED, VerdictKind.CANCEL):
            sync_refund_due_case(order, at=at)
    return refund


def differences_of(refund: Refund, told: RefundSnapshot) -> tuple[Difference, ...]:
    """Return what the provider reports differently about our refund, so that a person must check it."""
    verdict = decide_refund(refund.status, refund.amount, told)
    if verdict.differences:
        return verdict.differences
    # Given up by us and refunded again since, and now it went through after all.
    twice = verdict.kind == VerdictKind.SUCCEED and refund.amount > _free_for(refund)
    return differing(
        (DifferenceField.REFUND, refund.provider_id or told.id, told.id),
        (DifferenceField.PAYMENT, refund.attempt.provider_id, told.payment_id),
        *([(DifferenceField.STATUS, refund.status, told.status)] if twice else []),
    )


def _free_for(refund: Refund) -> Decimal:
    """Return how much of its payment the refund may take; always enough for one from the cabinet or one that counts."""
    if refund.status in Refund.STANDING or refund.source == Refund.Source.EXTERNAL:
        return refund.amount
    return refundable(refund.attempt)


def _take(refund: Refund, kind: VerdictKind, told: RefundSnapshot, *, at: datetime) -> None:
    if kind == VerdictKind.PEND:
        refund.status = Refund.Status.PENDING
        refund.next_check_at = refund.next_check_at or at + polling.FIRST_LOOK
    elif kind == VerdictKind.SUCCEED:
        refund.status, refund.settled_at, refund.cancel_reason = Refund.Status.SUCCEEDED, at, ""
        refund.checks, refund.next_check_at = 0, None  # from here on only the receipt is awaited
        refund.save()
        polling.take_receipt(refund, told.receipt_registration, at=at)
        if refund.source == Refund.Source.EXTERNAL:
            follow_refund(refund.attempt.order, refund.amount, by=None, at=at, refund=refund)
        record_refund(refund, at=at)
        _tell_of_refund(refund, at=at)
    elif kind == VerdictKind.CANCEL:
        refund.status, refund.settled_at, refund.next_check_at = Refund.Status.CANCELED, at, None
        refund.cancel_reason = told.cancel_reason[:60]
        refund.save()
        _show_failure(refund, Reply(code=told.cancel_reason), at=at)
    elif kind == VerdictKind.REFRESH:
        polling.take_receipt(refund, told.receipt_registration, at=at)


def _tell_of_refund(refund: Refund, *, at: datetime) -> None:
    order = refund.attempt.order
    data = {"sum": str(refund.amount), "method": "online", "source": refund.source}
    OrderEvent.objects.create(order=order, kind=EventKind.REFUNDED, by=refund.requested_by, at=at, data=data)
    write_messages(order, [MessageKind.REFUNDED], at=at, about=About(refund=refund))
    close_cases(CaseKind.REFUND_FAILED, *UNDECIDED, refund=refund, at=at)


def fail_refund(refund_id: int, why: Reply, *, at: datetime) -> None:
    """Close a refund that the provider refused to make: its sum is free again. Call it within a transaction.

    A refund that the provider has meanwhile reported stays: it was made, and polling follows it.
    """
    order = locks.lock_order(Refund.objects.values_list("attempt__order", flat=True).get(pk=refund_id))
    open_still = Refund.objects.under_way().filter(pk=refund_id, provider_id=None)
    if open_still.update(status=Refund.Status.FAILED, cancel_reason=str(why)[:60], settled_at=at, next_check_at=None):
        refund = Refund.objects.select_related("attempt__order").get(pk=refund_id)
        store_summary(order)
        _show_failure(refund, why, at=at)
        sync_refund_due_case(order, at=at)


def _show_failure(refund: Refund, why: Reply, *, at: datetime) -> None:
    order = refund.attempt.order
    OrderEvent.objects.create(
        order=order, kind=EventKind.REFUND_FAILED, at=at, data={"sum": str(refund.amount), "reason": str(why)[:100]}
    )
    close_cases(*UNDECIDED, refund=refund, at=at)
    if order.status == OrderStatus.AWAITING_PAYMENT:  # with this money it may be paid: see `fulfil_waiting`
        PaymentAttempt.objects.filter(pk=refund.attempt_id).update(fulfilled_at=None)
    if refund.source == Refund.Source.EXTERNAL:  # nobody here is waiting for this money to be returned
        close_cases(CaseKind.EXTERNAL_REFUND, refund=refund, at=at)
        return
    amount = None if pays_for_order(refund) else refund.amount
    open_case(CaseKind.REFUND_FAILED, at=at, order=order, refund=refund, amount=amount, facts=why)


def record_external_refund(attempt: PaymentAttempt, told: RefundSnapshot, *, at: datetime) -> Refund | None:
    """Record a refund made in the provider's cabinet and open its case; a second call does not repeat it.

    Returns None while its payment is not booked: money that never came cannot have gone back.
    """
    with locks.short_waits():
        order = locks.lock_order(attempt.order_id)
        attempt = locks.lock_attempt(attempt.pk)
        attempt.order = order
        known = Refund.objects.filter(provider_id=told.id).first()
        if known is None and attempt.status != PaymentAttempt.Status.SUCCEEDED:
            return None
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
    """Poll every refund that is due; return how many."""

    def look(refund: Refund, moment: datetime) -> Refund:
        return apply_refund(refund.pk, gateway.refund(refund.provider_id or "", patience=PATIENCE), at=moment)

    return polling.poll(
        Refund,
        waits=CHECK_WAITS,
        look=look,
        gives_up_at=lambda refund: (refund.settled_at or refund.requested_at) + CHECKED_FOR,
        kind=lambda one: CaseKind.REFUND_STUCK if one.status in Refund.UNDER_WAY else CaseKind.RECEIPT_FAILED,
        at=at,
    )
