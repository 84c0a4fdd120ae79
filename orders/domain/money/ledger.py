"""What changes the sums of an order: the only door to new entries of its ledger, and to a lower cost."""

import uuid
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from coworking.models import PaymentMethod
from orders.domain.money import pass_books, promo_uses
from orders.domain.money.balance import balance_of
from orders.domain.money.summary import store_summary
from orders.models import EntryKind, LedgerEntry, LineKind, Order, OrderLine, OrderStatus, PaymentAttempt, Refund

ONE = Decimal(1)


def follow_refund(
    order: Order, amount: Decimal, *, by: User | None, at: datetime, reason: str = "", refund: Refund | None = None
) -> None:
    """Let the pass, the cost and the promo code of a locked order follow a refund that is about to be booked."""
    pass_books.follow_refund(order, amount, by=by, at=at)
    lower_cost(order, amount, reason=reason, refund=refund)
    promo_uses.follow_refund(order, by=by, at=at)


def lower_cost(order: Order, amount: Decimal, *, reason: str = "", refund: Refund | None = None) -> None:
    """Make the cost of a locked order follow a refund, so that nothing is asked for again.

    `reason` is what a person has typed; of a refund that was made in the provider's cabinet `refund` says why.
    An order that waits for its payment keeps its price, as it waits for all of it again; but where all of it has
    come, and is to confirm it in a moment, what a person lets off makes it cheaper.
    """
    balance = balance_of(order)
    # A refund in the provider's cabinet beside one of ours may return again what the cost has let go of.
    beyond = min(amount - balance.excess, balance.cost)
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
    """Write down that an online payment came in; the database refuses a second entry for it."""
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
    """Write down that money went back through the provider; the database refuses a second entry for it."""
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
    """Write down money that a person took."""
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
    """Write an entry down, of the provider or of a person who took, gave back or corrected money."""
    entry.save(force_insert=True)
    _keep_what_came(entry.order)
    store_summary(entry.order)
    pass_books.grant_if_paid(entry.order, by=entry.by, at=entry.recorded_at)
    return entry


def _keep_what_came(order: Order) -> None:
    """Keep no more of a cancelled order than is here after a correction: it would owe what nobody can pay any more."""
    if order.status == OrderStatus.CANCELLED and (due := balance_of(order).due):
        order.kept -= due
        order.save(update_fields=["kept"])
