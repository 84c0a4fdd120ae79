"""Saving the season in bulk: without messages and jobs, so that the demo writes to nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from accounts.models import User
from coworking.models import PaymentMethod, Ticket, TicketStatus
from olvery.demo.money import write_books
from olvery.demo.people import People
from olvery.demo.places import Site
from olvery.demo.season import Booking, Season
from olvery.shared.money import NO_MONEY
from orders.domain.booking.placing import stored_lines
from orders.domain.money.summary import store_summaries
from orders.models import EventKind, LineKind, Order, OrderEvent, OrderLine, OrderStatus

CLOCK_CHECKS_EVERY = timedelta(minutes=1)
_NO_SHOW = 0.07


def save_season(site: Site, people: People, *, at: datetime, rng: Random) -> list[Order]:
    """Save the orders with their money as they look at the moment `at`."""
    made = Season(site, people, at=at).bookings()
    orders = Order.objects.bulk_create(_order(booking, site, at, rng) for booking in made)
    tickets = [_tickets(booking, at, rng) for booking in made]
    Ticket.objects.bulk_create([ticket for group in tickets for ticket in group])
    lines = [
        stored_lines(order, booking.price.lines, numbers=[ticket.pk for ticket in group])
        for order, booking, group in zip(orders, made, tickets, strict=True)
    ]
    OrderLine.objects.bulk_create([line for group in lines for line in group])
    told = (_events(order, booking, at, rng) for order, booking in zip(orders, made, strict=True))
    events = [event for history in told for event in history]
    events += write_books(zip(orders, made, lines, strict=True), site, people.accounts.manager, rng=rng)
    store_summaries(orders)
    OrderEvent.objects.bulk_create(sorted(events, key=lambda event: event.at))
    return orders


def _status(booking: Booking, at: datetime) -> OrderStatus:
    if booking.cancellation:
        return OrderStatus.CANCELLED
    return OrderStatus.COMPLETED if booking.period.end <= at else OrderStatus.CONFIRMED


def _order(booking: Booking, site: Site, at: datetime, rng: Random) -> Order:
    return Order(
        location=site.location,
        service=booking.offer.service,
        tariff=booking.tariff,
        service_name=booking.offer.service.name,
        tariff_name=booking.tariff.name,
        period=booking.period,
        ticket_count=len(booking.visitors),
        service_ids=[booking.offer.service.pk],
        customer=booking.customer,
        customer_name=booking.customer.full_name,
        phone=booking.phone,
        email=booking.customer.email or "",
        payment_method=booking.method,
        status=_status(booking, at),
        kept=booking.cancellation.settlement.kept if booking.cancellation else NO_MONEY,
        comment=booking.comment,
        internal_note=booking.internal_note,
        created_by=booking.by,
        created_at=booking.asked_at,
        form_token=UUID(int=rng.getrandbits(128), version=4),
    )


def _tickets(booking: Booking, at: datetime, rng: Random) -> list[Ticket]:
    occupied = Ticket.occupying(booking.period, booking.offer.service.buffer)
    return [
        Ticket(
            service=booking.offer.service,
            tariff=booking.tariff,
            seat=seat,
            visitor=visitor,
            visitor_name=visitor.full_name,
            period=booking.period,
            occupied=occupied,
            status=_ticket_status(booking, visitor, at, rng),
            created_at=booking.asked_at,
        )
        for visitor, seat in zip(booking.visitors, booking.seats, strict=True)
    ]


def _ticket_status(booking: Booking, visitor: User, at: datetime, rng: Random) -> TicketStatus:
    if booking.cancellation:
        return TicketStatus.CANCELLED
    if booking.period.end > at:
        return TicketStatus.ACTIVE
    # A customer who pays on site has come.
    may_miss = booking.method == PaymentMethod.INVOICE or visitor != booking.customer
    return TicketStatus.NO_SHOW if may_miss and rng.random() < _NO_SHOW else TicketStatus.USED


def _events(order: Order, booking: Booking, at: datetime, rng: Random) -> Iterator[OrderEvent]:
    """Yield the history that the product would have written."""
    first = {"order": order, "by": booking.by, "at": booking.asked_at}
    facts = {"status": OrderStatus.CONFIRMED, "method": order.payment_method, "total": str(booking.price.total)}
    yield OrderEvent(kind=EventKind.CREATED, data=facts, **first)
    if booking.phone != booking.customer.phone:
        change = {"phone": {"profile": str(booking.customer.phone or ""), "order": str(booking.phone)}}
        yield OrderEvent(kind=EventKind.CONTACT_CHANGED, data=change, **first)
    for line in booking.price.lines:
        if line.kind == LineKind.DISCOUNT:
            less = {"sum": str(-line.amount)}
            yield OrderEvent(kind=EventKind.DISCOUNT_GIVEN, reason=booking.discount_reason, data=less, **first)
    moved = {"from": OrderStatus.CONFIRMED, "to": order.status}
    if booking.cancellation:
        yield OrderEvent(
            order=order,
            kind=EventKind.STATUS_CHANGED,
            at=booking.cancellation.at,
            by=booking.by,
            reason=booking.cancellation.reason,
            data={**moved, **booking.cancellation.settlement.as_facts()},
        )
    elif order.status == OrderStatus.COMPLETED:
        noticed_at = min(booking.period.end + CLOCK_CHECKS_EVERY * rng.random(), at)
        yield OrderEvent(order=order, kind=EventKind.STATUS_CHANGED, at=noticed_at, data=moved)
