"""Places of changed tickets: the new state of each, the rules it breaks, and alternatives where it is taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from coworking.domain import tickets, visits
from coworking.domain.capacity import (
    Alternative,
    Occupancy,
    blocks_to_order_over,
    nearest_alternatives,
    occupancy_of,
    window_around,
)
from coworking.domain.opening import Calendar
from coworking.domain.rules import RuleBroken, blocked_places, broken_rules, is_day_off, period_of
from coworking.models import BLOCKING, Block, Rule, Seat, Service, Tariff, Ticket, TicketStatus
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal, refusals_to
from orders.domain.booking.change_extras import ExtraChange
from orders.domain.booking.change_wish import TicketChange
from orders.domain.booking.wish import Booker

# Rules about the start; a ticket whose start stays keeps to them as it did when it was booked.
OF_THE_START = {Rule.LEAD_TIME, Rule.HORIZON}


class ChangeRefused(Refusal):
    """The ticket, or the order, cannot be changed like this."""


def refusal_of_ticket(ticket: Ticket, *, at: datetime) -> ChangeRefused | None:
    """Return why nothing about a ticket can be changed any more."""
    if ticket.status not in BLOCKING:
        return ChangeRefused("ticket_not_changeable")
    return ChangeRefused("ticket_is_over") if ticket.period.end <= at else None


def in_notice(ticket: Ticket, *, at: datetime) -> bool:
    """Whether it is early enough for a customer to move a ticket themselves, if its service lets them.

    It is too late once a visitor has come early. One query at most.
    """
    start = ticket.period.start
    is_early = at < start and at <= start - timedelta(hours=ticket.service.move_hours or 0)
    return _is_offered(ticket) and is_early and not visits.came_early(ticket, at=at)


def _is_offered(ticket: Ticket) -> bool:
    """Whether customers move tickets of the service themselves; nobody books at a location that is closed."""
    return ticket.service.move_hours is not None and ticket.service.location.is_active


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketState:
    """Everything about a ticket that a change can affect."""

    tariff: Tariff
    period: Period
    seat: Seat | None
    visitor: User
    visitor_name: str
    status: TicketStatus
    over_block: Block | None = None

    @classmethod
    def of(cls, ticket: Ticket) -> "TicketState":
        """Return the state of a ticket read with its tariff, seat, visitor and the block it is over."""
        return cls(
            tariff=ticket.tariff,
            period=ticket.period,
            seat=ticket.seat,
            visitor=ticket.visitor,
            visitor_name=ticket.visitor_name,
            status=ticket.status,
            over_block=ticket.over_block,
        )

    @property
    def service(self) -> Service:
        return self.tariff.service

    @property
    def place(self) -> tuple[int, Period, int | None]:
        """What it takes: service, period and seat."""
        return self.tariff.service_id, self.period, self.seat.pk if self.seat else None

    @property
    def takes_place(self) -> bool:
        return self.status in BLOCKING


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPlan:
    """The new state of one ticket. With `refusals` there is none, and `after` is the closest reading of the wish."""

    ticket: Ticket
    change: TicketChange
    before: TicketState
    after: TicketState
    extras: tuple[ExtraChange, ...] = ()
    sold_extras: Mapping[int, int] = field(default_factory=dict)  # quantities by key
    broken: tuple[RuleBroken, ...] = ()
    overridden: tuple[RuleBroken, ...] = ()
    occupancy: Occupancy | None = None
    alternatives: tuple[Alternative, ...] = ()
    problems: tuple[Refusal, ...] = ()

    @property
    def refusals(self) -> list[Refusal]:
        """Why it cannot be changed like this."""
        return [*self.problems, *(rule for rule in self.broken if rule not in self.overridden)]

    @property
    def extras_after(self) -> dict[int, int]:
        """The wanted quantity of each extra, by key."""
        return {**self.sold_extras, **{one.key: one.new for one in self.extras}}

    @property
    def extras_as_json(self) -> list[dict[str, Any]]:
        """The other quantities of extras as the history stores them."""
        return [{"name": one.name, "before": one.old, "after": one.new} for one in self.extras]

    @property
    def is_changed(self) -> bool:
        """Whether anything about the ticket changes."""
        return self.before != self.after or bool(self.extras)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Tickets of other orders that move in the same transaction: they release their places and take others."""

    numbers: tuple[int, ...] = ()
    taken: tuple[TicketState, ...] = ()


def state_wanted(
    ticket: Ticket,
    change: TicketChange,
    *,
    tariffs: Mapping[int, Tariff],
    people: Mapping[int, User],
    calendar: Calendar,
) -> TicketPlan:
    """Return what a ticket would become, before rules and places are checked."""
    before = TicketState.of(ticket)
    after = replace(before, tariff=tariffs.get(ticket.tariff_id, before.tariff))  # at today's price
    problems: list[Refusal] = []
    if change.is_cancelled:
        after = replace(after, status=TicketStatus.CANCELLED)
    if change.tariff_id and change.tariff_id != ticket.tariff_id:
        if tariff := tariffs.get(change.tariff_id):
            after = replace(after, tariff=tariff)
        else:
            problems.append(ChangeRefused("tariff_not_on_sale", field="tariff"))
    if change.visitor_id and change.visitor_id != ticket.visitor_id:
        if visitor := people.get(change.visitor_id):
            after = replace(after, visitor=visitor, visitor_name=visitor.full_name)
        else:
            problems.append(ChangeRefused("person_not_chosen", field="visitor"))
    if change.when:
        with refusals_to(problems.append):
            after = replace(after, period=period_of(after.tariff, change.when, calendar.zone))
    return TicketPlan(ticket=ticket, change=change, before=before, after=after, problems=tuple(problems))


def with_places(
    plans: Sequence[TicketPlan],
    *,
    beside: Beside,
    booker: Booker,
    calendar: Calendar,
    insists: bool,
    at: datetime,
    alternatives: bool,
) -> list[TicketPlan]:
    """Check the rules and find places for the tickets in turn: what one takes is not free for the next.

    The places that these tickets, and those `beside` them, have now count as free. One query for each
    service.
    """
    taken = _occupancies(plans, beside, booker, calendar)
    found = []
    for plan in plans:
        looked = plan
        if plan.after.takes_place and not plan.problems:
            looked = _with_rules(plan, booker=booker, calendar=calendar, insists=insists, at=at)
            looked = _with_place(looked, taken, insists=insists, calendar=calendar, at=at, alternatives=alternatives)
        found.append(looked)
    return found


def _occupancies(
    plans: Sequence[TicketPlan], beside: Beside, booker: Booker, calendar: Calendar
) -> dict[int, Occupancy]:
    """Read the occupancy of each service; `over` has the blocks that the booker may book over."""
    numbers = [*beside.numbers, *(plan.ticket.number for plan in plans)]
    windows: dict[int, list[Period]] = {}
    services = {}
    for plan in (one for one in plans if one.after.takes_place):
        service = services[plan.after.service.pk] = plan.after.service
        windows.setdefault(service.pk, []).append(window_around(plan.after.period, calendar))
    whole = {pk: Period.spanning(some) for pk, some in windows.items()}
    opened = blocks_to_order_over(services.values(), whole.values()) if booker.may_override else []
    # The block that a ticket was confirmed over does not stop it from moving within that block.
    known = [block for plan in plans if (block := plan.ticket.over_block)]
    found = {}
    for pk, service in services.items():
        own = [block for block in opened if block.service_id == pk]
        occupancy = occupancy_of(service, whole[pk], without=numbers, over=list(dict.fromkeys([*known, *own])))
        found[pk] = replace(occupancy, over=tuple(own))
    for state in beside.taken:
        if occupancy_there := found.get(state.service.pk):
            booked = occupancy_there.with_booking(state.period, [state.seat], [state.over_block])
            found[state.service.pk] = booked
    return found


def _with_rules(plan: TicketPlan, *, booker: Booker, calendar: Calendar, insists: bool, at: datetime) -> TicketPlan:
    before, after = plan.before, plan.after
    if (after.tariff, after.period) == (before.tariff, before.period):
        return plan
    begun, starts_alike = before.period.start <= at, before.period.start == after.period.start
    if begun and not starts_alike:
        return replace(plan, problems=(*plan.problems, ChangeRefused("ticket_has_begun", field="day")))
    if begun and after.period.end <= at:
        return replace(plan, problems=(*plan.problems, ChangeRefused("end_is_over", field="end")))
    if booker.is_customer and not in_notice(plan.ticket, at=at):
        return replace(plan, problems=(*plan.problems, _too_late(plan.ticket, at=at)))
    # The rest of the time can be booked although its start has passed.
    seen_at = min(at, after.period.start) if starts_alike else at
    broken = broken_rules(after.tariff, after.period, calendar, seen_at)
    if starts_alike:
        broken = [rule for rule in broken if rule.rule not in OF_THE_START]
    for rule in broken:
        rule.can_override &= booker.may_override
    return _breaking(plan, broken, insists=insists)


def _breaking(plan: TicketPlan, broken: Sequence[RuleBroken], *, insists: bool) -> TicketPlan:
    overridden = [rule for rule in broken if rule.can_override] if insists else []
    return replace(plan, broken=(*plan.broken, *broken), overridden=(*plan.overridden, *overridden))


def _too_late(ticket: Ticket, *, at: datetime) -> ChangeRefused:
    if not _is_offered(ticket):
        return ChangeRefused("move_not_offered")
    if visits.came_early(ticket, at=at):
        return ChangeRefused("booking_has_begun")
    return ChangeRefused("move_too_late", hours=ticket.service.move_hours)


def _with_place(
    plan: TicketPlan,
    taken: dict[int, Occupancy],
    *,
    insists: bool,
    calendar: Calendar,
    at: datetime,
    alternatives: bool,
) -> TicketPlan:
    """Choose the seat and mark it as taken for the next ticket."""
    before, after, service = plan.before, plan.after, plan.after.service
    occupancy = taken[service.pk]
    seat_ids = _seats_wanted(plan)
    plan = replace(plan, occupancy=occupancy)
    if plan.change.any_seat or after.place != before.place or seat_ids not in ([], [before.place[2]]):
        try:
            plan = _placed(plan, seat_ids, insists=insists)
        except tickets.SeatsTaken as refusal:
            near = _near(plan, seat_ids, calendar=calendar, at=at) if alternatives else ()
            return replace(plan, problems=(*plan.problems, refusal), alternatives=near)
        except tickets.NoSuchSeat as refusal:
            return replace(plan, problems=(*plan.problems, refusal))
        if alternatives and is_day_off(plan.broken):
            plan = replace(plan, alternatives=_near(plan, seat_ids, calendar=calendar, at=at))
    after = plan.after
    taken[service.pk] = occupancy.with_booking(after.period, [after.seat], [after.over_block])
    return plan


def _placed(plan: TicketPlan, seat_ids: list[int], *, insists: bool) -> TicketPlan:
    """Return the plan with a seat, or a place of a pool: free, or else blocked. Raises SeatsTaken, NoSuchSeat.

    The block that the ticket was confirmed over comes first and needs no new confirmation.
    """
    assert plan.occupancy  # noqa: S101 - it was just read
    own, period = plan.before.over_block, plan.after.period
    over = dict.fromkeys([*([own] if own else []), *plan.occupancy.over])
    occupancy = replace(plan.occupancy, over=tuple(over))
    [seat] = seats = tickets.choose_seats(occupancy, period, places=1, seat_ids=seat_ids)
    [under] = occupancy.blocks_under(period, seats)
    plan = replace(plan, after=replace(plan.after, seat=seat, over_block=under or own))
    return plan if under == own else _breaking(plan, blocked_places(seats, [under]), insists=insists)


def _seats_wanted(plan: TicketPlan) -> list[int]:
    """Return the wanted seat; by default the ticket's own seat, if its service stays the same."""
    change, after = plan.change, plan.after
    if not after.service.has_seats or change.any_seat:
        return []
    if change.seat_id:
        return [change.seat_id]
    stays = after.service.pk == plan.before.service.pk
    return [after.seat.pk] if stays and after.seat else []


def _near(plan: TicketPlan, seat_ids: list[int], *, calendar: Calendar, at: datetime) -> tuple[Alternative, ...]:
    assert plan.occupancy  # noqa: S101 - of a place that was looked for
    near = nearest_alternatives(
        plan.occupancy, plan.after.tariff, plan.after.period, places=1, seat_ids=seat_ids, calendar=calendar, at=at
    )
    return tuple(near)
