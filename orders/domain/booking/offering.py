"""Offering a place by hand, out of turn: show the order of a wish first, then place it as shown."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from accounts.models import User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.waiting import WaitingOver
from coworking.models import Seat, WaitingWish
from olvery.shared.refusals import Refusal, Refused
from orders.domain import locks
from orders.domain.booking import waiting
from orders.domain.booking.offer import Offer, offer_for
from orders.domain.booking.waiting import WaitingRefused
from orders.models import Order


class OfferStale(Refusal):
    """The order would differ from the one shown, or be held for a shorter time."""

    reason = "plan_stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfTurn:
    """The order that a wish would become now."""

    wish: WaitingWish
    offer: Offer

    @property
    def refusals(self) -> Sequence[Refusal]:
        """Why there can be no order now."""
        if not waiting.is_in_line(self.wish, self.offer.at):
            return [WaitingOver()]
        others = [one for one in self.offer.refusals if one.reason != "person_not_chosen"]
        is_closed = len(others) < len(self.offer.refusals)
        return [*others, WaitingRefused("waiting_of_closed")] if is_closed else others

    @property
    def places(self) -> list[tuple[Seat | None, User | None]]:
        """Each place: its seat, None for any, and who comes."""
        seats = next((one.seats for one in self.offer.bookings), ())
        return list(zip_longest(seats, self.offer.visitors[0]))

    @property
    def version(self) -> str:
        """Return what tells this order from another, apart from how long it is held: that depends on the clock."""
        wish, price = self.wish, self.offer.price
        places = [(seat and seat.pk, person and person.pk) for seat, person in self.places]
        lines = [(line.title, str(line.quantity), str(line.amount)) for line in price.lines] if price else []
        facts = (wish.customer_id, wish.tariff_id, str(wish.period), places, lines, str(self.offer.method))
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def is_as(self, version: str, until: datetime | None) -> bool:
        """Whether this is the order that was shown, and can still be held until that moment."""
        latest = self.offer.deadline
        if self.version != version or (until is None) != (latest is None):
            return False
        return until is None or latest is None or self.offer.at < until <= latest


def out_of_turn(wish: WaitingWish, *, at: datetime) -> OutOfTurn:
    """Return the order that a wish would become. Queries: the tariffs on sale, and those of the offer."""
    tariffs = tariffs_on_sale(wish.service.location, at=at, service_ids=[wish.service_id])
    asked, booker = waiting.order_wish(wish), waiting.booker_of(wish, at)
    offer = offer_for(asked, booker, at, tariffs={one.pk: one for one in tariffs}, alternatives=False)
    return OutOfTurn(wish=wish, offer=offer)


def offer_by_hand(wish_id: int, *, version: str, until: datetime | None, by: User, at: datetime) -> Order:
    """Place the order of a wish in the `version` that was shown. Raises Refused, OfferStale, Busy.

    It is held `until` the moment that was shown, however long somebody looked; at least 20 minutes, like any order.
    """
    with locks.short_waits():
        locks.lock_services(WaitingWish.objects.filter(pk=wish_id).values_list("service", flat=True))
        wish = locks.lock_waiting(wish_id)
        now = out_of_turn(wish, at=at)
        if now.refusals:
            raise Refused(now.refusals)
        if not now.is_as(version, until):
            raise OfferStale
        price, booker = now.offer.price, now.offer.booker
        asked = replace(now.offer.wish, shown_total=price.total if price else None)
        if until:
            booker = replace(booker, longest_wait=until - at)
        return waiting.become(wish, asked, booker=booker, by=by, at=at)
