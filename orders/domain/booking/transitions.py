"""The moves an order may make: one table, one door."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from olvery.shared.refusals import Refusal
from orders.domain.money.summary import store_summary
from orders.models import EventKind, Order, OrderEvent, OrderLine, OrderStatus

TRANSITIONS: dict[OrderStatus, set[OrderStatus]] = {
    OrderStatus.AWAITING_PAYMENT: {OrderStatus.CONFIRMED, OrderStatus.CANCELLED, OrderStatus.EXPIRED},
    OrderStatus.CONFIRMED: {OrderStatus.COMPLETED, OrderStatus.CANCELLED},
    OrderStatus.EXPIRED: {OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED},
    OrderStatus.COMPLETED: set(),
    OrderStatus.CANCELLED: set(),
}


class TransitionRefused(Refusal):
    """The order is not in a state from which this move is allowed."""


def change_status(order: Order, to: OrderStatus, *, by: User | None, at: datetime, reason: str = "") -> None:
    """Change the status and write the history; of two callers the second changes nothing.

    Raises MoveRefused when the order has moved on, or may not move there.
    """
    sources = [source for source, targets in TRANSITIONS.items() if to in targets]
    was = order.status
    moved = was in sources and Order.objects.filter(pk=order.pk, status=was).update(status=to)
    if not moved:
        raise TransitionRefused(
            _("The order is “%(status)s”: this cannot be done any more.") % {"status": order.get_status_display()}
        )
    order.status = to
    store_summary(order)
    OrderEvent.objects.create(
        order=order, kind=EventKind.STATUS_CHANGED, by=by, at=at, reason=reason, data={"from": was, "to": str(to)}
    )


def tickets_of(order: Order) -> list[int]:
    """Return the numbers of the order's tickets."""
    return list(OrderLine.objects.filter(order=order, ticket__isnull=False).values_list("ticket_id", flat=True))
