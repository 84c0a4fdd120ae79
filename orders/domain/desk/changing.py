"""Changing the tickets of an order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from coworking.domain import tickets, visits
from coworking.domain import waiting as line
from coworking.models import Ticket, TicketStatus
from olvery.shared.jobs import later
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal, Refused, as_refused
from olvery.shared.rows import reserve_keys
from orders.domain import locks
from orders.domain.booking import extra_stock
from orders.domain.booking.change_adding import states_of_added, status_of_added
from orders.domain.booking.change_places import TicketPlan, TicketState
from orders.domain.booking.changing import UNDO_FOR, Plan, plan_of
from orders.domain.booking.placing import kind_of_override, placements_of, stored_lines
from orders.domain.booking.transitions import change_status, tickets_of
from orders.domain.desk.handing_over import tell_recipients
from orders.domain.messages import About, withdraw_messages, write_to
from orders.domain.money import pass_books, promo_uses
from orders.domain.money.credit import hold_to_limits
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.summary import store_summary
from orders.domain.online.payments import abandon_attempts
from orders.models import EventKind, MessageKind, Order, OrderEvent, OrderLine, OrderStatus

SETTLE = "orders.settle_change"


class PlanStale(Refusal):
    """The facts that the change was planned from have changed; `plan` is the new plan."""

    reason = "plan_stale"

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


def carry_out(plan: Plan) -> OrderEvent:
    """Carry a plan out under the locks of services, order and tickets, and return the event that tells of it.

    The letter and the refund through the provider wait for ten minutes. Raises PlanStale if the plan has become
    different since it was made, Refused with every reason, SeatsTaken, Busy.
    """
    with locks.short_waits():
        locks.lock_services({*plan.order.service_ids, *(state.service.pk for state in plan.states)})
        order = locks.lock_order(plan.order.pk)
        locks.lock_tickets(change.number for change in plan.wish.tickets)  # somebody may be checking in
        order.location = plan.order.location
        now = plan_of(order, plan.wish, booker=plan.booker, at=plan.at, alternatives=False)
        if now.version != plan.version:
            raise PlanStale(now)
        if not now.is_ready:
            raise Refused(now.refusals)
        [event] = write([now])
        return event


def write(plans: Sequence[Plan]) -> list[OrderEvent]:
    """Write the changes of several orders at once; everything that was read for them is locked.

    All tickets release their places before the first one takes its new place. Raises SeatsTaken, Refused.
    """
    tickets.change([changed_to(one.ticket, one.after) for plan in plans for one in plan.changed])
    together = [plan.order.pk for plan in plans]
    events = [_write(plan, together) for plan in plans]
    extra_stock.confirm()
    with as_refused():
        hold_to_limits({plan.order: plan.money.more_due for plan in plans})
    return events


def _write(plan: Plan, together: list[int]) -> OrderEvent:
    order = plan.order
    before = {"status": str(order.status), "deadline_at": _iso(order.deadline_at), "method": str(order.payment_method)}
    visits.undo_early([one.ticket for one in plan.changed], order.location, by=plan.booker.user, at=plan.at)
    issued = _issue(plan)
    numbers = [ticket.number for ticket in issued]
    places = {one.ticket.number: one.before.place for one in plan.changed} | dict.fromkeys(numbers)
    services = {state.service.pk for state in plan.states}
    left = line.leave_what_is_booked(order.customer_id, places, services=services, by=plan.booker.user, at=plan.at)
    lines = OrderLine.objects.bulk_create(stored_lines(order, plan.lines, numbers=numbers))
    order.payment_method = plan.method
    follow_tickets(order, plan.states)
    if plan.deadline != order.deadline_at:
        order.deadline_at = plan.deadline
        order.save(update_fields=["deadline_at"])
    if plan.deadline and order.status == OrderStatus.AWAITING_PAYMENT:
        tickets.hold_until(tickets_of(order), plan.deadline)
    _follow_money(plan)
    entries = _follow_pass(plan)
    written = {"lines": [one.pk for one in lines], "pass_entries": entries, "left_line": left}
    event = _tell(plan, issued, written, before, together)
    if plan.money.returned_online:
        later(SETTLE, at=plan.at + UNDO_FOR, event_id=event.pk)
    return event


def _issue(plan: Plan) -> list[Ticket]:
    """Issue the added tickets. Raises SeatsTaken."""
    if plan.added is None:
        return []
    [numbers] = reserve_keys({Ticket: plan.added.ticket_count})
    return tickets.issue(
        placements_of(plan.added),
        numbers=numbers,
        status=status_of_added(plan.order),
        held_until=plan.deadline,
        at=plan.at,
    )


def changed_to(ticket: Ticket, state: TicketState) -> Ticket:
    """Return the ticket in another state, not yet stored."""
    ticket.service, ticket.tariff, ticket.seat = state.service, state.tariff, state.seat
    ticket.visitor, ticket.visitor_name, ticket.period = state.visitor, state.visitor_name, state.period
    ticket.status, ticket.over_block = state.status, state.over_block
    ticket.held_until = ticket.held_until if state.status == TicketStatus.HELD else None
    return ticket


def follow_tickets(order: Order, states: Iterable[TicketState]) -> None:
    """Store what the order shows of its tickets, given by number."""
    there = list(states)
    first = there[0].tariff
    if first.pk != order.tariff_id:
        order.service, order.tariff = first.service, first
        order.service_name, order.tariff_name = first.service.name, first.name
    order.period = Period.spanning([one.period for one in there])
    order.ticket_count = len(there)
    order.booking_count = len({(one.tariff.pk, one.period) for one in there})
    order.service_ids = sorted({one.service.pk for one in there})
    order.save(
        update_fields=[
            "service",
            "tariff",
            "service_name",
            "tariff_name",
            "period",
            "ticket_count",
            "booking_count",
            "service_ids",
            "payment_method",
        ]
    )


def _follow_money(plan: Plan) -> None:
    """Update the sums, the running payment and the cases of the order to its new price."""
    order = plan.order
    store_summary(order)
    with as_refused():
        promo_uses.follow_change(order, by=plan.booker.user, at=plan.at)
    if plan.lines:  # its receipt would name what was sold before, even if the sum is the same
        abandon_attempts(order, at=plan.at)
    if plan.confirms:
        change_status(order, OrderStatus.CONFIRMED, by=plan.booker.user, at=plan.at)
        tickets.activate(tickets_of(order))
    sync_refund_due_case(order, at=plan.at)


def _follow_pass(plan: Plan) -> list[int]:
    """Take more units from the order's pass or give some back, and return the keys of the entries. Raises Refused."""
    if not plan.of_pass.units:
        return []
    more, kept = plan.of_pass.units, plan.of_pass.kept
    with as_refused():
        entries = pass_books.move(plan.order, more, kept=kept, by=plan.booker.user, at=plan.at)
    return [entry.pk for entry in entries]


def _tell(
    plan: Plan, issued: list[Ticket], written: dict[str, list[int]], before: dict[str, Any], together: list[int]
) -> OrderEvent:
    order, booker, money = plan.order, plan.booker, plan.money
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order,
            kind=kind_of_override(rule),
            by=booker.user,
            at=plan.at,
            reason=plan.wish.override_reason,
            data=rule.as_json(),
        )
        for rule in plan.overridden
    )
    data = {
        **change_as_json(plan, numbers=[ticket.number for ticket in issued]),
        **written,
        "before": before,
        "paid": str(money.balance.paid),
        "returning": str(money.balance.returning),
        # A change that confirmed the order cannot be undone: its tickets would be held for a payment that is not due.
        "status": before["status"],
    }
    if len(together) > 1:
        data["together"] = together  # the orders that were rearranged, this one among them
    event = OrderEvent.objects.create(
        order=order, kind=EventKind.CHANGED, by=booker.user, at=plan.at, reason=plan.wish.reason[:250], data=data
    )
    withdraw_messages(order, [MessageKind.CHANGED])
    about, until = About(asked_at=plan.at), plan.at + UNDO_FOR
    write_to(order.email, order, MessageKind.CHANGED, at=plan.at, about=about, until=until)
    visitors = {one.ticket.number: one.before.visitor.pk for one in plan.changed}
    tell_recipients(order, visitors, at=plan.at, until=until)
    return event


def change_as_json(plan: Plan, *, numbers: Iterable[int | None] = repeat(None)) -> dict[str, Any]:
    """Return what a change does to tickets and money as the history stores it; `numbers` are those of added tickets."""
    money, added = plan.money, states_of_added(plan.order, plan.added)
    return {
        "tickets": [
            *(_changed_as_json(one) for one in plan.changed),
            *(_added_as_json(number, state) for number, state in zip(numbers, added, strict=False)),
        ],
        "difference": str(money.difference),
        "returned_online": str(money.returned_online),
        "returned_at_desk": str(money.returned_at_desk),
        "kept": str(money.kept),
        **_pass_as_json(plan),
    }


def _pass_as_json(plan: Plan) -> dict[str, Any]:
    """Return the units that a change takes from the order's pass, gives back, and keeps of those."""
    used, change = plan.order.from_pass, plan.of_pass
    if used is None or not change.units:
        return {}
    told = {"unit": str(used.unit), "used_more": change.used_more, "returned": change.returned, "kept": change.kept}
    return {"of_pass": told}


def _changed_as_json(plan: TicketPlan) -> dict[str, Any]:
    states = {"before": state_as_json(plan.before), "after": state_as_json(plan.after)}
    return {"number": plan.ticket.number, **states, "extras": plan.extras_as_json}


def _added_as_json(number: int | None, state: TicketState) -> dict[str, Any]:
    """Return a new ticket as the history stores it: undoing cancels it."""
    after = state_as_json(state)
    before = {**after, "status": str(TicketStatus.CANCELLED)}
    return {"number": number, "before": before, "after": after, "extras": [], "is_added": True}


def state_as_json(state: TicketState) -> dict[str, Any]:
    """Return a ticket's state as the history stores it: keys, and the names they had then."""
    seat, over = state.seat, state.over_block
    return {
        "service": state.service.pk,
        "service_name": state.service.name,
        "tariff": state.tariff.pk,
        "tariff_name": state.tariff.name,
        "start": state.period.start.isoformat(),
        "end": state.period.end.isoformat(),
        "seat": seat.pk if seat else None,
        "seat_label": seat.label if seat else "",
        "visitor": state.visitor.pk,
        "visitor_name": state.visitor_name,
        "status": str(state.status),
        **({"over_block": over.pk} if over else {}),
    }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
