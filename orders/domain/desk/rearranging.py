"""Moving tickets of several orders in one transaction, such as two that swap places."""

from olvery.shared.refusals import Refusal, Refused
from orders.domain import locks
from orders.domain.booking.rearranging import Rearrangement, rearrangement_of
from orders.domain.desk.changing import write
from orders.models import Order, OrderEvent


class RearrangementStale(Refusal):
    """The facts that it was planned from have changed; `rearrangement` is the new plan."""

    reason = "plan_stale"

    def __init__(self, rearrangement: Rearrangement) -> None:
        super().__init__()
        self.rearrangement = rearrangement


def rearrange(planned: Rearrangement) -> list[OrderEvent]:
    """Carry all plans out under the locks of services, orders and tickets, and return an event for each order.

    Raises RearrangementStale if one of them has changed, Refused with every reason, SeatsTaken, Busy.
    """
    first = planned.plans[0]
    wishes = {plan.order.pk: plan.wish for plan in planned.plans}
    with locks.short_waits():
        locks.lock_services(_services_of(planned))
        orders = [_locked(plan.order) for plan in planned.plans]
        locks.lock_tickets(change.number for wish in wishes.values() for change in wish.tickets)
        now = rearrangement_of(orders, wishes, booker=first.booker, at=first.at)
        if now.version != planned.version:
            raise RearrangementStale(now)
        if not now.is_ready:
            raise Refused(now.refusals)
        return write(now.plans)


def _services_of(planned: Rearrangement) -> set[int]:
    there = {key for plan in planned.plans for key in plan.order.service_ids}
    return there | {state.service.pk for plan in planned.plans for state in plan.states}


def _locked(order: Order) -> Order:
    """Lock an order; orders of a rearrangement are locked by number."""
    locked = locks.lock_order(order.pk)
    locked.location = order.location
    return locked
