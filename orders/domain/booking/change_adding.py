"""Tickets that a change adds to an order: offered like a new order, priced as an addition to the old one."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from coworking.models import PaymentMethod, Service, Tariff, TicketStatus
from orders.domain.booking.change_places import TicketState
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.offer import Offer, offer_for
from orders.domain.booking.payment_terms import methods_of
from orders.domain.booking.wish import Booker, Wish
from orders.models import Order, OrderStatus


def offer_of_added(
    order: Order,
    wish: ChangeWish,
    *,
    booker: Booker,
    tariffs: Mapping[int, Tariff],
    at: datetime,
    alternatives: bool,
) -> Offer | None:
    """Return the offer for the tickets to add, or None if there are none. The rules are those of a new order.

    A visitor who is not named is the order's customer. The order's discount is not part of the price.
    """
    if not wish.added:
        return None
    method = order.payment_method
    if method == PaymentMethod.FREE:
        chosen = (tariffs.get(part.tariff_id or 0) for part in wish.added)
        method = method_if_paid(order, [one.service for one in chosen if one])
    asked = Wish(
        token=order.form_token,
        customer_id=order.customer_id,
        phone=str(order.phone),
        email=order.email,
        bookings=wish.added,
        payment_method=method,
        override_reason=wish.override_reason,
    )
    return offer_for(asked, booker, at, tariffs=tariffs, alternatives=alternatives, over_any=True)


def method_if_paid(order: Order, services: list[Service]) -> PaymentMethod:
    """Return the payment method of an order that is no longer free: at the desk where that is possible."""
    offered = [one.method for one in methods_of(services) if one.is_available]
    possible = [one for one in offered if one != PaymentMethod.ONLINE or order.email]
    return PaymentMethod.ON_SITE if PaymentMethod.ON_SITE in possible else next(iter(possible), PaymentMethod.ON_SITE)


def status_of_added(order: Order) -> TicketStatus:
    """Return the status of added tickets: held while the order waits for its payment."""
    return TicketStatus.HELD if order.status == OrderStatus.AWAITING_PAYMENT else TicketStatus.ACTIVE


def states_of_added(order: Order, offer: Offer | None) -> Iterator[TicketState]:
    """Yield the states of the added tickets in the order of their places; nothing if there are no places."""
    for part, visitors in zip(offer.parts, offer.visitors, strict=True) if offer else ():
        for booking in part.bookings:
            for visitor, seat, over in zip(visitors, booking.seats, booking.over, strict=False):
                if visitor:
                    yield TicketState(
                        tariff=booking.tariff,
                        period=booking.period,
                        seat=seat,
                        visitor=visitor,
                        visitor_name=visitor.full_name,
                        status=status_of_added(order),
                        over_block=over,
                    )
