"""Undoing a change within ten minutes, and refunding its money after them."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from coworking.domain import tickets, visits
from coworking.domain import waiting as line
from coworking.models import Block, Seat, Tariff, Ticket, TicketStatus, Visit
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.booking import extra_stock
from orders.domain.booking.change_places import TicketState
from orders.domain.booking.change_price import reversal
from orders.domain.booking.changing import UNDO_FOR
from orders.domain.booking.payment_terms import deadline_within
from orders.domain.booking.placing import stored_lines
from orders.domain.booking.pricing import PriceLine
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk.changing import changed_to, follow_tickets, state_as_json
from orders.domain.desk.handing_over import tell_recipients
from orders.domain.desk.refunding import paid_online, refund_key, return_online
from orders.domain.messages import About, withdraw_messages, write_messages, write_to
from orders.domain.money import pass_books, promo_uses
from orders.domain.money.balance import Balance, balance_of
from orders.domain.money.credit import hold_to_limits
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.summary import store_summary
from orders.domain.online.gateway import Gateway
from orders.domain.online.payments import abandon_attempts
from orders.domain.online.refunds import RefundRefused
from orders.models import (
    EventKind,
    Message,
    MessageKind,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    ProviderRequest,
)

log = logging.getLogger(__name__)

# Namespace of the idempotency keys of refunds of changes.
CHANGES = uuid.UUID("3f6f1d0a-8f5f-4c47-9a3c-2f4f9d8e6b11")


class UndoRefused(Refusal):
    """The change cannot be undone."""


def last_change(order: Order) -> OrderEvent | None:
    """Return the last change of an order that has not been undone. Two queries at most."""
    undone = order.events.filter(kind=EventKind.CHANGE_UNDONE).values_list("data__change", flat=True)
    return order.events.filter(kind=EventKind.CHANGED).exclude(pk__in=list(undone)).order_by("pk").last()


def refund_waits_until(order: Order, balance: Balance, *, at: datetime) -> datetime | None:
    """Return until when the refund online of an order's last change waits; None if none does. Two queries at most."""
    change = last_change(order) if balance.excess else None
    waits = change and at < change.at + UNDO_FOR and _left_to_return(change, balance)
    return change.at + UNDO_FOR if change and waits else None


def _left_to_return(change: OrderEvent, balance: Balance) -> Decimal:
    """Return what the provider still has to return for a change, roubles: no more than we hold beyond the price."""
    return min(Decimal(change.data["returned_online"]), balance.excess, balance.online)


def check_undo(change: OrderEvent, *, at: datetime) -> None:
    """Raise UndoRefused if a change cannot be undone: it is too late, something happened since, or money moved."""
    order, data = change.order, change.data
    told = Message.objects.filter(order=order, kind=MessageKind.CHANGED, asked_at=change.at, sent_at__isnull=False)
    if at >= change.at + UNDO_FOR or told.exists():
        raise UndoRefused("undo_too_late")
    if order.status != data["status"] or last_change(order) != change:
        raise UndoRefused("undo_overtaken")
    balance = balance_of(order)
    if [str(balance.paid), str(balance.returning)] != [data["paid"], data["returning"]]:
        raise UndoRefused("undo_money_moved")


def undoable(order: Order, *, at: datetime) -> OrderEvent | None:
    """Return the last change of an order read by `order_card`, if nothing on its page speaks against undoing it."""
    events = list(order.events.all())
    undone = {event.data["change"] for event in events if event.kind == EventKind.CHANGE_UNDONE}
    changes = [event for event in events if event.kind == EventKind.CHANGED and event.pk not in undone]
    last = max(changes, key=lambda event: event.pk, default=None)
    if last is None or at >= last.at + UNDO_FOR or last.data["status"] != order.status:
        return None
    told = {message.asked_at for message in order.messages.all() if message.sent_at}
    return None if last.at in told else last


def undo_change(number: int, change_id: int, *, by: User, at: datetime) -> OrderEvent:
    """Restore the state of the tickets and the price of the order from before a change.

    Orders that were rearranged together go back together. The places are checked as for any change.
    Raises UndoRefused, SeatsTaken, CreditExceeded, Busy.
    """
    changes = _together(OrderEvent.objects.get(pk=change_id, order=number, kind=EventKind.CHANGED))
    with locks.short_waits():
        locks.lock_services(_services_of(changes))
        for change in changes:
            change.order = locks.lock_order(change.order_id)
            check_undo(change, at=at)
        _give_states_back(changes)
        owed = {change.order: balance_of(change.order).due for change in changes}
        told = {change.order_id: _undo(change, by=by, at=at) for change in changes}
        extra_stock.confirm()
        hold_to_limits({order: order.due - due for order, due in owed.items()})
        return told[number]


def _together(change: OrderEvent) -> list[OrderEvent]:
    """Return the changes that were made together with this one, itself included, by order number.

    Raises UndoRefused where one of the orders was changed again.
    """
    numbers = change.data.get("together", [change.order_id])
    last = [last_change(order) for order in Order.objects.filter(pk__in=numbers).order_by("pk")]
    found = [one for one in last if one and one.at == change.at and one.data.get("together", [one.order_id]) == numbers]
    if len(found) < len(numbers) or change not in found:
        raise UndoRefused("undo_overtaken")
    return found


def _services_of(changes: Sequence[OrderEvent]) -> set[int]:
    """Return the services that the tickets come back to and those they are at now."""
    before = {one["before"]["service"] for change in changes for one in change.data["tickets"]}
    there = Order.objects.filter(pk__in=[change.order_id for change in changes])
    return before.union(*there.values_list("service_ids", flat=True))


def _give_states_back(changes: Sequence[OrderEvent]) -> None:
    """Restore the states before the changes. Raises UndoRefused if the tickets have changed since, SeatsTaken."""
    told = {one["number"]: (one, change.order) for change in changes for one in change.data["tickets"]}
    there = _locked(sorted(told))
    if any(state_as_json(TicketState.of(one)) != told[one.number][0]["after"] for one in there):
        raise UndoRefused("undo_overtaken")
    for ticket in there:
        one, order = told[ticket.number]
        ticket.held_until = order.deadline_at if one["before"]["status"] == TicketStatus.HELD else None
    back = [changed_to(ticket, _state(told[ticket.number][0]["before"])) for ticket in there]
    _check_visits(back, {number: one["after"]["visitor"] for number, (one, _order) in told.items()}, changes[0].at)
    line.stand_again([pk for change in changes for pk in change.data.get("left_line", ())])
    tickets.change(back)


def _locked(numbers: Sequence[int]) -> list[Ticket]:
    """Lock tickets, since somebody may be checking in on them, and return them as they are now."""
    for number in numbers:
        locks.lock_ticket(number)
    return _tickets(numbers)


def _check_visits(back: Sequence[Ticket], visitors: Mapping[int, int], since: datetime) -> None:
    """Raise UndoRefused if somebody has come since whom the restored ticket would not have let in.

    `visitors` are the people who could come since, by ticket number.
    """
    came = Visit.objects.filter(ticket__in=visitors, undone_at=None, arrived_at__gte=since)
    by_number = {ticket.number: ticket for ticket in back}
    for visit in came:
        ticket = by_number[visit.ticket_id]
        try:
            visits.check_ticket(ticket, at=visit.arrived_at)
        except visits.EntryRefused as refusal:
            raise UndoRefused("undo_visitor_came") from refusal
        if ticket.visitor_id != visitors[ticket.number]:
            raise UndoRefused("undo_visitor_came")


def _undo(change: OrderEvent, *, by: User, at: datetime) -> OrderEvent:
    """Restore the price and the deadline of a locked order, once its tickets are back."""
    order = change.order
    lines = OrderLine.objects.filter(pk__in=change.data["lines"]).order_by("pk")
    opposite = OrderLine.objects.bulk_create(stored_lines(order, map(_opposite, lines)))
    try:
        pass_books.take_back(order, change.data.get("pass_entries", ()), by=by, at=at)
    except pass_books.PassRefused as refusal:
        raise UndoRefused("undo_pass_used") from refusal
    _follow(order, change, at=at)
    store_summary(order)
    promo_uses.follow_change(order, by=by, at=at)
    if opposite:
        abandon_attempts(order, at=at)
    sync_refund_due_case(order, at=at)
    withdraw_messages(order, [MessageKind.CHANGED])
    _tell_visitors(change, at=at)
    undone = _tell(change, by=by, at=at)
    _tell_of_last_change(order, at=at)
    return undone


def _tell_of_last_change(order: Order, *, at: datetime) -> None:
    """Queue the letter of the change that is now the last one: the letter of the undone change had replaced it."""
    last = last_change(order)
    letters = Message.objects.filter(order=order, kind=MessageKind.CHANGED)
    if last and not letters.filter(asked_at=last.at).exists():
        until = max(last.at + UNDO_FOR, at)
        write_to(order.email, order, MessageKind.CHANGED, at=at, about=About(asked_at=last.at), until=until)


def _tell_visitors(change: OrderEvent, *, at: datetime) -> None:
    """Withdraw the messages to recipients, and send the customer the tickets that have new codes."""
    order = change.order
    Message.objects.filter(order=order, handover__isnull=False, asked_at=change.at, sent_at=None).delete()
    renewed = [one for one in change.data["tickets"] if one["before"]["visitor"] != one["after"]["visitor"]]
    if renewed and order.status == OrderStatus.CONFIRMED:
        write_messages(order, [MessageKind.TICKETS], at=at, about=About(asked_at=at))
        tell_recipients(order, {one["number"]: one["before"]["visitor"] for one in renewed}, at=at)


def _tickets(numbers: Sequence[int]) -> list[Ticket]:
    related = ("tariff__service", "seat", "visitor", "over_block")
    return list(Ticket.objects.filter(pk__in=numbers).select_related(*related).order_by("pk"))


def _state(stored: dict[str, Any]) -> TicketState:
    start, end = (datetime.fromisoformat(stored[name]) for name in ("start", "end"))
    return TicketState(
        tariff=Tariff.objects.select_related("service").get(pk=stored["tariff"]),
        period=Period(start, end),
        seat=Seat.objects.get(pk=stored["seat"]) if stored["seat"] else None,
        visitor=User.objects.get(pk=stored["visitor"]),
        visitor_name=stored["visitor_name"],
        status=TicketStatus(stored["status"]),
        over_block=Block.objects.get(pk=stored["over_block"]) if stored.get("over_block") else None,
    )


def _opposite(line: OrderLine) -> PriceLine:
    return reversal(line, quantity=line.quantity, unit_price=-line.unit_price, amount=-line.amount)


def _follow(order: Order, change: OrderEvent, *, at: datetime) -> None:
    """Update the order from its tickets, and restore the deadline that it had before."""
    before = change.data["before"]
    order.payment_method = before["method"]
    follow_tickets(order, [TicketState.of(one) for one in _tickets(tickets_of(order))])
    if order.status == OrderStatus.AWAITING_PAYMENT and before["deadline_at"]:
        order.deadline_at = _deadline(order, change, at=at)
        order.save(update_fields=["deadline_at"])
        tickets.hold_until(tickets_of(order), order.deadline_at)


def _deadline(order: Order, change: OrderEvent, *, at: datetime) -> datetime:
    """Return the deadline before the change, or a later one that the customer was given since."""
    before = datetime.fromisoformat(change.data["before"]["deadline_at"])
    moved = order.events.filter(kind=EventKind.DEADLINE_MOVED, pk__gt=change.pk)
    if order.deadline_at is None or not moved.exists():
        return before
    return max(before, deadline_within(order.deadline_at, order.period.start, at))


def _tell(change: OrderEvent, *, by: User, at: datetime) -> OrderEvent:
    turned = [_turned(one) for one in change.data["tickets"]]
    data = {"change": change.pk, "tickets": turned, "difference": str(-Decimal(change.data["difference"]))}
    return OrderEvent.objects.create(order=change.order, kind=EventKind.CHANGE_UNDONE, by=by, at=at, data=data)


def _turned(told: dict[str, Any]) -> dict[str, Any]:
    """Return a ticket's entry in the history with before and after swapped."""
    extras = [{**one, "before": one["after"], "after": one["before"]} for one in told.get("extras", ())]
    return {"number": told["number"], "before": told["after"], "after": told["before"], "extras": extras}


def settle_change(event_id: int, gateway: Gateway | None, *, at: datetime) -> bool:
    """Ask for the refund of a change that was not undone; return whether this call did. Raises Busy.

    Refunds no more than is still held beyond the price. What cannot go back stays a case for a person.
    """
    change = OrderEvent.objects.select_related("by").get(pk=event_id)
    assert change.by  # noqa: S101 - tickets are changed by people alone
    token = uuid.uuid5(CHANGES, str(event_id))
    try:
        with locks.short_waits():
            order = locks.lock_order(change.order_id)
            amount = _left_to_return(change, balance_of(order))
            if amount <= 0 or _is_undone(change) or _is_asked(order, token):
                return False
            return_online(order, amount, reason=change.reason, by=change.by, gateway=gateway, at=at, token=token)
            sync_refund_due_case(order, at=at)
    except RefundRefused as refusal:
        log.warning("the refund of change %s waits for a person: %s", event_id, refusal)
        return False
    return True


def _is_undone(change: OrderEvent) -> bool:
    return OrderEvent.objects.filter(
        order=change.order_id, kind=EventKind.CHANGE_UNDONE, data__change=change.pk
    ).exists()


def _is_asked(order: Order, token: uuid.UUID) -> bool:
    keys = [refund_key(token, attempt) for attempt in paid_online(order)]
    return ProviderRequest.objects.filter(key__in=keys).exists()
