"""What a change of tickets does to the price: it adds lines and alters none. Pure.

What stays keeps the price it was sold at, what is new costs today's price. What was bought last is the first
to be given back.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from coworking.models import Extra, Tariff, Unit
from olvery.shared.money import NO_MONEY, to_kopecks
from orders.domain.booking.pricing import MINUTES, PriceLine, cost_of
from orders.domain.money.standing import Standing
from orders.models import LineKind, OrderLine

ONE = Decimal(1)
THOUSANDTH = Decimal("0.001")
SOLD = (LineKind.TARIFF, LineKind.EXTRA)


def exact_units(quantity: Decimal, unit: str) -> Decimal:
    """Return a stored number of units without its rounding: a third of an hour is twenty minutes."""
    return Decimal(round(quantity * MINUTES)) / MINUTES if unit == Unit.HOUR else quantity


def lines_of_length(
    sold: Sequence[Standing], tariff: Tariff, units: Decimal, *, ticket: int, by_pass: bool
) -> list[PriceLine]:
    """Return the lines that a new length under the same tariff adds; `sold` are the ticket's lines of the tariff."""
    more = exact_units(units - _sum(exact_units(one.quantity, tariff.unit) for one in sold), tariff.unit)
    if more > 0:
        return [line_of_tariff(tariff, more, ticket=ticket, by_pass=by_pass)]
    return list(_given_back(sold, -more))


def line_of_tariff(tariff: Tariff, units: Decimal, *, ticket: int, by_pass: bool) -> PriceLine:
    """Return a line of so many units at today's price, or at zero for an order paid `by_pass`."""
    price = NO_MONEY if by_pass else tariff.price
    return PriceLine(
        kind=LineKind.TARIFF,
        title=f"{tariff.service.name}, {tariff.name}",
        quantity=units.quantize(THOUSANDTH),
        unit=tariff.unit,
        unit_price=price,
        amount=cost_of(units, price),
        ticket=ticket,
    )


def lines_of_extra(sold: Sequence[Standing], extra: Extra | None, quantity: int, *, ticket: int) -> list[PriceLine]:
    """Return the lines that a new quantity of an extra adds; `sold` are the ticket's lines of it.

    None stands for one that is no longer on sale: its quantity can only go down.
    """
    more = quantity - _sum(one.quantity for one in sold)
    if extra is None or more <= 0:
        return list(_given_back(sold, -more))
    return [
        PriceLine(
            kind=LineKind.EXTRA,
            title=extra.name,
            quantity=more,
            unit="",
            unit_price=extra.price,
            amount=to_kopecks(extra.price * more),
            ticket=ticket,
            extra=extra,
        )
    ]


def _given_back(sold: Sequence[Standing], quantity: Decimal) -> Iterator[PriceLine]:
    for one in reversed(sold):
        there = exact_units(one.quantity, one.line.unit)
        part = min(there, quantity)
        if part > 0:
            yield taken_back(one, left=exact_units(there - part, one.line.unit))
            quantity = exact_units(quantity - part, one.line.unit)


def taken_back(one: Standing, *, left: Decimal = NO_MONEY) -> PriceLine:
    """Return the line that reverses another, except for the units of it that are `left`."""
    line = one.line
    amount = cost_of(left, line.unit_price) - one.amount if left else -one.amount
    return reversal(line, quantity=one.quantity - left.quantize(THOUSANDTH), unit_price=-line.unit_price, amount=amount)


def reversal(line: OrderLine, *, quantity: Decimal, unit_price: Decimal, amount: Decimal) -> PriceLine:
    """Return the line that reverses so many units of another."""
    return PriceLine(
        kind=LineKind.CHANGE,
        title=line.title,
        quantity=quantity,
        unit=line.unit,
        unit_price=unit_price,
        amount=amount,
        ticket=line.ticket_id,
        reverses=line,
    )


def lines_of_discount(
    stands: Sequence[Standing], added: Iterable[PriceLine], *, most: Decimal | None = None
) -> list[PriceLine]:
    """Return the lines that keep the discount's share of the price, and a price reduction within the price.

    `most` is the upper limit of the discount, roubles. A price reduction is a sum that was granted
    once: it stays, unless the order costs less than it now.
    """
    sold = _sum(one.amount for one in stands if one.line.kind in SOLD)
    then = sold + _sum(line.amount for line in added)
    kept = _sum(one.amount for one in stands if one.line.kind == LineKind.KEPT)
    discounts = [one for one in stands if one.line.kind == LineKind.DISCOUNT]
    allowances = [one for one in stands if one.line.kind == LineKind.ALLOWANCE]
    was = -_sum(one.amount for one in discounts)
    wanted = to_kopecks(was * then / sold) if sold else NO_MONEY
    wanted = wanted if most is None else min(wanted, most)
    lines = list(_discount(discounts, wanted - was))
    beyond = -_sum(one.amount for one in allowances) - (then - wanted + kept)
    return [*lines, *_less_reduction(allowances, max(beyond, NO_MONEY))]


def _discount(discounts: Sequence[Standing], more: Decimal) -> Iterator[PriceLine]:
    if more > 0:
        title = discounts[-1].line.title
        yield PriceLine(kind=LineKind.DISCOUNT, title=title, quantity=ONE, unit="", unit_price=-more, amount=-more)
    yield from _less_reduction(discounts, -more)


def _less_reduction(reductions: Sequence[Standing], amount: Decimal) -> Iterator[PriceLine]:
    for one in reversed(reductions):
        part = min(-one.amount, amount)
        if part > 0:
            yield reversal(one.line, quantity=ONE, unit_price=part, amount=part)
            amount -= part


def line_of_kept(amount: Decimal, *, title: str, ticket: int) -> PriceLine:
    """Return the line for what we keep of a part of a booking that is given up, by the terms or by decision."""
    return PriceLine(
        kind=LineKind.KEPT, title=title, quantity=ONE, unit="", unit_price=amount, amount=amount, ticket=ticket
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NO_MONEY)
