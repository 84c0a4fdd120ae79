"""The waiting list: joining it, and the order that a wish becomes as soon as its places are free.

The order is made through the same offer as any other, for the customer and under the locks of the service: somebody who
books in the ordinary way at the same moment and the list cannot both get one place.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from coworking.domain import quiet
from coworking.domain import waiting as line
from coworking.domain.opening import Calendar
from coworking.domain.rules import when_of
from coworking.domain.tickets import PERSON_GUARD, SeatsTaken
from coworking.domain.waiting import WaitingOver
from coworking.models import Service, Tariff, WaitingStatus, WaitingVisitor, WaitingWish
from olvery.shared.batches import one_by_one
from olvery.shared.jobs import later
from olvery.shared.periods import Period
from olvery.shared.refusals import Busy, Refusal, Refused, as_refused
from olvery.shared.rows import refused_as
from orders.domain import locks
from orders.domain.booking.offer import EmailMissing, Offer, UnknownChoice, offer_for
from orders.domain.booking.placing import TokenUsed, place_order
from orders.domain.booking.self_service import own_wish
from orders.domain.booking.terms import check_terms
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.models import EventKind, Order, OrderEvent, WaitedOrder, WaitingLetter, WaitingLetterKind

log = logging.getLogger(__name__)

SEND = "orders.send_waiting_letter"
MOST_OWN = 10
# The offer's refusals for places that are taken now but may become free.
FULL = ("all_taken", "fewer_are_free")
SEATS_TAKEN = "seats_taken"


class WaitingRefused(Refusal):
    """The wish cannot go on the waiting list."""


REFUSED: dict[str, Callable[[], Refusal]] = {
    "waiting_once_a_person_and_period": lambda: WaitingRefused("waiting_already"),
    "waiting_token_used_once": TokenUsed,
    PERSON_GUARD: lambda: UnknownChoice("person_not_chosen", field="customer"),
}


def can_wait(offer: Offer) -> bool:
    """Whether the only thing that the one booking of an offer lacks is places, any of them, that may become free."""
    part = offer.parts[0]
    return _lacks_places(offer) and part.free < part.places


def can_wait_for_seats(offer: Offer) -> bool:
    """Whether the only thing that the one booking of an offer lacks is the chosen seats, one for each place."""
    part = offer.parts[0]
    is_taken = part.taken is not None and part.taken.reason == SEATS_TAKEN
    return _lacks_places(offer) and is_taken and len(part.wish.seat_ids) == part.places


def _lacks_places(offer: Offer) -> bool:
    part = offer.parts[0]
    first, occupancy = part.first, part.occupancy
    if len(offer.parts) > 1 or part.wish.repeat or first is None or first.broken or occupancy is None:
        return False
    return part.places <= occupancy.capacity and first.period.start > offer.at


def join_own(
    wish: Wish, *, booker: Booker, at: datetime, tariffs: Sequence[Tariff], only_seats: bool = False
) -> WaitingWish:
    """Put the customer who asks on the waiting list; see `join`.

    Raises Refused, also for many wishes in line, of which those at the same moment count, and Busy.
    """
    with locks.short_waits():
        locks.lock_person(booker.user.pk)
        waiting = WaitingWish.objects.waiting().of_customer(booker.user)
        if waiting.exclude(token=wish.token).count() >= MOST_OWN:
            raise Refused([WaitingRefused("too_many_waiting", most=MOST_OWN)])
        with as_refused():
            check_terms(wish.terms, location_id=booker.location.pk, at=at)
        return join(own_wish(wish), booker=booker, at=at, tariffs=tariffs, only_seats=only_seats)


def join(
    wish: Wish, *, booker: Booker, at: datetime, tariffs: Sequence[Tariff], only_seats: bool = False
) -> WaitingWish:
    """Save a wish whose places are taken, and return it: for any seats, or only for those that it names.

    `tariffs` are those on sale at the location. The same token a second time returns the first wish. Raises Refused
    with every reason why the wish would be refused if the places were free, and if they are free.
    """
    known = WaitingWish.objects.filter(token=wish.token, created_by=booker.user)
    if first := known.first():
        return first
    asked = _asked(wish, only_seats=only_seats)
    for_customer = Booker.customer(booker.user, booker.location)
    offer = offer_for(asked, for_customer, at, tariffs={one.pk: one for one in tariffs}, alternatives=False)
    _refuse(offer)
    try:
        with as_refused(), refused_as(REFUSED), transaction.atomic():
            return _write(offer, by=booker.user)
    except Refused:
        if first := known.first():  # a form that was sent twice
            return first
        raise


def _asked(wish: Wish, *, only_seats: bool) -> Wish:
    """Return the part of a wish that can wait. Raises Refused for anything but places for one period."""
    first = wish.bookings[0]
    if len(wish.bookings) > 1 or first.repeat or wish.discount or wish.promo_code:
        raise Refused([WaitingRefused("waiting_is_for_one_period")])
    if wish.company_id:
        raise Refused([WaitingRefused("waiting_for_a_person", field="company")])
    if wish.pass_id:
        raise Refused([WaitingRefused("waiting_without_pass", field="pass_id")])
    if only_seats and len(first.seat_ids) != len(first.visitor_ids):
        raise Refused([WaitingRefused("waiting_for_every_seat", field="places")])
    booking = replace(first, seat_ids=first.seat_ids if only_seats else (), over_block_id=None)
    return replace(wish, bookings=(booking,), override_reason="", shown_total=None)


def _refuse(offer: Offer) -> None:
    lacking = (*FULL, SEATS_TAKEN) if offer.wish.bookings[0].seat_ids else FULL
    taken = [one for one in offer.refusals if isinstance(one, SeatsTaken) and one.reason in lacking]
    refusals = [one for one in offer.refusals if one not in taken]
    period, email = offer.period, offer.wish.email
    if not email and not any(isinstance(one, EmailMissing) for one in refusals):
        refusals.append(EmailMissing("waiting_without_email"))
    is_late = period and _waits_until(offer.bookings[0].tariff, period, offer.facts.calendar) <= offer.at
    if is_late and not refusals:
        refusals.append(WaitingRefused("waiting_too_late"))
    if not taken and not refusals:
        refusals.append(WaitingRefused("places_are_free"))
    if refusals:
        raise Refused(refusals)


def _waits_until(tariff: Tariff, period: Period, calendar: Calendar) -> datetime:
    first_day, _last_day = period.days(calendar.zone)
    starts_at = period.start if tariff.is_hourly else (calendar.open_period(first_day) or period).start
    return starts_at - timedelta(minutes=tariff.service.lead_minutes)


def _write(offer: Offer, *, by: User) -> WaitingWish:
    booking, wish, part, period = offer.bookings[0], offer.wish, offer.parts[0], offer.period
    assert offer.customer and offer.method and period  # noqa: S101, PT018 - of an offer that lacks places alone
    waiting = WaitingWish.objects.create(
        service=booking.tariff.service,
        tariff=booking.tariff,
        period=period,
        places=part.places,
        seat_ids=list(part.wish.seat_ids),
        extras={str(pk): quantity for pk, quantity in part.wish.extras.items() if quantity},
        customer=offer.customer,
        phone=wish.phone,
        email=wish.email,
        payment_method=offer.method,
        comment=wish.comment,
        internal_note=wish.internal_note,
        terms=list(wish.terms),
        waits_until=_waits_until(booking.tariff, period, offer.facts.calendar),
        created_by=by,
        created_at=offer.at,
        token=wish.token,
    )
    WaitingVisitor.objects.bulk_create(
        WaitingVisitor(wish=waiting, place=place, person=person)
        for place, person in enumerate(offer.visitors[0])
        if person and person != offer.customer
    )
    _write_letter(waiting, WaitingLetterKind.JOINED, at=offer.at)
    return waiting


def _write_letter(wish: WaitingWish, kind: WaitingLetterKind, *, at: datetime) -> None:
    letter = WaitingLetter.objects.create(wish=wish, kind=kind, to=wish.email, created_at=at)
    later(SEND, letter_id=letter.pk)


def offer_everywhere(at: datetime) -> int:
    """Offer the free places of each service to those who wait; return for how many services orders were made."""
    return one_by_one(line.services_waited_for(), lambda pk, moment: bool(offer_places(pk, at=moment)), at=at)


def offer_places(service_id: int, *, at: datetime) -> int:
    """Turn every wish for a service that fits into an order, first in line first; return how many there were.

    A wish that is refused for another reason, such as a tariff that is no longer sold, is skipped. Raises Busy.
    """
    offered, refused = 0, set[int]()
    while line.next_that_fits(service_id, at=at, without=refused):
        done = _offer_next(service_id, refused, at=at)
        offered += done
    return offered


def _offer_next(service_id: int, refused: set[int], *, at: datetime) -> bool:
    """Look again under the service's lock, and turn the first wish that fits into an order."""
    with locks.short_waits():
        locks.lock_services([service_id])
        wish_id = line.next_that_fits(service_id, at=at, without=refused)
        if wish_id is None:
            return False
        try:
            _make_order(wish_id, at=at)
        except Busy:
            raise
        except (Refusal, Refused) as refusal:
            log.info("wish %s on the waiting list gets no order now: %s", wish_id, refusal)
            refused.add(wish_id)
            return False
    return True


def _make_order(wish_id: int, *, at: datetime) -> Order:
    """Make the order of a wish whose turn it is. The service is locked."""
    with locks.short_waits():
        wish = locks.lock_waiting(wish_id)
        if not is_in_line(wish, at):
            raise WaitingOver
        return become(wish, order_wish(wish), booker=booker_of(wish, at), by=None, at=at)


def is_in_line(wish: WaitingWish, at: datetime) -> bool:
    """Whether a wish is in line and its time has not come."""
    return wish.is_waiting and wish.waits_until > at


def become(wish: WaitingWish, asked: Wish, *, booker: Booker, by: User | None, at: datetime) -> Order:
    """Make the order of a wish that is locked with its service, and take it out of the line. Raises Refused, Busy."""
    line.leave(wish, WaitingStatus.OFFERED, by=by, at=at)
    order = place_order(asked, booker=booker, at=at)
    WaitedOrder.objects.create(wish=wish, order=order, at=at)
    since = {"since": wish.created_at.isoformat()}
    OrderEvent.objects.create(order=order, kind=EventKind.FROM_WAITING, by=by, at=at, data=since)
    return order


def order_wish(wish: WaitingWish) -> Wish:
    """Return the order wish of a wish that is in line."""
    named = dict(wish.visitors.values_list("place", "person"))
    booking = BookingWish(
        tariff_id=wish.tariff_id,
        when=when_of(wish.tariff, wish.period, wish.service.location.zone),
        visitor_ids=tuple(named.get(place) for place in range(wish.places)),
        seat_ids=tuple(wish.seat_ids),
        extras={int(pk): quantity for pk, quantity in wish.extras.items()},
    )
    return Wish(
        token=order_token(wish),
        customer_id=wish.customer_id,
        phone=str(wish.phone),
        email=wish.email,
        bookings=(booking,),
        payment_method=wish.payment_method,
        comment=wish.comment,
        internal_note=wish.internal_note,
        terms=tuple(wish.terms),
    )


def order_token(wish: WaitingWish) -> uuid.UUID:
    """Return the form token of the order that a wish becomes: always the same, and never one that a form has sent."""
    return uuid.uuid5(wish.token, "order")


def booker_of(wish: WaitingWish, at: datetime) -> Booker:
    """Return the customer as a booker, with the service's minutes to pay, quiet hours not counted."""
    location = wish.service.location
    until = quiet.awake_until(location, at, kept_for(wish.service))
    return replace(Booker.customer(wish.customer, location), longest_wait=until - at)


def kept_for(service: Service) -> timedelta:
    """Return how long a free place is kept for the person who waited for it."""
    return timedelta(minutes=service.waiting_minutes)


def withdraw(wish_id: int, *, by: User, at: datetime) -> WaitingWish:
    """Remove a wish from the line for good. Raises WaitingOver, Busy."""
    with locks.short_waits():
        wish = locks.lock_waiting(wish_id)
        line.leave(wish, WaitingStatus.WITHDRAWN, by=by, at=at)
    return wish


def end_overdue(at: datetime) -> int:
    """End the wishes whose time has come, and tell the customers; return how many there were."""
    return one_by_one(line.overdue(at), lambda wish, moment: _end(wish, at=moment), at=at)


def _end(wish: WaitingWish, *, at: datetime) -> bool:
    try:
        with locks.short_waits():
            line.leave(wish, WaitingStatus.ENDED, by=None, at=at)
            _write_letter(wish, WaitingLetterKind.ENDED, at=at)
    except WaitingOver:  # withdrawn, or offered by another worker
        return False
    return True
