"""Actions on the cases of «Сверка денег»: one function each, safe to call twice.

Checking again applies the provider's answer and creates nothing. Only `refund_again` moves money, and only
once for each case, because it closes the case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from accounts.models import User
from olvery.shared.jobs import later
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.money.balance import balance_of
from orders.domain.money.cases import CaseClosed, close_by_hand, close_cases, settle_case
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.facts import Mismatch, Reply
from orders.domain.online.answers import find_made, take_answer
from orders.domain.online.gateway import OUR_SETTINGS, Gateway, GatewayError, Rejected
from orders.domain.online.notifications import payment_of, take_refund
from orders.domain.online.offset_receipts import apply_receipt
from orders.domain.online.outbox import SEND
from orders.domain.online.payments import apply_payment, end_review, look_at
from orders.domain.online.refunds import RefundRefused, apply_refund, create_refund, fail_refund
from orders.domain.online.sending import PATIENCE_OF_A_PERSON
from orders.domain.online.sweep import compare_sums
from orders.models import CaseKind, MoneyCase, OffsetReceipt, PaymentAttempt, ProviderRequest, ReceiptState, Refund

LOOK_BACK = timedelta(minutes=1)
NOT_MADE = Reply(code="not_made")
State = ProviderRequest.State


class WrongAction(Refusal):
    """The action does not fit this kind of case."""


class NotConnected(Refusal):
    reason = "shop_not_connected"


class NoAnswer(Refusal):
    """The provider gave no usable answer."""


class Search(StrEnum):
    """The result of a search at the provider that found nothing of ours."""

    NOTHING_FOUND = "nothing_found"
    NO_ORDER_NAMED = "no_order_named"


# What the provider says now: a status, what differs, nothing of ours, or what is left of a payment, roubles.
Told = PaymentAttempt.Status | Refund.Status | ReceiptState | Mismatch | Search | Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    is_settled: bool
    told: Told


def check_again(*, case: MoneyCase, gateway: Gateway | None, at: datetime) -> Outcome:
    """Ask the provider about the payment or refund of a case and apply the answer; create nothing.

    The case closes if the sums agree then. Raises CaseClosed, WrongAction, NotConnected, NoAnswer, Busy.
    """
    look = LOOKS.get(case.kind)
    if look is None:
        raise WrongAction("nothing_to_ask")
    _refuse_closed(case)
    shop = _connected(gateway)
    try:
        told = look(case, shop, at)
    except GatewayError as error:
        raise _no_answer(error) from error
    return Outcome(is_settled=not MoneyCase.objects.open().filter(pk=case.pk).exists(), told=told)


def _look_at_it(case: MoneyCase, gateway: Gateway, at: datetime) -> Told:
    """Ask about the payment or the refund that the case names."""
    if case.refund:
        return _look_at_refund(case.refund, gateway, at=at)
    attempt = _named(case.attempt)
    if attempt.provider_id is None:
        return _search(ProviderRequest.objects.get(attempt=attempt), gateway, at=at)
    look_at(attempt, gateway, at=at, patience=PATIENCE_OF_A_PERSON)
    return _state_of(attempt)


def _state_of(attempt: PaymentAttempt) -> Told:
    attempt.refresh_from_db()
    if attempt.mismatch:
        return Mismatch.from_json(attempt.mismatch)
    return attempt.status


def _look_at_refund(refund: Refund, gateway: Gateway, *, at: datetime) -> Told:
    if refund.provider_id is None:
        return _search(ProviderRequest.objects.get(refund=refund), gateway, at=at)
    refund = apply_refund(refund.pk, gateway.refund(refund.provider_id, patience=PATIENCE_OF_A_PERSON), at=at)
    return refund.status


def _look_at_receipt(case: MoneyCase, gateway: Gateway, at: datetime) -> Told:
    """Ask about a receipt: of a payment, of a refund or of the service rendered."""
    if case.receipt is None:
        _look_at_it(case, gateway, at)
        asked = case.refund or _named(case.attempt)
        asked.refresh_from_db(fields=["receipt"])
        return asked.receipt
    if case.receipt.provider_id is None:
        raise WrongAction("nothing_to_ask")
    told = gateway.receipt(case.receipt.provider_id, patience=PATIENCE_OF_A_PERSON)
    return apply_receipt(case.receipt.pk, told, at=at).state


def _search_again(case: MoneyCase, gateway: Gateway, at: datetime) -> Told:
    """Search the provider's lists for the object of a lost answer; if found, it is followed like any other."""
    request = ProviderRequest.objects.get(refund=case.refund_id, receipt=case.receipt_id)
    told = _search(request, gateway, at=at)
    request.refresh_from_db()
    if request.state == State.DONE:
        close_cases(CaseKind.UNKNOWN_OUTCOME, pk=case.pk, at=at)
    return told


def _search(request: ProviderRequest, gateway: Gateway, *, at: datetime) -> Told:
    found = find_made(request, gateway, patience=PATIENCE_OF_A_PERSON)
    if found is None:
        return Search.NOTHING_FOUND
    take_answer(request, found, gateway, at=at)
    if request.refund_id:
        return Refund.Status(Refund.objects.get(pk=request.refund_id).status)
    if request.receipt_id:
        return ReceiptState(OffsetReceipt.objects.get(pk=request.receipt_id).state)
    return _state_of(_named(request.attempt))


def _look_for_unknown(case: MoneyCase, gateway: Gateway, at: datetime) -> Told:
    """Ask about a payment that nothing here referred to, and whose it is now."""
    told = gateway.payment(case.provider_id or "", patience=PATIENCE_OF_A_PERSON)
    attempt = payment_of(told)
    if attempt is None:
        return Search.NO_ORDER_NAMED
    attempt = apply_payment(attempt.pk, told, gateway, at=at)
    close_cases(CaseKind.UNKNOWN_PAYMENT, pk=case.pk, at=at)
    return _state_of(attempt)


def _compare_again(case: MoneyCase, gateway: Gateway, at: datetime) -> Told:
    """Apply what the provider knows about a payment and its refunds, then compare the sums."""
    attempt = _named(case.attempt)
    told = gateway.payment(attempt.provider_id or "", patience=PATIENCE_OF_A_PERSON)
    attempt = apply_payment(attempt.pk, told, gateway, at=at)
    for refund in gateway.refunds_of(attempt.provider_id or "", patience=PATIENCE_OF_A_PERSON):
        take_refund(refund, at=at)
    compare_sums(attempt, told, at=at)
    return told.amount - told.refunded


LOOKS: dict[CaseKind, Callable[[MoneyCase, Gateway, datetime], Told]] = {
    CaseKind.MISMATCH: _look_at_it,
    CaseKind.PAYMENT_STUCK: _look_at_it,
    CaseKind.REFUND_STUCK: _look_at_it,
    CaseKind.RECEIPT_FAILED: _look_at_receipt,
    CaseKind.UNKNOWN_OUTCOME: _search_again,
    CaseKind.UNKNOWN_PAYMENT: _look_for_unknown,
    CaseKind.DRIFT: _compare_again,
}


def refund_again(*, case: MoneyCase, by: User, gateway: Gateway | None, at: datetime) -> Refund:
    """Request a failed refund again with a new key and close the case; a job sends it.

    The second of two managers gets CaseClosed. Raises WrongAction, NotConnected, RefundRefused, Busy, too.
    """
    failed = case.refund
    if case.kind != CaseKind.REFUND_FAILED or failed is None or not failed.has_failed or case.order_id is None:
        raise WrongAction("no_failed_refund")
    shop = _connected(gateway)
    with locks.short_waits():
        order = locks.lock_order(case.order_id)
        attempt = locks.lock_attempt(failed.attempt_id)
        attempt.order = order
        close_by_hand(case, by=by, at=at)
        if failed.amount > balance_of(order).excess:
            raise RefundRefused("money_is_gone")
        source = failed.source
        refund = create_refund(attempt, failed.amount, source=source, reason=failed.reason, by=by, gateway=shop, at=at)
        MoneyCase.objects.filter(pk=case.pk).update(next_refund=refund)
        sync_refund_due_case(order, at=at)
    return refund


def try_key_now(*, case: MoneyCase, gateway: Gateway | None, at: datetime) -> int:
    """Check whether the provider accepts our key again and queue all requests that waited; return how many.

    Raises CaseClosed, WrongAction, NotConnected, NoAnswer, Busy.
    """
    if case.kind != CaseKind.MISCONFIGURED:
        raise WrongAction("not_waiting_for_settings")
    _refuse_closed(case)
    try:
        next(_connected(gateway).payments_since(at - LOOK_BACK, patience=PATIENCE_OF_A_PERSON), None)
    except GatewayError as error:
        raise _no_answer(error) from error
    with locks.short_waits():
        close_cases(CaseKind.MISCONFIGURED, at=at)
        waiting = ProviderRequest.objects.filter(state=State.QUEUED, last_status__in=OUR_SETTINGS)
        numbers = locks.lock_requests(waiting)
        ProviderRequest.objects.filter(pk__in=numbers).update(next_try_at=at)
        for number in numbers:
            later(SEND, request_id=number)
    return len(numbers)


def settle(*, case: MoneyCase, resolution: str, by: User, at: datetime) -> None:
    """Close a case as settled by a person.

    An order whose payment differed can be paid anew then, within its deadline. A refund or a receipt whose answer was
    lost counts as not made: the sum can be returned again. A refund that turns up at the provider later is applied all
    the same. A request for approval is decided, never settled by a word. Raises NoteMissing, CaseClosed, WrongAction,
    Busy.
    """
    if case.kind == CaseKind.APPROVAL:
        raise WrongAction("decided_not_settled")
    with locks.short_waits():
        if case.order_id:
            locks.lock_order(case.order_id)
        settle_case(case, resolution=resolution, by=by, at=at)
        if case.kind == CaseKind.UNKNOWN_OUTCOME:
            _let_go(case, at=at)
        elif case.kind == CaseKind.MISMATCH and case.attempt_id:
            end_review(case.attempt_id, at=at)


def _let_go(case: MoneyCase, *, at: datetime) -> None:
    """Stop waiting for the object of a lost answer. The order is locked."""
    lost = ProviderRequest.objects.filter(refund=case.refund_id, receipt=case.receipt_id, state=State.MANUAL)
    if not lost.update(state=State.REJECTED):
        return
    if case.refund:
        locks.lock_attempt(case.refund.attempt_id)
        fail_refund(case.refund.pk, NOT_MADE, at=at)
    elif case.receipt_id:
        OffsetReceipt.objects.filter(pk=case.receipt_id).update(state=ReceiptState.CANCELED)


def _refuse_closed(case: MoneyCase) -> None:
    if not MoneyCase.objects.open().filter(pk=case.pk).exists():
        raise CaseClosed


def _connected(gateway: Gateway | None) -> Gateway:
    if gateway is None:
        raise NotConnected
    return gateway


def _named(attempt: PaymentAttempt | None) -> PaymentAttempt:
    if attempt is None:
        raise WrongAction("nothing_to_ask")
    return attempt


def _no_answer(error: GatewayError) -> NoAnswer:
    if isinstance(error, Rejected) and error.is_our_settings:
        return NoAnswer("key_refused")
    if isinstance(error, Rejected) and error.is_unknown_object:
        return NoAnswer("provider_knows_nothing")
    return NoAnswer("provider_silent")
