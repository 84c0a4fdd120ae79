"""Positions of a fiscal receipt (54-FZ) from the lines of an order: pure, exact to the kopeck.

Discounts are spread over the positions they reduce, since a receipt has no negative position; the sum of
price × quantity must equal what is paid, or the tax service refuses the receipt.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from typing import Any

from olvery.shared.money import KOPECK, NO_MONEY
from orders.domain.money.tax import FULL_PAYMENT, plain_code

MOST_ITEMS = 80
LONGEST_TITLE = 128
ONE = Decimal(1)
MEASURES = {"hour": "hour", "day": "day"}
OTHER_MEASURE, PIECE = "another", "piece"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiscal:
    """The properties of a receipt position besides its sum, in the provider's terms: tags 1199, 1212 and 1214."""

    vat_code: int
    subject: str
    mode: str

    def settled(self) -> "Fiscal":
        """Return the properties once the service is rendered: full payment, and the plain rate."""
        return replace(self, vat_code=plain_code(self.vat_code), mode=FULL_PAYMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptItem:
    """A position of a fiscal receipt (54-FZ): `price` is per unit, roubles."""

    title: str
    quantity: Decimal
    price: Decimal
    fiscal: Fiscal
    measure: str = "piece"

    @property
    def amount(self) -> Decimal:
        """The sum of the position, roubles."""
        return self.quantity * self.price

    def settled(self) -> "ReceiptItem":
        """Return the position as receipts have it once the service is rendered."""
        return replace(self, fiscal=self.fiscal.settled())


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A line of an order as input for a receipt; reductions have a negative amount."""

    title: str
    quantity: Decimal
    unit: str
    amount: Decimal
    fiscal: Fiscal


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

    A part payment, like a discount, is spread over all positions in proportion. Raises ValueError
    if there is nothing to sell.
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

    `returned` is what was returned of each before, in roubles: no position returns more than it was sold for.
    Raises ValueError if not enough is left.
    """
    left = [item.amount - returned.get(place, NO_MONEY) for place, item in enumerate(items)]
    if amount > sum(left, NO_MONEY):
        raise ValueError("more would go back than the receipt names")
    charges = (
        Charge(title=one.title, quantity=one.quantity, unit=one.measure, amount=one.amount, fiscal=one.fiscal)
        for one in items
    )
    parts = zip(charges, allocate(amount, left), strict=True)
    return {place: _item(charge, part) for place, (charge, part) in enumerate(parts) if part}


def as_json_by_place(items: Sequence[tuple[int, ReceiptItem]]) -> list[dict[str, Any]]:
    """Return the positions of a refund as JSON, each with its index in the receipt of the payment."""
    rows = as_json(item for _place, item in items)
    return [{**row, "place": place} for (place, _position), row in zip(items, rows, strict=True)]


def returned_by_place(stored: Iterable[dict[str, Any]]) -> dict[int, Decimal]:
    """Return the sums that stored refunds return, by index of the position in the payment's receipt, roubles."""
    returned: dict[int, Decimal] = defaultdict(Decimal)
    for row in stored:
        returned[row["place"]] += amount_of(row)
    return returned


def amount_of(row: Mapping[str, Any]) -> Decimal:
    """Return the sum of a stored position, roubles."""
    return Decimal(row["quantity"]) * Decimal(row["price"])


def as_json(items: Iterable[ReceiptItem]) -> list[dict[str, Any]]:
    return [
        {
            "title": item.title,
            "quantity": str(item.quantity),
            "price": str(item.price),
            "measure": item.measure,
            "vat_code": item.fiscal.vat_code,
            "subject": item.fiscal.subject,
            "mode": item.fiscal.mode,
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
            fiscal=Fiscal(vat_code=row["vat_code"], subject=row["subject"], mode=row["mode"]),
        )
        for row in stored
    )


def _merged(charges: Iterable[Charge]) -> list[Charge]:
    """Merge equal lines into one position, and lines beyond MOST_ITEMS into a last one for each tax and subject."""
    joined: dict[tuple[str, str, Decimal, Fiscal], Charge] = {}
    for charge in charges:
        key = charge.title, charge.unit, charge.amount / charge.quantity, charge.fiscal
        known = joined.get(key)
        joined[key] = replace(
            charge,
            quantity=charge.quantity + (known.quantity if known else 0),
            amount=charge.amount + (known.amount if known else 0),
        )
    rows = list(joined.values())
    if len(rows) <= MOST_ITEMS:
        return rows
    whole = MOST_ITEMS - len({row.fiscal for row in rows})
    last: dict[Fiscal, Charge] = {}
    for row in rows[whole:]:
        known = last.get(row.fiscal, replace(row, quantity=ONE, unit="", amount=NO_MONEY))
        last[row.fiscal] = replace(known, amount=known.amount + row.amount)
    return [*rows[:whole], *last.values()]


def _item(charge: Charge, amount: Decimal) -> ReceiptItem:
    title = " ".join(charge.title.split())[:LONGEST_TITLE]
    price = (amount / charge.quantity).quantize(KOPECK, rounding=ROUND_DOWN)
    if price * charge.quantity == amount:
        known = MEASURES.get(charge.unit, OTHER_MEASURE if charge.unit not in ("", PIECE) else PIECE)
        quantity = charge.quantity.normalize() + 0
        return ReceiptItem(title=title, quantity=quantity, price=price, measure=known, fiscal=charge.fiscal)
    # 1.5 hours at 333.33 do not divide into kopecks: one position with quantity 1 does.
    return ReceiptItem(title=title, quantity=ONE, price=amount, measure=OTHER_MEASURE, fiscal=charge.fiscal)
