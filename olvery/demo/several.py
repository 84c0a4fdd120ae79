"""Orders of several services, and of one service on many days: placed as a manager would.

Their customers have no e-mail, so nobody is written to.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from random import Random
from uuid import UUID

from accounts.models import User
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When
from coworking.models import PaymentMethod, Unit
from olvery.demo.people import People
from olvery.demo.places import Offer, Site
from olvery.demo.promo import FOR_NEWCOMERS
from olvery.shared.periods import DAY
from orders.domain.booking.offer import offer_for
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Repeat, Wish
from orders.models import Order

WEEK = 7 * DAY
TUESDAY, THURSDAY = 1, 3
DAYS_TRIED = 30
MORNING, NOON, EVENING = time(10), time(12), time(18)

BookingsOn = Callable[[When], tuple[BookingWish, ...]]


class Several:
    """Places one order of each kind, on the first day from which it can be had."""

    def __init__(self, *, site: Site, people: People, at: datetime, rng: Random) -> None:
        self.site = site
        self.at = at
        self.rng = rng
        self.booker = Booker.manager(people.accounts.manager, site.location)
        self.tariffs = {tariff.pk: tariff for tariff in tariffs_on_sale(site.location, at=at)}
        self.customers = iter([person for person in people.customers if not person.email])

    def place(self) -> list[Order]:
        """Return the orders. Raises Refused where a month is full."""
        return [
            self._place(1, self._desk_and_room),
            self._place(2, self._every_tuesday),
            self._place(3, self._team_day, promo_code=FOR_NEWCOMERS),
            self._place(5, self._twice_a_week),
        ]

    def _place(self, days_ahead: int, bookings_on: BookingsOn, *, promo_code: str = "") -> Order:
        customer = next(self.customers)
        day = self.site.calendar.today(self.at) + days_ahead * DAY
        for _attempt in range(DAYS_TRIED):
            day = self.site.open_day(day)
            wish = replace(self._wish(customer, bookings_on(When(day=day))), promo_code=promo_code)
            if offer_for(wish, self.booker, self.at, tariffs=self.tariffs).is_ready:
                break
            day += DAY
        return place_order(wish, booker=self.booker, at=self.at)

    def _wish(self, customer: User, bookings: tuple[BookingWish, ...]) -> Wish:
        token = UUID(int=self.rng.getrandbits(128), version=4)
        return Wish.with_own_contacts(customer, *bookings, payment_method=PaymentMethod.INVOICE, token=token)

    def _desk_and_room(self, on: When) -> tuple[BookingWish, ...]:
        room = replace(on, start=MORNING, end=NOON)
        return _booking(self.site.open_space, Unit.DAY, on), _booking(self.site.rooms, Unit.HOUR, room)

    def _team_day(self, on: When) -> tuple[BookingWish, ...]:
        room = replace(on, start=NOON, end=EVENING)
        return _booking(self.site.open_space, Unit.DAY, on, places=4), _booking(self.site.rooms, Unit.HOUR, room)

    def _every_tuesday(self, on: When) -> tuple[BookingWish, ...]:
        first, repeat = _weeks(on.day, 12, {TUESDAY})
        return (_booking(self.site.open_space, Unit.DAY, When(day=first), repeat=repeat),)

    def _twice_a_week(self, on: When) -> tuple[BookingWish, ...]:
        first, repeat = _weeks(on.day, 4, {TUESDAY, THURSDAY})
        hours = When(day=first, start=MORNING, end=NOON)
        return (_booking(self.site.rooms, Unit.HOUR, hours, repeat=repeat),)


def _weeks(day: date, weeks: int, weekdays: set[int]) -> tuple[date, Repeat]:
    """Return the first Tuesday, and the days that follow it for so many weeks, as far as they are free."""
    first = day + (TUESDAY - day.weekday()) % 7 * DAY
    until = first + weeks * WEEK - DAY
    return first, Repeat(weekdays=frozenset(weekdays), until=until, only_free=True)


def _booking(offer: Offer, unit: Unit, when: When, *, places: int = 1, repeat: Repeat | None = None) -> BookingWish:
    return BookingWish(tariff_id=offer.tariffs[unit].pk, when=when, visitor_ids=(None,) * places, repeat=repeat)
