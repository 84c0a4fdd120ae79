"""Bulk actions on orders: what would be done with each, and doing it with one."""

from collections.abc import Sequence
from datetime import datetime

from olvery.shared.refusals import Refusal
from orders.domain.booking.passes import given_back_by_each
from orders.domain.desk import cancelling, cash
from orders.domain.desk.bulk_plan import Planned, back_of
from orders.domain.money.balance import Balance, balances_of
from orders.domain.online import links
from orders.domain.online.gateway import Gateway
from orders.models import BulkItem, BulkKind, Order


def plan(kind: BulkKind, orders: Sequence[Order], *, at: datetime) -> list[Planned]:
    """Return what would be done with each order now; for payment links with their `link`. Six queries at most."""
    terms = cancelling.terms_of_each(orders, at=at) if kind == BulkKind.CANCEL else {}
    backs = given_back_by_each(orders, at=at) if terms else {}
    balances = {} if terms else balances_of(orders)
    planned = []
    for order in orders:
        amount = terms[order.pk].by_policy if terms else balances[order.pk].due
        refusal = _refusal(kind, order, balances.get(order.pk), at=at)
        planned.append(
            Planned(order=order, amount=amount, refusal=refusal, email=order.email, back=backs.get(order.pk))
        )
    return planned


def _refusal(kind: BulkKind, order: Order, balance: Balance | None, *, at: datetime) -> Refusal | None:
    """Return why it cannot be done; every kind except cancelling needs the balance."""
    try:
        if balance is None:
            cancelling.check_cancelling(order, at=at)
        elif kind == BulkKind.LINK:
            links.check_resending(order, balance, getattr(order, "link", None), at=at)
        elif not balance.due:
            raise cash.PaymentRefused("nothing_to_pay")
        else:
            cash.check_payment(order, balance.due, balance.due)
    except Refusal as refusal:
        return refusal
    return None


def do(item: BulkItem, *, gateway: Gateway | None, at: datetime) -> None:
    """Carry out the action on one order. Raises Refusal."""
    action = item.action
    if action.kind == BulkKind.CANCEL:
        cancel(item, gateway=gateway, at=at)
    elif action.kind == BulkKind.LINK:
        links.resend_link(item.order_id, at=at)
    else:
        cash.take_payment(
            item.order_id,
            item.amount,
            method=action.method,
            moved_at=action.moved_at or at,
            document=action.document,
            token=item.token,
            by=action.by,
            at=at,
        )


def cancel(item: BulkItem, *, gateway: Gateway | None, at: datetime) -> None:
    """Cancel an order as it was shown. Raises Refusal."""
    cancelling.cancel_as_shown(
        item.order_id,
        by=item.action.by,
        reason=item.action.reason,
        shown=item.amount,
        shown_back=back_of(item),
        at=at,
        gateway=gateway,
    )
