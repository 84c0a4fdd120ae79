"""The only door to new ledger entries of an order, and to lowering its cost."""

import uuid
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from coworking.models import PaymentMethod
from orders.domain.money import pass_books, promo_uses
from orders.domain.money.balance import balance_of
from orders.domain.money.excess import owed_back
from orders.domain.money.summary import store_summary
from orders.models import EntryKind, LedgerEntry, LineKind, Order, OrderLine, OrderStatus, PaymentAttempt, Refund

ONE = Decimal(1)


def follow_refund(
    order: Order, amount: Decimal, *, by: User | None, at: datetime, reason: str = "", refund: Refund | None = None
) -> None:
    """Update the pass, the cost and the promo code of a locked order for a refund that is about to be booked."""
    pass_books.follow_refund(order, amount, by=by, at=at)
    lower_cost(order, amount, reason=reason, refund=refund)
    promo_uses.follow_refund(order, by=by, at=at)


def lower_cost(order: Order, amount: Decimal, *, reason: str = "", refund: Refund | None = None) -> None:
    """Lower the cost of a locked order by a refund, so that the customer is not asked to pay again.

    `reason` was typed by a person; for a refund made in the provider's cabinet, `refund` gives the reason.
    An order that waits for its payment keeps its price, since it waits for all of it again; but if all of it has
    come and is about to confirm the order, a person's refund makes it cheaper.
    """
    balance = balance_of(order)
    # A refund in the provider's cabinet next to one of ours may return again what the cost was lowered by.
    beyond = min(amount - owed_back(order, balance), balance.cost)
    is_let_off = refund is None and amount < balance.at_hand >= balance.cost
    if beyond <= 0:
        return
    if order.status == OrderStatus.CANCELLED:
        order.kept -= beyond
        order.save(update_fields=["kept"])
    elif order.status in (OrderStatus.CONFIRMED, OrderStatus.COMPLETED) or (
        order.status == OrderStatus.AWAITING_PAYMENT and is_let_off
    ):
        OrderLine.objects.create(
            order=order,
            kind=LineKind.ALLOWANCE,
            title=reason[:200],
            refund=refund,
            quantity=ONE,
            unit_price=-beyond,
            amount=-beyond,
        )
    store_summary(order)


def record_charge(attempt: PaymentAttempt, *, at: datetime) -> LedgerEntry:
    """Record an online payment; the database refuses a second entry for it."""
    return enter(
        LedgerEntry(
            order=attempt.order,
            kind=EntryKind.CHARGE,
            method=PaymentMethod.ONLINE,
            amount=attempt.amount,
            at=attempt.settled_at or at,
            recorded_at=at,
            attempt=attempt,
        )
    )


def record_refund(refund: Refund, *, at: datetime) -> LedgerEntry:
    """Record a refund through the provider; the database refuses a second entry for it."""
    return enter(
        LedgerEntry(
            order=refund.attempt.order,
            kind=EntryKind.REFUND,
            method=PaymentMethod.ONLINE,
            amount=-refund.amount,
            at=refund.settled_at or at,
            recorded_at=at,
            by=refund.requested_by,
            reason=refund.reason,
            attempt=refund.attempt,
            refund=refund,
        )
    )


def record_taken(
    order: Order,
    amount: Decimal,
    *,
    method: PaymentMethod,
    moved_at: datetime,
    document: str,
    token: uuid.UUID,
    by: User,
    at: datetime,
) -> LedgerEntry:
    """Record money that a person took."""
    return enter(
        LedgerEntry(
            order=order,
            kind=EntryKind.CHARGE,
            method=method,
            amount=amount,
            at=moved_at,
            recorded_at=at,
            by=by,
            document=document,
            form_token=token,
        )
    )


def enter(entry: LedgerEntry) -> LedgerEntry:
    """Record an entry of the provider, or of a person who took, returned or corrected money."""
    entry.save(force_insert=True)
    _keep_what_came(entry.order)
    store_summary(entry.order)
    pass_books.grant_if_paid(entry.order, by=entry.by, at=entry.recorded_at)
    return entry


def _keep_what_came(order: Order) -> None:
    """Keep no more of a cancelled order than is there after a correction: nobody can pay what it would owe."""
    if order.status == OrderStatus.CANCELLED and (due := balance_of(order).due):
        order.kept -= due
        order.save(update_fields=["kept"])
