"""Extras with a limited stock: taken for the period of their ticket, like places of a pool.

Usage is read from the price lines. Triggers count the same way and have the last word.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Q

from coworking.domain.tickets import SeatsTaken
from coworking.models import BLOCKING, Extra
from olvery.shared.periods import Period, Usage, peak_usage
from olvery.shared.refusals import Refusal
from olvery.shared.rows import refused_as
from orders.domain.booking.booking_offer import PartOffer
from orders.domain.money.standing import standing
from orders.models import LineKind, OrderLine

GUARD = "extra_within_stock"
_CHECK = "SET CONSTRAINTS orders_stock_of_line, orders_stock_of_ticket"


class ExtraTaken(SeatsTaken):
    """Fewer pieces of an extra are left for a period than were asked for."""

    field = "extras"


@dataclass(frozen=True, slots=True)
class Stock:
    """What is taken of extras, by key; those without a stock are never all taken."""

    usages: defaultdict[int, list[Usage]] = field(default_factory=lambda: defaultdict(list))

    def free(self, extra: Extra, period: Period) -> int:
        """Return how many pieces are free for the whole period."""
        return max((extra.stock or 0) - peak_usage(self.usages[extra.pk], period), 0)

    def take(self, extra: Extra, quantity: int, period: Period) -> None:
        """Take so many pieces for a period. Raises ExtraTaken."""
        free = self.free(extra, period)
        if quantity > free:
            raise ExtraTaken("extra_taken", extra=extra.name, free=free)
        self.usages[extra.pk].append(Usage(period, quantity))


def stock_of(extras: Collection[Extra], periods: Sequence[Period], *, without: Collection[int] = ()) -> Stock:
    """Return what all other tickets take of the extras within these periods. One query, if any has a stock."""
    stock, limited = Stock(), [extra.pk for extra in extras if extra.stock is not None]
    if not limited or not periods:
        return stock
    within = Period.spanning(periods)
    lines = OrderLine.objects.filter(
        Q(extra__in=limited) | Q(kind=LineKind.CHANGE),
        ticket__service__in={extra.service_id for extra in extras},
        ticket__status__in=BLOCKING,
        ticket__occupied__overlap=within,
    )
    for one in standing(lines.exclude(ticket__in=without).select_related("ticket")):
        if one.line.kind == LineKind.EXTRA and one.line.ticket:
            stock.usages[one.line.extra_id or 0].append(Usage(one.line.ticket.period, int(one.quantity)))
    return stock


def free_pieces(parts: Sequence[PartOffer], refusals: list[Refusal]) -> dict[tuple[int, int], int]:
    """Return how many pieces of each extra with a stock are free, by part and key. One query at most.

    What one booking takes is not free for the next.
    """
    timed = [part for part in parts if part.tariff and part.bookings]
    extras = {part.number: _limited(part) for part in timed}
    periods = [booking.period for part in timed for booking in part.bookings]
    stock = stock_of([extra for some in extras.values() for extra in some], periods)
    free = {}
    for part in timed:
        for extra in extras[part.number]:
            free[part.number, extra.pk] = stock.free(extra, part.bookings[0].period)
            try:
                for booking in part.bookings:
                    stock.take(extra, part.wish.extras.get(extra.pk, 0), booking.period)
            except ExtraTaken as refusal:
                refusal.part = part.number
                refusals.append(refusal)
    return free


def _limited(part: PartOffer) -> list[Extra]:
    on_sale = part.tariff.service.extras_on_sale if part.tariff else []
    return [extra for extra in on_sale if extra.stock is not None]


def confirm() -> None:
    """Let the database count what the transaction has taken so far. Raises ExtraTaken."""
    just_taken = refused_as({GUARD: lambda: ExtraTaken("extra_just_taken")})
    with just_taken, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{_CHECK} IMMEDIATE")
        cursor.execute(f"{_CHECK} DEFERRED")
