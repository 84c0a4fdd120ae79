"""Cancelling an order, and what goes back of its money: by the policy, or another sum with a reason."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import User
from coworking.domain.cancelling import percent_returned, returned_by_policy
from coworking.domain.tickets import release_tickets
from olvery.shared.money import NO_MONEY, format_money
from orders.domain import locks
from orders.domain.booking.transitions import TransitionRefused, change_status, tickets_of
from orders.domain.desk.refunding import _reason, _return_online
from orders.domain.messages import withdraw_messages, write_messages
from orders.domain.money.balance import Balance, balance_of
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.online.gateway import Gateway
from orders.domain.online.payments import abandon_attempts
from orders.domain.online.refunds import RefundRefused
from orders.models import (
    MessageKind,
    Order,
    OrderStatus,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a cancellation at this moment gives back by the policy, and what there is to give back."""

    balance: Balance
    percent: int

    @property
    def by_policy(self) -> Decimal:
        """What goes back by the policy, roubles."""
        return returned_by_policy(self.balance.at_hand, self.percent)


def terms_of(order: Order, *, at: datetime) -> Terms:
    """Return what cancelling this order now would give back."""
    steps = order.service.cancellation_steps.all()
    # What waits for its payment holds nothing to keep; money that is there follows the policy.
    return Terms(balance_of(order), percent_returned(steps, start=order.time.start, at=at))


def cancel_order(
    number: int, *, by: User, reason: str, at: datetime, gateway: Gateway | None = None, returned: Decimal | None = None
) -> Order:
    """Cancel an order, free its places, return the money and tell the customer.

    `returned` is what goes back instead of what the policy says. What came online goes back by itself; what
    was taken at the desk stands at the money desk until a manager marks that it was given back.
    Raises WhyMissing, MoveRefused, RefundRefused, Busy.
    """
    reason = _reason(reason, _("Say why the order is cancelled."))
    with locks.short_waits():
        order = locks.lock_order(number)
        if order.time.end <= at:
            raise TransitionRefused(_("The booked time is over: there is nothing to cancel."))
        terms = terms_of(order, at=at)
        most, back = terms.balance.at_hand, terms.by_policy if returned is None else returned
        if not NO_MONEY <= back <= most:
            raise RefundRefused(_("At most %(sum)s can be returned.") % {"sum": format_money(most)})
        order.kept = most - back
        order.save(update_fields=["kept"])
        change_status(order, OrderStatus.CANCELLED, by=by, at=at, reason=reason)
        release_tickets(tickets_of(order))
        abandon_attempts(order, at=at)
        _return_online(order, min(back, terms.balance.online), reason=reason, by=by, gateway=gateway, at=at)
        sync_refund_due_case(order, at=at)
        withdraw_messages(order)
        write_messages(order, [MessageKind.CANCELLED], at=at)
    return order
