"""Placing an order: everything in one transaction, or nothing."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import User
from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.rules import BadPeriod, RuleBroken, When, broken_rules, period_of, units_of
from coworking.domain.tickets import issue_tickets
from coworking.models import Extra, Location, PaymentMethod, Service, Tariff, Ticket, TicketStatus
from olvery.shared.money import format_money
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal, Refused
from orders.domain import locks
from orders.domain.booking.payment_terms import deadline_for, methods_of
from orders.domain.booking.pricing import Discount, Price, price_of
from orders.domain.messages import write_messages
from orders.domain.money.summary import store_summary
from orders.models import EventKind, LineKind, MessageKind, Order, OrderEvent, OrderLine, OrderStatus, PaymentLink


class UnknownChoice(Refusal):
    """An id that is not there, is switched off, or belongs to another location."""


class EmailMissing(Refusal):
    """Online payment needs an e-mail: fiscal receipts go out by e-mail (54-FZ)."""

    field = "email"


class MethodRefused(Refusal):
    """The payment method cannot be used for this order."""

    field = "payment_method"


class ReasonMissing(Refusal):
    """A discount without a reason."""

    field = "discount_reason"


class PriceChanged(Refusal):
    """The price is not the one that was shown."""

    field = "shown_total"


class TokenUsed(Refusal):
    """The form's token belongs to an order of somebody else."""

    field = "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What a manager filled in. Ids are what the form sent; nothing is known to exist yet."""

    token: uuid.UUID
    customer_id: int
    # What stands beside a chosen person; where it is not their name, another person was meant.
    names: Mapping[str, str] = field(default_factory=dict)
    phone: str
    email: str
    tariff_id: int
    when: When
    visitor_ids: tuple[int | None, ...]
    seat_ids: tuple[int, ...] = ()
    extras: Mapping[int, int] = field(default_factory=dict)
    discount: Discount | None = None
    discount_reason: str = ""
    payment_method: str = ""
    comment: str = ""
    internal_note: str = ""
    override_reason: str = ""
    shown_total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """A checked request: everything it names exists and fits together."""

    customer: User
    visitors: list[User]
    tariff: Tariff
    period: Period
    price: Price
    method: PaymentMethod
    overridden: list[RuleBroken]


def place_order(request: OrderRequest, *, location: Location, by: User, at: datetime) -> Order:
    """Save the order with its lines, tickets, first events and messages, and return it.

    The same token a second time returns the first order. Raises Refused with every reason, Busy.
    """
    try:
        with locks.short_waits():
            # A retry gets its order even when the tariff was switched off since.
            known = _order_of(request.token)
            if known is None:
                tariff = _tariff(request, location)
                tariff.service = locks.lock_service(tariff.service_id)
                tariff.service.location = location
                known = _order_of(request.token)
            if known is None:
                return _save(request, _check(request, tariff, location, at), by=by, at=at)
    except IntegrityError:
        # Two services, one token: the locks differ, the unique token decides.
        known = _order_of(request.token)
        if known is None:
            raise
    if known.created_by_id != by.pk:
        raise Refused([TokenUsed(_("This form was already sent. Open a new one."))])
    return known


def _order_of(token: uuid.UUID) -> Order | None:
    return Order.objects.filter(form_token=token).first()


def _tariff(request: OrderRequest, location: Location) -> Tariff:
    tariff = Tariff.objects.on_sale(location).filter(pk=request.tariff_id).first()
    if tariff is None:
        raise Refused([UnknownChoice(_("This tariff is not on sale here."), field="tariff")])
    return tariff


def _check(request: OrderRequest, tariff: Tariff, location: Location, at: datetime) -> _Terms:
    """Check everything, so that a person mends everything at once. Raises Refused."""
    no: list[Refusal] = []
    customer, visitors = _people(request, no)
    calendar = calendar_of(location)
    period, overridden = _period(request, tariff, calendar, at, no)
    price = _price(request, tariff, location, period, no)
    method = _method(request, tariff.service, price, no)
    _compare_with_shown(request, price, no)
    if no or customer is None or period is None or price is None or method is None:
        raise Refused(no)
    return _Terms(
        customer=customer,
        visitors=visitors,
        tariff=tariff,
        period=period,
        price=price,
        method=method,
        overridden=overridden,
    )


def _people(request: OrderRequest, no: list[Refusal]) -> tuple[User | None, list[User]]:
    if not request.visitor_ids:
        no.append(UnknownChoice(_("Book at least one place."), field="places"))
    people = User.objects.filter(is_active=True).in_bulk({request.customer_id, *filter(None, request.visitor_ids)})

    def chosen(person_id: int, field: str) -> User | None:
        person = people.get(person_id)
        name = " ".join(request.names.get(field, "").split())
        if person is None or (name and name != person.full_name):
            no.append(UnknownChoice(_("Choose a person from the list."), field=field))
            return None
        return person

    customer = chosen(request.customer_id, "customer")
    visitors = [
        chosen(visitor_id, f"visitor-{number}") if visitor_id else customer
        for number, visitor_id in enumerate(request.visitor_ids)
    ]
    return customer, [visitor for visitor in visitors if visitor]


def _period(
    request: OrderRequest, tariff: Tariff, calendar: Calendar, at: datetime, no: list[Refusal]
) -> tuple[Period | None, list[RuleBroken]]:
    try:
        period = period_of(tariff, request.when, calendar.zone)
    except BadPeriod as refusal:
        no.append(refusal)
        return None, []
    broken = broken_rules(tariff, period, calendar, at)
    overridden = [rule for rule in broken if rule.can_override and request.override_reason.strip()]
    no.extend(rule for rule in broken if rule not in overridden)
    return period, overridden


def _price(
    request: OrderRequest, tariff: Tariff, location: Location, period: Period | None, no: list[Refusal]
) -> Price | None:
    extras = _extras(request, tariff.service, no)
    if request.discount and request.discount.amount and not request.discount_reason.strip():
        no.append(ReasonMissing(_("Say why the discount is given.")))
    if period is None:
        return None
    try:
        return price_of(
            tariff=tariff,
            units=units_of(tariff, period, location.zone),
            places=len(request.visitor_ids),
            extras=extras,
            discount=request.discount,
            discount_limit=location.discount_limit,
        )
    except Refusal as refusal:
        no.append(refusal)
        return None


def _compare_with_shown(request: OrderRequest, price: Price | None, no: list[Refusal]) -> None:
    if price and request.shown_total is not None and request.shown_total != price.total:
        text = _("The price has changed: it was %(old)s, now it is %(new)s. Check it and save again.")
        old, new = format_money(request.shown_total), format_money(price.total)
        no.append(PriceChanged(text % {"old": old, "new": new}))


def _extras(request: OrderRequest, service: Service, no: list[Refusal]) -> list[tuple[Extra, int]]:
    wanted = {pk: quantity for pk, quantity in request.extras.items() if quantity}
    if not wanted:
        return []
    extras = Extra.objects.filter(service=service, is_active=True, pk__in=wanted).order_by("position", "pk")
    found = [(extra, wanted[extra.pk]) for extra in extras]
    if len(found) < len(wanted):
        no.append(UnknownChoice(_("This extra is not on sale here."), field="extras"))
    return found


def _method(request: OrderRequest, service: Service, price: Price | None, no: list[Refusal]) -> PaymentMethod | None:
    if price and not price.total:
        return PaymentMethod.FREE
    offers = {offer.method: offer for offer in methods_of(service)}
    if not request.payment_method:
        no.append(MethodRefused(_("Choose how the order is paid.")))
        return None
    offer = next((offer for method, offer in offers.items() if method == request.payment_method), None)
    if offer is None:
        no.append(MethodRefused(_("This service is not paid this way.")))
    elif offer.reason:
        no.append(MethodRefused(offer.reason))
    elif offer.method == PaymentMethod.ONLINE and not request.email:
        no.append(EmailMissing(_("Needed for the YooKassa receipt, or choose another way to pay.")))
    return offer.method if offer else None


def _save(request: OrderRequest, terms: _Terms, *, by: User, at: datetime) -> Order:
    service = terms.tariff.service
    waits = terms.method == PaymentMethod.ONLINE
    deadline = deadline_for(service, terms.period, at) if waits else None
    try:
        tickets = issue_tickets(
            service=service,
            period=terms.period,
            visitors=terms.visitors,
            seat_ids=request.seat_ids,
            status=TicketStatus.HELD if waits else TicketStatus.ACTIVE,
            held_until=deadline,
            at=at,
        )
    except Refusal as refusal:
        raise Refused([refusal]) from refusal
    order = Order.objects.create(
        location=service.location,
        service=service,
        tariff=terms.tariff,
        service_name=service.name,
        tariff_name=terms.tariff.name,
        period=terms.period.to_range(),
        ticket_count=len(tickets),
        customer=terms.customer,
        customer_name=terms.customer.full_name,
        phone=request.phone,
        email=request.email,
        payment_method=terms.method,
        status=OrderStatus.AWAITING_PAYMENT if waits else OrderStatus.CONFIRMED,
        deadline_at=deadline,
        comment=request.comment,
        internal_note=request.internal_note,
        created_by=by,
        created_at=at,
        form_token=request.token,
    )
    OrderLine.objects.bulk_create(_lines(order, terms.price, tickets))
    store_summary(order)
    OrderEvent.objects.bulk_create(_first_events(order, request, terms, by=by, at=at))
    if waits:
        PaymentLink.objects.create(order=order, created_at=at)
    kinds = [MessageKind.CREATED] if waits else [MessageKind.CREATED, MessageKind.TICKETS]
    write_messages(order, kinds, at=at)
    return order


def _lines(order: Order, price: Price, tickets: list[Ticket]) -> list[OrderLine]:
    return [
        OrderLine(
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
        for line in price.lines
    ]


def _first_events(order: Order, request: OrderRequest, terms: _Terms, *, by: User, at: datetime) -> list[OrderEvent]:
    events = [
        OrderEvent(
            kind=EventKind.CREATED,
            data={"status": order.status, "method": order.payment_method, "total": str(terms.price.total)},
        )
    ]
    changed = {
        name: {"profile": profile or "", "order": used}
        for name, profile, used in (
            ("phone", terms.customer.phone, request.phone),
            ("email", terms.customer.email, request.email),
        )
        if (profile or "") != used
    }
    if changed:
        events.append(OrderEvent(kind=EventKind.CONTACT_CHANGED, data=changed))
    if any(line.kind == LineKind.DISCOUNT for line in terms.price.lines):
        sums = [str(-line.amount) for line in terms.price.lines if line.kind == LineKind.DISCOUNT]
        events.append(OrderEvent(kind=EventKind.DISCOUNT_GIVEN, reason=request.discount_reason, data={"sum": sums[0]}))
    for rule in terms.overridden:
        events.append(
            OrderEvent(
                kind=EventKind.RULE_OVERRIDDEN,
                reason=request.override_reason,
                data={"rule": str(rule.rule), "text": rule.message},
            )
        )
    for event in events:
        event.order, event.by, event.at = order, by, at
    return events
