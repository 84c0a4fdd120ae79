"""Comparing what orders cost with the money we hold for them, and with the sums that lists show.

An order with too much or too little money becomes a case, which a person decides. A stored summary that
differs is only a bad copy: the ledger is right, so the summary is written again, and logged.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from olvery.shared.batches import one_by_one
from olvery.shared.money import NO_MONEY
from orders.domain import locks
from orders.domain.money.balance import Balance, balance_in, balance_of, with_sums
from orders.domain.money.credit import is_paid_later
from orders.domain.money.excess import settled_since_money_moved, sync_case, sync_refund_due_case, to_return_again
from orders.domain.money.summary import store_summary, wrong_summaries
from orders.models import BilledOrder, CaseKind, LedgerEntry, MoneyCase, Order, OrderStatus, Refund

log = logging.getLogger(__name__)

# An order is checked as long as its money may still move.
BALANCED_FOR = timedelta(days=60)
DEBTS = (CaseKind.DEBT, CaseKind.DEBT_OVERDUE)
UNBALANCED = (CaseKind.REFUND_DUE, *DEBTS)
# Kind of case and number of the order → its sum.
Sums = dict[tuple[str, int], Decimal | None]


def check_balances(*, at: datetime, dry_run: bool = False) -> int:
    """Open a case for every order that is overpaid, completed unpaid or owing for too long; return how many.

    Cases of orders whose sums agree again are closed. A case settled by a person stays settled until money moves.
    """
    settled, shown, wrong = _settled_balances(at), _shown_balances(), _wrong_balances(at)
    news = {key: amount for key, amount in wrong.items() if (*key, amount) not in settled}
    if not dry_run:
        differing = {number for kind, number in news if news[kind, number] != shown.get((kind, number))}
        gone = {number for _kind, number in shown.keys() - wrong.keys()}
        one_by_one(sorted(differing | gone), lambda number, moment: _show_balance(number, at=moment), at=at)
    return len(news)


def _wrong_balances(at: datetime) -> Sums:
    named = dict(to_return_again().values_list("order").annotate(sum=Sum("amount")))
    wrong: Sums = {}
    for order in _orders_to_balance(at).iterator(chunk_size=500):
        money = balance_in(order)
        excess = money.excess - named.get(order.pk, NO_MONEY)
        if excess > 0:
            wrong[CaseKind.REFUND_DUE, order.pk] = excess
        elif kind := _debt_of(order, money, at=at):
            wrong[kind, order.pk] = money.due
    return wrong


def _debt_of(order: Order, money: Balance, *, at: datetime) -> CaseKind | None:
    """Return the kind of case for an order's debt, if it needs one."""
    if money.due and order.status == OrderStatus.COMPLETED:
        return None if is_paid_later(order, at=at) else CaseKind.DEBT
    is_late = order.status == OrderStatus.CONFIRMED and order.owed_until and order.owed_until <= at
    return CaseKind.DEBT_OVERDUE if money.due and is_late else None


def _shown_balances() -> Sums:
    cases = MoneyCase.objects.open().filter(kind__in=UNBALANCED, order__isnull=False)
    return {(kind, number): amount for kind, number, amount in cases.values_list("kind", "order", "amount")}


def _show_balance(number: int, *, at: datetime) -> bool:
    """Sync the cases of one order under its lock: its money may have moved since it was compared."""
    with locks.short_waits():
        order = locks.lock_order(number)
        sync_refund_due_case(order, at=at)
        money = balance_of(order)
        for kind in DEBTS:
            sync_case(kind, order, money.due if _debt_of(order, money, at=at) == kind else NO_MONEY, at=at)
    return True


def _orders_to_balance(at: datetime) -> QuerySet[Order]:
    """Return orders whose money moved or whose time ended lately, those that owe, and those with an open case."""
    since = at - BALANCED_FOR
    moved = LedgerEntry.objects.filter(recorded_at__gte=since).values("order")
    ended = Order.objects.filter(status=OrderStatus.COMPLETED, period__endswith__gte=since).values("pk")
    asked = MoneyCase.objects.open().filter(kind__in=UNBALANCED, order__isnull=False).values("order")
    owing = Order.objects.filter(status=OrderStatus.CONFIRMED, owed_until__lte=at, due__gt=0).values("pk")
    billed = BilledOrder.objects.filter(bill__pay_by__gte=since, order__due__gt=0).values("order")
    found = Order.objects.filter(pk__in=moved.union(ended, owing, asked, billed))
    return with_sums(found.select_related("location", "company", "billed__bill"))


def _settled_balances(at: datetime) -> set[tuple[str, int, Decimal | None]]:
    """Return recently settled cases as kind, order and sum, if no money has moved since."""
    cases = MoneyCase.objects.filter(kind__in=UNBALANCED, closed_at__gte=at - BALANCED_FOR)
    return set(settled_since_money_moved(cases).values_list("kind", "order_id", "amount"))


def check_summaries(*, at: datetime, dry_run: bool = False) -> int:
    """Compare what is stored on the orders of late with their balance, and repair it; return how many differed.

    One with a refund under way is looked at however old it is: what it owes waits for the bank.
    """
    since = at - BALANCED_FOR
    moved = LedgerEntry.objects.filter(recorded_at__gte=since).values("order")
    moving = Refund.objects.under_way().values("attempt__order")
    of_late = Q(created_at__gte=since) | Q(period__endswith__gte=since) | Q(pk__in=moved) | Q(pk__in=moving)
    wrong = dict(wrong_summaries(Order.objects.filter(of_late)))
    if not dry_run:
        one_by_one(wrong, lambda number, _moment: _repair(number, wrong[number]), at=at)
    return len(wrong)


def _repair(number: int, difference: str) -> bool:
    with locks.short_waits():
        store_summary(locks.lock_order(number))
    log.warning("the stored sums of order %s were wrong and are written anew: %s", number, difference)
    return True
