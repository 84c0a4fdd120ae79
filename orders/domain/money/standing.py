"""What is left of the price lines of an order: pure.

Lines are only added. A line of a change reverses another one, or a part of it, and can be reversed itself.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from olvery.shared.money import NO_MONEY
from orders.models import LineKind, OrderLine
from orders.models.line import REDUCING


@dataclass(frozen=True, slots=True)
class Standing:
    """A line with what later lines have left of it: in units of the line, and in roubles."""

    line: OrderLine
    quantity: Decimal
    amount: Decimal

    @property
    def is_reduction(self) -> bool:
        """Whether it lowers the price of the whole order."""
        return self.line.kind in REDUCING

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is left: no time or, for a reduction, no money."""
        return not self.amount if self.is_reduction else not self.quantity


def standing(lines: Iterable[OrderLine]) -> list[Standing]:
    """Return the lines that are not fully reversed, in their order; what is left of them is the sum of all lines."""
    back: dict[int, tuple[Decimal, Decimal]] = defaultdict(lambda: (NO_MONEY, NO_MONEY))
    found = []
    for line in sorted(lines, key=lambda one: one.pk, reverse=True):
        quantity, amount = back[line.pk]
        left = Standing(line, line.quantity - quantity, line.amount + amount)
        if line.kind == LineKind.CHANGE:
            quantity, amount = back[line.reverses_id or 0]
            back[line.reverses_id or 0] = quantity + left.quantity, amount + left.amount
        elif not left.is_gone:
            found.append(left)
    return found[::-1]
