"""Selling a pass: an order like any other, but of no place and no time."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError

from accounts.models import User
from coworking.domain.catalogue import passes_on_sale
from coworking.models import PaymentMethod, Tariff
from olvery.shared.refusals import Refusal, Refused
from olvery.shared.rows import constraint_of
from olvery.shared.statements import confirm
from orders.domain import locks
from orders.domain.booking.offer import EmailMissing, MethodRefused, PriceChanged, UnknownChoice
from orders.domain.booking.payment_terms import deadline_for, methods_of
from orders.domain.booking.placing import TokenUsed
from orders.domain.booking.wish import Booker
from orders.domain.messages import write_messages
from orders.domain.money.pass_books import term_of
from orders.domain.money.summary import store_summary
from orders.models import EventKind, LineKind, MessageKind, Order, OrderEvent, OrderLine, OrderStatus, PaymentLink

ONCE = "orders_order_form_token_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassWish:
    """A pass as it is asked for. Ids come from a form: nothing is known to exist yet."""

    token: uuid.UUID
    customer_id: int | None
    phone: str
    email: str
    tariff_id: int | None
    payment_method: str
    # What the page told the manager; None compares nothing.
    shown_total: Decimal | None = None
    comment: str = ""
    internal_note: str = ""


def sell_pass(wish: PassWish, *, booker: Booker, at: datetime) -> Order:
    """Save the order of a pass, which is granted when it is paid. The same token a second time returns the first order.

    Raises Refused with every reason, Busy.
    """
    customer, tariff, method = _checked(wish, booker, at)
    try:
        with locks.short_waits():
            order = _write(wish, customer, tariff, method, booker=booker, at=at)
    except IntegrityError as error:
        if constraint_of(error) != ONCE:
            raise
        order = Order.objects.get(form_token=wish.token)
        if order.created_by_id != booker.user.pk:
            raise Refused([TokenUsed()]) from error
        confirm()
    return order


def _checked(wish: PassWish, booker: Booker, at: datetime) -> tuple[User, Tariff, PaymentMethod]:
    no: list[Refusal] = []
    customer = User.objects.filter(is_active=True).in_bulk([wish.customer_id or 0]).get(wish.customer_id or 0)
    if customer is None:
        no.append(UnknownChoice("person_not_chosen", field="customer"))
    tariff = next((one for one in passes_on_sale(booker.location, at=at) if one.pk == wish.tariff_id), None)
    if tariff is None:
        no.append(UnknownChoice("tariff_not_on_sale", field="tariff"))
    elif wish.shown_total not in (None, tariff.price):
        no.append(PriceChanged(old=wish.shown_total, new=tariff.price))
    offers = methods_of([tariff.service]) if tariff else []
    offer = next((one for one in offers if one.method == wish.payment_method), None)
    if tariff and offer is None:
        no.append(MethodRefused("method_not_offered" if wish.payment_method else "method_missing"))
    elif offer and offer.reason:
        no.append(MethodRefused(offer.reason))
    elif offer and offer.method == PaymentMethod.ONLINE and not wish.email:
        no.append(EmailMissing())
    if no or not customer or not tariff or not offer:
        raise Refused(no)
    return customer, tariff, offer.method


def _write(
    wish: PassWish, customer: User, tariff: Tariff, method: PaymentMethod, *, booker: Booker, at: datetime
) -> Order:
    order = _order(wish, customer, tariff, method, booker=booker, at=at)
    order.save(force_insert=True)
    OrderLine.objects.create(
        order=order,
        kind=LineKind.PASS,
        title=f"{tariff.service.name}, {tariff.name}",
        quantity=Decimal(1),
        unit_price=tariff.price,
        amount=tariff.price,
    )
    store_summary(order)
    facts = {"status": str(order.status), "method": str(method), "total": str(tariff.price)}
    OrderEvent.objects.create(order=order, kind=EventKind.CREATED, by=booker.user, at=at, data=facts)
    if method == PaymentMethod.ONLINE:
        PaymentLink.objects.create(order=order, created_at=at)
    write_messages(order, [MessageKind.CREATED], at=at)
    return order


def _order(
    wish: PassWish, customer: User, tariff: Tariff, method: PaymentMethod, *, booker: Booker, at: datetime
) -> Order:
    waits = method == PaymentMethod.ONLINE
    order = Order(
        location=booker.location,
        service=tariff.service,
        tariff=tariff,
        service_name=tariff.service.name,
        tariff_name=tariff.name,
        pass_units=tariff.pass_units,
        ticket_count=0,
        booking_count=0,
        service_ids=[tariff.service_id],
        customer=customer,
        customer_name=customer.full_name,
        phone=wish.phone,
        email=wish.email,
        payment_method=method,
        status=OrderStatus.AWAITING_PAYMENT if waits else OrderStatus.CONFIRMED,
        comment=wish.comment,
        internal_note=wish.internal_note,
        created_by=booker.user,
        created_at=at,
        form_token=wish.token,
    )
    assert tariff.pass_days is not None  # noqa: S101 - of a pass, see its constraint
    order.period = term_of(tariff.pass_days, order, at=at)
    if waits:
        order.deadline_at = deadline_for([tariff.service], order.period.end, at, longest_wait=booker.longest_wait)
    return order
