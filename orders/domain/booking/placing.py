"""Placing an order: everything in one transaction, or nothing."""

import uuid
from collections.abc import Iterator
from datetime import datetime

from django.db import IntegrityError

from accounts.models import User
from coworking.domain import tickets
from coworking.domain.catalogue import tariffs_on_sale
from coworking.models import PaymentMethod, Tariff, Ticket, TicketStatus
from olvery.shared.refusals import Refusal, Refused
from orders.domain import locks
from orders.domain.booking.offer import Offer, offer_for
from orders.domain.booking.pricing import Price
from orders.domain.booking.wish import Booker, Wish
from orders.domain.messages import write_messages
from orders.domain.money.summary import store_summary
from orders.models import EventKind, LineKind, MessageKind, Order, OrderEvent, OrderLine, OrderStatus, PaymentLink


class TokenUsed(Refusal):
    """The form's token belongs to an order of somebody else."""

    reason = "token_used"
    field = "token"


def place_order(wish: Wish, *, booker: Booker, at: datetime) -> Order:
    """Save the order with its tickets, lines, first events and messages, and return it.

    The same token a second time returns the first order. Raises Refused with every reason, Busy.
    """
    try:
        with locks.short_waits():
            # A retry gets its order even if the tariff was switched off since.
            known = _order_of(wish.token)
            if known is None:
                tariffs = _lock_services(wish, booker)
                known = _order_of(wish.token)
            if known is None:
                offer = offer_for(wish, booker, at, tariffs=tariffs)
                if not offer.is_ready:
                    raise Refused(offer.refusals)
                return _save(offer)
    except IntegrityError:
        # The same token with other services takes other locks: the unique constraint decides.
        known = _order_of(wish.token)
        if known is None:
            raise
    if known.created_by_id != booker.user.pk:
        raise Refused([TokenUsed()])
    return known


def _order_of(token: uuid.UUID) -> Order | None:
    return Order.objects.filter(form_token=token).first()


def _lock_services(wish: Wish, booker: Booker) -> dict[int, Tariff]:
    """Lock the services in the wish and return the tariffs on sale, by key."""
    tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(booker.location)}
    wanted = {tariffs[part.tariff_id].service_id for part in wish.bookings if part.tariff_id in tariffs}
    locked = {service.pk: service for service in locks.lock_services(wanted)}
    for tariff in tariffs.values():
        if tariff.service_id in locked:
            service = locked[tariff.service_id]
            service.location, service.extras_on_sale = booker.location, tariff.service.extras_on_sale
            tariff.service = service
    return tariffs


def _save(offer: Offer) -> Order:
    waits = offer.method == PaymentMethod.ONLINE
    issued = _issue(offer, TicketStatus.HELD if waits else TicketStatus.ACTIVE)
    order = _create_order(offer, issued)
    assert offer.price is not None  # noqa: S101 - of an offer that is ready
    OrderLine.objects.bulk_create(_lines(order, offer.price, issued))
    store_summary(order)
    OrderEvent.objects.bulk_create(_first_events(order, offer, offer.price))
    if waits:
        PaymentLink.objects.create(order=order, created_at=offer.at)
    kinds = [MessageKind.CREATED] if waits else [MessageKind.CREATED, MessageKind.TICKETS]
    write_messages(order, kinds, at=offer.at)
    return order


def _issue(offer: Offer, status: TicketStatus) -> list[Ticket]:
    placements = [
        tickets.Placement(tariff=booking.tariff, period=booking.period, visitors=visitors, seats=booking.seats)
        for part, visitors in zip(offer.parts, _known(offer), strict=True)
        for booking in part.bookings
    ]
    try:
        return tickets.issue(placements, status=status, held_until=offer.deadline, at=offer.at)
    except Refusal as refusal:
        raise Refused([refusal]) from refusal


def _known(offer: Offer) -> Iterator[list[User]]:
    """Yield the visitors of each part; an offer that is ready knows all of them."""
    for visitors in offer.visitors:
        yield [visitor for visitor in visitors if visitor]


def _create_order(offer: Offer, issued: list[Ticket]) -> Order:
    wish, booker, customer, period = offer.wish, offer.booker, offer.customer, offer.period
    assert customer is not None and offer.method is not None and period is not None  # noqa: S101, PT018 - as above
    first = issued[0]
    bookings = [booking for part in offer.parts for booking in part.bookings]
    return Order.objects.create(
        location=booker.location,
        service=first.service,
        tariff=first.tariff,
        service_name=first.service.name,
        tariff_name=first.tariff.name,
        period=period,
        ticket_count=len(issued),
        booking_count=len({(booking.tariff.pk, booking.period) for booking in bookings}),
        service_ids=sorted({ticket.service_id for ticket in issued}),
        customer=customer,
        customer_name=customer.full_name,
        phone=wish.phone,
        email=wish.email,
        payment_method=offer.method,
        status=OrderStatus.AWAITING_PAYMENT if offer.deadline else OrderStatus.CONFIRMED,
        deadline_at=offer.deadline,
        comment=wish.comment,
        internal_note=wish.internal_note,
        created_by=booker.user,
        created_at=offer.at,
        form_token=wish.token,
    )


def _lines(order: Order, price: Price, issued: list[Ticket]) -> list[OrderLine]:
    return [
        OrderLine(
            order=order,
            kind=line.kind,
            ticket=issued[line.place] if line.place is not None else None,
            extra=line.extra,
            title=line.title,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            amount=line.amount,
            subject=line.extra.subject if line.extra else "",
            vat=line.extra.vat if line.extra else "",
        )
        for line in price.lines
    ]


def _first_events(order: Order, offer: Offer, price: Price) -> list[OrderEvent]:
    facts = {"status": order.status, "method": order.payment_method, "total": str(price.total)}
    events = [OrderEvent(kind=EventKind.CREATED, data=facts)]
    changed = _changed_contacts(offer)
    if changed:
        events.append(OrderEvent(kind=EventKind.CONTACT_CHANGED, data=changed))
    reason = offer.wish.discount_reason
    events += [
        OrderEvent(kind=EventKind.DISCOUNT_GIVEN, reason=reason, data={"sum": str(-line.amount)})
        for line in price.lines
        if line.kind == LineKind.DISCOUNT
    ]
    rules = {str(rule): rule for rule in offer.overridden}
    events += [
        OrderEvent(kind=EventKind.RULE_OVERRIDDEN, reason=offer.wish.override_reason, data=rule.as_json())
        for rule in rules.values()
    ]
    for event in events:
        event.order, event.by, event.at = order, offer.booker.user, offer.at
    return events


def _changed_contacts(offer: Offer) -> dict[str, dict[str, str]]:
    """Return the contacts that differ from the customer's profile, each as it is there and in this order."""
    customer = offer.customer
    used = {"phone": offer.wish.phone, "email": offer.wish.email}
    profile = {name: getattr(customer, name) or "" for name in used}
    return {
        name: {"profile": str(profile[name]), "order": str(used[name])} for name in used if profile[name] != used[name]
    }
