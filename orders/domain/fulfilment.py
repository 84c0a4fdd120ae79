"""What a customer gets for money that came in: the places, or the money back. Never both, never neither."""

import logging
from datetime import datetime

from coworking.domain.tickets import SeatsTaken
from coworking.models import Ticket, TicketStatus
from olvery.shared.refusals import Busy
from orders.domain import locks
from orders.domain.cases import open_case
from orders.domain.gateway import Gateway
from orders.domain.holds import take_again
from orders.domain.ledger import balance_of
from orders.domain.mailing import withdraw_messages, write_messages
from orders.domain.moves import move_order, tickets_of
from orders.domain.refunds import RefundRefused, create_refund, refundable
from orders.models import CaseKind, MessageKind, Order, OrderStatus, Payment, Refund

log = logging.getLogger(__name__)

FULFIL = "orders.fulfil_payment"
BATCH = 100
ASKING_FOR_MONEY = (MessageKind.LINK, MessageKind.DEADLINE)


def fulfil_payment(payment_id: int, gateway: Gateway, *, at: datetime) -> None:
    """Confirm the order that a payment was made for, or queue a refund; may run twice. Raises Busy.

    Held or free places: confirmed. Place taken, time begun or order cancelled: the whole payment goes back.
    Paid already by another payment: the same.
    """
    with locks.short_waits():
        order = Order.objects.get(payments=payment_id)
        order.service = locks.lock_service(order.service_id)
        service, order = order.service, locks.lock_order(order.pk)
        order.service = service
        payment = locks.lock_payment(payment_id)
        payment.order = order
        if payment.status != Payment.Status.SUCCEEDED or payment.fulfilled_at:
            return
        payment.fulfilled_at = at
        payment.save(update_fields=["fulfilled_at"])
        _fulfil(payment, gateway, at=at)


def fulfil_waiting(gateway: Gateway, *, at: datetime) -> int:
    """Fulfil every payment that came in and was left, by a killed process say; return how many there were."""
    waiting = Payment.objects.filter(status=Payment.Status.SUCCEEDED, fulfilled_at=None).order_by("settled_at")
    done = 0
    for payment_id in list(waiting.values_list("pk", flat=True)[:BATCH]):
        try:
            fulfil_payment(payment_id, gateway, at=at)
            done += 1
        except Busy as busy:
            log.info("payment %s is fulfilled later: %s", payment_id, busy)
    return done


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
        open_case_of_excess(order, at=at)


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
    open_case_of_excess(order, at=at)


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
    try:
        create_refund(payment, amount, source=source, reason=str(source.label), by=None, gateway=gateway, at=at)
    except RefundRefused:
        open_case_of_excess(order, at=at)
    kinds = {
        Refund.Source.LATE_PAYMENT: CaseKind.LATE_PAYMENT,
        Refund.Source.DUPLICATE_PAYMENT: CaseKind.DUPLICATE_PAYMENT,
    }
    open_case(kinds[source], at=at, order=order, payment=payment, amount=amount)


def _was_paid_without(payment: Payment) -> bool:
    balance = balance_of(payment.order)
    return balance.paid - balance.returning - payment.amount >= balance.cost


def open_case_of_excess(order: Order, *, at: datetime) -> None:
    """Show a locked order at the money desk when we hold more than it costs."""
    excess = balance_of(order).excess
    if excess:
        open_case(CaseKind.TO_RETURN, at=at, order=order, amount=excess)
