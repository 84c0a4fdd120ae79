"""Placing an order: everything in one transaction, or nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from accounts.models import User
from coworking.domain import tickets
from coworking.domain import waiting as line
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import PlaceBlocked, RuleBroken
from coworking.models import PaymentMethod, Tariff, Ticket, TicketStatus
from olvery.shared.jobs import statement_of
from olvery.shared.refusals import Busy, Refusal, Refused, as_refused
from olvery.shared.rows import insert_together, refused_as, reserve_keys
from olvery.shared.statements import confirm
from olvery.shared.written import Written
from orders.domain import locks
from orders.domain.booking import extra_stock
from orders.domain.booking.facts import Changed, versions_of
from orders.domain.booking.offer import Offer, offer_for, offer_of
from orders.domain.booking.pricing import Price, PriceLine
from orders.domain.booking.wish import Booker, Wish
from orders.domain.messages import SEND, new_messages, sending
from orders.domain.money import pass_books
from orders.domain.money.credit import hold_to_limits
from orders.domain.money.promo_uses import take_use
from orders.domain.money.summary import summary_of_new
from orders.models import (
    AcceptedTerms,
    EventKind,
    LineKind,
    Message,
    MessageKind,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
    PaymentLink,
)

# Somebody was erased in the meantime, or has left the company.
OTHER_PEOPLE = {tickets.PERSON_GUARD: Changed, "order_of_company_of_its_customer": Changed}
MOST_MESSAGES = 2  # of a new order
TRIES = 3  # to write an order before anything it is based on changes
_OF_FORM = Written(lambda token: Order.objects.filter(form_token=token), token=UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys of an order and its rows, reserved before we hold any lock."""

    order: int
    tickets: Sequence[int]
    messages: Sequence[int]

    @classmethod
    def reserved_for(cls, offer: Offer) -> "Keys":
        """Reserve them. One query."""
        [order], tickets, messages = reserve_keys({Order: 1, Ticket: offer.ticket_count, Message: MOST_MESSAGES})
        return cls(order=order, tickets=tickets, messages=messages)


class OfferRefused(Refused):
    """The offer is not ready; it says why."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(offer.refusals)
        self.offer = offer


class TokenUsed(Refusal):
    """The form's token belongs to an order of somebody else."""

    reason = "token_used"
    field = "token"


def place_order(wish: Wish, *, booker: Booker, at: datetime, tariffs: Sequence[Tariff] | None = None) -> Order:
    """Save the order with its tickets, lines, first events and messages, and return it.

    `tariffs` are those on sale at the location, at least of the wish's services, if they were just read. The same
    token a second time returns the first order, once a standby has it. Raises Refused with every reason, Busy.
    """
    try:
        for again in range(TRIES):
            if again or tariffs is None:
                tariffs = tariffs_on_sale(booker.location, at=at)
            with suppress(Changed):
                return _place(wish, booker, at, {tariff.pk: tariff for tariff in tariffs})
        raise Busy
    except (Refused, IntegrityError):
        # A form that was sent twice: it may have taken the last place itself, or its tariff was switched off since.
        known = placed_before(wish.token, by=booker.user)
        if known is None:
            raise
        return known


def placed_before(token: UUID, *, by: User) -> Order | None:
    """Return the order that a form with this token has placed, once a standby has it. Raises Refused for another's."""
    known = next(iter(_OF_FORM(token=token)), None)
    if known and known.created_by_id != by.pk:
        raise Refused([TokenUsed()])
    if known:
        confirm()
    return known


def _place(wish: Wish, booker: Booker, at: datetime, tariffs: Mapping[int, Tariff]) -> Order:
    """Refuse without a lock; write the order, lock, look again, take the places.

    Everything that needs no lock comes first, so that others wait as little as possible. Raises OfferRefused,
    Changed.
    """
    versions = versions_of(wish, booker, tariffs=tariffs)
    offer = _ready(offer_for(wish, booker, at, tariffs=tariffs, alternatives=False))
    keys = Keys.reserved_for(offer)
    with refused_as(OTHER_PEOPLE), locks.short_waits(), as_refused():
        order = _write(offer, keys)
        locks.lock_services({booking.tariff.service_id for booking in offer.bookings})
        if versions_of(wish, booker, tariffs=tariffs) != versions:
            raise Changed
        locked = _ready(offer_of(offer.facts, wish, booker, at, alternatives=False))
        if locked.times != offer.times:  # of a series without the days that are taken
            raise Changed
        _issue(locked, keys)
        there = dict.fromkeys(keys.tickets)
        line.leave_what_is_booked(order.customer_id, there, services=order.service_ids, by=booker.user, at=at)
        _take_use(order, locked, keys)
        if not hold_to_limits({order: order.due}):  # after all else, see there
            raise Changed
    return order


def _ready(offer: Offer) -> Offer:
    if not offer.is_ready:
        raise OfferRefused(offer)
    return offer


def _write(offer: Offer, keys: Keys) -> Order:
    """Write everything of the order except its tickets, and queue its messages."""
    waits = offer.method == PaymentMethod.ONLINE
    order = _order(offer, keys)
    assert offer.price is not None  # noqa: S101 - of an offer that is ready
    kinds = [MessageKind.CREATED] if waits else [MessageKind.CREATED, MessageKind.TICKETS]
    messages = new_messages(order, kinds, keys=keys.messages, at=offer.at)
    insert_together(
        [order],
        stored_lines(order, offer.price.lines, numbers=keys.tickets),
        _first_events(order, offer, offer.price),
        [PaymentLink(order_id=order.pk, created_at=offer.at)] if waits else [],  # by key: not the order's own yet
        messages,
        [AcceptedTerms(order_id=order.pk, document_id=pk, at=offer.at) for pk in offer.wish.terms],
        then=[statement_of(SEND, **sending(messages))] if messages else [],
    )
    return order


def _issue(offer: Offer, keys: Keys) -> None:
    """Take the places, and let the database count the extras that have a stock. Raises SeatsTaken, VisitorErased."""
    status = TicketStatus.HELD if offer.method == PaymentMethod.ONLINE else TicketStatus.ACTIVE
    tickets.issue(placements_of(offer), numbers=keys.tickets, status=status, held_until=offer.deadline, at=offer.at)
    if offer.free_extras:
        extra_stock.confirm()


def _take_use(order: Order, offer: Offer, keys: Keys) -> None:
    """Take the use of the promo code or the pass, last of all: its holder waits for no lock of another order."""
    by = offer.booker.user
    take_use(order, by=by, at=offer.at)
    if offer.used_pass:
        units = dict(zip(keys.tickets, offer.units_by_place, strict=True))
        pass_books.use(order, units, by=by, at=offer.at)


def placements_of(offer: Offer) -> list[tickets.Placement]:
    """Return the places that an offer takes. The offer is ready."""
    return [
        tickets.Placement(
            tariff=booking.tariff, period=booking.period, visitors=visitors, seats=booking.seats, over=booking.over
        )
        for part, visitors in zip(offer.parts, _known(offer), strict=True)
        for booking in part.bookings
    ]


def _known(offer: Offer) -> Iterator[list[User]]:
    """Yield the visitors of each part; a ready offer knows all of them."""
    for visitors in offer.visitors:
        yield [visitor for visitor in visitors if visitor]


def _order(offer: Offer, keys: Keys) -> Order:
    wish, booker, customer, period = offer.wish, offer.booker, offer.customer, offer.period
    assert customer and offer.method and offer.price and period  # noqa: S101, PT018 - as above
    first = offer.bookings[0].tariff
    status = OrderStatus.AWAITING_PAYMENT if offer.deadline else OrderStatus.CONFIRMED
    return Order(
        number=keys.order,
        location=booker.location,
        service=first.service,
        tariff=first,
        service_name=first.service.name,
        tariff_name=first.name,
        period=period,
        ticket_count=offer.ticket_count,
        booking_count=len(set(offer.times)),
        service_ids=sorted({booking.tariff.service_id for booking in offer.bookings}),
        customer=customer,
        customer_name=customer.full_name,
        company=offer.company,
        phone=wish.phone,
        email=wish.email,
        payment_method=offer.method,
        status=status,
        deadline_at=offer.deadline,
        promo_code=offer.promo,
        from_pass=offer.used_pass,
        comment=wish.comment,
        internal_note=wish.internal_note,
        created_by=booker.user,
        created_at=offer.at,
        form_token=wish.token,
        **summary_of_new(status, offer.price.total),
    )


def stored_lines(order: Order, lines: Iterable[PriceLine], *, numbers: Sequence[int] = ()) -> list[OrderLine]:
    """Return price lines as an order stores them; `numbers` are those of its new tickets."""
    return [
        OrderLine(
            order=order,
            kind=line.kind,
            ticket_id=line.ticket if line.place is None else numbers[line.place],
            extra=line.reverses.extra if line.reverses else line.extra,
            title=line.title,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            amount=line.amount,
            reverses=line.reverses,
            subject=source.subject if (source := line.reverses or line.extra) else "",
            vat=source.vat if source else "",
        )
        for line in lines
    ]


def _first_events(order: Order, offer: Offer, price: Price) -> list[OrderEvent]:
    facts = {"status": order.status, "method": order.payment_method, "total": str(price.total)}
    if offer.promo:
        facts["promo_code"] = offer.promo.code
    if offer.used_pass:
        facts["pass"] = str(offer.used_pass.pk)
    events = [OrderEvent(kind=EventKind.CREATED, data=facts)]
    changed = _changed_contacts(offer)
    if changed:
        events.append(OrderEvent(kind=EventKind.CONTACT_CHANGED, data=changed))
    reason = offer.wish.discount_reason
    events += [
        OrderEvent(kind=EventKind.DISCOUNT_GIVEN, reason=reason, data={"sum": str(-line.amount)})
        for line in price.lines
        if line.kind == LineKind.DISCOUNT and not offer.promo
    ]
    rules = {str(rule): rule for rule in offer.overridden}
    events += [
        OrderEvent(kind=kind_of_override(rule), reason=offer.wish.override_reason, data=rule.as_json())
        for rule in rules.values()
    ]
    for event in events:
        event.order, event.by, event.at = order, offer.booker.user, offer.at
    return events


def kind_of_override(rule: RuleBroken) -> EventKind:
    """Return the kind of history event for an overridden rule."""
    return EventKind.BLOCK_OVERRIDDEN if isinstance(rule, PlaceBlocked) else EventKind.RULE_OVERRIDDEN


def _changed_contacts(offer: Offer) -> dict[str, dict[str, str]]:
    """Return the contacts that differ from the customer's profile, each as it is there and in this order."""
    # As text: the phone library validates a number each time it is compared or tested for emptiness.
    used = {name: str(getattr(offer.wish, name)) for name in ("phone", "email")}
    known = {name: getattr(offer.customer, name) for name in used}
    profile = {name: "" if value is None else str(value) for name, value in known.items()}
    return {name: {"profile": profile[name], "order": used[name]} for name in used if profile[name] != used[name]}
