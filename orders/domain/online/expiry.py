"""Expire orders that were not paid in time."""

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from coworking.domain import tickets
from olvery.shared.batches import one_by_one
from olvery.shared.refusals import Busy
from orders.domain import locks
from orders.domain.booking.transitions import TransitionRefused, change_status, tickets_of
from orders.domain.messages import About, write_messages
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.online.gateway import Gateway, GatewayError
from orders.domain.online.payments import look_at
from orders.models import MessageKind, Order, OrderStatus, PaymentAttempt

log = logging.getLogger(__name__)

BATCH = 200
# How long an order waits for the provider to tell whether it was paid; a later payment counts as late.
GRACE = timedelta(minutes=15)
# The clock runs every minute: a hanging provider must not stop it. Limits for one answer, and for a whole run.
PATIENCE = timedelta(seconds=5)
ASKS_FOR = timedelta(seconds=15)


def expire_overdue(gateway: Gateway | None, at: datetime) -> int:
    """Free the places of orders that were not paid in time; return how many orders.

    The provider is first asked whether a running payment succeeded; orders that nobody began to pay do not wait
    for its answers. A conditional update releases the places, so a payment that arrives at this moment sees
    either the old or the new state.
    """
    overdue = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, deadline_at__lte=at)
    under_way = Exists(PaymentAttempt.objects.unsettled().filter(order=OuterRef("pk")))
    due = overdue.annotate(is_under_way=under_way).order_by("is_under_way", "deadline_at")[:BATCH]
    return one_by_one(due, lambda order, moment: _expire(order, gateway, began=at, at=moment), at=at)


def _expire(order: Order, gateway: Gateway | None, *, began: datetime, at: datetime) -> bool:
    for attempt in PaymentAttempt.objects.unsettled().filter(order=order):
        in_grace, may_ask = at < (order.deadline_at or at) + GRACE, at - began <= ASKS_FOR
        try:
            if in_grace and (attempt.provider_id is None or not may_ask):
                return False  # nobody knows yet whether it exists, or the next run asks
            if gateway and may_ask:
                look_at(attempt, gateway, at=at, patience=PATIENCE)
        except (GatewayError, Busy) as error:
            log.info("payment %s could not be asked about: %s", attempt.pk, error)
            if in_grace:
                return False
    try:
        with locks.short_waits():
            order = locks.lock_order(order.pk)
            paid = order.attempts.unfulfilled().exists()
            if paid or not order.deadline_at or order.deadline_at > at:
                return False
            change_status(order, OrderStatus.EXPIRED, by=None, at=at)
            tickets.release(tickets_of(order))
            sync_refund_due_case(order, at=at)  # a part payment is now excess
            write_messages(order, [MessageKind.EXPIRED], at=at, about=About(deadline_at=order.deadline_at))
    except (Busy, TransitionRefused) as refusal:  # somebody is working on it: the next run tries again
        log.info("order %s is not expired now: %s", order.pk, refusal)
        return False
    return True
