"""Applying the provider's answer to a stored request."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from orders.domain import locks
from orders.domain.money.cases import open_case
from orders.domain.money.facts import Reply
from orders.domain.online.gateway import (
    PATIENCE,
    Answer,
    Gateway,
    PaymentSnapshot,
    ReceiptSnapshot,
    RefundSnapshot,
    Rejected,
)
from orders.domain.online.offset_receipts import apply_receipt, fail_receipt
from orders.domain.online.payments import apply_payment, fail_payment
from orders.domain.online.refunds import apply_refund, fail_refund
from orders.models import CaseKind, ProviderRequest

State = ProviderRequest.State
LOOK_BACK = timedelta(hours=1)
# A request is sent for 23 hours; the rest allows for clock differences.
SENT_FOR = timedelta(hours=25)


def take_answer(request: ProviderRequest, answer: Answer, gateway: Gateway, *, at: datetime) -> None:
    """Link the provider's object to ours, then mark the request as done. Both steps may run twice.

    A process killed in between sends the same bytes again and gets the same object. A replayed answer may
    be an old snapshot: it links, and polling brings what has changed since.
    """
    if isinstance(answer, PaymentSnapshot) and request.attempt_id:
        apply_payment(request.attempt_id, answer, gateway, at=at)
    elif isinstance(answer, RefundSnapshot) and request.refund_id:
        apply_refund(request.refund_id, answer, at=at)
    elif isinstance(answer, ReceiptSnapshot) and request.receipt_id:
        apply_receipt(request.receipt_id, answer, at=at)
    else:
        raise TypeError(f"{type(answer).__name__} is no answer to {request}")
    ProviderRequest.objects.filter(pk=request.pk).update(
        state=State.DONE, tries=request.tries + 1, last_status=200, last_error=""
    )


def refuse(request: ProviderRequest, error: Rejected, *, at: datetime) -> None:
    """Record a definite refusal: nothing was done, and another try needs another request."""
    with locks.short_waits():
        closed = ProviderRequest.objects.filter(pk=request.pk).exclude(state__in=[State.DONE, State.REJECTED])
        if not closed.update(
            state=State.REJECTED,
            tries=request.tries + 1,
            last_status=error.status,
            last_error=error.text[:300],
        ):
            return
        if request.attempt_id:
            fail_payment(request.attempt_id, error.text, at=at)
        elif request.refund_id:
            fail_refund(request.refund_id, Reply(text=error.text), at=at)
        elif request.receipt:
            fail_receipt(request.receipt, Reply(text=error.text), at=at)


def give_up(request: ProviderRequest, *, at: datetime) -> None:
    """Close an attempt that the provider never created: nobody could pay it."""
    with locks.short_waits():
        ProviderRequest.objects.filter(pk=request.pk).update(state=State.REJECTED)
        fail_payment(request.attempt_id or 0, "not found at the provider", at=at)


def escalate(request: ProviderRequest, *, at: datetime) -> None:
    """Hand the request to a person: a refund or receipt that may exist is never requested again automatically."""
    with locks.short_waits():
        ProviderRequest.objects.filter(pk=request.pk).update(state=State.MANUAL)
        refund, receipt = request.refund, request.receipt
        attempt = refund.attempt if refund else receipt.attempt if receipt else None
        open_case(
            CaseKind.UNKNOWN_OUTCOME,
            at=at,
            order=attempt.order if attempt else None,
            attempt=attempt,
            refund=refund,
            receipt=receipt,
            amount=refund.amount if refund else None,
            facts=Reply(text=request.last_error),
        )


def find_made(request: ProviderRequest, gateway: Gateway, *, patience: timedelta = PATIENCE) -> Answer | None:
    """Return the object that a request created, found in the provider's lists. Raises GatewayError.

    It is found by our metadata; receipts have none, but each payment has only one offset receipt.
    """
    if request.receipt:
        receipts = gateway.receipts_of(request.receipt.attempt.provider_id or "", patience=patience)
        return next((told for told in receipts if told.is_offset), None)
    since = request.created_at - LOOK_BACK
    until = (request.first_sent_at or request.created_at) + SENT_FOR
    answers: Iterator[PaymentSnapshot | RefundSnapshot]
    if request.attempt_id:
        answers = gateway.payments_since(since, until=until, patience=patience)
        ours = {"payment_id": str(request.attempt_id)}
    else:
        answers = gateway.refunds_since(since, until=until, patience=patience)
        ours = {"refund_id": str(request.refund_id)}
    ours["env"] = settings.YOOKASSA_ENVIRONMENT
    return next((told for told in answers if ours.items() <= told.metadata.items()), None)
