"""The money of a change: the lines it adds, what is to pay for more, what goes back for less."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from coworking.domain.cancelling import percent_returned, percent_until, returned_by_policy, steps_of
from coworking.domain.rules import units_of
from coworking.models import Ticket
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal
from orders.domain.booking.change_extras import extras_sold, lines_of_extras
from orders.domain.booking.change_places import ChangeRefused, TicketPlan
from orders.domain.booking.change_price import (
    line_of_kept,
    line_of_tariff,
    lines_of_discount,
    lines_of_length,
    taken_back,
)
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.pricing import PriceLine
from orders.domain.money.balance import Balance
from orders.domain.money.receipts import allocate
from orders.domain.money.standing import Standing
from orders.models import LineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FreedByTicket:
    """The part of the freed money that is one ticket's, and what goes back of it by its policy, roubles."""

    ticket: Ticket
    amount: Decimal
    percent: int
    # The last moment of this percentage; None if it never changes again.
    until: datetime | None

    @property
    def returned(self) -> Decimal:
        return returned_by_policy(self.amount, self.percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMoney:
    """The sums of a change, roubles. `balance` is where the money stood before it."""

    balance: Balance
    lines: tuple[PriceLine, ...]
    # The part of the money we hold that the change sets free, and its parts by the tickets that become cheaper.
    freed: Decimal
    by_ticket: tuple[FreedByTicket, ...]
    # The refund that was decided on.
    returned: Decimal
    refusals: tuple[Refusal, ...]

    @property
    def by_policy(self) -> Decimal:
        """The refund by the policy."""
        return sum((one.returned for one in self.by_ticket), NO_MONEY)

    @property
    def percent(self) -> int | None:
        """The share that the policy gives back, if it is the same for everything given up."""
        percents = {one.percent for one in self.by_ticket}
        return percents.pop() if len(percents) == 1 else None

    @property
    def difference(self) -> Decimal:
        """How much more the order costs, including what is kept; negative if less."""
        return sum((line.amount for line in self.lines), NO_MONEY)

    @property
    def total(self) -> Decimal:
        """What the order costs after the change."""
        return self.balance.total + self.difference

    @property
    def due(self) -> Decimal:
        """What is due after the change."""
        return max(self.total - self.balance.counted, NO_MONEY)

    @property
    def more_due(self) -> Decimal:
        """How much more is due than before; negative if less."""
        return self.due - self.balance.due

    @property
    def kept(self) -> Decimal:
        """The part of the freed money that we keep."""
        return self.freed - self.returned

    @property
    def returned_online(self) -> Decimal:
        """What the provider returns automatically, beside what it still has to return of earlier changes."""
        return min(self.returned, max(self.balance.online - self.balance.excess, NO_MONEY))

    @property
    def returned_at_desk(self) -> Decimal:
        """What a person gives back by hand."""
        return self.returned - self.returned_online


def money_of_change(
    plans: Sequence[TicketPlan],
    stands: Sequence[Standing],
    wish: ChangeWish,
    *,
    added: Iterable[PriceLine] = (),
    most_discount: Decimal | None = None,  # however much is bought, roubles
    by_pass: bool = False,
    balance: Balance,
    zone: ZoneInfo,
    sold_at: datetime,
    at: datetime,
) -> ChangeMoney:
    """Return the money of the changes and of what is `added`. One query, if any money is freed."""
    of_tickets = _lines_of_tickets(plans, stands, zone, by_pass=by_pass)
    lines = [*(line for own in of_tickets.values() for line in own), *added]
    lines += lines_of_discount(stands, lines, most=most_discount)
    less = -sum((line.amount for line in lines), NO_MONEY)
    beyond = max(balance.at_hand - max(balance.total - less, NO_MONEY), NO_MONEY)
    freed = max(beyond - balance.excess, NO_MONEY)
    by_ticket = _by_ticket(freed, plans, of_tickets, sold_at=sold_at, at=at)
    by_policy = sum((one.returned for one in by_ticket), NO_MONEY)
    returned, refusals = _returned(wish, by_policy, most=freed)
    if freed > returned:
        given_up = _given_up(plans, of_tickets)[0]
        title = f"{given_up.before.service.name}, {given_up.before.tariff.name}"
        lines.append(line_of_kept(freed - returned, title=title, ticket=given_up.ticket.number))
    return ChangeMoney(
        balance=balance,
        lines=tuple(lines),
        freed=freed,
        by_ticket=tuple(by_ticket),
        returned=returned,
        refusals=tuple(refusals),
    )


def _returned(wish: ChangeWish, by_policy: Decimal, *, most: Decimal) -> tuple[Decimal, list[Refusal]]:
    """Return the refund, by the policy or as wished, and the refusals of a wish that cannot be met."""
    returned = by_policy if wish.returned is None else wish.returned
    if not NO_MONEY <= returned <= most:
        return by_policy, [ChangeRefused("more_than_refundable", field="returned", most=most)]
    if returned != by_policy and not wish.reason.strip():
        return returned, [ChangeRefused("returned_unexplained", field="reason")]
    return returned, []


def _lines_of_tickets(
    plans: Sequence[TicketPlan], stands: Sequence[Standing], zone: ZoneInfo, *, by_pass: bool
) -> dict[int, list[PriceLine]]:
    changed = (one for one in plans if one.is_changed)
    return {one.ticket.number: _lines_of_ticket(one, stands, zone, by_pass=by_pass) for one in changed}


def _lines_of_ticket(plan: TicketPlan, stands: Sequence[Standing], zone: ZoneInfo, *, by_pass: bool) -> list[PriceLine]:
    """Return what a changed ticket adds to the price."""
    before, after = plan.before, plan.after
    own = [one for one in stands if one.line.ticket_id == plan.ticket.number]
    tariff = [one for one in own if one.line.kind == LineKind.TARIFF]
    extras = extras_sold(plan.ticket.number, stands)
    if not after.takes_place:
        return _all_back([*tariff, *extras])
    units = units_of(after.tariff, after.period, zone)
    if after.tariff == before.tariff:
        lines = lines_of_length(tariff, after.tariff, units, ticket=plan.ticket.number, by_pass=by_pass)
    else:
        lines = [*_all_back(tariff), line_of_tariff(after.tariff, units, ticket=plan.ticket.number, by_pass=by_pass)]
    return [*lines, *lines_of_extras(plan.extras, extras, ticket=plan.ticket.number)]


def _all_back(stands: Iterable[Standing]) -> list[PriceLine]:
    return [taken_back(one) for one in stands]


def _by_ticket(
    freed: Decimal,
    plans: Sequence[TicketPlan],
    added: dict[int, list[PriceLine]],
    *,
    sold_at: datetime,
    at: datetime,
) -> list[FreedByTicket]:
    """Spread the freed money over the tickets that become cheaper, each under its policy."""
    given_up = _given_up(plans, added)
    if not freed or not given_up:
        return []
    steps = steps_of({one.before.service.pk for one in given_up})
    parts = allocate(freed, [_less(added, one) for one in given_up])
    found = []
    for one, amount in zip(given_up, parts, strict=True):
        own, start = steps[one.before.service.pk], one.before.period.start
        percent = percent_returned(own, start=start, sold_at=sold_at, at=at)
        until = percent_until(own, start=start, sold_at=sold_at, at=at)
        found.append(FreedByTicket(ticket=one.ticket, amount=amount, percent=percent, until=until))
    return found


def _given_up(plans: Sequence[TicketPlan], added: dict[int, list[PriceLine]]) -> list[TicketPlan]:
    return [one for one in plans if _less(added, one) > 0]


def _less(added: dict[int, list[PriceLine]], plan: TicketPlan) -> Decimal:
    """Return by how much a ticket becomes cheaper, roubles, before any discount."""
    return -sum((line.amount for line in added.get(plan.ticket.number, [])), NO_MONEY)
