"""The booking desk of the demo: keeps occupancy in memory and refuses what does not fit."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from coworking.domain.capacity import Occupancy, SeatUse
from coworking.domain.rules import broken_rules, units_of
from coworking.domain.tickets import SeatsTaken, choose_seats
from coworking.models import Extra, PaymentMethod, Seat, Tariff, Ticket
from olvery.demo.places import Offer, Site
from olvery.shared.periods import Period, Usage
from orders.domain.booking.pricing import Discount, Price, PricedBooking, price_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Who cancelled an order, when and why."""

    by: User
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for; the first visitor is usually the customer."""

    offer: Offer
    tariff: Tariff
    period: Period
    customer: User
    visitors: tuple[User, ...]
    by: User
    created_at: datetime
    phone: PhoneNumber
    payment_method: PaymentMethod
    seat_ids: tuple[int, ...] = ()
    extras: tuple[tuple[Extra, int], ...] = ()
    discount: Discount | None = None
    discount_reason: str = ""
    comment: str = ""
    internal_note: str = ""
    cancellation: Cancellation | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A wish that was granted: a place for each visitor, and the price."""

    wish: Wish
    seats: tuple[Seat | None, ...]
    price: Price


class Desk:
    """Grants wishes by the rules and arithmetic of the product, without asking the database.

    A cancelled booking keeps its places here, so that no moment of the history is overbooked.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.bookings: list[Booking] = []
        self._taken: dict[int, list[tuple[Seat | None, Period]]] = defaultdict(list)
        self._visits: dict[int, list[Period]] = defaultdict(list)

    def is_busy(self, person: User, period: Period) -> bool:
        """Return whether the person already has a booking within the period."""
        return any(visit.overlaps(period) for visit in self._visits[person.pk])

    def book(self, wish: Wish, *, leave_free: int = 0) -> Booking:
        """Take places for a wish and return the booking.

        `leave_free` is how many places must stay free. Raises Refusal.
        """
        broken = broken_rules(wish.tariff, wish.period, self.site.calendar, wish.created_at)
        if broken:
            raise broken[0]
        occupancy = self._occupancy(wish.offer)
        places = len(wish.visitors)
        if occupancy.free_places(wish.period) < places + leave_free:
            raise SeatsTaken("all_taken")
        seats = choose_seats(occupancy, wish.period, places=places, seat_ids=wish.seat_ids)
        booking = Booking(wish, tuple(seats), self._price(wish))
        occupied = Ticket.occupying(wish.period, wish.offer.service.buffer)
        self._taken[wish.offer.service.pk] += [(seat, occupied) for seat in seats]
        for visitor in wish.visitors:
            self._visits[visitor.pk].append(wish.period)
        self.bookings.append(booking)
        return booking

    def _occupancy(self, offer: Offer) -> Occupancy:
        taken = self._taken[offer.service.pk]
        if not offer.service.has_seats:
            return Occupancy(offer.service, usages=tuple(Usage(period) for _seat, period in taken))
        uses = (SeatUse(seat, tuple(period for its, period in taken if its == seat)) for seat in offer.seats)
        return Occupancy(offer.service, seats=tuple(uses))

    def _price(self, wish: Wish) -> Price:
        units = units_of(wish.tariff, wish.period, self.site.calendar.zone)
        booking = PricedBooking(tariff=wish.tariff, units=units, places=len(wish.visitors), extras=wish.extras)
        return price_of([booking], discount=wish.discount, discount_limit=self.site.location.discount_limit)
