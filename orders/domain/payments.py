"""Online payments: starting an attempt, and the one function through which every news about one goes."""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from olvery.shared.batches import one_by_one
from olvery.shared.jobs import later
from olvery.shared.refusals import Busy, Refusal
from orders.domain import locks
from orders.domain.cases import close_cases, open_case
from orders.domain.decisions import Decision, Expected, decide
from orders.domain.fulfilment import FULFIL, fulfil_payment
from orders.domain.gateway import PATIENCE, Gateway, GatewayError, PaymentSnapshot, PaymentWish, Rejected
from orders.domain.ledger import Balance, balance_of, record_charge
from orders.domain.links import can_be_paid, ensure_link, url_of
from orders.domain.outbox import queue_operation
from orders.domain.receipts import Charge, as_json, receipt_items
from orders.models import CaseKind, EventKind, Order, OrderEvent, OrderStatus, Payment, PaymentLink, ReceiptState

log = logging.getLogger(__name__)

# The provider closes its page after an hour; a new attempt is better than a page that closes in the hand.
PAGE_LIVES = timedelta(minutes=55)
# The web process sends at once; a worker takes over where it was killed in between.
HEAD_START = timedelta(seconds=15)
THROTTLE = timedelta(seconds=3)
# Minutes between two looks at an unpaid attempt: 70 minutes in all, then every hour for a day.
CHECK_WAITS = (1, 1, 2, 3, 5, 8, 13, 21, 16)
FIRST_LOOK = timedelta(minutes=CHECK_WAITS[0])
HOUR = timedelta(hours=1)
CHECKED_FOR = timedelta(hours=24)
RECEIPT_CHECKED_FOR = timedelta(days=3)
BATCH = 100


class NothingToPay(Refusal):
    """The order cannot be paid now: paid already, too late, cancelled."""


def start_payment(number: int, gateway: Gateway, *, email: str, at: datetime) -> Payment:
    """Return the attempt to pay what is due on an order: the running one, or a new one with its request stored.

    Nothing is sent yet: see `operations.send_operation`. Raises NothingToPay, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        balance, email = balance_of(order), email or order.email
        # Nothing is due on an order that waits when it was paid a moment ago and is not yet confirmed.
        if not balance.due or not can_be_paid(order, at=at, due=balance.due):
            raise NothingToPay(_("There is nothing to pay on this order."))
        last = order.payments.order_by("-attempt").first()
        if last and last.is_active:
            # The receipt goes where the request said: a corrected address needs a request of its own.
            if (last.amount, last.email) == (balance.due, email) and at - last.created_at < PAGE_LIVES:
                return last
            abandon_attempts(order, at=at)
        attempt = last.attempt + 1 if last else 1
        return _new_attempt(order, balance, attempt, gateway, email=email, at=at)


def abandon_attempts(order: Order, *, at: datetime) -> None:
    """Give up the running attempt of a locked order: it may still be paid, and then counts as paid twice."""
    Payment.objects.active().filter(order=order).update(abandoned_at=at)


def _new_attempt(
    order: Order, balance: Balance, attempt: int, gateway: Gateway, *, email: str, at: datetime
) -> Payment:
    due = balance.due
    lines = order.lines.order_by("pk")
    charges = [Charge(title=line.title, quantity=line.quantity, unit=line.unit, amount=line.amount) for line in lines]
    items = receipt_items(charges, due) if settings.YOOKASSA_RECEIPTS else ()
    payment = Payment.objects.create(
        order=order,
        attempt=attempt,
        amount=due,
        email=email,
        created_at=at,
        receipt_items=as_json(items),
        receipt_mode=_receipt_mode(order, balance),
    )
    call = gateway.payment_call(
        PaymentWish(
            amount=due,
            description=_payment_text(order),
            return_url=url_of(ensure_link(order, at=at)) + "return/",
            metadata={
                "payment_id": str(payment.pk),
                "order_id": str(order.pk),
                "env": settings.YOOKASSA_ENVIRONMENT,
            },
            email=email,
            phone=str(order.phone),
            items=items,
            payment_mode=payment.receipt_mode,
        )
    )
    queue_operation(call, payment=payment, at=at, wait=HEAD_START)
    OrderEvent.objects.create(
        order=order, kind=EventKind.PAYMENT_STARTED, at=at, data={"sum": str(due), "attempt": payment.attempt}
    )
    return payment


def _receipt_mode(order: Order, balance: Balance) -> str:
    """Return what the payment is by 54-FZ: a debt for what was rendered is no prepayment any more."""
    if order.status == OrderStatus.COMPLETED:
        return "full_payment"
    return settings.YOOKASSA_PAYMENT_MODE if balance.due == balance.cost else "partial_prepayment"


def _payment_text(order: Order) -> str:
    return f"Заказ {order.number}: {order.service_name}"[:128]


def apply_payment(payment_id: int, told: PaymentSnapshot, gateway: Gateway, *, at: datetime) -> Payment:
    """Take what the provider told about a payment; the same news twice changes nothing the second time.

    Two transactions: the money is written down first, then the customer gets the places or the money back.
    The second is done by a job where it cannot be done now.
    """
    with locks.short_waits():
        order = locks.lock_order(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
        payment = locks.lock_payment(payment_id)
        payment.order = order
        _take(payment, told, gateway, at=at)
        waits = payment.status == Payment.Status.SUCCEEDED and payment.fulfilled_at is None
        if waits:
            later(FULFIL, payment_id=payment.pk)
    if not waits:
        return payment
    try:
        fulfil_payment(payment.pk, gateway, at=at)
    except Busy as busy:
        log.info("payment %s is fulfilled by a job: %s", payment.pk, busy)
    return Payment.objects.get(pk=payment.pk)


def _take(payment: Payment, told: PaymentSnapshot, gateway: Gateway, *, at: datetime) -> None:
    verdict = decide(payment.status, expected_of(payment, gateway), told)
    if verdict.decision == Decision.REVIEW or (told.confirmation_url and not _may_send_to(told.confirmation_url)):
        _review(payment, verdict.why or f"page {told.confirmation_url}", at=at)
        return
    payment.provider_id = told.id
    if payment.review_reason:
        payment.review_reason = ""
        close_cases(CaseKind.MISMATCH, payment=payment, at=at)
    if verdict.decision == Decision.PEND:
        payment.status, payment.provider_status = Payment.Status.PENDING, told.status
        payment.confirmation_url = told.confirmation_url or payment.confirmation_url
        payment.next_check_at = payment.next_check_at or at + FIRST_LOOK
    elif verdict.decision == Decision.SUCCEED:
        _succeed(payment, told, at=at)
    elif verdict.decision == Decision.CANCEL:
        _cancel(payment, told, at=at)
    elif verdict.decision == Decision.REFRESH:
        _refresh(payment, told, at=at)
    payment.save()


def _succeed(payment: Payment, told: PaymentSnapshot, *, at: datetime) -> None:
    payment.status = Payment.Status.SUCCEEDED
    payment.settled_at = told.captured_at or at
    payment.cancel_party = payment.cancel_reason = ""
    payment.checks, payment.next_check_at = 0, None  # from here on only the receipt is awaited
    payment.save()
    _refresh(payment, told, at=at)
    record_charge(payment, at=at)
    data = {"sum": str(payment.amount), "method": "online", "attempt": payment.attempt}
    OrderEvent.objects.create(order=payment.order, kind=EventKind.PAID, at=at, data=data)
    close_cases(CaseKind.PAYMENT_STUCK, CaseKind.UNKNOWN_OUTCOME, payment=payment, at=at)


def _cancel(payment: Payment, told: PaymentSnapshot, *, at: datetime) -> None:
    payment.status, payment.provider_status = Payment.Status.CANCELED, told.status
    payment.cancel_party, payment.cancel_reason = told.cancel_party[:40], told.cancel_reason[:60]
    payment.settled_at, payment.next_check_at = at, None
    data = {"sum": str(payment.amount), "reason": payment.cancel_reason, "attempt": payment.attempt}
    OrderEvent.objects.create(order=payment.order, kind=EventKind.PAYMENT_CANCELED, at=at, data=data)
    close_cases(CaseKind.PAYMENT_STUCK, CaseKind.UNKNOWN_OUTCOME, payment=payment, at=at)


def _refresh(payment: Payment, told: PaymentSnapshot, *, at: datetime) -> None:
    payment.provider_status = told.status
    payment.method_title = told.method_title[:100]
    receipt = told.receipt_registration
    payment.receipt = receipt if receipt in ReceiptState.values else ReceiptState.PENDING
    is_awaited = payment.receipt == ReceiptState.PENDING
    payment.next_check_at = (payment.next_check_at or at + FIRST_LOOK) if is_awaited else None
    if payment.receipt == ReceiptState.CANCELED:
        open_case(CaseKind.RECEIPT_FAILED, at=at, order=payment.order, payment=payment, amount=payment.amount)
    elif payment.receipt == ReceiptState.SUCCEEDED:
        close_cases(CaseKind.RECEIPT_FAILED, payment=payment, at=at)


def _review(payment: Payment, why: str, *, at: datetime) -> None:
    """Change nothing about the money and show the case to a person."""
    payment.review_reason, payment.next_check_at = why[:200], None
    payment.save(update_fields=["review_reason", "next_check_at"])
    open_case(CaseKind.MISMATCH, at=at, order=payment.order, payment=payment, amount=payment.amount, details=why)


def fail_payment(payment_id: int, why: str, *, at: datetime) -> None:
    """Close an attempt that the provider refused to create. Call it within a transaction."""
    failed = Payment.objects.filter(pk=payment_id, status=Payment.Status.CREATED)
    if failed.update(status=Payment.Status.FAILED, cancel_reason=why[:60], settled_at=at, next_check_at=None):
        payment = Payment.objects.get(pk=payment_id)
        data = {"sum": str(payment.amount), "reason": why[:100], "attempt": payment.attempt}
        OrderEvent.objects.create(order_id=payment.order_id, kind=EventKind.PAYMENT_CANCELED, at=at, data=data)


def expected_of(payment: Payment, gateway: Gateway) -> Expected:
    """Return what this payment must look like at the provider."""
    return Expected(
        payment_id=payment.pk,
        provider_id=payment.provider_id,
        amount=payment.amount,
        shop_id=gateway.shop_id,
        test=gateway.is_test,
        environment=settings.YOOKASSA_ENVIRONMENT,
    )


def _may_send_to(url: str) -> bool:
    parts = urlsplit(url)
    allowed = settings.YOOKASSA_CHECKOUT_HOSTS
    return parts.netloc in allowed or any((parts.hostname or "").endswith(f".{host}") for host in allowed)


def look_at(payment: Payment, gateway: Gateway, *, at: datetime, patience: timedelta = PATIENCE) -> Payment:
    """Ask the provider about a payment and take the answer. Raises GatewayError, Busy."""
    if payment.provider_id is None:
        return payment
    try:
        told = gateway.payment(payment.provider_id, patience=patience)
    except Rejected as error:
        if not error.is_unknown_object:
            raise
        with locks.short_waits():
            locks.lock_order(payment.order_id)
            _review(locks.lock_payment(payment.pk), "unknown to the provider", at=at)
        return payment
    return apply_payment(payment.pk, told, gateway, at=at)


def look_for_customer(link: PaymentLink, gateway: Gateway, *, at: datetime, patience: timedelta) -> None:
    """Ask about the order's open attempts, at most once in three seconds however often the page is opened.

    The provider's silence is no news: the page says so, and the jobs go on asking. Raises nothing.
    """
    fresh = Q(fetched_at=None) | Q(fetched_at__lte=at - THROTTLE)
    for payment in Payment.objects.unsettled().filter(order=link.order_id, provider_id__isnull=False):
        if Payment.objects.filter(fresh, pk=payment.pk).update(fetched_at=at):
            try:
                look_at(payment, gateway, at=at, patience=patience)
            except (GatewayError, Busy) as error:
                log.info("payment %s could not be looked at: %s", payment.pk, error)


def check_payments(gateway: Gateway, *, at: datetime) -> int:
    """Look at every payment whose time has come; return how many were looked at."""
    due = due_payments(at)[:BATCH]
    return one_by_one(due, lambda payment, moment: _check(payment, gateway, at=moment), at=at)


def due_payments(at: datetime) -> QuerySet[Payment]:
    """Return the payments whose time to be looked at has come."""
    return Payment.objects.filter(next_check_at__lte=at, provider_id__isnull=False).order_by("next_check_at")


def _check(payment: Payment, gateway: Gateway, *, at: datetime) -> bool:
    wait = timedelta(minutes=CHECK_WAITS[payment.checks]) if payment.checks < len(CHECK_WAITS) else HOUR
    mine = Payment.objects.filter(pk=payment.pk, next_check_at=payment.next_check_at)
    if not mine.update(next_check_at=at + wait, checks=min(payment.checks + 1, len(CHECK_WAITS))):
        return False
    try:
        payment = look_at(payment, gateway, at=at)
    except (GatewayError, Busy) as error:
        log.warning("payment %s could not be checked: %s", payment.pk, error)
    limit = CHECKED_FOR if payment.is_open else RECEIPT_CHECKED_FOR
    if payment.next_check_at and at - payment.created_at > limit:
        _stop_checking(payment, at=at)
    return True


def _stop_checking(payment: Payment, *, at: datetime) -> None:
    with locks.short_waits():
        Payment.objects.filter(pk=payment.pk).update(next_check_at=None)
        kind = CaseKind.PAYMENT_STUCK if payment.is_open else CaseKind.RECEIPT_FAILED
        open_case(kind, at=at, order=payment.order, payment=payment, amount=payment.amount)
