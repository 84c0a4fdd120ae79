"""The moves an order may make, and who made them."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from coworking.domain.tickets import release_tickets
from coworking.models import Ticket, TicketStatus
from olvery.shared.refusals import Busy, Refusal
from orders.domain import locks
from orders.domain.mailing import withdraw_messages, write_messages
from orders.models import EventKind, MessageKind, Order, OrderEvent, OrderLine, OrderStatus

log = logging.getLogger(__name__)

MOVES: dict[OrderStatus, set[OrderStatus]] = {
    OrderStatus.AWAITING_PAYMENT: {OrderStatus.CONFIRMED, OrderStatus.CANCELLED, OrderStatus.EXPIRED},
    OrderStatus.CONFIRMED: {OrderStatus.COMPLETED, OrderStatus.CANCELLED},
    OrderStatus.EXPIRED: {OrderStatus.CONFIRMED},
    OrderStatus.COMPLETED: set(),
    OrderStatus.CANCELLED: set(),
}
BATCH = 200


class MoveRefused(Refusal):
    """The order is not in a state from which this move is allowed."""


class WhyMissing(Refusal):
    """A cancellation without a reason."""

    field = "reason"


def move_order(order: Order, to: OrderStatus, *, by: User | None, at: datetime, reason: str = "") -> None:
    """Change the status and write the history; of two callers the second changes nothing.

    Raises MoveRefused when the order has moved on, or may not move there.
    """
    sources = [source for source, targets in MOVES.items() if to in targets]
    was = order.status
    moved = was in sources and Order.objects.filter(pk=order.pk, status=was).update(status=to)
    if not moved:
        raise MoveRefused(
            _("The order is “%(status)s”: this cannot be done any more.") % {"status": order.get_status_display()}
        )
    order.status = to
    OrderEvent.objects.create(
        order=order, kind=EventKind.STATUS_CHANGED, by=by, at=at, reason=reason, data={"from": was, "to": str(to)}
    )


def cancel_order(number: int, *, by: User, reason: str, at: datetime) -> Order:
    """Cancel an order, free its places and tell the customer.

    Raises WhyMissing, MoveRefused, Busy.
    """
    reason = reason.strip()
    if not reason:
        raise WhyMissing(_("Say why the order is cancelled."))
    with locks.short_waits():
        order = locks.lock_order(number)
        if order.time.end <= at:
            raise MoveRefused(_("The booked time is over: there is nothing to cancel."))
        move_order(order, OrderStatus.CANCELLED, by=by, at=at, reason=reason)
        release_tickets(_tickets_of(order))
        withdraw_messages(order)
        write_messages(order, [MessageKind.CANCELLED], at=at)
    return order


def expire_overdue(at: datetime) -> int:
    """Free the places of unpaid orders whose time to pay is over; return how many orders there were."""
    overdue = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, pay_by__lte=at)
    expired = 0
    for number in list(overdue.order_by("pay_by").values_list("pk", flat=True)[:BATCH]):
        try:
            with locks.short_waits():
                order = locks.lock_order(number)
                move_order(order, OrderStatus.EXPIRED, by=None, at=at)
                release_tickets(_tickets_of(order))
                expired += 1
        except (Busy, MoveRefused) as refusal:  # somebody works on it: the next run looks again
            log.info("order %s is not expired now: %s", number, refusal)
    return expired


def complete_finished(at: datetime) -> int:
    """Close tickets whose period is over, and orders whose last ticket is; return how many orders.

    Until visits are recorded, an active ticket counts as used when its time is over.
    """
    Ticket.objects.filter(status=TicketStatus.ACTIVE, period__endswith__lte=at).update(status=TicketStatus.USED)
    still_open = OrderLine.objects.filter(order=OuterRef("pk"), ticket__status=TicketStatus.ACTIVE)
    finished = Order.objects.filter(status=OrderStatus.CONFIRMED, period__endswith__lte=at).exclude(Exists(still_open))
    completed = 0
    for order in finished.order_by("number")[:BATCH]:
        try:
            with transaction.atomic():
                move_order(order, OrderStatus.COMPLETED, by=None, at=at)
                completed += 1
        except MoveRefused as refusal:  # cancelled at this very moment
            log.info("order %s is not completed now: %s", order.pk, refusal)
    return completed


def _tickets_of(order: Order) -> list[int]:
    return list(OrderLine.objects.filter(order=order, ticket__isnull=False).values_list("ticket_id", flat=True))
