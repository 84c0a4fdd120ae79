"""Complete orders whose period has ended."""

import logging
from datetime import datetime

from django.db.models import Exists, OuterRef

from coworking.domain import tickets
from coworking.models import TicketStatus
from olvery.shared.batches import one_by_one
from orders.domain import locks
from orders.domain.booking.changing import UNDO_FOR
from orders.domain.booking.transitions import TransitionRefused, change_status
from orders.domain.money import acts
from orders.domain.money.pass_books import NOT_GRANTED
from orders.domain.online.gateway import Gateway
from orders.domain.online.offset_receipts import write_offset_receipts
from orders.models import EventKind, Order, OrderLine, OrderStatus

log = logging.getLogger(__name__)

BATCH = 200


def complete_finished(gateway: Gateway | None, at: datetime) -> int:
    """Close tickets whose period has ended, then orders without an open ticket; return how many orders.

    An order whose last days were just given up waits until that can no longer be undone.

    Queues the act of each order, and offset receipts of prepaid ones if a shop is connected.
    """
    tickets.close_finished(at)
    still_open = OrderLine.objects.filter(order=OuterRef("pk"), ticket__status=TicketStatus.ACTIVE)
    finished = Order.objects.filter(status=OrderStatus.CONFIRMED, period__endswith__lte=at).exclude(Exists(still_open))
    # The days of a pass that is not granted cannot be over: they count from its payment.
    due = finished.exclude(NOT_GRANTED).order_by("number")[:BATCH]
    return one_by_one(due, lambda order, moment: _complete(order, gateway, at=moment), at=at)


def _complete(order: Order, gateway: Gateway | None, *, at: datetime) -> bool:
    try:
        with locks.short_waits():
            order = locks.lock_order(order.pk)
            if order.period.end > at or _may_be_undone(order, at=at):  # tickets were added, or may be restored
                return False
            change_status(order, OrderStatus.COMPLETED, by=None, at=at)
            write_offset_receipts(order, gateway, at=at)
            acts.queue_act(order)
    except TransitionRefused as refusal:  # cancelled at this very moment
        log.info("order %s is not completed now: %s", order.pk, refusal)
        return False
    return True


def _may_be_undone(order: Order, *, at: datetime) -> bool:
    return order.events.filter(kind=EventKind.CHANGED, at__gt=at - UNDO_FOR).exists()
