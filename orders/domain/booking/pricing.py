"""What an order costs, line by line. Pure: no query, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from coworking.models import Extra, Tariff
from olvery.shared.money import NO_MONEY, format_money, to_kopecks
from olvery.shared.refusals import Refusal
from orders.models import LineKind


class DiscountRefused(Refusal):
    """A discount beyond the role's limit, beyond the price, or without a reason."""

    field = "discount"


class ExtraRefused(Refusal):
    """More pieces of an extra than an order may have."""

    field = "extras"


@dataclass(frozen=True, slots=True)
class Discount:
    """A manual discount: a share of the price in per cent, or a sum in roubles."""

    amount: Decimal
    is_percent: bool

    @property
    def text(self) -> str:
        """How the price line names it: «10 %», or nothing for a sum."""
        return f"{self.amount.normalize():f}\u00a0%" if self.is_percent else ""

    def of(self, price: Decimal) -> Decimal:
        """Return the discount on a price, in roubles."""
        return to_kopecks(price * self.amount / 100) if self.is_percent else to_kopecks(self.amount)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price; `place` tells which ticket a tariff line belongs to, counted from 0."""

    kind: LineKind
    title: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    place: int | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The lines and their sum."""

    lines: tuple[PriceLine, ...]

    @property
    def total(self) -> Decimal:
        """What is to be paid, roubles."""
        return sum((line.amount for line in self.lines), NO_MONEY)


def price_of(
    *,
    tariff: Tariff,
    units: Decimal,
    places: int,
    extras: Sequence[tuple[Extra, int]],
    discount: Discount | None,
    discount_limit: int,
) -> Price:
    """Price places for a time with extras and a discount.

    Each place has a line of its own, so that one ticket can be returned to the kopeck. `discount_limit`
    is the largest share of the price that the role may give, in per cent. Raises DiscountRefused,
    ExtraRefused.
    """
    title = f"{tariff.service.name}, {tariff.name}"
    amount = to_kopecks(tariff.price * units)
    lines = [
        PriceLine(LineKind.TARIFF, title, units, tariff.unit, tariff.price, amount, place=place)
        for place in range(places)
    ]
    for extra, quantity in extras:
        if not 1 <= quantity <= extra.max_quantity:
            raise ExtraRefused(
                _("“%(extra)s”: at most %(count)s in an order.") % {"extra": extra.name, "count": extra.max_quantity}
            )
        pieces = Decimal(quantity)
        lines.append(
            PriceLine(
                LineKind.EXTRA, extra.name, pieces, "", extra.price, to_kopecks(extra.price * pieces), extra=extra
            )
        )
    if discount and discount.amount:
        full = sum((line.amount for line in lines), NO_MONEY)
        less = discount.of(full)
        most = to_kopecks(full * discount_limit / 100)
        if not 0 <= less <= most:
            raise DiscountRefused(
                _("Your limit is %(percent)s%% of the price, here %(sum)s.")
                % {"percent": discount_limit, "sum": format_money(most)}
            )
        if less:
            lines.append(PriceLine(LineKind.DISCOUNT, discount.text, Decimal(1), "", -less, -less))
    return Price(tuple(lines))
