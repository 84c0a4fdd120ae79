"""The sums that lists show and filter by, stored on the order: a copy of its balance, never a source of it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from olvery.shared.written import Written
from orders.domain.money.balance import Balance, balance_in, with_sums
from orders.models import Order, OrderStatus

SUMMARY = ("total", "paid", "due", "payment_status", "paid_by")
BATCH = 500


def store_summary(order: Order) -> None:
    """Store the sums of a locked order as they are now. Call it in the transaction that changed them.

    Lines, ledger entries, running attempts, refunds in progress, status and what is kept change them. Take the lock
    before reading the sums: without it, the second of two writers stores sums that miss what the first wrote.
    """
    [stored] = _STORED(number=order.pk)
    summary = _summary(balance_in(stored))
    if _differing(stored, summary):
        Order.objects.filter(pk=order.pk).update(**summary)
    vars(order).update(summary)


def summary_of_new(status: OrderStatus, total: Decimal) -> dict[str, Any]:
    """Return the sums of a new order at this price: nobody can have paid yet."""
    return _summary(Balance.unpaid(status, total))


def store_summaries(orders: Iterable[Order]) -> None:
    """Store the sums of orders that were written in bulk and that nobody else knows of yet."""
    written = list(with_sums(Order.objects.filter(pk__in=[order.pk for order in orders])))
    for order in written:
        vars(order).update(_summary(balance_in(order)))
    Order.objects.bulk_update(written, SUMMARY, batch_size=BATCH)


def wrong_summaries(orders: QuerySet[Order]) -> Iterator[tuple[int, str]]:
    """Yield the number of every order whose stored sums differ from its balance, and what differs."""
    for order in with_sums(orders).iterator(chunk_size=BATCH):
        right = _summary(balance_in(order))
        if differing := _differing(order, right):
            told = ", ".join(f"{name} {getattr(order, name)} instead of {right[name]}" for name in differing)
            yield order.pk, told


def _differing(order: Order, right: dict[str, Any]) -> list[str]:
    return [name for name in SUMMARY if getattr(order, name) != right[name]]


def _summary(balance: Balance) -> dict[str, Any]:
    return {name: getattr(balance, name) for name in SUMMARY}


_STORED = Written(lambda number: with_sums(Order.objects.only("status", "kept", *SUMMARY)).filter(pk=number), number=-1)
