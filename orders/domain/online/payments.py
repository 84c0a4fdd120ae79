"""Online payments: starting an attempt, and applying every answer about one."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from coworking.models import Seller
from olvery.shared.jobs import later
from olvery.shared.refusals import Busy, Refusal
from orders.domain import locks
from orders.domain.booking.terms import accept_terms
from orders.domain.money.balance import Balance, balance_of
from orders.domain.money.cases import close_cases, is_settled, update_mismatch
from orders.domain.money.facts import Difference, DifferenceField, Mismatch, differing, facts_as_json
from orders.domain.money.ledger import record_charge
from orders.domain.money.receipts import as_json, receipt_items
from orders.domain.money.summary import store_summary
from orders.domain.money.tax import tax_of_charge
from orders.domain.online import polling
from orders.domain.online.charges import charges_of
from orders.domain.online.fulfilment import FULFIL, fulfil_payment
from orders.domain.online.gateway import (
    PATIENCE,
    Gateway,
    GatewayError,
    OutcomeUnknown,
    PaymentSnapshot,
    PaymentWish,
    RefundSnapshot,
    Rejected,
)
from orders.domain.online.links import can_be_paid, ensure_link, url_of
from orders.domain.online.outbox import queue_request
from orders.domain.online.refunds import record_external_refund
from orders.domain.online.verdicts import Expected, VerdictKind, decide
from orders.models import CaseKind, EventKind, Order, OrderEvent, PaymentAttempt, PaymentLink

log = logging.getLogger(__name__)

# The provider closes its page after an hour; a new attempt is better than a page that is about to close.
PAGE_LIVES = timedelta(minutes=55)
# A link starts no more than this, counted in the rows of its locked order.
MOST_ATTEMPTS, ATTEMPTS_SPAN = 5, timedelta(minutes=10)
# The web process sends at once; a worker takes over if it was killed.
HEAD_START = timedelta(seconds=15)
THROTTLE = timedelta(seconds=3)
# Waits between two polls of an unpaid attempt: 70 minutes in total, then every hour for a day.
CHECK_WAITS = tuple(timedelta(minutes=wait) for wait in (1, 1, 2, 3, 5, 8, 13, 21, 16, 60))
CHECKED_FOR = timedelta(hours=24)
RECEIPT_CHECKED_FOR = timedelta(days=3)


class NothingToPay(Refusal):
    """The order cannot be paid now: it is already paid, too late or cancelled."""

    reason = "nothing_to_pay"


class TooManyAttempts(Refusal):
    """An order's link has started MOST_ATTEMPTS within ATTEMPTS_SPAN: it may not be the customer who has it."""

    reason = "too_many_attempts"


def start_payment(
    number: int, gateway: Gateway, *, email: str, at: datetime, terms: Collection[int] | None = None
) -> PaymentAttempt:
    """Return the running attempt for the sum due on an order, or a new one with its request stored.

    Without an e-mail the receipt goes to that of the running attempt, else of the order. `terms` are the editions that
    the payer was shown and accepts; None if the customer accepted them when booking.
    Nothing is sent yet: see `sending.send_request`. Raises NothingToPay, DocumentChanged, TooManyAttempts, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        balance = balance_of(order)
        if not can_be_paid(order, balance, at=at):
            raise NothingToPay
        if terms is not None:
            accept_terms(order, terms, at=at)
        latest = list(order.attempts.order_by("-number")[:MOST_ATTEMPTS])
        last = latest[0] if latest else None
        email = email or receipt_email(order, last)
        # The receipt goes to the e-mail in the request: a different e-mail needs a new attempt.
        is_same = last is not None and (last.amount, last.email) == (balance.due, email)
        if last and last.is_active and is_same and at - last.created_at < PAGE_LIVES and _is_tax_of(last, order, at):
            return last
        if len(latest) == MOST_ATTEMPTS and latest[-1].created_at > at - ATTEMPTS_SPAN:
            raise TooManyAttempts
        if last and last.is_active:
            abandon_attempts(order, at=at)
        number = last.number + 1 if last else 1
        return _new_attempt(order, balance, number, gateway, email=email, at=at)


def _is_tax_of(last: PaymentAttempt, order: Order, at: datetime) -> bool:
    """Whether the receipt of an attempt has the tax of a charge now: it may change at midnight."""
    day_at = order.location.day_at
    if day_at(last.created_at) == day_at(at):
        return True
    return tax_of_charge(order, at=last.created_at) == tax_of_charge(order, at=at)


def receipt_email(order: Order, last: PaymentAttempt | None) -> str:
    """Return where the receipt goes unless the customer names another e-mail; may be empty."""
    return last.email if last and last.is_active else order.email


def abandon_attempts(order: Order, *, at: datetime) -> None:
    """Abandon the running attempt of a locked order: it may still be paid, and then counts as a double payment."""
    if PaymentAttempt.objects.active().filter(order=order).update(abandoned_at=at):
        store_summary(order)


def _new_attempt(
    order: Order, balance: Balance, number: int, gateway: Gateway, *, email: str, at: datetime
) -> PaymentAttempt:
    due, tax = balance.due, tax_of_charge(order, at=at)
    items = receipt_items(charges_of(order, balance, tax), due) if settings.YOOKASSA_RECEIPTS else ()
    attempt = PaymentAttempt.objects.create(
        order=order,
        number=number,
        amount=due,
        email=email,
        created_at=at,
        receipt_items=as_json(items),
        tax_system=tax.tax_system,
        shop_id=_shop_of(order) or gateway.shop_id,
    )
    store_summary(order)
    call = gateway.call(
        PaymentWish(
            amount=due,
            description=_payment_text(order),
            return_url=url_of(ensure_link(order, at=at)) + "return/",
            metadata={
                "payment_id": str(attempt.pk),
                "order_id": str(order.pk),
                "env": settings.YOOKASSA_ENVIRONMENT,
            },
            email=email,
            phone=str(order.phone),
            items=items,
            tax_system=attempt.tax_system,
        )
    )
    queue_request(call, attempt=attempt, at=at, wait=HEAD_START)
    OrderEvent.objects.create(
        order=order, kind=EventKind.PAYMENT_STARTED, at=at, data={"sum": str(due), "attempt": attempt.number}
    )
    return attempt


def _shop_of(order: Order) -> str:
    """Return the number of the seller's own shop, empty without one."""
    return Seller.objects.filter(location=order.location_id).values_list("shop_id", flat=True).first() or ""


def _payment_text(order: Order) -> str:
    return f"Заказ {order.number}: {order.service_name}"[:128]


def apply_payment(
    attempt_id: int, told: PaymentSnapshot, gateway: Gateway, *, at: datetime, patience: timedelta = PATIENCE
) -> PaymentAttempt:
    """Apply the provider's answer about a payment; the same answer twice changes nothing the second time.

    Two transactions: the first records the money, including refunds already made, the second confirms the
    order or returns the money. A job runs the second if it cannot be done now. Raises OutcomeUnknown, Busy.
    """
    known = PaymentAttempt.objects.get(pk=attempt_id)
    gone = _gone_already(known, told, gateway, patience=patience)
    with locks.short_waits():
        order = locks.lock_order(known.order_id)
        attempt = locks.lock_attempt(attempt_id)
        attempt.order = order
        _take(attempt, told, gateway, at=at)
        for refund in gone:
            record_external_refund(attempt, refund, at=at)
        waits = attempt.status == PaymentAttempt.Status.SUCCEEDED and attempt.fulfilled_at is None
        if waits:
            later(FULFIL, attempt_id=attempt.pk)
    if not waits:
        return attempt
    try:
        fulfil_payment(attempt.pk, gateway, at=at)
    except Busy as busy:
        log.info("payment %s is fulfilled by a job: %s", attempt.pk, busy)
    return PaymentAttempt.objects.get(pk=attempt.pk)


def _gone_already(
    attempt: PaymentAttempt, told: PaymentSnapshot, gateway: Gateway, *, patience: timedelta
) -> tuple[RefundSnapshot, ...]:
    """Return the refunds that were made before we knew of the payment. Raises OutcomeUnknown.

    The order must not be confirmed by money that is no longer there.
    """
    if not told.refunded or decide(attempt.status, expected_of(attempt, gateway), told).kind != VerdictKind.SUCCEED:
        return ()
    try:
        refunds = tuple(one for one in gateway.refunds_of(told.id, patience=patience) if one.status == "succeeded")
    except GatewayError as error:
        raise OutcomeUnknown(error.text, status=error.status) from error
    if sum(one.amount for one in refunds) < told.refunded:
        raise OutcomeUnknown(f"{told.refunded} of payment {told.id} went back, and the list of refunds lacks some")
    return refunds


def _take(attempt: PaymentAttempt, told: PaymentSnapshot, gateway: Gateway, *, at: datetime) -> None:
    verdict = decide(attempt.status, expected_of(attempt, gateway), told)
    if different := verdict.differences or _foreign_page(told):
        facts = Mismatch(differences=different, status=told.status, returned=told.refunded or None)
        _review(attempt, facts, amount=told.amount, at=at)
        return
    attempt.provider_id = told.id
    if attempt.mismatch:
        attempt.mismatch = None
        close_cases(CaseKind.MISMATCH, attempt=attempt, at=at)
    if verdict.kind == VerdictKind.PEND:
        attempt.status, attempt.provider_status = PaymentAttempt.Status.PENDING, told.status
        attempt.confirmation_url = told.confirmation_url or attempt.confirmation_url
        attempt.next_check_at = attempt.next_check_at or at + polling.FIRST_LOOK
    elif verdict.kind == VerdictKind.SUCCEED:
        _succeed(attempt, told, at=at)
    elif verdict.kind == VerdictKind.CANCEL:
        _cancel(attempt, told, at=at)
    elif verdict.kind == VerdictKind.REFRESH:
        _refresh(attempt, told, at=at)
    attempt.save()


def _succeed(attempt: PaymentAttempt, told: PaymentSnapshot, *, at: datetime) -> None:
    attempt.status = PaymentAttempt.Status.SUCCEEDED
    attempt.settled_at = told.captured_at or at
    attempt.cancel_party = attempt.cancel_reason = ""
    attempt.checks, attempt.next_check_at = 0, None  # from here on only the receipt is awaited
    attempt.save()
    _refresh(attempt, told, at=at)
    record_charge(attempt, at=at)
    data = {"sum": str(attempt.amount), "method": "online", "attempt": attempt.number}
    OrderEvent.objects.create(order=attempt.order, kind=EventKind.PAID, at=at, data=data)
    close_cases(CaseKind.PAYMENT_STUCK, CaseKind.UNKNOWN_OUTCOME, attempt=attempt, at=at)


def _cancel(attempt: PaymentAttempt, told: PaymentSnapshot, *, at: datetime) -> None:
    attempt.status, attempt.provider_status = PaymentAttempt.Status.CANCELED, told.status
    attempt.cancel_party, attempt.cancel_reason = told.cancel_party[:40], told.cancel_reason[:60]
    attempt.settled_at, attempt.next_check_at = at, None
    attempt.save()
    store_summary(attempt.order)
    data = {"sum": str(attempt.amount), "reason": attempt.cancel_reason, "attempt": attempt.number}
    OrderEvent.objects.create(order=attempt.order, kind=EventKind.PAYMENT_CANCELED, at=at, data=data)
    close_cases(CaseKind.PAYMENT_STUCK, CaseKind.UNKNOWN_OUTCOME, attempt=attempt, at=at)


def _refresh(attempt: PaymentAttempt, told: PaymentSnapshot, *, at: datetime) -> None:
    attempt.provider_status = told.status
    attempt.method_title = told.method_title[:100]
    polling.take_receipt(attempt, told.receipt_registration, at=at)


def _review(attempt: PaymentAttempt, facts: Mismatch, *, amount: Decimal, at: datetime) -> None:
    """Leave the money alone and show the case to a person, unless one has settled it."""
    settled = is_settled(CaseKind.MISMATCH, facts, attempt=attempt)
    attempt.mismatch, attempt.next_check_at = None if settled else facts_as_json(facts), None
    attempt.save(update_fields=["mismatch", "next_check_at"])
    if not settled:
        update_mismatch(attempt, facts, amount=amount, at=at)


def end_review(attempt_id: int, *, at: datetime) -> None:
    """Let the customer pay again: a person has settled what differed about this payment. Its order is locked.

    If the payment fits after all, its money is accepted like that of any abandoned attempt.
    """
    attempt = locks.lock_attempt(attempt_id)
    attempt.mismatch = None
    if attempt.is_active:
        attempt.abandoned_at = at
    attempt.save(update_fields=["mismatch", "abandoned_at"])
    store_summary(attempt.order)


def fail_payment(attempt_id: int, why: str, *, at: datetime) -> None:
    """Close an attempt that the provider refused to create. Call it within a transaction."""
    order = locks.lock_order(PaymentAttempt.objects.values_list("order_id", flat=True).get(pk=attempt_id))
    failed = PaymentAttempt.objects.filter(pk=attempt_id, status=PaymentAttempt.Status.CREATED)
    if failed.update(status=PaymentAttempt.Status.FAILED, cancel_reason=why[:60], settled_at=at, next_check_at=None):
        attempt = PaymentAttempt.objects.get(pk=attempt_id)
        data = {"sum": str(attempt.amount), "reason": why[:100], "attempt": attempt.number}
        OrderEvent.objects.create(order=order, kind=EventKind.PAYMENT_CANCELED, at=at, data=data)
        store_summary(order)


def expected_of(attempt: PaymentAttempt, gateway: Gateway) -> Expected:
    """Return what this payment must look like at the provider."""
    return Expected(
        attempt_id=attempt.pk,
        provider_id=attempt.provider_id,
        amount=attempt.amount,
        shop_id=attempt.shop_id or gateway.shop_id,
        test=gateway.is_test,
        environment=settings.YOOKASSA_ENVIRONMENT,
    )


def _foreign_page(told: PaymentSnapshot) -> tuple[Difference, ...]:
    """Return a foreign payment page, which no customer is sent to, as a difference."""
    parts, allowed = urlsplit(told.confirmation_url), settings.YOOKASSA_CHECKOUT_HOSTS
    may_go = parts.netloc in allowed or any((parts.hostname or "").endswith(f".{host}") for host in allowed)
    return () if may_go else differing((DifferenceField.PAGE, "", told.confirmation_url))


def look_at(
    attempt: PaymentAttempt, gateway: Gateway, *, at: datetime, patience: timedelta = PATIENCE
) -> PaymentAttempt:
    """Ask the provider about a payment and apply the answer. Raises GatewayError, Busy."""
    if attempt.provider_id is None:
        return attempt
    try:
        told = gateway.payment(attempt.provider_id, patience=patience)
    except Rejected as error:
        if not error.is_unknown_object:
            raise
        with locks.short_waits():
            locks.lock_order(attempt.order_id)
            unknown = Mismatch(differences=differing((DifferenceField.ID, attempt.provider_id, "")))
            _review(locks.lock_attempt(attempt.pk), unknown, amount=attempt.amount, at=at)
        return attempt
    return apply_payment(attempt.pk, told, gateway, at=at, patience=patience)


def look_for_customer(link: PaymentLink, gateway: Gateway, *, at: datetime, patience: timedelta) -> None:
    """Ask about the order's open attempts, at most once in three seconds, however often the page is opened.

    Without an answer the page says so, and the jobs keep asking. Never raises.
    """
    fresh = Q(fetched_at=None) | Q(fetched_at__lte=at - THROTTLE)
    for attempt in PaymentAttempt.objects.unsettled().filter(order=link.order_id, provider_id__isnull=False):
        if PaymentAttempt.objects.filter(fresh, pk=attempt.pk).update(fetched_at=at):
            try:
                look_at(attempt, gateway, at=at, patience=patience)
            except (GatewayError, Busy) as error:
                log.info("payment %s could not be looked at: %s", attempt.pk, error)


def check_payments(gateway: Gateway, *, at: datetime) -> int:
    """Poll every attempt that is due; return how many."""
    return polling.poll(
        PaymentAttempt,
        waits=CHECK_WAITS,
        look=lambda attempt, moment: look_at(attempt, gateway, at=moment),
        gives_up_at=lambda attempt: attempt.created_at + (CHECKED_FOR if attempt.is_open else RECEIPT_CHECKED_FOR),
        kind=lambda attempt: CaseKind.PAYMENT_STUCK if attempt.is_open else CaseKind.RECEIPT_FAILED,
        at=at,
    )
