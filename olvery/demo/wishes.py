"""Making up wishes: who asks, when they ask, and everything that goes with it."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from coworking.domain.opening import Calendar
from coworking.models import PaymentMethod, Tariff
from olvery.demo.desk import Cancellation, Wish
from olvery.demo.people import People
from olvery.demo.places import Site
from olvery.shared.periods import DAY, Period

BOOKED_AHEAD = timedelta(days=14)
WALKED_IN = timedelta(minutes=15)
DECIDED_IN_THE_MORNING = timedelta(hours=2)
AWAKE = (time(7, 30), time(23, 30))
_BY_THE_CUSTOMER = 0.36
_BY_INVOICE = 0.6
_WALK_IN = 0.25
_USUAL_LEAD_DAYS = 3


class WishMaker:
    """Makes up wishes that could have been asked before the moment `at`."""

    def __init__(self, *, site: Site, people: People, at: datetime, rng: Random) -> None:
        self.site = site
        self.people = people
        self.at = at
        self.rng = rng

    def make(
        self,
        *,
        tariff: Tariff,
        period: Period,
        visitors: tuple[User, ...],
        customer: User | None = None,
        by: User,
        phone: PhoneNumber | None = None,
        cancel_reason: str = "",
        **facts: Any,
    ) -> Wish:
        """Return a wish of the first visitor, unless a customer is named, asked at a plausible moment.

        `facts` are fields of the wish as they are.
        """
        customer = customer or visitors[0]
        created_at = self._created_at(tariff, period, by)
        return Wish(
            tariff=tariff,
            period=period,
            customer=customer,
            visitors=visitors,
            by=by,
            created_at=created_at,
            phone=phone or customer.phone or "",
            payment_method=self._payment_method(customer),
            cancellation=self._cancellation(created_at, period, by, cancel_reason) if cancel_reason else None,
            **facts,
        )

    def draw_author(self, customer: User) -> User:
        """Return who makes the order: mostly the manager, sometimes a customer with an e-mail to sign in by."""
        is_own = customer.email and self.rng.random() < _BY_THE_CUSTOMER
        return customer if is_own else self.people.accounts.manager

    def _payment_method(self, customer: User) -> PaymentMethod:
        """Return how a customer pays. Nothing is paid online here, since no money was taken."""
        pays_by_invoice = customer.company and self.rng.random() < _BY_INVOICE
        return PaymentMethod.INVOICE if pays_by_invoice else PaymentMethod.ON_SITE

    def _created_at(self, tariff: Tariff, period: Period, by: User) -> datetime:
        starts_at = period.start
        if not tariff.is_hourly:
            opened = self.site.calendar.open_period(period.days(self.site.calendar.zone)[0])
            starts_at = (opened or period).start + DECIDED_IN_THE_MORNING * self.rng.random()
        latest = min(starts_at, self.at)
        is_begun = starts_at < self.at
        moment = latest - self._lead(is_begun=is_begun, by=by)
        while not self._is_at_work(by, moment):
            moment = latest - self._lead(is_begun=is_begun, by=by)
        return moment.replace(microsecond=0)

    def _lead(self, *, is_begun: bool, by: User) -> timedelta:
        if not is_begun:
            return BOOKED_AHEAD * self.rng.random()
        if by == self.people.accounts.manager and self.rng.random() < _WALK_IN:
            return WALKED_IN * self.rng.random()
        return DAY * self.rng.expovariate(1 / _USUAL_LEAD_DAYS)

    def _cancellation(self, created_at: datetime, period: Period, by: User, reason: str) -> Cancellation:
        latest = min(period.start, self.at)
        moments = self._moments_between(created_at, max(latest, created_at))
        moment = next((moment for moment in moments if self._is_at_work(by, moment)), created_at)
        return Cancellation(by=by, at=moment, reason=reason)

    def _moments_between(self, first: datetime, last: datetime) -> Iterator[datetime]:
        for _attempt in range(50):
            yield first + (last - first) * self.rng.random()

    def _is_at_work(self, by: User, moment: datetime) -> bool:
        calendar = self.site.calendar
        if by == self.people.accounts.manager:
            return is_open(calendar, moment)
        return AWAKE[0] <= moment.astimezone(calendar.zone).time() < AWAKE[1]


def is_open(calendar: Calendar, moment: datetime) -> bool:
    opened = calendar.open_period(calendar.today(moment))
    return opened is not None and opened.start <= moment < opened.end
