"""What we hold of an order beyond its cost: every rouble of it stands in one line of the money desk."""

from datetime import datetime

from django.db.models import Sum

from olvery.shared.money import NO_MONEY
from orders.domain.cases import close_cases, open_case
from orders.domain.ledger import balance_of
from orders.models import CaseKind, MoneyCase, Order


def show_excess(order: Order, *, at: datetime) -> None:
    """Make the open lines of a locked order add up to what is to be returned. Call it whenever its money moved.

    A refund that did not go through keeps a line of its own while all of its sum is still here; what remains
    is one line «to return».
    """
    excess = balance_of(order).excess
    refused = MoneyCase.objects.open().filter(order=order, kind=CaseKind.REFUND_FAILED)
    named = refused.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY
    if named > excess:  # it went back in another way
        refused.update(closed_at=at)
        named = NO_MONEY
    close_cases(CaseKind.TO_RETURN, order=order, at=at)
    if excess > named:
        open_case(CaseKind.TO_RETURN, at=at, order=order, amount=excess - named)
