"""What a change of tickets would be: one object, which the screen shows and saving carries out or refuses.

`plan_of` only reads. The screen builds the plan while somebody tries things; `desk.changing.carry_out` builds it
again under the locks, and refuses one that has become another meanwhile.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.rules import RuleBroken
from coworking.models import BLOCKING, PaymentMethod, Service, Ticket, TicketStatus
from olvery.shared.refusals import Refusal
from orders.domain.booking.change_money import ChangeMoney, money_of_change
from orders.domain.booking.change_places import ChangeRefused, TicketPlan, TicketState, state_wanted, with_places
from orders.domain.booking.change_price import AddedLine
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.payment_terms import SHORTEST_WAIT, methods_of
from orders.domain.booking.wish import Booker
from orders.domain.money.balance import balance_of
from orders.domain.money.standing import standing
from orders.models import Order, OrderLine, OrderStatus

CHANGEABLE = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)


class NothingChanged(ChangeRefused):
    """The tickets are to be as they are."""

    reason = "nothing_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What changes of an order's tickets come to at one moment. `refusals` says all that saving would refuse."""

    order: Order
    wish: ChangeWish
    booker: Booker
    at: datetime
    tickets: tuple[TicketPlan, ...]
    # All that the order has when the change is made, the cancelled ones left out.
    states: tuple[TicketState, ...]
    money: ChangeMoney
    method: PaymentMethod
    # Until when an order that waits for its payment goes on waiting; None for any other.
    deadline: datetime | None
    refusals: tuple[Refusal, ...]

    @property
    def is_ready(self) -> bool:
        """Whether carrying it out would succeed."""
        return not self.refusals

    @property
    def changed(self) -> list[TicketPlan]:
        """The tickets that become other than they are."""
        return [one for one in self.tickets if one.is_changed]

    @property
    def lines(self) -> tuple[AddedLine, ...]:
        """The price lines that the change adds."""
        return self.money.lines

    @property
    def overridden(self) -> list[RuleBroken]:
        """The broken rules that the booker overrides, each once."""
        return list({str(rule): rule for one in self.tickets for rule in one.overridden}.values())

    @property
    def confirms(self) -> bool:
        """Whether an order that waits has all its money once it is cheaper."""
        left = self.money.balance.at_hand - self.money.returned
        return self.order.status == OrderStatus.AWAITING_PAYMENT and left >= self.money.total

    @property
    def writes(self) -> bool:
        """Whether a letter tells the customer."""
        return bool(self.order.email)

    @property
    def version(self) -> str:
        """Return what tells this plan from another: what is there now, and what it would become."""
        there = [(one.ticket.number, _told(one.before), _told(one.after)) for one in self.tickets]
        balance = self.money.balance
        facts = (
            self.order.pk,
            str(self.order.status),
            str(self.order.deadline_at),
            [(str(line.kind), str(line.amount)) for line in self.lines],
            *(str(sum_) for sum_ in (balance.total, balance.paid, balance.returning)),
            *(str(sum_) for sum_ in (self.money.total, self.money.returned)),
            str(self.deadline),
            there,
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _told(state: TicketState) -> tuple[str, ...]:
    seat = state.seat.pk if state.seat else None
    facts = (state.tariff.pk, state.period.start, state.period.end, seat, state.visitor.pk, state.status)
    return tuple(str(fact) for fact in facts)


def plan_of(order: Order, wish: ChangeWish, *, booker: Booker, at: datetime, alternatives: bool = True) -> Plan:
    """Return what the changes come to. `order` was read with its location.

    Without `alternatives` none are looked for. Queries: lines with their tickets, tariffs, people, opening hours, what
    is taken of each service, the policies, and the balance.
    """
    lines = _lines_of(order)
    there = standing(lines)
    tickets = {one.line.ticket.pk: one.line.ticket for one in there if one.line.ticket}
    no: list[Refusal] = _refusals_of_order(order)
    plans = _plans(wish, tickets, no, booker=booker, at=at, alternatives=alternatives)
    for one in plans:
        no += one.refusals
    states = _states(tickets.values(), plans)
    if not states:
        no.append(ChangeRefused("last_ticket"))
    if not any(one.is_changed for one in plans):
        no.append(NothingChanged())
    money = money_of_change(plans, there, wish, balance=balance_of(order), zone=order.location.zone, at=at)
    return Plan(
        order=order,
        wish=wish,
        booker=booker,
        at=at,
        tickets=tuple(plans),
        states=tuple(states),
        money=money,
        method=_method(order, states, money),
        deadline=_deadline(order, states, at),
        refusals=(*no, *money.refusals),
    )


def _lines_of(order: Order) -> Sequence[OrderLine]:
    related = ("ticket__service", "ticket__tariff__service", "ticket__seat", "ticket__visitor")
    return list(order.lines.select_related(*related).order_by("pk"))


def _refusals_of_order(order: Order) -> list[Refusal]:
    if order.status in CHANGEABLE:
        return []
    return [ChangeRefused("transition_not_allowed", status=order.status)]


def _plans(
    wish: ChangeWish,
    tickets: dict[int, Ticket],
    no: list[Refusal],
    *,
    booker: Booker,
    at: datetime,
    alternatives: bool,
) -> list[TicketPlan]:
    calendar = calendar_of(booker.location)
    tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(booker.location)}
    people = User.objects.filter(is_active=True).in_bulk([one.visitor_id for one in wish.tickets if one.visitor_id])
    plans = []
    for change in wish.tickets:
        ticket = tickets.get(change.number)
        if ticket is None or ticket.status not in BLOCKING:
            no.append(ChangeRefused("ticket_not_changeable"))
        elif ticket.period.end <= at:
            no.append(ChangeRefused("ticket_is_over"))
        if ticket:
            plans.append(state_wanted(ticket, change, tariffs=tariffs, people=people, calendar=calendar))
    return _placed(plans, no, wish, booker=booker, calendar=calendar, at=at, alternatives=alternatives)


def _placed(
    plans: list[TicketPlan],
    no: list[Refusal],
    wish: ChangeWish,
    *,
    booker: Booker,
    calendar: Calendar,
    at: datetime,
    alternatives: bool,
) -> list[TicketPlan]:
    if no:  # of what cannot be changed at all nothing more is said
        return plans
    insists = booker.may_override and bool(wish.override_reason.strip())
    return with_places(plans, booker=booker, calendar=calendar, insists=insists, at=at, alternatives=alternatives)


def _states(tickets: Iterable[Ticket], plans: Sequence[TicketPlan]) -> list[TicketState]:
    """Return the states of all tickets that the order has after the change, by number."""
    after = {one.ticket.number: one.after for one in plans}
    states = {ticket.number: after.get(ticket.number) or TicketState.of(ticket) for ticket in tickets}
    return [states[number] for number in sorted(states) if states[number].status != TicketStatus.CANCELLED]


def _services(states: Sequence[TicketState]) -> list[Service]:
    return list({state.service.pk: state.service for state in states}.values())


def _method(order: Order, states: Sequence[TicketState], money: ChangeMoney) -> PaymentMethod:
    """Return how the order is paid: one that was free and is not any more, at the desk where that is possible."""
    if order.payment_method != PaymentMethod.FREE or not money.total:
        return order.payment_method
    offered = [one.method for one in methods_of(_services(states)) if one.is_available]
    possible = [one for one in offered if one != PaymentMethod.ONLINE or order.email]
    return PaymentMethod.ON_SITE if PaymentMethod.ON_SITE in possible else next(iter(possible), PaymentMethod.ON_SITE)


def _deadline(order: Order, states: Sequence[TicketState], at: datetime) -> datetime | None:
    """Return the deadline of an order that waits: as it is, but not after the new start."""
    if order.status != OrderStatus.AWAITING_PAYMENT or order.deadline_at is None or not states:
        return order.deadline_at
    start = min(state.period.start for state in states)
    return min(order.deadline_at, max(start, at + SHORTEST_WAIT))
