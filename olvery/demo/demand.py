"""The demand for the location, day by day, from a month ago to a month ahead."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from coworking.domain.rules import When, period_of
from coworking.models import Extra, Tariff, Unit
from olvery.demo.desk import Desk, Wish
from olvery.demo.people import People
from olvery.demo.places import Offer, Site
from olvery.demo.texts import CANCEL_REASONS, COMMENTS, DISCOUNT_REASONS, INTERNAL_NOTES
from olvery.demo.wishes import WishMaker
from olvery.shared.periods import DAY, Period
from olvery.shared.refusals import Refusal
from orders.domain.booking.pricing import Discount

DAYS = 30
REGULARS = 70
# Months and weeks: days from today on which they begin, and for how many people.
OPEN_SPACE_MONTHS = dict.fromkeys((-41, -37, -33, -27, -22, -17, -11, -4, 6, 10, 15, 20, 27), 1) | {-47: 2, 2: 2}
OPEN_SPACE_WEEKS = dict.fromkeys(range(-36, DAYS, 6), 1) | {-6: 2, 12: 3}
QUIET_ZONE_MONTHS = dict.fromkeys((-44, -34, -25, -15, -6, 4, 13, 22), 1)
QUIET_ZONE_WEEKS = dict.fromkeys(range(-33, DAYS, 7), 1)

# Monday to Sunday, relative to an ordinary day.
BY_WEEKDAY = (0.9, 1.1, 1.1, 1.0, 0.85, 0.5, 0.0)
TODAY_AND_TOMORROW = 1.25
FADES_WITHIN = 45  # days ahead at which nobody books yet

VISITORS = (1, 2, 3, 4)
VISITORS_WEIGHTS = (82, 10, 5, 3)
DISCOUNTS = tuple(Decimal(percent) for percent in (5, 10, 10, 15, 20))
_BY_A_REGULAR = 0.55
_WITH_EXTRA = 0.28
_WITH_DISCOUNT = 0.1
_WITH_COMMENT = 0.15
_WITH_NOTE = 0.08
_OTHER_PHONE = 0.1
_NAMED_SEAT = 0.5
_CANCELLED = 0.05


@dataclass(frozen=True, slots=True)
class Habit:
    """How often people book a tariff on an ordinary day, for how long, and how many places they leave free."""

    offer: Offer
    unit: Unit
    a_day: float
    lengths: tuple[float, ...]  # hours or days
    leave_free: int


class Demand:
    """Asks the desk for places as people would in season; what does not fit is turned away."""

    def __init__(self, *, site: Site, people: People, desk: Desk, at: datetime, rng: Random) -> None:
        self.site = site
        self.people = people
        self.desk = desk
        self.at = at
        self.rng = rng
        self.today = site.calendar.today(at)
        self.wishes = WishMaker(site=site, people=people, at=at, rng=rng)

    def book_passes(self) -> None:
        """Ask for the months and weeks."""
        open_space, quiet_zone = self.site.open_space, self.site.quiet_zone
        for offer, unit, starts, leave_free in (
            (open_space, Unit.MONTH, OPEN_SPACE_MONTHS, 8),
            (quiet_zone, Unit.MONTH, QUIET_ZONE_MONTHS, 5),
            (open_space, Unit.WEEK, OPEN_SPACE_WEEKS, 8),
            (quiet_zone, Unit.WEEK, QUIET_ZONE_WEEKS, 5),
        ):
            for ahead, places in starts.items():
                day = self.site.open_day(self.today + DAY * ahead)
                units = 2 if unit == Unit.WEEK and self.rng.random() < 0.15 else 1
                tariff = offer.tariffs[unit]
                period = period_of(tariff, When(day=day, units=units), self.site.calendar.zone)
                self._ask(self._wish(offer, tariff, period, places), leave_free=leave_free)

    def book_days_and_hours(self) -> None:
        """Ask for days and hours, today and tomorrow first: those have to look alive."""
        others = [self.today + DAY * ahead for ahead in range(-DAYS, DAYS + 1) if ahead not in (0, 1)]
        for day in [self.today, self.today + DAY, *others]:
            opened = self.site.calendar.open_period(day)
            if opened is None:
                continue
            for habit in self._habits():
                for _ in range(self._how_many(habit, day)):
                    self._ask_on(day, opened, habit)

    def _habits(self) -> Iterator[Habit]:
        site = self.site
        yield Habit(site.open_space, Unit.DAY, 2.2, (1, 1, 1, 1, 2, 3), leave_free=6)
        yield Habit(site.open_space, Unit.HOUR, 3.3, (1.5, 2, 3, 4, 5, 6), leave_free=6)
        yield Habit(site.quiet_zone, Unit.DAY, 1.2, (1, 1, 1, 2), leave_free=3)
        yield Habit(site.quiet_zone, Unit.HOUR, 1.0, (2, 3, 4), leave_free=3)
        yield Habit(site.rooms, Unit.HOUR, 4.2, (1, 1, 1.5, 2, 2, 3), leave_free=1)

    def _how_many(self, habit: Habit, day: date) -> int:
        ahead = (day - self.today).days
        lively = TODAY_AND_TOMORROW if ahead in (0, 1) else 1 - max(0, ahead) / FADES_WITHIN
        return int(habit.a_day * BY_WEEKDAY[day.weekday()] * lively + self.rng.random())

    def _ask_on(self, day: date, opened: Period, habit: Habit) -> None:
        tariff = habit.offer.tariffs[habit.unit]
        length = self.rng.choice(habit.lengths)
        if habit.unit == Unit.DAY:
            last_day = self.site.open_day(day + DAY * (int(length) - 1), step=-1)
            period = period_of(tariff, When(day=day, last_day=last_day), self.site.calendar.zone)
        else:
            period = self._hours(tariff, opened, timedelta(hours=length))
        is_room = habit.offer is self.site.rooms
        places = 1 if is_room else self.rng.choices(VISITORS, VISITORS_WEIGHTS)[0]
        self._ask(self._wish(habit.offer, tariff, period, places), leave_free=habit.leave_free)

    def _hours(self, tariff: Tariff, opened: Period, length: timedelta) -> Period:
        step = timedelta(minutes=tariff.step_minutes)
        latest = (opened.end - opened.start - length) // step
        steps = round(self.rng.triangular(0, latest, latest / 3))  # most begin before noon
        start = opened.start + step * steps
        return Period(start, start + length)

    def _ask(self, wish: Wish, *, leave_free: int) -> None:
        with suppress(Refusal):  # turned away, as at a real desk
            self.desk.book(wish, leave_free=leave_free)

    def _wish(self, offer: Offer, tariff: Tariff, period: Period, places: int) -> Wish:
        visitors = self._draw_visitors(period, places, may_be_busy=offer is self.site.rooms)
        by = self.wishes.draw_author(visitors[0])
        is_by_manager = by == self.people.accounts.manager
        discount = self._draw_discount() if is_by_manager else None
        return self.wishes.make(
            offer=offer,
            tariff=tariff,
            period=period,
            visitors=visitors,
            by=by,
            phone=self._draw_other_phone(visitors[0]) if is_by_manager else None,
            seat_ids=self._draw_seats(offer, places),
            extras=self._draw_extras(offer),
            discount=discount,
            discount_reason=self.rng.choice(DISCOUNT_REASONS) if discount else "",
            comment=self._sometimes(_WITH_COMMENT, COMMENTS),
            internal_note=self._sometimes(_WITH_NOTE, INTERNAL_NOTES) if is_by_manager else "",
            cancel_reason=self._sometimes(_CANCELLED, CANCEL_REASONS),
        )

    def _draw_visitors(self, period: Period, places: int, *, may_be_busy: bool) -> tuple[User, ...]:
        """Return the customer and those who come along: colleagues first, then anybody."""
        customers = self.people.customers
        first_ones = customers[:REGULARS] if self.rng.random() < _BY_A_REGULAR else customers
        everybody = self.rng.sample(first_ones, len(first_ones)) + self.rng.sample(customers, len(customers))
        free = [person for person in everybody if may_be_busy or not self.desk.is_busy(person, period)]
        colleagues = [person for person in self.people.colleagues_of(free[0]) if person in free]
        chosen = dict.fromkeys([free[0], *colleagues, *free])
        return tuple(chosen)[:places]

    def _draw_seats(self, offer: Offer, places: int) -> tuple[int, ...]:
        is_room = offer is self.site.rooms
        if not offer.seats or not (is_room or self.rng.random() < _NAMED_SEAT):
            return ()
        return tuple(seat.pk for seat in self.rng.sample(offer.seats, places))

    def _draw_extras(self, offer: Offer) -> tuple[tuple[Extra, int], ...]:
        if self.rng.random() > _WITH_EXTRA:
            return ()
        extras = self.rng.sample(offer.extras, self.rng.choice((1, 1, 1, 2)))
        return tuple((extra, self.rng.choice((1, 1, 1, 2))) for extra in offer.extras if extra in extras)

    def _draw_discount(self) -> Discount | None:
        if self.rng.random() > _WITH_DISCOUNT:
            return None
        return Discount(self.rng.choice(DISCOUNTS), is_percent=True)

    def _draw_other_phone(self, customer: User) -> PhoneNumber | None:
        """Return the phone of a colleague who will answer for this order, or nothing."""
        colleagues = self.people.colleagues_of(customer)
        if not colleagues or self.rng.random() > _OTHER_PHONE:
            return None
        return self.rng.choice(colleagues).phone

    def _sometimes(self, chance: float, texts: tuple[str, ...]) -> str:
        return self.rng.choice(texts) if self.rng.random() < chance else ""
