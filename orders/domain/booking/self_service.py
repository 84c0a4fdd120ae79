"""Booking, and buying passes, by customers themselves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from coworking.models import PaymentMethod, Tariff
from olvery.shared.refusals import Refusal, Refused, as_refused
from orders.domain.booking.pass_selling import PassWish, sell_pass
from orders.domain.booking.placing import place_order
from orders.domain.booking.terms import check_terms
from orders.domain.booking.wish import Booker, Wish
from orders.models import Order, OrderStatus

# An invoice confirms an order before anybody has paid: a manager decides about that, or has by a company's limit.
METHODS = (PaymentMethod.ONLINE, PaymentMethod.ON_SITE)
MOST_OPEN = 5

AnyWish = TypeVar("AnyWish", Wish, PassWish)


class TooManyOpen(Refusal):
    """A customer already holds many places without having paid for any."""

    reason = "too_many_open_orders"


def own_wish(wish: AnyWish) -> AnyWish:
    """Return the wish without a payment method that customers cannot choose for themselves.

    By invoice they order for a company; the offer checks whether it has a limit, and how much of it is left.
    """
    for_company = isinstance(wish, Wish) and wish.company_id
    methods = (*METHODS, PaymentMethod.INVOICE) if for_company else METHODS
    return wish if wish.payment_method in methods else replace(wish, payment_method="")


def place_own_order(wish: Wish, *, booker: Booker, at: datetime, tariffs: Sequence[Tariff]) -> Order:
    """Place an order of the customer who asks; see `place_order`.

    Raises Refused, also if the terms differ from those that the wish accepts, or if the customer has many
    unpaid orders ahead: a limit against taking places for fun, which two orders at the same moment
    may pass. Raises Busy.
    """
    _refuse(wish, booker, at=at)
    return place_order(own_wish(wish), booker=replace(booker, on_account=True), at=at, tariffs=tariffs)


def buy_own_pass(wish: PassWish, *, booker: Booker, at: datetime) -> Order:
    """Sell a pass to the customer who asks; see `sell_pass`. Raises as `place_own_order` does."""
    _refuse(wish, booker, at=at)
    return sell_pass(own_wish(wish), booker=booker, at=at)


def _refuse(wish: Wish | PassWish, booker: Booker, *, at: datetime) -> None:
    ahead = Order.objects.of_customer(booker.user).filter(created_by=booker.user, period__endswith__gt=at)
    open_orders = ahead.filter(status__in=[OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED], paid=0, total__gt=0)
    open_orders = open_orders.exclude(payment_method=PaymentMethod.INVOICE)  # a limit of its own
    if open_orders.exclude(form_token=wish.token).count() >= MOST_OPEN:
        raise Refused([TooManyOpen(most=MOST_OPEN)])
    with as_refused():
        check_terms(wish.terms, location_id=booker.location.pk, at=at)
