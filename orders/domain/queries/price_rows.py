"""The lines of a price as screens show them: equal lines of many tickets are one row."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from olvery.shared.money import NO_MONEY
from orders.domain.booking.pricing import PriceLine
from orders.models import OrderLine
from orders.models.line import REDUCING


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Equal lines, shown as one."""

    lines: tuple[PriceLine | OrderLine, ...]

    @property
    def line(self) -> PriceLine | OrderLine:
        """The first of them, which names what is priced."""
        return self.lines[0]

    @property
    def count(self) -> int:
        """How many times the quantity applies: pieces are added up, hours and days of several tickets are not."""
        return len(self.lines) if self.line.unit else 1

    @property
    def quantity(self) -> Decimal:
        """The quantity of each line, or the total for things without a unit."""
        return self.line.quantity if self.line.unit else sum((line.quantity for line in self.lines), Decimal(0))

    @property
    def amount(self) -> Decimal:
        """The sum of all lines."""
        return sum((line.amount for line in self.lines), NO_MONEY)

    @property
    def ticket_number(self) -> int | None:
        """The ticket, if the row is about a single one."""
        return getattr(self.line, "ticket_id", None) if len(self.lines) == 1 else None


def price_rows(lines: Iterable[PriceLine | OrderLine]) -> list[PriceRow]:
    """Return rows in the order of their first lines. Each reduction is a row of its own: it was a separate decision."""
    rows: dict[object, list[PriceLine | OrderLine]] = {}
    for place, line in enumerate(lines):
        rows.setdefault(place if line.kind in REDUCING else _alike(line), []).append(line)
    return [PriceRow(tuple(equal)) for equal in rows.values()]


def _alike(line: PriceLine | OrderLine) -> tuple[object, ...]:
    """Return what lines of one row have in common; a negative amount reverses another line."""
    quantity = line.quantity if line.unit else None
    return line.kind, line.title, line.unit, line.unit_price, quantity, line.amount < 0
