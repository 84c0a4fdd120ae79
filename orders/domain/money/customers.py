"""What a customer owes at a location, and what is to be returned to them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Min, Q, QuerySet, Sum

from olvery.shared.money import NO_MONEY
from olvery.shared.written import Written
from orders.domain.money.balance import balances_of
from orders.models import Order, OrderStatus

# The stored sums tell which orders may be overpaid; the balance, which has refunds in progress, tells by how much.
MAY_EXCEED = (
    Q(paid__gt=F("total"))
    | Q(status=OrderStatus.CANCELLED, paid__gt=F("kept"))
    | Q(status=OrderStatus.EXPIRED, paid__gt=0)
)


@dataclass(frozen=True, slots=True)
class Account:
    """The sums of all orders of a customer at a location, roubles; companies owe the part `for_companies` of `owed`."""

    first_at: datetime | None
    owed: Decimal
    for_companies: Decimal
    excess: Decimal


def _sums(customer_id: int, location_id: int) -> QuerySet[Any, Any]:
    orders = Order.objects.filter(customer=customer_id, location=location_id).order_by().values("customer")
    return orders.annotate(
        first_at=Min("created_at"),
        owed=Sum("due"),
        for_companies=Sum("due", filter=Q(company__isnull=False), default=NO_MONEY),
        exceeding=ArrayAgg("pk", filter=MAY_EXCEED, default=[]),
    ).values_list("first_at", "owed", "for_companies", "exceeding")


_SUMS: Written[Any] = Written(_sums, customer_id=-1, location_id=-2)


def account_of(customer_id: int, location_id: int) -> Account:
    """Add up the orders of a customer. One query, one more if any may be overpaid."""
    for first_at, owed, for_companies, exceeding in _SUMS(customer_id=customer_id, location_id=location_id):
        balances = balances_of([Order(pk=number) for number in exceeding]).values() if exceeding else ()
        excess = sum((balance.excess for balance in balances), NO_MONEY)
        return Account(first_at, owed, for_companies, excess)
    return Account(None, NO_MONEY, NO_MONEY, NO_MONEY)
