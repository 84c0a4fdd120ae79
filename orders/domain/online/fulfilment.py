"""Fulfilment of a payment: the order is confirmed, or the money goes back. Never both, never neither."""

import contextlib
from datetime import datetime

from django.db import transaction

from coworking.domain import tickets
from coworking.domain.tickets import SeatsTaken
from coworking.models import TicketStatus
from olvery.shared.batches import one_by_one
from olvery.shared.money import NO_MONEY
from orders.domain import locks
from orders.domain.booking.deadlines import restore_places
from orders.domain.booking.passes import use_again
from orders.domain.booking.transitions import change_status, tickets_of
from orders.domain.messages import About, write_messages
from orders.domain.money.balance import balance_of, refundable
from orders.domain.money.cases import open_case
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.pass_books import PassRefused
from orders.domain.money.promo_uses import PromoRefused, take_use
from orders.domain.online.gateway import Gateway
from orders.domain.online.offset_receipts import write_offset_receipts
from orders.domain.online.refunds import RefundRefused, create_refund
from orders.models import CaseKind, MessageKind, Order, OrderStatus, PaymentAttempt, Refund

FULFIL = "orders.fulfil_payment"
BATCH = 100
# Payments that a person is to know of although they go back by themselves.
CASES = {
    Refund.Source.LATE_PAYMENT: CaseKind.LATE_PAYMENT,
    Refund.Source.DUPLICATE_PAYMENT: CaseKind.DUPLICATE_PAYMENT,
}


def fulfil_payment(attempt_id: int, gateway: Gateway, *, at: datetime) -> bool:
    """Confirm the order of a payment or queue a refund; return whether this call did. Raises Busy.

    It is confirmed if the places are held or free and the whole price is there: a payment already returned in the
    provider's cabinet gives no places. The payment is returned if the places are taken, the period has begun, the
    order is cancelled, or another payment has paid for it. What it holds beyond the cost is returned too: the order
    became cheaper, or was paid in part at the desk, while the payment was under way.
    """
    with locks.short_waits():
        order = locks.lock_order_and_services(
            PaymentAttempt.objects.values_list("order_id", flat=True).get(pk=attempt_id)
        )
        attempt = locks.lock_attempt(attempt_id)
        attempt.order = order
        if attempt.status != PaymentAttempt.Status.SUCCEEDED or attempt.fulfilled_at:
            return False
        attempt.fulfilled_at = at
        attempt.save(update_fields=["fulfilled_at"])
        _fulfil(attempt, gateway, at=at)
    return True


def fulfil_waiting(gateway: Gateway, *, at: datetime) -> int:
    """Fulfil every payment left over, for example by a killed process; return how many."""
    numbers = list(PaymentAttempt.objects.unfulfilled().order_by("settled_at").values_list("pk", flat=True)[:BATCH])
    return one_by_one(numbers, lambda number, moment: fulfil_payment(number, gateway, at=moment), at=at)


def _fulfil(attempt: PaymentAttempt, gateway: Gateway, *, at: datetime) -> None:
    order, balance = attempt.order, balance_of(attempt.order)
    if not refundable(attempt):  # all of it went back before we knew that it had come
        pass
    elif order.status == OrderStatus.AWAITING_PAYMENT and balance.at_hand < balance.cost:
        pass  # it still waits for the rest, and returns this part if the rest is late
    elif order.status == OrderStatus.AWAITING_PAYMENT:
        confirm_order(order, paid_by=About(attempt=attempt), at=at)
        _give_back(attempt, Refund.Source.EXCESS, gateway, at=at)
    elif order.status == OrderStatus.CANCELLED:
        _give_back(attempt, Refund.Source.LATE_PAYMENT, gateway, at=at)
    elif order.status == OrderStatus.EXPIRED:
        _fulfil_late(attempt, gateway, at=at)
    elif _was_paid_without(attempt):
        _give_back(attempt, Refund.Source.DUPLICATE_PAYMENT, gateway, at=at)
    else:
        write_messages(order, [MessageKind.PAID], at=at, about=About(attempt=attempt))
        _give_back(attempt, Refund.Source.EXCESS, gateway, at=at)
        if order.status == OrderStatus.COMPLETED:  # the payment page was opened before, as one of a prepayment
            write_offset_receipts(order, gateway, at=at)
    sync_refund_due_case(order, at=at)


def confirm_order(order: Order, *, paid_by: About, at: datetime) -> None:
    """Confirm a locked order that waited for its payment: its held tickets become active.

    `paid_by` is the payment or entry that the customer is notified of, once.
    """
    change_status(order, OrderStatus.CONFIRMED, by=None, at=at)
    tickets.activate(tickets_of(order))
    write_messages(order, [MessageKind.PAID], at=at, about=paid_by)


def _fulfil_late(attempt: PaymentAttempt, gateway: Gateway, *, at: datetime) -> None:
    order, balance = attempt.order, balance_of(attempt.order)
    is_theirs = order.customer.erased_at is None  # an erased person gets no places, see the trigger
    if is_theirs and order.period.start > at and balance.at_hand >= balance.total:
        try:
            with transaction.atomic():
                restore_places(order, status=TicketStatus.ACTIVE, held_until=None, by=None, at=at)
                take_use(order, by=None, at=at)
                use_again(order, by=None, at=at)
        except (SeatsTaken, PromoRefused, PassRefused):
            pass
        else:
            change_status(order, OrderStatus.CONFIRMED, by=None, at=at)
            write_messages(order, [MessageKind.PAID], at=at, about=About(attempt=attempt))
            _give_back(attempt, Refund.Source.EXCESS, gateway, at=at)
            return
    _give_back(attempt, Refund.Source.LATE_PAYMENT, gateway, at=at)


def _give_back(attempt: PaymentAttempt, source: Refund.Source, gateway: Gateway, *, at: datetime) -> None:
    order = attempt.order
    # Other payments that wait for their turn return their own part of the excess.
    others = sum(map(refundable, PaymentAttempt.objects.unfulfilled().filter(order=order)), NO_MONEY)
    # A manager may have cancelled since the payment: what was kept or returned then stays so.
    amount = min(refundable(attempt), balance_of(order).excess - others)
    if amount <= 0:
        return
    # A refused refund, for example of less than a rouble, stays a case for a person.
    with contextlib.suppress(RefundRefused), transaction.atomic():
        create_refund(attempt, amount, source=source, by=None, gateway=gateway, at=at)
    if kind := CASES.get(source):
        open_case(kind, at=at, order=order, attempt=attempt, amount=amount)


def _was_paid_without(attempt: PaymentAttempt) -> bool:
    balance = balance_of(attempt.order)
    return balance.at_hand - refundable(attempt) >= balance.cost
