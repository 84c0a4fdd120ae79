"""Selling a pass: an order like any other, but without places or times."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError

from accounts.models import User
from coworking.domain.catalogue import passes_on_sale
from coworking.domain.tickets import PERSON_GUARD
from coworking.models import PaymentMethod, Tariff
from olvery.shared.refusals import Refusal, Refused, as_refused
from olvery.shared.rows import refused_as
from orders.domain import locks
from orders.domain.booking.offer import PriceChanged, UnknownChoice, chosen_method
from orders.domain.booking.payment_terms import deadline_for, methods_of
from orders.domain.booking.placing import placed_before
from orders.domain.booking.wish import Booker
from orders.domain.messages import write_messages
from orders.domain.money.pass_books import term_of
from orders.domain.money.summary import store_summary
from orders.models import (
    AcceptedTerms,
    EventKind,
    LineKind,
    MessageKind,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    PaymentLink,
)


@dataclass(frozen=True, slots=True)
class PassTerms:
    """What a pass is sold as: so many units, to be used within so many days, at a price in roubles.

    `also` are the keys of the further services that it pays for.
    """

    units: int
    days: int
    price: Decimal
    also: frozenset[int] = frozenset()

    @classmethod
    def of(cls, tariff: Tariff) -> "PassTerms":
        """Return the terms of a tariff that was read with today's price."""
        assert tariff.pass_units and tariff.pass_days  # noqa: S101, PT018 - of a pass, see its constraint
        return cls(tariff.pass_units, tariff.pass_days, tariff.price, frozenset(tariff.also_services))


class PassTermsChanged(Refusal):
    """The units, days or services of the pass differ from what was shown."""

    reason = "pass_terms_changed"
    field = "shown_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassWish:
    """A pass as somebody asks for it. Ids come from a form: nothing is known to exist yet."""

    token: uuid.UUID
    customer_id: int | None
    phone: str
    email: str
    tariff_id: int | None
    payment_method: str
    # What the page showed; None skips the comparison.
    shown: PassTerms | None = None
    comment: str = ""
    internal_note: str = ""
    # Editions of documents that the customer accepts by buying.
    terms: tuple[int, ...] = ()


def sell_pass(wish: PassWish, *, booker: Booker, at: datetime) -> Order:
    """Save the order of a pass, which is granted when it is paid. The same token a second time returns the first order.

    Raises Refused with every reason, Busy.
    """
    erased = refused_as({PERSON_GUARD: lambda: UnknownChoice("person_not_chosen", field="customer")})
    try:
        customer, tariff, method = _checked(wish, booker, at)
        with as_refused(), erased, locks.short_waits():
            return _write(wish, customer, tariff, method, booker=booker, at=at)
    except (Refused, IntegrityError):
        # A form that was sent twice: the pass may cost something else since, or be sold no more.
        known = placed_before(wish.token, by=booker.user)
        if known is None:
            raise
        return known


def _checked(wish: PassWish, booker: Booker, at: datetime) -> tuple[User, Tariff, PaymentMethod]:
    refusals: list[Refusal] = []
    customer = User.objects.filter(is_active=True).in_bulk([wish.customer_id or 0]).get(wish.customer_id or 0)
    if customer is None:
        refusals.append(UnknownChoice("person_not_chosen", field="customer"))
    tariff = next((one for one in passes_on_sale(booker.location, at=at) if one.pk == wish.tariff_id), None)
    method = None
    if tariff is None:
        refusals.append(UnknownChoice("tariff_not_on_sale", field="tariff"))
    else:
        _compare_with_shown(wish, tariff, refusals)
        method = chosen_method(wish.payment_method, methods_of([tariff.service]), refusals, email=wish.email)
    if refusals or not customer or not tariff or not method:
        raise Refused(refusals)
    return customer, tariff, method


def _compare_with_shown(wish: PassWish, tariff: Tariff, refusals: list[Refusal]) -> None:
    shown, now = wish.shown, PassTerms.of(tariff)
    if shown is None or shown == now:
        return
    if shown.also != now.also:
        refusals.append(PassTermsChanged("pass_services_changed", services=[tariff.service.name, *tariff.also_names]))
    elif (shown.units, shown.days) == (now.units, now.days):
        refusals.append(PriceChanged(old=shown.price, new=now.price))
    else:
        refusals.append(PassTermsChanged(old=shown, new=now, unit=tariff.unit))


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
    AcceptedTerms.objects.bulk_create(AcceptedTerms(order=order, document_id=pk, at=at) for pk in wish.terms)
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
        also_services=tariff.also_services,
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
    order.period = term_of(tariff.pass_days, booker.location.zone, at=at)
    if waits:
        order.deadline_at = deadline_for(
            [tariff.service], order.period.end, at, is_own=booker.is_customer, longest_wait=booker.longest_wait
        )
    return order
