"""What a customer gets for money that came in: the places, or the money back. Never both, never neither."""

import contextlib
from datetime import datetime

from coworking.domain.tickets import SeatsTaken
from coworking.models import Ticket, TicketStatus
from olvery.shared.batches import one_by_one
from orders.domain import locks
from orders.domain.cases import open_case
from orders.domain.excess import show_excess
from orders.domain.gateway import Gateway
from orders.domain.holds import take_again
from orders.domain.ledger import balance_of
from orders.domain.mailing import withdraw_messages, write_messages
from orders.domain.moves import move_order, tickets_of
from orders.domain.refunds import RefundRefused, create_refund, refundable
from orders.models import CaseKind, MessageKind, Order, OrderStatus, Payment, Refund

FULFIL = "orders.fulfil_payment"
BATCH = 100
ASKING_FOR_MONEY = (MessageKind.LINK, MessageKind.DEADLINE)


def fulfil_payment(payment_id: int, gateway: Gateway, *, at: datetime) -> bool:
    """Confirm the order that a payment was made for, or queue a refund; return whether this call did. Raises Busy.

    Held or free places: confirmed. Place taken, time begun or order cancelled: the whole payment goes back.
    Paid already by another payment: the same.
    """
    with locks.short_waits():
        order = locks.lock_order_and_service(Payment.objects.values_list("order_id", flat=True).get(pk=payment_id))
        payment = locks.lock_payment(payment_id)
        payment.order = order
        if payment.status != Payment.Status.SUCCEEDED or payment.fulfilled_at:
            return False
        payment.fulfilled_at = at
        payment.save(update_fields=["fulfilled_at"])
        _fulfil(payment, gateway, at=at)
    return True


def fulfil_waiting(gateway: Gateway, *, at: datetime) -> int:
    """Fulfil every payment that came in and was left, by a killed process say; return how many there were."""
    waiting = Payment.objects.filter(status=Payment.Status.SUCCEEDED, fulfilled_at=None).order_by("settled_at")
    numbers = list(waiting.values_list("pk", flat=True)[:BATCH])
    return one_by_one(numbers, lambda number, moment: fulfil_payment(number, gateway, at=moment), at=at)


def _fulfil(payment: Payment, gateway: Gateway, *, at: datetime) -> None:
    order = payment.order
    if order.status == OrderStatus.AWAITING_PAYMENT:
        confirm_order(order, paid_by=f"payment {payment.pk}", at=at)
    elif order.status == OrderStatus.CANCELLED:
        _give_back(payment, Refund.Source.LATE_PAYMENT, gateway, at=at)
    elif order.status == OrderStatus.EXPIRED:
        _fulfil_late(payment, gateway, at=at)
    elif _was_paid_without(payment):
        _give_back(payment, Refund.Source.DUPLICATE_PAYMENT, gateway, at=at)
    else:
        write_messages(order, [MessageKind.PAID], at=at, about=f"payment {payment.pk}")
        show_excess(order, at=at)


def confirm_order(order: Order, *, paid_by: str, at: datetime) -> None:
    """Confirm a locked order that waited for its payment: its held places become active.

    `paid_by` names the payment or entry, of which the customer is told once.
    """
    move_order(order, OrderStatus.CONFIRMED, by=None, at=at)
    Ticket.objects.filter(number__in=tickets_of(order), status=TicketStatus.HELD).update(
        status=TicketStatus.ACTIVE, hold_until=None
    )
    withdraw_messages(order, ASKING_FOR_MONEY)
    write_messages(order, [MessageKind.PAID], at=at, about=paid_by)
    show_excess(order, at=at)


def _fulfil_late(payment: Payment, gateway: Gateway, *, at: datetime) -> None:
    order = payment.order
    if order.time.start > at:
        try:
            take_again(order, status=TicketStatus.ACTIVE, hold_until=None, by=None, at=at)
        except SeatsTaken:
            pass
        else:
            move_order(order, OrderStatus.CONFIRMED, by=None, at=at)
            write_messages(order, [MessageKind.PAID], at=at, about=f"payment {payment.pk}")
            return
    _give_back(payment, Refund.Source.LATE_PAYMENT, gateway, at=at)


def _give_back(payment: Payment, source: Refund.Source, gateway: Gateway, *, at: datetime) -> None:
    order = payment.order
    # Between the payment and now a manager may have cancelled: what the order keeps, or gave back, is decided.
    amount = min(refundable(payment), balance_of(order).excess)
    if not amount:
        return
    # What cannot go back by itself, less than a rouble say, stays a line for a person.
    with contextlib.suppress(RefundRefused):
        create_refund(payment, amount, source=source, reason=str(source.label), by=None, gateway=gateway, at=at)
    show_excess(order, at=at)
    kinds = {
        Refund.Source.LATE_PAYMENT: CaseKind.LATE_PAYMENT,
        Refund.Source.DUPLICATE_PAYMENT: CaseKind.DUPLICATE_PAYMENT,
    }
    open_case(kinds[source], at=at, order=order, payment=payment, amount=amount)


def _was_paid_without(payment: Payment) -> bool:
    balance = balance_of(payment.order)
    return balance.paid - balance.returning - payment.amount >= balance.cost
