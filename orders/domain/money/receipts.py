"""Positions of a fiscal receipt (54-FZ) from the lines of an order: pure, exact to the kopeck.

Discounts are spread over the positions they reduce, since a receipt has no negative position; the sum of
price × quantity equals what is paid, or the receipt is refused by the tax service.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from olvery.shared.money import KOPECK, NO_MONEY

MOST_ITEMS = 80
LONGEST_TITLE = 128
ONE = Decimal(1)
MEASURES = {"hour": "hour", "day": "day"}
OTHER_MEASURE, PIECE = "another", "piece"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptItem:
    """A position of a fiscal receipt (54-FZ): `price` is of one unit, roubles."""

    title: str
    quantity: Decimal
    price: Decimal
    measure: str = "piece"

    @property
    def amount(self) -> Decimal:
        """The sum of the position, roubles."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A line of an order as input for a receipt; reductions have a negative amount."""

    title: str
    quantity: Decimal
    unit: str
    amount: Decimal


def allocate(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split a sum in proportion to the weights, to the kopeck, so that the parts add up to it exactly.

    The kopecks that rounding leaves over go to the largest remainders. Raises ValueError without weight.
    """
    whole = sum(weights, NO_MONEY)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("nothing to split a sum over")
    exact = [total * weight / whole for weight in weights]
    parts = [part.quantize(KOPECK, rounding=ROUND_DOWN) for part in exact]
    left = int((total - sum(parts, NO_MONEY)) / KOPECK)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:left]:
        parts[i] += KOPECK
    return parts


def receipt_items(charges: Iterable[Charge], amount: Decimal) -> tuple[ReceiptItem, ...]:
    """Return the positions for a payment of `amount` roubles towards these lines.

    A payment of a part, like a discount, is spread over all positions in proportion. Raises ValueError
    where there is nothing to sell.
    """
    sold = _merged(charge for charge in charges if charge.amount > 0)
    parts = allocate(amount, [charge.amount for charge in sold])
    items = tuple(_item(charge, part) for charge, part in zip(sold, parts, strict=True) if part)
    assert sum((item.amount for item in items), NO_MONEY) == amount  # noqa: S101 - never send an unequal receipt
    return items


def returned_items(
    items: Sequence[ReceiptItem], amount: Decimal, returned: Mapping[int, Decimal]
) -> dict[int, ReceiptItem]:
    """Spread a partial refund over the positions of the receipt; the keys are their indexes in `items`.

    `returned` is what went back of each before, in roubles: no position returns more than it was sold for.
    Raises ValueError if not enough is left.
    """
    left = [item.amount - returned.get(place, NO_MONEY) for place, item in enumerate(items)]
    if amount > sum(left, NO_MONEY):
        raise ValueError("more would go back than the receipt names")
    charges = (Charge(title=one.title, quantity=one.quantity, unit=one.measure, amount=one.amount) for one in items)
    parts = zip(charges, allocate(amount, left), strict=True)
    return {place: _item(charge, part) for place, (charge, part) in enumerate(parts) if part}


def as_json_by_place(items: Mapping[int, ReceiptItem]) -> list[dict[str, Any]]:
    """Return the positions of a refund as JSON, each with its index in the receipt of the payment."""
    return [{**row, "place": place} for place, row in zip(items, as_json(items.values()), strict=True)]


def returned_by_place(stored: Iterable[dict[str, Any]]) -> dict[int, Decimal]:
    """Return what stored refunds return of each position of the payment's receipt, by index, roubles."""
    returned: dict[int, Decimal] = defaultdict(Decimal)
    for row, item in zip(stored := list(stored), from_json(stored), strict=True):
        returned[row["place"]] += item.amount
    return returned


def as_json(items: Iterable[ReceiptItem]) -> list[dict[str, str]]:
    """Return positions as JSON."""
    return [
        {
            "title": item.title,
            "quantity": str(item.quantity),
            "price": str(item.price),
            "measure": item.measure,
        }
        for item in items
    ]


def from_json(stored: Iterable[dict[str, Any]]) -> tuple[ReceiptItem, ...]:
    """Return positions from the JSON of `as_json`."""
    return tuple(
        ReceiptItem(
            title=row["title"],
            quantity=Decimal(row["quantity"]),
            price=Decimal(row["price"]),
            measure=row["measure"],
        )
        for row in stored
    )


def _merged(charges: Iterable[Charge]) -> list[Charge]:
    """Merge equal lines into one position, and lines beyond MOST_ITEMS into the last one."""
    joined: dict[tuple[str, str, Decimal], Charge] = {}
    for charge in charges:
        key = charge.title, charge.unit, charge.amount / charge.quantity
        known = joined.get(key)
        joined[key] = Charge(
            title=charge.title,
            unit=charge.unit,
            quantity=charge.quantity + (known.quantity if known else 0),
            amount=charge.amount + (known.amount if known else 0),
        )
    rows = list(joined.values())
    if len(rows) <= MOST_ITEMS:
        return rows
    rest = rows[MOST_ITEMS - 1 :]
    last = Charge(title=rest[0].title, quantity=ONE, unit="", amount=sum((row.amount for row in rest), NO_MONEY))
    return [*rows[: MOST_ITEMS - 1], last]


def _item(charge: Charge, amount: Decimal) -> ReceiptItem:
    title = " ".join(charge.title.split())[:LONGEST_TITLE]
    price = (amount / charge.quantity).quantize(KOPECK, rounding=ROUND_DOWN)
    if price * charge.quantity == amount:
        known = MEASURES.get(charge.unit, OTHER_MEASURE if charge.unit not in ("", PIECE) else PIECE)
        return ReceiptItem(title=title, quantity=charge.quantity.normalize() + 0, price=price, measure=known)
    # 1.5 hours at 333.33 do not divide into kopecks: one position with quantity 1 does.
    return ReceiptItem(title=title, quantity=ONE, price=amount, measure=OTHER_MEASURE)
