"""Money paid beyond the cost of an order: every rouble of it is in exactly one open case."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from olvery.shared.money import NO_MONEY
from olvery.shared.written import Written
from orders.domain.money.balance import Balance, balance_of, given_back_since
from orders.domain.money.cases import open_case
from orders.models import CaseKind, LedgerEntry, MoneyCase, Order, OrderStatus, Refund

_OPEN = Written(
    lambda number: MoneyCase.objects.open().filter(order=number).select_related("refund").order_by("opened_at", "pk"),
    number=-1,
)


def sync_refund_due_case(order: Order, *, at: datetime) -> None:
    """Make the open cases of a locked order add up to its excess. Call it after every movement of money.

    A failed refund keeps its own case while its whole sum is still here; the rest is one case REFUND_DUE.
    If a person settles the case of a failed refund, its sum still has to be returned.
    """
    balance, cases = balance_of(order), _OPEN(number=order.pk)
    named = _named(cases)
    if named > balance.excess:  # it went back in another way
        _close([case for case in _failed(cases) if case.amount is not None], at=at)
        named = NO_MONEY
    if not _spent_on_debt(order, cases):
        _close([case for case in _failed(cases) if case.amount is None], at=at)
    _sync(CaseKind.REFUND_DUE, order, balance.excess - named, cases, at=at)


def to_return_again() -> QuerySet[MoneyCase]:
    """Return the open cases of failed refunds whose sums are to be returned; others pay for what their orders owed."""
    return MoneyCase.objects.open().filter(kind=CaseKind.REFUND_FAILED, amount__isnull=False)


def pays_for_order(refund: Refund) -> bool:
    """Whether the sum of a refund that has just failed is here, and pays for what its order owed meanwhile."""
    order = refund.attempt.order
    balance, named = balance_of(order), _named(_OPEN(number=order.pk))
    return balance.excess - named < refund.amount <= balance.at_hand


def owed_back(order: Order, balance: Balance) -> Decimal:
    """Return how much of the money of a locked order may go back before a refund lowers its cost, roubles."""
    if order.status == OrderStatus.CANCELLED:
        return balance.excess
    return max(balance.excess, _spent_on_debt(order, _OPEN(number=order.pk)))


def _spent_on_debt(order: Order, cases: Iterable[MoneyCase]) -> Decimal:
    """Return the sums of failed refunds that pay for what an order owed, less what went back since, roubles.

    The cost was lowered for them, if at all: what goes back of them is owed again. A refund requested after another had
    failed takes from the sum of that one, and counts only beyond it. One query, none if there are none.
    """
    counted: list[tuple[datetime, Decimal]] = []
    for case in _failed(cases):
        if case.amount is None and case.refund:
            known = sum((part for since, part in counted if since <= case.refund.requested_at), NO_MONEY)
            counted.append((case.opened_at, max(case.refund.amount - known, NO_MONEY)))
    if not counted:
        return NO_MONEY
    spent = sum(part for _since, part in counted)
    return max(spent - given_back_since(order, counted[0][0]), NO_MONEY)


def _failed(cases: Iterable[MoneyCase]) -> list[MoneyCase]:
    return [case for case in cases if case.kind == CaseKind.REFUND_FAILED]


def _named(cases: Iterable[MoneyCase]) -> Decimal:
    """Return the sums of failed refunds that are to be returned, roubles."""
    return sum((case.amount or NO_MONEY for case in _failed(cases)), NO_MONEY)


def sync_case(kind: CaseKind, order: Order, amount: Decimal, *, at: datetime) -> None:
    """Keep one open case of a kind with this sum for a locked order, or none for 0.

    A case with this sum is left alone. A case settled by a person stays settled until money moves again.
    """
    _sync(kind, order, amount, _OPEN(number=order.pk), at=at)


def _sync(kind: CaseKind, order: Order, amount: Decimal, cases: Iterable[MoneyCase], *, at: datetime) -> None:
    shown = [case for case in cases if case.kind == kind]
    _close([case for case in shown if case.amount != amount], at=at)
    if not amount or any(case.amount == amount for case in shown):
        return
    if not settled_since_money_moved(MoneyCase.objects.filter(kind=kind, order=order, amount=amount)).exists():
        open_case(kind, at=at, order=order, amount=amount)


def _close(cases: Sequence[MoneyCase], *, at: datetime) -> None:
    if cases:
        MoneyCase.objects.open().filter(pk__in=[case.pk for case in cases]).update(closed_at=at)


def settled_since_money_moved(cases: "QuerySet[MoneyCase]") -> "QuerySet[MoneyCase]":
    """Return the cases settled by a person since the last movement of money of their order."""
    moved = LedgerEntry.objects.filter(order=OuterRef("order"), recorded_at__gt=OuterRef("closed_at"))
    return cases.filter(closed_by__isnull=False).exclude(Exists(moved))
