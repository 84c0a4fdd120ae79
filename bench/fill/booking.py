"""Generates bookings: where, what, when and for whom."""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from bench.fill.occupancy import Occupancy, Part
from bench.fill.people import SINCE, Person
from bench.fill.places import NAMES, QUIET, SHARES, YEARS, Site, Sold, Sort
from coworking.models import Unit
from olvery.shared.periods import DAY, Period

# The quiet place has the oldest orders of all: a list that walks the newest first has the longest way to them.
AT_THE_QUIET_PLACE = 60
LATELY, SHARE_OF_LATE = timedelta(days=90), 0.4
LONGEST_LEAD_DAYS = 45  # with a month and days off it ends within LATELY: only late orders can be under way
_PLACES, _WEIGHTS = (1, 2, 3, 4), (78, 14, 5, 3)
_UNITS = {Unit.HOUR: 65, Unit.DAY: 30, Unit.WEEK: 4, Unit.MONTH: 1}
_TRIAL = 0.12  # of the days on a floor
_SEVERAL = 0.35  # of the orders of several places: of several services or days
_ON_ANOTHER_DAY = 0.4
_USUAL_A_DAY, _USUAL_AT_MOST = 60, 0.6  # orders of the demo's own services, whatever the size of the filling
_BY_A_REGULAR, _REGULARS, _CUSTOMERS = 0.35, 0.02, 0.6
_FOR_ANOTHER = 0.05
_USUAL_LEAD_DAYS = 4
_WITH_EXTRA = 0.25
TRIES = 30


class Full(Exception):
    """There is no room anywhere: the floors are too small for this many orders."""


@dataclass(slots=True)
class Booked:
    """What was booked: the parts, the seats of each, one visitor a place, and the extra of the first part."""

    site: Site
    customer: Person
    created_at: datetime
    parts: list[Part]
    visitors: list[Person]
    extra: tuple[int, str, int] | None
    seats: list[list[int | None]] = field(default_factory=list)

    @property
    def period(self) -> Period:
        """From the first start to the last end."""
        return Period.spanning([part.period for part in self.parts])

    @property
    def price(self) -> int:
        """The sum without a discount, roubles."""
        return sum(part.tariff.price * part.units * part.places for part in self.parts) + (
            self.extra[2] if self.extra else 0
        )


class Moments:
    """When orders are created: evenly over four years, and much denser in the last months; nobody orders at night."""

    def __init__(self, count: int, *, at: datetime) -> None:
        """Spread this many orders over the years before the beginning of a day."""
        self.count = count
        self.oldest = at - DAY * YEARS
        self.early = int(count * (1 - SHARE_OF_LATE))
        self.lately = at - LATELY

    def of(self, number: int, rng: Random) -> datetime:
        """Return when the order of this number was created, the numbers in the order of time."""
        if number < self.early:
            begin, span = self.oldest, self.lately - self.oldest
            share = (number + rng.random()) / self.early
        else:
            begin, span = self.lately, LATELY
            share = (number - self.early + rng.random()) / (self.count - self.early)
        days, rest = divmod(span * share, DAY)
        return (begin + DAY * days + timedelta(hours=7) + rest * (16 / 24)).replace(microsecond=0)


class Demand:
    """Draws what is booked."""

    def __init__(self, sites: dict[str, Site], people: list[Person], count: int, *, at: datetime, rng: Random) -> None:
        """Take the locations, everybody by the time of registration, and the number of orders."""
        self.sites, self.people, self.at, self.rng = sites, people, at, rng
        self.shares = list(accumulate(SHARES.values()))
        self.units, self.weights = list(_UNITS), list(accumulate(_UNITS.values()))
        a_day = {name: count * SHARE_OF_LATE / LATELY.days * share for name, share in SHARES.items()}
        self.usual = {name: min(_USUAL_AT_MOST, _USUAL_A_DAY / each) for name, each in a_day.items()}

    def book(self, number: int, created_at: datetime) -> Booked:
        """Return what the order of this number is for, seats not chosen yet."""
        rng = self.rng
        name = QUIET if number < AT_THE_QUIET_PLACE else NAMES[bisect(self.shares, rng.random())]
        site = self.sites[name]
        is_usual = rng.random() < self.usual.get(name, _USUAL_AT_MOST)
        sort = rng.choice(site.usual if is_usual else site.floors)
        places = min(rng.choices(_PLACES, _WEIGHTS)[0], len(sort.seats) or 4)
        parts = [self._part(site, sort, places, created_at)]
        if places > 1 and rng.random() < _SEVERAL:
            parts = self._split(site, parts[0], created_at)
        customer = self._person(created_at)
        own = [self._person(created_at)] if rng.random() < _FOR_ANOTHER else [customer]
        visitors = own + [self._person(created_at) for _ in range(places - 1)]
        extra = rng.choice(sort.extras) if sort.extras and rng.random() < _WITH_EXTRA else None
        return Booked(site, customer, created_at, parts, visitors, extra)

    def seat(self, booked: Booked, occupancy: Occupancy | None) -> bool:
        """Choose free seats; return whether there is room."""
        if occupancy is None:
            sample = self.rng.sample
            booked.seats = [
                list(sample(part.sort.seats, part.places)) if part.sort.seats else [None] * part.places
                for part in booked.parts
            ]
            return True
        seats = occupancy.take(booked.parts)
        booked.seats = seats or []
        return seats is not None

    def _person(self, moment: datetime) -> Person:
        """Return somebody registered by then: a regular guest, or one of the many."""
        rng, people = self.rng, self.people
        registered = max(10, int(len(people) * (1 - (self.at - moment) / SINCE)))
        among = _REGULARS if rng.random() < _BY_A_REGULAR else _CUSTOMERS
        return people[int(rng.random() * registered * among)]

    def _part(self, site: Site, sort: Sort, places: int, created_at: datetime) -> Part:
        rng = self.rng
        unit = Unit.HOUR if len(sort.tariffs) == 1 else rng.choices(self.units, cum_weights=self.weights)[0]
        tariff = sort.tariffs[unit.value]
        if unit == Unit.DAY and sort.trial and rng.random() < _TRIAL:
            tariff = sort.trial
        lead = min(LONGEST_LEAD_DAYS, int(rng.expovariate(1 / _USUAL_LEAD_DAYS)))
        day = site.days.next_open(site.days.number_of(created_at) + 1 + lead)
        period, units = self._period(site, tariff, day)
        return Part(sort, tariff, period, places, units)

    def _split(self, site: Site, part: Part, created_at: datetime) -> list[Part]:
        """Return two parts: the same for another day, or another service."""
        first = self.rng.randrange(1, part.places)
        if self.rng.random() < _ON_ANOTHER_DAY:
            day = site.days.next_open(site.days.number_of(part.period.start) + 1)
            period, units = self._period(site, part.tariff, day)
            other = Part(part.sort, part.tariff, period, part.places - first, units)
        else:
            others = [sort for sort in (*site.floors, site.usual[0]) if sort is not part.sort]
            other = self._part(site, self.rng.choice(others), part.places - first, created_at)
        return [part._replace(places=first), other]

    def _period(self, site: Site, tariff: Sold, day: int) -> tuple[Period, int]:
        days = site.days
        if tariff.unit == Unit.DAY:
            return days.whole(day, 1), 1
        if tariff.unit == Unit.WEEK:
            return days.whole(day, 7), 1
        if tariff.unit == Unit.MONTH:
            return days.whole(day, days.days_of_month(day)), 1
        opens, closes = days.open_hours(day)
        length = self.rng.randrange(1, 4)
        start = days.midnights[day] + timedelta(hours=self.rng.randrange(opens.hour, (closes.hour or 24) - length + 1))
        return Period(start, start + timedelta(hours=length)), length
