"""Money paid beyond the cost of an order: every rouble of it is in exactly one open case."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum

from olvery.shared.money import NO_MONEY
from orders.domain.money.balance import Balance, balance_of, given_back_since
from orders.domain.money.cases import open_case
from orders.models import CaseKind, LedgerEntry, MoneyCase, Order, OrderStatus, Refund


def sync_refund_due_case(order: Order, *, at: datetime) -> None:
    """Make the open cases of a locked order add up to its excess. Call it after every movement of money.

    A failed refund keeps its own case while its whole sum is still here; the rest is one case REFUND_DUE.
    If a person settles the case of a failed refund, its sum still has to be returned.
    """
    balance, refused = balance_of(order), to_return_again().filter(order=order)
    named = _named(refused)
    if named > balance.excess:  # it went back in another way
        refused.update(closed_at=at)
        named = NO_MONEY
    if not spent_on_debt(order):
        _spent(order).update(closed_at=at)
    sync_case(CaseKind.REFUND_DUE, order, balance.excess - named, at=at)


def to_return_again() -> QuerySet[MoneyCase]:
    """Return the open cases of failed refunds whose sums are to be returned; others pay for what their orders owed."""
    return MoneyCase.objects.open().filter(kind=CaseKind.REFUND_FAILED, amount__isnull=False)


def pays_for_order(refund: Refund) -> bool:
    """Whether the sum of a refund that has just failed is here, and pays for what its order owed meanwhile."""
    order = refund.attempt.order
    balance, named = balance_of(order), _named(to_return_again().filter(order=order))
    return balance.excess - named < refund.amount <= balance.at_hand


def owed_back(order: Order, balance: Balance) -> Decimal:
    """Return how much of the money of a locked order may go back before a refund lowers its cost, roubles."""
    return balance.excess if order.status == OrderStatus.CANCELLED else max(balance.excess, spent_on_debt(order))


def spent_on_debt(order: Order) -> Decimal:
    """Return the sums of failed refunds that pay for what an order owed, less what went back since, roubles.

    The cost was lowered for them, if at all: what goes back of them is owed again. A refund requested after another had
    failed takes from the sum of that one, and counts only beyond it. Two queries, one if there are none.
    """
    failed = _spent(order).order_by("opened_at").values_list("opened_at", "refund__requested_at", "refund__amount")
    counted: list[tuple[datetime, Decimal]] = []
    for opened, requested, amount in failed:
        known = sum((part for since, part in counted if since <= requested), NO_MONEY)
        counted.append((opened, max(amount - known, NO_MONEY)))
    if not counted:
        return NO_MONEY
    spent = sum(part for _since, part in counted)
    return max(spent - given_back_since(order, counted[0][0]), NO_MONEY)


def _spent(order: Order) -> QuerySet[MoneyCase]:
    return MoneyCase.objects.open().filter(kind=CaseKind.REFUND_FAILED, amount=None, order=order)


def _named(cases: QuerySet[MoneyCase]) -> Decimal:
    return cases.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY


def sync_case(kind: CaseKind, order: Order, amount: Decimal, *, at: datetime) -> None:
    """Keep one open case of a kind with this sum for a locked order, or none for 0.

    A case with this sum is left alone. A case settled by a person stays settled until money moves again.
    """
    cases = MoneyCase.objects.filter(kind=kind, order=order)
    cases.open().exclude(amount=amount).update(closed_at=at)
    if amount and not settled_since_money_moved(cases.filter(amount=amount)).exists():
        open_case(kind, at=at, order=order, amount=amount)


def settled_since_money_moved(cases: "QuerySet[MoneyCase]") -> "QuerySet[MoneyCase]":
    """Return the cases settled by a person since the last movement of money of their order."""
    moved = LedgerEntry.objects.filter(order=OuterRef("order"), recorded_at__gt=OuterRef("closed_at"))
    return cases.filter(closed_by__isnull=False).exclude(Exists(moved))
