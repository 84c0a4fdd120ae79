"""What we hold of an order beyond its cost: every rouble of it stands in one line of the money desk."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum

from olvery.shared.money import NO_MONEY
from orders.domain.money.balance import balance_of
from orders.domain.money.cases import open_case
from orders.models import CaseKind, LedgerEntry, MoneyCase, Order


def sync_refund_due_case(order: Order, *, at: datetime) -> None:
    """Make the open lines of a locked order add up to what is to be returned. Call it whenever its money moved.

    A refund that did not go through keeps a line of its own while all of its sum is still here; what remains
    is one line «to return». When a person settles the line of such a refund, its money is still ours to return.
    """
    excess = balance_of(order).excess
    refused = MoneyCase.objects.open().filter(order=order, kind=CaseKind.REFUND_FAILED)
    named = refused.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY
    if named > excess:  # it went back in another way
        refused.update(closed_at=at)
        named = NO_MONEY
    sync_case(CaseKind.REFUND_DUE, order, excess - named, at=at)


def sync_case(kind: CaseKind, order: Order, amount: Decimal, *, at: datetime) -> None:
    """Have one open line of a kind name this sum of a locked order, or none for 0.

    A line that names it already stays as it is. What a person has settled stays so until money moves again.
    """
    lines = MoneyCase.objects.filter(kind=kind, order=order)
    lines.open().exclude(amount=amount).update(closed_at=at)
    if amount and not settled_since_money_moved(lines.filter(amount=amount)).exists():
        open_case(kind, at=at, order=order, amount=amount)


def settled_since_money_moved(cases: "QuerySet[MoneyCase]") -> "QuerySet[MoneyCase]":
    """Return the cases that a person has settled, where no money of the order has moved since."""
    moved = LedgerEntry.objects.filter(order=OuterRef("order"), recorded_at__gt=OuterRef("closed_at"))
    return cases.filter(closed_by__isnull=False).exclude(Exists(moved))
