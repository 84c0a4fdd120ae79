"""Extras of a ticket in a change: how many it has, and how many it is to have. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from coworking.models import Extra
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal
from orders.domain.booking.change_price import lines_of_extra
from orders.domain.booking.offer import ForeignExtra
from orders.domain.booking.pricing import ExtraRefused, PriceLine
from orders.domain.money.standing import Standing
from orders.models import LineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraChange:
    """Another quantity of an extra; `extra` is None for one that is not on sale any more."""

    key: int
    name: str
    old: int
    new: int
    extra: Extra | None


def extras_sold(number: int, stands: Iterable[Standing]) -> list[Standing]:
    """Return a ticket's lines of extras that still count."""
    return [one for one in stands if one.line.ticket_id == number and one.line.kind == LineKind.EXTRA]


def quantities(sold: Iterable[Standing]) -> dict[int, int]:
    """Return how many there are of each extra, by key."""
    found: dict[int, Decimal] = {}
    for one in sold:
        key = one.line.extra_id or 0
        found[key] = found.get(key, NO_MONEY) + one.quantity
    return {key: int(quantity) for key, quantity in found.items()}


def extra_changes(
    wanted: Mapping[int, int], sold: Sequence[Standing], on_sale: Mapping[int, Extra]
) -> tuple[ExtraChange, ...]:
    """Return the extras whose quantity changes; `on_sale` are those of the ticket's new service."""
    there, names = quantities(sold), {one.line.extra_id: one.line.title for one in sold}
    return tuple(
        ExtraChange(
            key=key,
            name=on_sale[key].name if key in on_sale else names.get(key, ""),
            old=there.get(key, 0),
            new=wanted.get(key, 0),
            extra=on_sale.get(key),
        )
        for key in dict.fromkeys([*there, *wanted])
        if there.get(key, 0) != wanted.get(key, 0)
    )


def refusals_of(changes: Iterable[ExtraChange]) -> Iterator[Refusal]:
    """Yield a refusal for each extra that is not on sale here, or of which too many are wanted."""
    for one in changes:
        if one.new > one.old and one.extra is None:
            yield ForeignExtra()
        elif one.extra and one.new > max(one.old, one.extra.max_quantity):
            yield ExtraRefused(extra=one.name, most=one.extra.max_quantity)


def lines_of_extras(changes: Iterable[ExtraChange], sold: Sequence[Standing], *, ticket: int) -> list[PriceLine]:
    """Return what other quantities add to the price; `sold` are the ticket's lines of extras."""
    return [
        line
        for one in changes
        for line in lines_of_extra(
            [each for each in sold if each.line.extra_id == one.key], one.extra, one.new, ticket=ticket
        )
    ]
