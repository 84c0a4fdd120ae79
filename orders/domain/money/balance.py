"""The balance of an order: cost, paid, due and excess, computed in one place."""

from dataclasses import dataclass
from decimal import Decimal

from olvery.shared.money import NO_MONEY
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Balance:
    """The money of an order at one moment, roubles."""

    cost: Decimal
    paid: Decimal
    returning: Decimal

    @property
    def due(self) -> Decimal:
        """What the customer still owes."""
        return max(self.cost - self.paid, NO_MONEY)

    @property
    def excess(self) -> Decimal:
        """What we hold beyond the cost and have not begun to return."""
        return max(self.paid - self.returning - self.cost, NO_MONEY)


def balance_of(order: Order) -> Balance:
    """Return where the money of a locked order stands. One query."""
    return balance_in(Order.objects.only("status", "kept").with_balance().get(pk=order.pk))


def balance_in(order: Order) -> Balance:
    """Return the money of an order that was read `with_balance`."""
    return Balance(cost=order.cost, paid=order.held, returning=order.returning)
