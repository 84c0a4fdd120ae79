"""Cancelling an order and returning money: by the policy, or another sum with a reason."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from coworking.domain.cancelling import percent_returned, returned_by_policy
from coworking.domain.tickets import release_tickets
from coworking.models import PaymentMethod
from olvery.shared.money import NO_MONEY, format_money
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk import MomentRefused
from orders.domain.excess import sync_refund_due_case
from orders.domain.gateway import Gateway
from orders.domain.ledger import balance_of, lower_cost, record_at_desk
from orders.domain.mailing import withdraw_messages, write_messages
from orders.domain.moves import TransitionRefused, change_status, tickets_of
from orders.domain.payments import abandon_attempts
from orders.domain.refunds import RefundRefused, check_sum, create_refund, refundable
from orders.models import (
    EntryKind,
    EventKind,
    LedgerEntry,
    MessageKind,
    Order,
    OrderEvent,
    OrderStatus,
    PaymentAttempt,
    ProviderRequest,
    Refund,
)


class WhyMissing(Refusal):
    """A cancellation or a refund without a reason."""

    field = "reason"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a cancellation at this moment gives back by the policy, and what there is to give back, roubles."""

    paid: Decimal
    percent: int
    online: Decimal
    at_desk: Decimal

    @property
    def by_policy(self) -> Decimal:
        """What goes back by the policy."""
        return returned_by_policy(self.paid, self.percent)


def terms_of(order: Order, *, at: datetime) -> Terms:
    """Return what cancelling this order now would give back."""
    balance = balance_of(order)
    steps = order.service.cancellation_steps.all()
    # What waits for its payment holds nothing to keep; money that is there follows the policy.
    percent = percent_returned(steps, start=order.time.start, at=at)
    return Terms(
        paid=balance.paid - balance.returning,
        percent=percent,
        online=refundable_online(order),
        at_desk=held_at_desk(order),
    )


def refundable_online(order: Order) -> Decimal:
    """Return what can go back through the provider, roubles."""
    return sum((refundable(attempt) for attempt in _paid_online(order)), NO_MONEY)


def held_at_desk(order: Order) -> Decimal:
    """Return what was taken on site or by invoice and not given back, roubles."""
    entries = LedgerEntry.objects.filter(order=order).exclude(method=PaymentMethod.ONLINE)
    return entries.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY


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
        back = terms.by_policy if returned is None else returned
        if not NO_MONEY <= back <= terms.paid:
            raise RefundRefused(_("At most %(sum)s can be returned.") % {"sum": format_money(terms.paid)})
        order.kept = terms.paid - back
        order.save(update_fields=["kept"])
        change_status(order, OrderStatus.CANCELLED, by=by, at=at, reason=reason)
        release_tickets(tickets_of(order))
        abandon_attempts(order, at=at)
        _return_online(order, min(back, terms.online), reason=reason, by=by, gateway=gateway, at=at)
        sync_refund_due_case(order, at=at)
        withdraw_messages(order)
        write_messages(order, [MessageKind.CANCELLED], at=at)
    return order


def refund_online(
    number: int,
    amount: Decimal,
    *,
    reason: str,
    by: User,
    gateway: Gateway | None,
    at: datetime,
    token: uuid.UUID | None = None,
) -> Order:
    """Return a sum of an order through the provider; the same token twice is once.

    On an order that stands, what goes back beyond an excess lowers its price by a line of its own; on a
    cancelled one less is kept. Raises WhyMissing, RefundRefused, Busy.
    """
    reason = _reason(reason, _("Say why money is returned."))
    with locks.short_waits():
        order = locks.lock_order(number)
        if token and _was_asked(order, token):
            return order
        check_sum(amount, refundable_online(order))
        lower_cost(order, amount, reason=reason)
        _return_online(order, amount, reason=reason, by=by, gateway=gateway, at=at, token=token)
        sync_refund_due_case(order, at=at)
    return order


def _was_asked(order: Order, token: uuid.UUID) -> bool:
    """Whether this very form has returned money already."""
    keys = [_key(token, attempt) for attempt in _paid_online(order)]
    return ProviderRequest.objects.filter(key__in=keys).exists()


def refund_at_desk(
    number: int,
    amount: Decimal,
    *,
    method: PaymentMethod,
    moved_at: datetime,
    document: str,
    reason: str,
    token: uuid.UUID,
    by: User,
    at: datetime,
) -> LedgerEntry:
    """Write down that a manager gave money back, in cash or by a transfer; the same token twice is once.

    Raises WhyMissing, MomentRefused, RefundRefused, Busy.
    """
    reason = _reason(reason, _("Say why money is returned."))
    if moved_at > at:
        raise MomentRefused(_("Money cannot have been given back in the future."))
    with locks.short_waits():
        order = locks.lock_order(number)
        known = LedgerEntry.objects.filter(form_token=token, order=order).first()
        if known:
            return known
        check_sum(amount, held_at_desk(order))
        lower_cost(order, amount, reason=reason)
        entry = record_at_desk(
            order,
            kind=EntryKind.REFUND,
            method=method,
            amount=-amount,
            moved_at=moved_at,
            document=document,
            reason=reason,
            token=token,
            by=by,
            at=at,
        )
        data = {"sum": str(amount), "method": str(method), "document": document}
        OrderEvent.objects.create(order=order, kind=EventKind.REFUNDED, by=by, at=at, reason=reason, data=data)
        write_messages(order, [MessageKind.REFUNDED], at=at, about=f"entry {entry.pk}")
        sync_refund_due_case(order, at=at)
    return entry


def _return_online(
    order: Order,
    amount: Decimal,
    *,
    reason: str,
    by: User,
    gateway: Gateway | None,
    at: datetime,
    token: uuid.UUID | None = None,
) -> None:
    """Spread a sum over the paid attempts, the newest first."""
    for paid in reversed(_paid_online(order)):
        attempt = locks.lock_attempt(paid.pk)
        part = min(amount, refundable(attempt))
        if part:
            if gateway is None:
                raise RefundRefused(_("The YooKassa shop is not connected yet."))
            attempt.order = order
            refund = create_refund(
                attempt, part, source=Refund.Source.STAFF, reason=reason, by=by, gateway=gateway, at=at
            )
            if token:
                ProviderRequest.objects.filter(refund=refund).update(key=_key(token, attempt))
            amount -= part


def _key(token: uuid.UUID, attempt: PaymentAttempt) -> uuid.UUID:
    """Return the idempotency key of what a form asks of a payment: the same form, the same key."""
    return uuid.uuid5(token, str(attempt.pk))


def _paid_online(order: Order) -> list[PaymentAttempt]:
    return list(PaymentAttempt.objects.filter(order=order, status=PaymentAttempt.Status.SUCCEEDED).order_by("pk"))


def _reason(reason: str, missing: str) -> str:
    if not reason.strip():
        raise WhyMissing(missing)
    return reason.strip()[:250]
