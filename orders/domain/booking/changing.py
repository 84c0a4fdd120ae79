"""What a change of tickets would be: one object, which the screen shows and saving carries out or refuses.

`plan_of` only reads. The screen builds the plan while somebody tries things; `desk.changing.carry_out` builds it
again under the locks, and refuses it if anything has changed in the meantime.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from coworking.domain.catalogue import tariffs_on_sale, with_prices
from coworking.domain.opening import calendar_of
from coworking.domain.rules import RuleBroken
from coworking.models import PaymentMethod, Tariff, Ticket, TicketStatus
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal
from olvery.shared.written import Written
from orders.domain.booking.change_adding import method_if_paid, offer_of_added, states_of_added
from orders.domain.booking.change_extras import extra_changes, extras_sold, quantities, refusals_of
from orders.domain.booking.change_money import ChangeMoney, money_of_change
from orders.domain.booking.change_places import (
    Beside,
    ChangeRefused,
    TicketPlan,
    TicketState,
    in_notice,
    refusal_of_ticket,
    state_wanted,
    with_places,
)
from orders.domain.booking.change_stock import refusals_of_stock
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.offer import MOST_TICKETS, Offer, TooManyTickets
from orders.domain.booking.own_tickets import refusals_to_cancel
from orders.domain.booking.pass_changes import NO_CHANGE, PassChange, pass_change_of
from orders.domain.booking.payment_terms import deadline_within
from orders.domain.booking.pricing import PriceLine
from orders.domain.booking.wish import Booker
from orders.domain.money.balance import balance_of
from orders.domain.money.credit import comes_on_bill, refusals_of_limits
from orders.domain.money.standing import Standing, standing
from orders.models import LineKind, Order, OrderLine, OrderStatus

# How long the letter and the refund of a change wait, and how long it can be undone.
UNDO_FOR = timedelta(minutes=10)
CHANGEABLE = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)
ALONE = Beside()


def can_change(ticket: Ticket, order: Order, *, at: datetime) -> bool:
    """Whether anything about a ticket of the order may be changed."""
    return order.status in CHANGEABLE and refusal_of_ticket(ticket, at=at) is None


def check_changing(ticket: Ticket, order: Order, *, at: datetime) -> None:
    """Raise ChangeRefused where nothing about a ticket of the order may be changed."""
    refusal: Refusal | None = next(iter(_refusals_of_order(order)), None) or refusal_of_ticket(ticket, at=at)
    if refusal:
        raise refusal


def can_move_own(ticket: Ticket, order: Order, *, at: datetime) -> bool:
    """Whether the customer of the order may move a ticket of it without a manager."""
    return can_change(ticket, order, at=at) and in_notice(ticket, at=at)


def offers_cancelling(order: Order, tickets: Iterable[Ticket], *, at: datetime) -> bool:
    """Whether the customer of an order may choose tickets to cancel: it has several, and one is still to begin."""
    starts = [one.period.start for one in tickets if one.status != TicketStatus.CANCELLED]
    return order.status in CHANGEABLE and len(starts) > 1 and max(starts) > at


class NothingChanged(ChangeRefused):
    """The tickets are to be as they are."""

    reason = "nothing_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The outcome of changing an order's tickets at one moment. `refusals` has everything that saving would refuse."""

    order: Order
    wish: ChangeWish
    booker: Booker
    at: datetime
    tickets: tuple[TicketPlan, ...]
    # The tickets that are added, if any are to be.
    added: Offer | None
    # All tickets of the order before the change, except cancelled ones.
    states: tuple[TicketState, ...]
    money: ChangeMoney
    # The extra units it uses of the pass that pays for the order, or returns to it.
    of_pass: PassChange
    method: PaymentMethod
    # The deadline of an order that waits for its payment; None for any other.
    deadline: datetime | None
    refusals: tuple[Refusal, ...]

    @property
    def is_closed(self) -> bool:
        """Whether nothing about the order can be changed at all: then no other refusal is given."""
        return bool(_refusals_of_order(self.order))

    @property
    def is_ready(self) -> bool:
        """Whether carrying it out would succeed."""
        return not self.refusals

    @property
    def changed(self) -> list[TicketPlan]:
        """The tickets that change."""
        return [one for one in self.tickets if one.is_changed]

    @property
    def comes_on_bill(self) -> bool:
        """Whether what is due goes on a monthly invoice. Two queries for an order of a company."""
        return comes_on_bill(self.order)

    @property
    def lines(self) -> tuple[PriceLine, ...]:
        """The price lines that the change adds."""
        return self.money.lines

    @property
    def overridden(self) -> list[RuleBroken]:
        """The broken rules that the booker overrides, each once."""
        rules = [rule for one in self.tickets for rule in one.overridden]
        if self.added:
            rules += self.added.overridden
        return list({str(rule): rule for rule in rules}.values())

    @property
    def confirms(self) -> bool:
        """Whether a waiting order, now cheaper, is fully paid."""
        left = self.money.balance.at_hand - self.money.returned
        return self.order.status == OrderStatus.AWAITING_PAYMENT and left >= self.money.total

    @property
    def version(self) -> str:
        """Return what tells this plan from another: what is there now, and what it would become.

        The deadline is left out: for a start within minutes it moves with the clock, and never before the one shown.
        """
        there = [(one.ticket.number, _told(one.before), _told(one.after)) for one in self.tickets]
        added = [_told(state) for state in states_of_added(self.order, self.added)]
        balance = self.money.balance
        facts = (
            self.order.pk,
            str(self.order.status),
            str(self.order.deadline_at),
            [(str(line.kind), str(line.amount)) for line in self.lines],
            *(str(sum_) for sum_ in (balance.total, balance.paid, balance.returning)),
            *(str(sum_) for sum_ in (self.money.total, self.money.returned)),
            there,
            added,
            self.of_pass,
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _told(state: TicketState) -> tuple[str, ...]:
    seat = state.seat.pk if state.seat else None
    over = state.over_block.pk if state.over_block else None
    facts = (state.tariff.pk, state.period.start, state.period.end, seat, over, state.visitor.pk, state.status)
    return tuple(str(fact) for fact in facts)


def plan_of(
    order: Order, wish: ChangeWish, *, booker: Booker, at: datetime, alternatives: bool = True, beside: Beside = ALONE
) -> Plan:
    """Return the plan of the changes. `order` was read with its location.

    `beside` are the tickets of other orders that move in the same transaction. Queries:
    lines with their tickets, tariffs, people, opening hours, the occupancy of each service, the policies, and the
    balance.
    """
    lines = _lines_of(order)
    there = standing(lines)
    tickets = {one.line.ticket.pk: one.line.ticket for one in there if one.line.ticket}
    refusals: list[Refusal] = []
    tariffs = _tariffs(tickets.values(), booker, at)
    plans = _plans(order, wish, tickets, refusals, there=there, tariffs=tariffs, booker=booker, at=at)
    plans = _placed(plans, refusals, wish, beside=beside, booker=booker, at=at, alternatives=alternatives)
    refusals += [refusal for one in plans for refusal in one.refusals]
    refusals += refusals_of_stock(plans, without=beside.numbers)
    added = offer_of_added(order, wish, booker=booker, tariffs=tariffs, at=at, alternatives=alternatives)
    states = [*_states(tickets.values(), plans), *states_of_added(order, added)]
    refusals += _refusals_of_count(states, added)
    if not refusals and not added and not any(one.is_changed for one in plans):
        refusals.append(NothingChanged())
    of_pass = pass_change_of(order, plans, adds=added is not None, at=at) if order.from_pass_id else NO_CHANGE
    money = _money(plans, there, wish, added, order=order, lines=lines, at=at)
    return Plan(
        order=order,
        wish=wish,
        booker=booker,
        at=at,
        tickets=tuple(plans),
        added=added,
        states=tuple(states),
        money=money,
        of_pass=of_pass,
        method=_method(order, states, money),
        deadline=_deadline(order, states, at),
        refusals=tuple(_refusals_of_order(order))
        or (*refusals, *money.refusals, *of_pass.refusals, *_refusals_of_limit(order, money)),
    )


def _tariffs(tickets: Iterable[Ticket], booker: Booker, at: datetime) -> dict[int, Tariff]:
    """Return the tariffs on sale, by key, and with today's price those of the tickets that are no longer sold."""
    tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(booker.location, at=at)}
    archived = [ticket.tariff for ticket in tickets if ticket.tariff_id not in tariffs]
    with_prices(archived, day=booker.location.day_at(at))
    return tariffs


def _money(
    plans: Sequence[TicketPlan],
    there: Sequence[Standing],
    wish: ChangeWish,
    added: Offer | None,
    *,
    order: Order,
    lines: Iterable[OrderLine],
    at: datetime,
) -> ChangeMoney:
    return money_of_change(
        plans,
        there,
        wish,
        added=added.price.lines if added and added.price else (),
        most_discount=_most_discount(order, lines),
        by_pass=order.from_pass_id is not None,
        balance=balance_of(order),
        zone=order.location.zone,
        sold_at=order.created_at,
        at=at,
    )


def _most_discount(order: Order, lines: Iterable[OrderLine]) -> Decimal | None:
    """Return what a promo code of a fixed sum gave: no change adds to it. One query for an order with a code."""
    if order.promo_code is None or order.promo_code.is_percent:
        return None
    return next((-line.amount for line in lines if line.kind == LineKind.DISCOUNT), NO_MONEY)


_LINES = Written(
    lambda order: (
        OrderLine.objects.filter(order=order)
        .select_related(
            "ticket__service", "ticket__tariff__service", "ticket__seat", "ticket__visitor", "ticket__over_block"
        )
        .order_by("pk")
    ),
    order=-1,
)


def _lines_of(order: Order) -> Sequence[OrderLine]:
    lines = _LINES(order=order.pk)
    for line in lines:
        line.order = order
    return lines


def _refusals_of_order(order: Order) -> list[Refusal]:
    if order.sells_pass:
        return [ChangeRefused("pass_has_no_tickets")]
    if order.status in CHANGEABLE:
        return []
    return [ChangeRefused("transition_not_allowed", status=order.status)]


def _refusals_of_limit(order: Order, money: ChangeMoney) -> list[Refusal]:
    """Return the refusal of a surcharge that takes the company of an order on account beyond its limit."""
    return refusals_of_limits({order: money.more_due})


def _refusals_of_count(states: Sequence[TicketState], added: Offer | None) -> list[Refusal]:
    """Return the refusals of those tickets: there are none, there are too many, or an added one is refused."""
    if not states and not added:
        return [ChangeRefused("last_ticket")]
    if not added:
        return []
    refusals = [one for one in added.refusals if not isinstance(one, TooManyTickets)]
    if len(states) > MOST_TICKETS:
        refusals.append(TooManyTickets(most=MOST_TICKETS, count=len(states)))
    return refusals


def _plans(
    order: Order,
    wish: ChangeWish,
    tickets: dict[int, Ticket],
    refusals: list[Refusal],
    *,
    there: Sequence[Standing],
    tariffs: Mapping[int, Tariff],
    booker: Booker,
    at: datetime,
) -> list[TicketPlan]:
    calendar = calendar_of(booker.location)
    people = User.objects.filter(is_active=True).in_bulk([one.visitor_id for one in wish.tickets if one.visitor_id])
    given_up = [tickets[one.number] for one in wish.tickets if one.is_cancelled and one.number in tickets]
    by_manager = refusals_to_cancel(order, given_up, at=at) if booker.is_customer else {}
    plans = []
    for change in wish.tickets:
        ticket = tickets.get(change.number)
        refusal = refusal_of_ticket(ticket, at=at) if ticket else ChangeRefused("ticket_not_changeable")
        if refusal or change.number in by_manager:
            refusals.append(refusal or by_manager[change.number])
        if ticket:
            plan = state_wanted(ticket, change, tariffs=tariffs, people=people, calendar=calendar)
            plans.append(_with_extras(plan, there, tariffs))
    return plans


def _with_extras(plan: TicketPlan, there: Sequence[Standing], tariffs: Mapping[int, Tariff]) -> TicketPlan:
    """Return the plan with the extras of a ticket: those of another service go, those that are wanted come."""
    after, wanted = plan.after, plan.change.extras
    if not after.takes_place:
        return plan
    sold = extras_sold(plan.ticket.number, there)
    if wanted is None:
        wanted = quantities(sold) if after.service == plan.before.service else {}
    of_service = (one.service for one in tariffs.values() if one.service_id == after.service.pk)
    changes = extra_changes(wanted, sold, {extra.pk: extra for one in of_service for extra in one.extras_on_sale})
    return replace(plan, extras=changes, sold_extras=quantities(sold), problems=(*plan.problems, *refusals_of(changes)))


def _placed(
    plans: list[TicketPlan],
    refusals: list[Refusal],
    wish: ChangeWish,
    *,
    beside: Beside,
    booker: Booker,
    at: datetime,
    alternatives: bool,
) -> list[TicketPlan]:
    if refusals:  # if nothing can be changed at all, other refusals do not matter
        return plans
    insists = booker.may_override and bool(wish.override_reason.strip())
    calendar = calendar_of(booker.location)
    return with_places(
        plans, beside=beside, booker=booker, calendar=calendar, insists=insists, at=at, alternatives=alternatives
    )


def _states(tickets: Iterable[Ticket], plans: Sequence[TicketPlan]) -> list[TicketState]:
    """Return the states of all tickets that the order has after the change, by number."""
    after = {one.ticket.number: one.after for one in plans}
    states = {ticket.number: after.get(ticket.number) or TicketState.of(ticket) for ticket in tickets}
    return [states[number] for number in sorted(states) if states[number].status != TicketStatus.CANCELLED]


def _method(order: Order, states: Sequence[TicketState], money: ChangeMoney) -> PaymentMethod:
    if order.payment_method != PaymentMethod.FREE or not money.total:
        return order.payment_method
    return method_if_paid(order, [state.service for state in states])


def _deadline(order: Order, states: Sequence[TicketState], at: datetime) -> datetime | None:
    """Return the deadline of an order that waits: unchanged, but not after the new start."""
    if order.status != OrderStatus.AWAITING_PAYMENT or order.deadline_at is None or not states:
        return order.deadline_at
    start = min(state.period.start for state in states)
    return deadline_within(order.deadline_at, start, at)
