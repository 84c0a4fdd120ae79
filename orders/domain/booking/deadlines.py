"""Deadlines of unpaid orders: extending them, warning of them, reactivating expired orders."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from coworking.domain import tickets
from coworking.domain.tickets import NoSuchSeat, SeatsTaken
from coworking.models import TicketStatus
from olvery.shared.batches import one_by_one
from olvery.shared.refusals import Busy
from olvery.shared.rows import refused_as
from orders.domain import locks
from orders.domain.booking import extra_stock
from orders.domain.booking.payment_terms import deadline_for
from orders.domain.booking.transitions import TransitionRefused, change_status, services_of, tickets_of
from orders.domain.messages import About, write_messages
from orders.domain.money import pass_books
from orders.domain.money.balance import balance_of
from orders.domain.money.excess import sync_refund_due_case
from orders.models import EventKind, MessageKind, Order, OrderEvent, OrderStatus

log = logging.getLogger(__name__)

BATCH = 200
# The customer is not to blame while the provider does not answer.
KEPT_AT_LEAST = timedelta(minutes=10)
ALMOST_OVER = timedelta(minutes=2)
KEPT_AT_MOST = timedelta(hours=1)
# The warning comes when a quarter of the time is left, but not earlier than this.
WARNED_AT_MOST = timedelta(hours=2)
JUST_WARNED = timedelta(minutes=30)


def extend_for_outage(number: int, *, since: datetime, at: datetime) -> None:
    """Extend a deadline that is near by ten minutes while the provider does not answer; at most an hour in all."""
    until = min(at + KEPT_AT_LEAST, since + KEPT_AT_MOST)
    try:
        with locks.short_waits():
            order = locks.lock_order(number)
            deadline = order.deadline_at if order.status == OrderStatus.AWAITING_PAYMENT else None
            if deadline and deadline <= at + ALMOST_OVER and deadline < until:
                _move_deadline(order, until, by=None, at=at, is_outage=True)
    except Busy as busy:
        log.info("the deadline of order %s is not extended now: %s", number, busy)


def extend_deadline(number: int, *, by: User, at: datetime) -> Order:
    """Start the time to pay of an unpaid order again from now. Raises TransitionRefused, Busy."""
    with locks.short_waits():
        order = locks.lock_order(number)
        if order.status != OrderStatus.AWAITING_PAYMENT:
            raise TransitionRefused("no_deadline")
        until = deadline_for(services_of(order), order.pay_before, at)
        if order.deadline_at is None or until <= order.deadline_at:
            raise TransitionRefused("deadline_at_its_longest")
        _move_deadline(order, until, by=by, at=at)
    return order


def _move_deadline(order: Order, until: datetime, *, by: User | None, at: datetime, **facts: bool) -> None:
    was, order.deadline_at = order.deadline_at, until
    order.save(update_fields=["deadline_at"])
    tickets.hold_until(tickets_of(order), until)
    data = {"from": was.isoformat() if was else "", "to": until.isoformat(), **facts}
    OrderEvent.objects.create(order=order, kind=EventKind.DEADLINE_MOVED, by=by, at=at, data=data)


def warn_of_deadlines(at: datetime) -> int:
    """Queue a warning for every order whose deadline is near; return how many there were."""
    soon = Order.objects.filter(
        status=OrderStatus.AWAITING_PAYMENT, deadline_at__gt=at, deadline_at__lte=at + WARNED_AT_MOST
    ).exclude(email="")
    numbers = list(soon.order_by("deadline_at").values_list("pk", flat=True)[:BATCH])
    return one_by_one(numbers, lambda number, moment: _warn(number, at=moment), at=at)


def _warn(number: int, *, at: datetime) -> bool:
    with locks.short_waits():
        order = locks.lock_order(number)
        if order.status != OrderStatus.AWAITING_PAYMENT or not order.deadline_at or not _is_near(order, at):
            return False
        if order.messages.filter(kind=MessageKind.DEADLINE, created_at__gt=at - JUST_WARNED).exists():
            return False  # the deadline moved a little, the customer knows about it
        balance = balance_of(order)
        if balance.in_review or not balance.due:
            return False  # the payment is being looked at, or has just come
        return bool(write_messages(order, [MessageKind.DEADLINE], at=at, about=About(deadline_at=order.deadline_at)))


def _is_near(order: Order, at: datetime) -> bool:
    assert order.deadline_at is not None  # noqa: S101 - of an order that waits, see its constraint
    lead = min((order.deadline_at - order.created_at) / 4, WARNED_AT_MOST)
    return at < order.deadline_at <= at + lead


@dataclass(frozen=True, slots=True)
class Reactivation:
    """What an expired order becomes with its places restored: waiting until a deadline, or confirmed without one."""

    status: OrderStatus
    deadline_at: datetime | None


def reactivation_of(order: Order, *, at: datetime) -> Reactivation:
    """Return the status and deadline that an expired order would get. Raises TransitionRefused."""
    if order.period.start <= at and not order.sells_pass:
        raise TransitionRefused("time_has_begun")
    if order.customer.erased_at:
        raise TransitionRefused("customer_erased")
    money = balance_of(order)
    if money.returning:
        raise TransitionRefused("money_goes_back")
    # A late payment that could not be returned pays for the places that are free again.
    if money.paid >= money.total:
        return Reactivation(OrderStatus.CONFIRMED, None)
    before = pass_books.term_from_now(order, at=at).end if order.sells_pass else order.period.start
    return Reactivation(OrderStatus.AWAITING_PAYMENT, deadline_for(services_of(order), before, at))


def reactivate_order(number: int, *, by: User, at: datetime) -> Order:
    """Restore the places of an expired order and wait for its payment again; confirm it if it is paid.

    The validity of a pass starts again from now. Raises TransitionRefused, SeatsTaken, PromoRefused, Busy.
    """
    erased = refused_as({tickets.PERSON_GUARD: lambda: TransitionRefused("customer_erased")})
    with erased, locks.short_waits():
        order = locks.lock_order_and_services(number)
        becomes = reactivation_of(order, at=at)
        if becomes.deadline_at:
            order.deadline_at = becomes.deadline_at
            order.save(update_fields=["deadline_at"])
        if order.sells_pass:
            pass_books.begin_term(order, at=at)
        change_status(order, becomes.status, by=by, at=at)
        if not order.sells_pass:
            places = TicketStatus.HELD if becomes.deadline_at else TicketStatus.ACTIVE
            restore_places(order, status=places, held_until=becomes.deadline_at, by=by, at=at)
        letter = MessageKind.LINK if becomes.deadline_at else MessageKind.PAID
        write_messages(order, [letter], at=at, about=About(asked_at=at))
        sync_refund_due_case(order, at=at)
    return order


def restore_places(
    order: Order, *, status: TicketStatus, held_until: datetime | None, by: User | None, at: datetime
) -> None:
    """Restore the places of an order, all or none. The order and its services are locked. Raises SeatsTaken."""
    with transaction.atomic():
        try:
            restored = tickets.restore(services_of(order), tickets_of(order), status=status, held_until=held_until)
        except NoSuchSeat as refusal:  # the seat was switched off since
            raise SeatsTaken("tickets_gone") from refusal
        if len(restored) != order.ticket_count:
            raise SeatsTaken("tickets_gone")
        extra_stock.confirm()
    OrderEvent.objects.create(order=order, kind=EventKind.TICKETS_RESTORED, by=by, at=at)
