"""Lines of invoices and acts: discounts included in the lines, VAT by line; always in Russian."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import translation

from coworking.models import Unit, Vat
from olvery.shared.formats import period
from olvery.shared.money import KOPECK, NO_MONEY, to_kopecks
from orders.domain.money.receipts import allocate
from orders.domain.money.standing import Standing, standing
from orders.models import LineKind, Order, OrderLine

LANGUAGE = "ru"  # customers get Russian texts, whatever language the manager works in
PIECE, SERVICE = "шт", "усл."


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A line with its share of the discounts; sums in roubles, `vat_rate` in per cent or None."""

    title: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    vat_rate: Decimal | None = None

    @property
    def vat(self) -> Decimal:
        """The VAT contained in the sum, roubles."""
        return vat_of(self.amount, self.vat_rate) if self.vat_rate is not None else NO_MONEY


def vat_of(total: Decimal, rate: Decimal) -> Decimal:
    """Return the VAT contained in a sum, in roubles; the rate is in per cent."""
    return to_kopecks(total * rate / (100 + rate))


def vat_by_rate(lines: Iterable[DocumentLine]) -> dict[Decimal, Decimal]:
    """Return the VAT of all lines by rate, highest first, roubles; untaxed lines have none."""
    sums: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.vat_rate is not None:
            sums[line.vat_rate] += line.vat
    return dict(sorted(sums.items(), reverse=True))


def lines_of(order: Order, lines: Sequence[OrderLine], *, vat: Vat) -> list[DocumentLine]:
    """Return the lines of an order; `vat` is the rate of those without a rate of their own."""
    sold = [one for one in standing(lines) if not one.is_reduction]
    parts = allocate(sum((line.amount for line in lines), NO_MONEY), [one.amount for one in sold])
    with translation.override(LANGUAGE):
        return [_line(order, one, part, vat) for one, part in zip(sold, parts, strict=True)]


def order_by_rate(order: Order, lines: Sequence[DocumentLine], total: Decimal, *, what: str) -> list[DocumentLine]:
    """Return so many roubles of an order as one line for each of its rates."""
    sums: dict[Decimal | None, Decimal] = defaultdict(Decimal)
    for line, part in zip(lines, allocate(total, [line.amount for line in lines]), strict=True):
        sums[line.vat_rate] += part
    with translation.override(LANGUAGE):
        when = period(order.period, order.location.zone)
    title = f"{what} {order.pk}: {order.service_name}, {order.tariff_name}, {when}"
    return [
        DocumentLine(title=title, quantity=Decimal(1), unit=PIECE, price=part, amount=part, vat_rate=rate)
        for rate, part in sums.items()
        if part
    ]


def as_json(lines: Iterable[DocumentLine]) -> list[dict[str, Any]]:
    """Return lines as a document stores them."""
    return [
        {
            "title": line.title,
            "quantity": f"{line.quantity:f}",
            "unit": line.unit,
            "price": str(line.price),
            "amount": str(line.amount),
            "vat_rate": None if line.vat_rate is None else str(line.vat_rate),
        }
        for line in lines
    ]


def from_json(rows: Iterable[dict[str, Any]], *, vat_rate: str | None = None) -> tuple[DocumentLine, ...]:
    """Return the lines from `as_json`; `vat_rate` applies to lines stored without a rate."""
    found = []
    for row in rows:
        rate = row.get("vat_rate", vat_rate)
        numbers = {name: Decimal(row[name]) for name in ("quantity", "price", "amount")}
        vat = None if rate is None else Decimal(rate)
        found.append(DocumentLine(title=row["title"], unit=row["unit"], vat_rate=vat, **numbers))
    return tuple(found)


def _line(order: Order, one: Standing, amount: Decimal, vat: Vat) -> DocumentLine:
    line, quantity = one.line, one.quantity.normalize() + 0
    unit = str(Unit(line.unit).label).lower() if line.unit else PIECE
    price = (amount / quantity).quantize(KOPECK)
    if price * quantity != amount:  # a discount that does not divide into kopecks: one position with quantity 1 does
        quantity, unit, price = Decimal(1), SERVICE if line.unit else PIECE, amount
    rate = (line.vat or vat).rate
    return DocumentLine(
        title=_title(order, line), quantity=quantity, unit=unit, price=price, amount=amount, vat_rate=rate
    )


def _title(order: Order, line: OrderLine) -> str:
    if line.kind == LineKind.EXTRA or line.ticket is None:
        return line.title
    seat = f", место {line.ticket.seat.label}" if line.ticket.seat else ""
    return f"{line.title}{seat}, {period(line.ticket.period, order.location.zone)}"
