"""The door: checking visitors in and out by their tickets, and releasing the places of no-shows."""

import uuid
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from coworking.domain import visits
from coworking.models import PaymentMethod, Ticket, TicketStatus, Visit, VisitSource
from olvery.shared.money import NO_MONEY
from orders.domain import locks
from orders.domain.messages import About, write_messages
from orders.models import EventKind, MessageKind, Order, OrderEvent, OrderLine


def order_of(ticket: Ticket) -> Order:
    """Return the order of a ticket."""
    numbers = OrderLine.objects.filter(ticket=ticket).values("order")
    return Order.objects.select_related("location", "customer").get(pk__in=numbers)


def owed_at_door(order: Order, *, at: datetime) -> Decimal:
    """Return what has to be paid before the visitor goes in, roubles.

    That is the rest of an order to be paid on site, unless a later day was agreed. Companies pay by invoice later.
    """
    is_due = order.payment_method == PaymentMethod.ON_SITE and not (order.owed_until and order.owed_until > at)
    return order.due if is_due else NO_MONEY


def scan_of(token: uuid.UUID, number: int) -> uuid.UUID:
    """Return the key of one scan, made of form and ticket: the same form may be sent again with the next ticket."""
    return uuid.uuid5(token, str(number))


def let_in(
    number: int,
    *,
    scan_id: uuid.UUID,
    source: VisitSource,
    by: User,
    at: datetime,
    version: int | None = None,
    unpaid: bool = False,
) -> Visit:
    """Let the visitor of a ticket in, and return the visit; the same scan twice is one visit.

    `version` is that of the code as it was read: if it differs by now, the ticket was passed on since. `unpaid`
    admits somebody who has not paid on site. Raises EntryRefused, Busy.
    """
    with locks.short_waits():
        ticket = locks.lock_ticket(number)
        if version is not None:
            visits.check_code(ticket, version)
        owed = NO_MONEY if unpaid else owed_at_door(order_of(ticket), at=at)
        return visits.check_in(ticket, scan_id=scan_id, source=source, by=by, at=at, owed=owed)


def let_out(number: int, *, by: User, at: datetime) -> Visit:
    """Let the visitor of a ticket out, and return the visit. Raises NotInside, Busy."""
    with locks.short_waits():
        return visits.check_out(locks.lock_ticket(number), by=by, at=at)


def undo(number: int, *, by: User, at: datetime) -> Visit:
    """Undo the latest visit of a ticket, and return it; calling it twice does not undo the visit before.

    Raises NotInside, VisitStands, Busy.
    """
    with locks.short_waits():
        ticket = locks.lock_ticket(number)
        last = visits.open_visit(ticket) or next(iter(visits.latest_visits(ticket)), None)
        if last is None:
            raise visits.NotInside
        last.ticket = ticket
        return visits.undo(last, by=by, at=at)


def release(number: int, *, by: User, at: datetime) -> None:
    """Free the place of a visitor who did not come, and write to the customer; the order's money is not touched.

    Raises StillExpected, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(order_of(Ticket.objects.get(pk=number)).pk)
        release_place(order, locks.lock_ticket(number), by=by, at=at)
        write_messages(order, [MessageKind.RELEASED], at=at, about=About(asked_at=at))


def release_place(order: Order, ticket: Ticket, *, by: User | None, at: datetime, **facts: str) -> None:
    """Free the place of a no-show and record it; `by` is None for the clock. Order and ticket are locked.

    Raises StillExpected.
    """
    visits.release_no_show(ticket, at=at)
    data = {"from": TicketStatus.ACTIVE, "to": TicketStatus.NO_SHOW, "ticket": ticket.pk, **facts}
    OrderEvent.objects.create(order=order, kind=EventKind.PLACE_RELEASED, by=by, at=at, data=data)
