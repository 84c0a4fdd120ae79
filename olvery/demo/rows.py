"""Saving bookings in bulk: without messages and jobs, so that the demo writes to nobody."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from accounts.models import User
from coworking.models import Location, PaymentMethod, Ticket, TicketStatus
from olvery.demo.desk import Booking, Wish
from olvery.demo.money import Account, Cashier
from orders.domain.money.summary import store_summaries
from orders.models import EventKind, LineKind, Order, OrderEvent, OrderLine, OrderStatus

CLOCK_CHECKS_EVERY = timedelta(minutes=1)
_NO_SHOW = 0.07


def save_bookings(
    bookings: Iterable[Booking], *, location: Location, cashier: Cashier, at: datetime, rng: Random
) -> list[Order]:
    """Save bookings with their money as they look at the moment `at`.

    The oldest first: numbers grow with the time of creation.
    """
    made = sorted(bookings, key=lambda booking: booking.wish.created_at)
    accounts = cashier.settle(made)
    orders = Order.objects.bulk_create(
        _order(booking, account, location, at, rng) for booking, account in zip(made, accounts, strict=True)
    )
    tickets = [_tickets(booking, at, rng) for booking in made]
    Ticket.objects.bulk_create([ticket for group in tickets for ticket in group])
    rows = list(zip(orders, made, accounts, tickets, strict=True))
    lines = [list(_lines(order, booking, group)) for order, booking, _account, group in rows]
    OrderLine.objects.bulk_create([line for group in lines for line in group])
    told = (_events(order, booking, account, at, rng) for order, booking, account, _tickets in rows)
    events = [event for history in told for event in history]
    events += cashier.write(orders, accounts, lines)
    store_summaries(orders)
    OrderEvent.objects.bulk_create(sorted(events, key=lambda event: event.at))
    return orders


def _status(wish: Wish, at: datetime) -> OrderStatus:
    if wish.cancellation:
        return OrderStatus.CANCELLED
    return OrderStatus.COMPLETED if wish.period.end <= at else OrderStatus.CONFIRMED


def _order(booking: Booking, account: Account, location: Location, at: datetime, rng: Random) -> Order:
    wish = booking.wish
    return Order(
        location=location,
        service=wish.offer.service,
        tariff=wish.tariff,
        service_name=wish.offer.service.name,
        tariff_name=wish.tariff.name,
        period=wish.period,
        ticket_count=len(wish.visitors),
        service_ids=[wish.offer.service.pk],
        customer=wish.customer,
        customer_name=wish.customer.full_name,
        phone=wish.phone,
        email=wish.customer.email or "",
        payment_method=wish.payment_method,
        status=_status(wish, at),
        kept=account.kept,
        comment=wish.comment,
        internal_note=wish.internal_note,
        created_by=wish.by,
        created_at=wish.created_at,
        form_token=UUID(int=rng.getrandbits(128), version=4),
    )


def _tickets(booking: Booking, at: datetime, rng: Random) -> list[Ticket]:
    wish = booking.wish
    occupied = Ticket.occupying(wish.period, wish.offer.service.buffer)
    return [
        Ticket(
            service=wish.offer.service,
            tariff=wish.tariff,
            seat=seat,
            visitor=visitor,
            visitor_name=visitor.full_name,
            period=wish.period,
            occupied=occupied,
            status=_ticket_status(wish, visitor, at, rng),
            created_at=wish.created_at,
        )
        for visitor, seat in zip(wish.visitors, booking.seats, strict=True)
    ]


def _ticket_status(wish: Wish, visitor: User, at: datetime, rng: Random) -> TicketStatus:
    if wish.cancellation:
        return TicketStatus.CANCELLED
    if wish.period.end > at:
        return TicketStatus.ACTIVE
    # A customer who pays on site has come.
    may_miss = wish.payment_method == PaymentMethod.INVOICE or visitor != wish.visitors[0]
    return TicketStatus.NO_SHOW if may_miss and rng.random() < _NO_SHOW else TicketStatus.USED


def _lines(order: Order, booking: Booking, tickets: list[Ticket]) -> Iterator[OrderLine]:
    for line in booking.price.lines:
        yield OrderLine(
            order=order,
            kind=line.kind,
            ticket=tickets[line.place] if line.place is not None else None,
            extra=line.extra,
            title=line.title,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            amount=line.amount,
        )


def _events(order: Order, booking: Booking, account: Account, at: datetime, rng: Random) -> Iterator[OrderEvent]:
    """Yield the history that the product would have written."""
    wish, price = booking.wish, booking.price
    first = {"order": order, "by": wish.by, "at": wish.created_at}
    facts = {"status": OrderStatus.CONFIRMED, "method": order.payment_method, "total": str(price.total)}
    yield OrderEvent(kind=EventKind.CREATED, data=facts, **first)
    if wish.phone != wish.customer.phone:
        change = {"phone": {"profile": str(wish.customer.phone or ""), "order": str(wish.phone)}}
        yield OrderEvent(kind=EventKind.CONTACT_CHANGED, data=change, **first)
    for line in price.lines:
        if line.kind == LineKind.DISCOUNT:
            less = {"sum": str(-line.amount)}
            yield OrderEvent(kind=EventKind.DISCOUNT_GIVEN, reason=wish.discount_reason, data=less, **first)
    moved = {"from": OrderStatus.CONFIRMED, "to": order.status}
    if wish.cancellation:
        yield OrderEvent(
            order=order,
            kind=EventKind.STATUS_CHANGED,
            at=wish.cancellation.at,
            by=wish.cancellation.by,
            reason=wish.cancellation.reason,
            data={**moved, **account.settlement.as_facts()},
        )
    elif order.status == OrderStatus.COMPLETED:
        noticed_at = min(wish.period.end + CLOCK_CHECKS_EVERY * rng.random(), at)
        yield OrderEvent(order=order, kind=EventKind.STATUS_CHANGED, at=noticed_at, data=moved)
