"""Orders of the past: as the demo's, but many, and without asking whether there was room."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random

from accounts.models import User
from coworking.domain.rules import When, period_of, units_of
from coworking.models import Extra, PaymentMethod, Seat, Tariff, Unit
from olvery.demo.demand import VISITORS, VISITORS_WEIGHTS
from olvery.demo.desk import Booking, Cancellation, Wish
from olvery.demo.places import Offer, Site
from olvery.demo.texts import CANCEL_REASONS, COMMENTS
from olvery.shared.periods import DAY, Period
from orders.domain.booking.pricing import PricedBooking, price_of

YEARS = timedelta(days=4 * 365)
# Everything is over by now: a month booked two weeks ahead still fits in.
NEWEST = timedelta(days=60)
OLDEST_ONLY = timedelta(days=30)
REGULARS = 2_000
_BY_A_REGULAR = 0.3
_BY_THE_CUSTOMER = 0.36
_WITH_EXTRA = 0.28
_WITH_COMMENT = 0.15
_CANCELLED = 0.06
_UNITS = {Unit.HOUR: 55, Unit.DAY: 33, Unit.WEEK: 8, Unit.MONTH: 4}
_USUAL_LEAD_DAYS = 3
_LONGEST_LEAD_DAYS = 14


class History:
    """Makes up the past of a location."""

    def __init__(self, *, site: Site, customers: Sequence[User], manager: User, rng: Random) -> None:
        """Take the place, the people who come, and who sits at the desk."""
        self.site = site
        self.customers = customers
        self.manager = manager
        self.rng = rng

    def moments(self, count: int, *, at: datetime, oldest_only: bool) -> list[datetime]:
        """Return the moments at which orders were made, the oldest first."""
        oldest = at - YEARS
        length = OLDEST_ONLY if oldest_only else YEARS - NEWEST
        return sorted((oldest + length * self.rng.random()).replace(microsecond=0) for _ in range(count))

    def booking(self, created_at: datetime) -> Booking:
        """Return what was booked at a moment."""
        rng = self.rng
        offer = rng.choices((self.site.open_space, self.site.quiet_zone, self.site.rooms), (50, 22, 28))[0]
        units = list(offer.tariffs)
        tariff = offer.tariffs[rng.choices(units, [_UNITS[Unit(unit)] for unit in units])[0]]
        is_room = offer is self.site.rooms
        visitors = self._visitors(1 if is_room else rng.choices(VISITORS, VISITORS_WEIGHTS)[0])
        period = self._period(tariff, created_at)
        wish = self._wish(offer, tariff, period, visitors, created_at)
        seats: list[Seat] | list[None] = [None] * len(visitors)
        if offer.seats:
            seats = rng.sample(offer.seats, len(visitors))
        units = units_of(tariff, period, self.site.calendar.zone)
        booking = PricedBooking(tariff=tariff, units=units, places=len(visitors), extras=wish.extras)
        price = price_of([booking], discount=None, discount_limit=0)
        return Booking(wish, tuple(seats), price)

    def _visitors(self, count: int) -> tuple[User, ...]:
        among = self.customers[:REGULARS] if self.rng.random() < _BY_A_REGULAR else self.customers
        return tuple(self.rng.sample(among, count))

    def _period(self, tariff: Tariff, created_at: datetime) -> Period:
        lead = min(_LONGEST_LEAD_DAYS, self.rng.expovariate(1 / _USUAL_LEAD_DAYS))
        day = self.site.open_day(self.site.calendar.today(created_at) + DAY * (1 + int(lead)))
        start = self.rng.randrange(9, 16)
        when = When(day=day, start=time(start), end=time(start + self.rng.randrange(1, 3)))
        return period_of(tariff, when, self.site.calendar.zone)

    def _wish(
        self, offer: Offer, tariff: Tariff, period: Period, visitors: tuple[User, ...], created_at: datetime
    ) -> Wish:
        rng, customer = self.rng, visitors[0]
        by = customer if customer.email and rng.random() < _BY_THE_CUSTOMER else self.manager
        is_cancelled = rng.random() < _CANCELLED
        return Wish(
            offer=offer,
            tariff=tariff,
            period=period,
            customer=customer,
            visitors=visitors,
            by=by,
            created_at=created_at,
            phone=customer.phone or "",
            payment_method=PaymentMethod.INVOICE if customer.company else PaymentMethod.ON_SITE,
            extras=self._extras(offer),
            comment=rng.choice(COMMENTS) if rng.random() < _WITH_COMMENT else "",
            cancellation=Cancellation(by=by, at=created_at, reason=rng.choice(CANCEL_REASONS))
            if is_cancelled
            else None,
        )

    def _extras(self, offer: Offer) -> tuple[tuple[Extra, int], ...]:
        return ((self.rng.choice(offer.extras), 1),) if self.rng.random() < _WITH_EXTRA else ()
