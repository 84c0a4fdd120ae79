"""Status transitions of orders: one table, one function."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from coworking.models import Service
from olvery.shared.refusals import Refusal
from olvery.shared.written import Written
from orders.domain.booking import passes
from orders.domain.money import promo_uses
from orders.domain.money.standing import standing
from orders.domain.money.summary import store_summary
from orders.models import EventKind, LineKind, Order, OrderEvent, OrderLine, OrderStatus

TRANSITIONS: dict[OrderStatus, set[OrderStatus]] = {
    OrderStatus.AWAITING_PAYMENT: {OrderStatus.CONFIRMED, OrderStatus.CANCELLED, OrderStatus.EXPIRED},
    OrderStatus.CONFIRMED: {OrderStatus.COMPLETED, OrderStatus.CANCELLED},
    OrderStatus.EXPIRED: {OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED},
    OrderStatus.COMPLETED: set(),
    OrderStatus.CANCELLED: set(),
}

_LINES_OF_TICKETS = Written(
    lambda number: OrderLine.objects.filter(order=number, ticket__isnull=False).order_by("pk"), number=-1
)


class TransitionRefused(Refusal):
    """The order may not make this transition from its status."""


def change_status(
    order: Order,
    to: OrderStatus,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, str] | None = None,
) -> None:
    """Change the status and record an event with `facts`; the second of two callers changes nothing.

    The uses of its promo code and pass follow. Raises TransitionRefused if the order has moved on, or may not
    move there; PromoRefused or PassRefused if an order that is restored finds its code or pass used up.
    """
    sources = [source for source, targets in TRANSITIONS.items() if to in targets]
    was = order.status
    moved = was in sources and Order.objects.filter(pk=order.pk, status=was).update(status=to)
    if not moved:
        raise TransitionRefused("transition_not_allowed", status=was)
    order.status = to
    store_summary(order)
    promo_uses.follow_status(order, was=was, by=by, at=at)
    passes.follow_status(order, was=was, by=by, at=at)
    data = {"from": was, "to": str(to), **(facts or {})}
    OrderEvent.objects.create(order=order, kind=EventKind.STATUS_CHANGED, by=by, at=at, reason=reason, data=data)


def tickets_of(order: Order) -> list[int]:
    """Return the numbers of the order's tickets, without those that were cancelled on their own."""
    left = standing(_LINES_OF_TICKETS(number=order.pk))
    return list(dict.fromkeys(one.line.ticket_id for one in left if one.line.kind == LineKind.TARIFF))  # type: ignore[misc]


def services_of(order: Order) -> list[Service]:
    """Return the services of the order's tickets."""
    return list(Service.objects.filter(pk__in=order.service_ids).order_by("pk"))
