"""What a customer owes at a location, and what is to be returned to them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Min, Q, Sum

from olvery.shared.money import NO_MONEY
from orders.domain.money.balance import balances_of
from orders.models import Order, OrderStatus

# The stored sums say where there may be too much; how much, what is on its way back included, only the balance says.
MAY_EXCEED = (
    Q(paid__gt=F("total"))
    | Q(status=OrderStatus.CANCELLED, paid__gt=F("kept"))
    | Q(status=OrderStatus.EXPIRED, paid__gt=0)
)


@dataclass(frozen=True, slots=True)
class Account:
    """All orders of a customer at a location, roubles; `for_companies` is the part of `owed` that companies owe."""

    first_at: datetime | None
    owed: Decimal
    for_companies: Decimal
    excess: Decimal


def account_of(customer_id: int, location_id: int) -> Account:
    """Add up the orders of a customer. One query, one more where too much may have been paid."""
    orders = Order.objects.filter(customer=customer_id, location=location_id)
    sums = orders.aggregate(
        first_at=Min("created_at"),
        owed=Sum("due", default=NO_MONEY),
        for_companies=Sum("due", filter=Q(company__isnull=False), default=NO_MONEY),
        exceeding=ArrayAgg("pk", filter=MAY_EXCEED, default=[]),
    )
    numbers = sums.pop("exceeding")
    balances = balances_of([Order(pk=number) for number in numbers]).values() if numbers else ()
    return Account(**sums, excess=sum((balance.excess for balance in balances), NO_MONEY))
