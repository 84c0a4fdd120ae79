"""Price lines of an order. Pure: no queries, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from coworking.models import Extra, Tariff
from olvery.shared.money import NO_MONEY, to_kopecks
from olvery.shared.refusals import Refusal
from orders.models import LineKind, OrderLine, PromoCode

MINUTES = 60


class DiscountRefused(Refusal):
    reason = "discount_beyond_limit"
    field = "discount"


class ExtraRefused(Refusal):
    reason = "extra_beyond_limit"
    field = "extras"


@dataclass(frozen=True, slots=True)
class Discount:
    """A share of the price in per cent, or a sum in roubles."""

    amount: Decimal
    is_percent: bool

    @property
    def text(self) -> str:
        """The title of its price line: «10 %», or empty for a sum."""
        return f"{self.amount.normalize():f}\u00a0%" if self.is_percent else ""

    def of(self, price: Decimal) -> Decimal:
        """Return the discount on a price, in roubles."""
        return to_kopecks(price * self.amount / 100) if self.is_percent else to_kopecks(self.amount)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price, or one that a change adds to it.

    `place` is the index of its ticket among the new ones, from 0; `ticket` is the number of an existing ticket.
    A line of an extra belongs to the first ticket of its booking.
    """

    kind: LineKind
    title: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    place: int | None = None
    extra: Extra | None = None
    ticket: int | None = None
    reverses: OrderLine | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The lines and their sum."""

    lines: tuple[PriceLine, ...]

    @property
    def total(self) -> Decimal:
        """The amount to pay, roubles."""
        return sum((line.amount for line in self.lines), NO_MONEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedBooking:
    """A booking to price: places, length in units of the tariff, extras with quantities.

    With `by_pass` its places are already paid for and cost nothing.
    """

    tariff: Tariff
    units: Decimal
    places: int
    extras: Sequence[tuple[Extra, int]] = ()
    by_pass: bool = False


def price_of(
    bookings: Sequence[PricedBooking],
    *,
    discount: Discount | None,
    discount_limit: int,
    promo: PromoCode | None = None,
) -> Price:
    """Price bookings with one discount on all of them: a manual one, or that of a promo code.

    Each place has a line of its own, so that one ticket can be returned to the kopeck. `discount_limit`
    is the largest share of the price that the role may take off by hand, in per cent. Raises DiscountRefused,
    ExtraRefused.
    """
    lines: list[PriceLine] = []
    place = 0
    for booking in bookings:
        lines += _lines_of(booking, first_place=place)
        place += booking.places
    less = _promo_lines(lines, promo) if promo else _discount_lines(lines, discount, discount_limit)
    return Price((*lines, *less))


def cost_of(units: Decimal, price: Decimal) -> Decimal:
    """Return the cost of so many units, roubles.

    Hours are counted in whole minutes: 110 minutes are no finite decimal, and rounding needs an exact half kopeck.
    """
    return to_kopecks(price * round(units * MINUTES) / MINUTES)


def _lines_of(booking: PricedBooking, *, first_place: int) -> list[PriceLine]:
    tariff, units = booking.tariff, booking.units
    title = f"{tariff.service.name}, {tariff.name}"
    price = NO_MONEY if booking.by_pass else tariff.price
    amount = cost_of(units, price)
    lines = [
        PriceLine(LineKind.TARIFF, title, units, tariff.unit, price, amount, place=first_place + place)
        for place in range(booking.places)
    ]
    for extra, quantity in booking.extras:
        if not 1 <= quantity <= extra.max_quantity:
            raise ExtraRefused(extra=extra.name, most=extra.max_quantity)
        pieces, sum_of_them = Decimal(quantity), to_kopecks(extra.price * quantity)
        lines.append(
            PriceLine(LineKind.EXTRA, extra.name, pieces, "", extra.price, sum_of_them, place=first_place, extra=extra)
        )
    return lines


def _discount_lines(lines: Sequence[PriceLine], discount: Discount | None, limit: int) -> list[PriceLine]:
    if discount is None or not discount.amount:
        return []
    full = sum((line.amount for line in lines), NO_MONEY)
    less, most = discount.of(full), to_kopecks(full * limit / 100)
    if not 0 <= less <= most:
        raise DiscountRefused(percent=limit, most=most)
    return _reduction(discount.text, less)


def _promo_lines(lines: Sequence[PriceLine], promo: PromoCode) -> list[PriceLine]:
    discount, full = Discount(promo.value, promo.is_percent), sum((line.amount for line in lines), NO_MONEY)
    return _reduction(" ".join(filter(None, (promo.code, discount.text))), min(discount.of(full), full))


def _reduction(title: str, less: Decimal) -> list[PriceLine]:
    return [PriceLine(LineKind.DISCOUNT, title, Decimal(1), "", -less, -less)] if less else []
