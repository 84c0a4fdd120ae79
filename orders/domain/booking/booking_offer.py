"""Places of an offer: period, broken rules, seats and alternatives for each booking in a wish."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from coworking.domain import tickets
from coworking.domain.capacity import (
    Alternative,
    Occupancy,
    blocks_to_order_over,
    nearest_alternatives,
    occupancy_of,
    window_around,
)
from coworking.domain.opening import Calendar, Hours
from coworking.domain.rules import (
    BadPeriod,
    RuleBroken,
    When,
    blocked_places,
    broken_rules,
    is_day_off,
    period_of,
    units_of,
)
from coworking.models import Block, Seat, Tariff, Unit
from olvery.shared.periods import DAY, Period, local_day
from olvery.shared.refusals import Refusal
from orders.domain.booking.wish import Booker, BookingWish, Repeat, Wish

# In days. A limit for the loop: an order has fewer tickets anyway.
LONGEST_SERIES = 366


class ForeignSeat(tickets.NoSuchSeat):
    """A seat of another service, which the form still holds after a change of the service."""

    reason = "seat_unknown"


class RepeatRefused(Refusal):
    field = "until"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingOffer:
    """Places under one tariff for one period.

    Unless `taken` is set, `seats` has a seat or None for each place, and `over` the block it is booked over, if any.
    """

    tariff: Tariff
    period: Period
    broken: tuple[RuleBroken, ...]
    overridden: tuple[RuleBroken, ...] = ()
    seats: tuple[Seat | None, ...] = ()
    taken: Refusal | None = None
    over: tuple[Block | None, ...] = ()

    @property
    def refusals(self) -> list[Refusal]:
        """Why it cannot be booked."""
        return [rule for rule in self.broken if rule not in self.overridden] + ([self.taken] if self.taken else [])

    def units(self, zone: ZoneInfo) -> Decimal:
        return units_of(self.tariff, self.period, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOffer:
    """One set of fields of the form: a booking, or a series of them. `number` counts from 0."""

    number: int
    wish: BookingWish
    tariff: Tariff | None = None
    occupancy: Occupancy | None = None
    hours: Hours | None = None
    bad_period: BadPeriod | None = None
    bookings: tuple[BookingOffer, ...] = ()
    # Days of a series that are left out because they are not available.
    skipped: tuple[date, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def places(self) -> int:
        """How many places each booking takes."""
        return len(self.wish.visitor_ids)

    @property
    def first(self) -> BookingOffer | None:
        """The booking of the day that was typed."""
        return self.bookings[0] if self.bookings else None

    @property
    def period(self) -> Period | None:
        """The period that was typed, or None if it is not a valid one."""
        return self.first.period if self.first else None

    @property
    def free(self) -> int:
        """How many places are free for the whole typed period."""
        return self.occupancy.free_places(self.period) if self.occupancy and self.period else 0

    @property
    def taken(self) -> Refusal | None:
        """Why the places of the typed period, or of a day of its series, are not available."""
        return next((booking.taken for booking in self.bookings if booking.taken), None)

    @property
    def broken(self) -> list[RuleBroken]:
        """The rules that any booking breaks, without duplicates."""
        return list({str(rule): rule for booking in self.bookings for rule in booking.broken}.values())

    @property
    def hard(self) -> list[RuleBroken]:
        """The broken rules that nobody may override."""
        return [rule for rule in self.broken if not rule.can_override]

    @property
    def soft(self) -> list[RuleBroken]:
        """The broken rules that a manager may override with a reason."""
        return [rule for rule in self.broken if rule.can_override]


def plan_parts(
    wish: Wish,
    tariffs: Sequence[Tariff | None],
    booker: Booker,
    calendar: Calendar,
    at: datetime,
    *,
    alternatives: bool,
    over_any: bool = False,
) -> tuple[PartOffer, ...]:
    """Find places for every booking in turn: what one takes is not free for the next.

    One query for each service; without `alternatives` it reads no more than the periods of the bookings. `over_any`
    asks a manager about any block that is open, not only about the one that was named.
    """
    parts = [
        _with_periods(PartOffer(number=number, wish=part, tariff=tariff), calendar)
        for number, (part, tariff) in enumerate(zip(wish.bookings, tariffs, strict=True))
    ]
    over = (_blocks_met(parts) if over_any else _blocks_named(parts)) if booker.may_override else []
    taken = _read_occupancies(parts, over, calendar, at, alternatives=alternatives)
    planned = []
    for part in parts:
        if part.tariff is not None:
            service_id = part.tariff.service_id
            insists = booker.may_override and bool(wish.override_reason.strip())
            planner = _Planner(part, taken[service_id], booker=booker, insists=insists, calendar=calendar, at=at)
            part, taken[service_id] = planner.plan(alternatives=alternatives)  # noqa: PLW2901 - with its places
        planned.append(part)
    return tuple(planned)


def _with_periods(part: PartOffer, calendar: Calendar) -> PartOffer:
    """Return the part with its periods, still without places."""
    tariff, when = part.tariff, part.wish.when
    if tariff is None or when is None:
        return part
    part = replace(part, hours=calendar.hours_on(when.day))
    try:
        first = period_of(tariff, when, calendar.zone)
    except BadPeriod as refusal:
        refusal.part = part.number
        return replace(part, bad_period=refusal, refusals=(refusal,))
    periods, refusals = [first], list[Refusal]()
    if part.wish.repeat:
        try:
            periods += _repeated(tariff, when, part.wish.repeat, calendar.zone)
        except RepeatRefused as refusal:
            refusal.part = part.number
            refusals.append(refusal)
    bookings = tuple(BookingOffer(tariff=tariff, period=period, broken=()) for period in periods)
    return replace(part, bookings=bookings, refusals=tuple(refusals))


def _repeated(tariff: Tariff, when: When, repeat: Repeat, zone: ZoneInfo) -> Iterator[Period]:
    """Return the periods after the first, day by day. Raises RepeatRefused."""
    if tariff.unit not in (Unit.HOUR, Unit.DAY):
        raise RepeatRefused("weeks_not_repeated", field="weekdays")
    if repeat.until is None:
        raise RepeatRefused("last_repetition_missing")
    if not when.day < repeat.until <= when.day + timedelta(days=LONGEST_SERIES):
        raise RepeatRefused("repetition_too_long")
    days = (when.day + DAY * n for n in range(1, (repeat.until - when.day).days + 1))
    wanted = [day for day in days if day.weekday() in repeat.weekdays]
    if not wanted:
        raise RepeatRefused("no_such_weekday", field="weekdays")
    return (_on(tariff, when.moved_to(day), zone) for day in wanted)


def _on(tariff: Tariff, when: When, zone: ZoneInfo) -> Period:
    try:
        return period_of(tariff, when, zone)
    except BadPeriod as refusal:  # the clock changes at this time of that day
        raise RepeatRefused(refusal.reason, **refusal.facts) from refusal


def _blocks_named(parts: Sequence[PartOffer]) -> list[Block]:
    """Return the blocks that the wish wants to book over and that are still open. One query at most."""
    named = [part.wish.over_block_id for part in parts if part.wish.over_block_id]
    if not named:
        return []
    blocks = Block.objects.standing().open_to_managers().filter(pk__in=named)
    return list(blocks.select_related("service__location").order_by("pk"))


def _blocks_met(parts: Sequence[PartOffer]) -> list[Block]:
    """Return the open blocks that any booking runs into. One query at most."""
    bookings = [booking for part in parts for booking in part.bookings]
    services = {booking.tariff.service_id: booking.tariff.service for booking in bookings}
    return blocks_to_order_over(services.values(), [booking.period for booking in bookings])


def _read_occupancies(
    parts: Sequence[PartOffer], over: Sequence[Block], calendar: Calendar, at: datetime, *, alternatives: bool
) -> dict[int, Occupancy]:
    today = calendar.today(at)
    windows: dict[int, list[Period]] = {}
    services = {}
    for part in parts:
        if part.tariff:
            services[part.tariff.service_id] = part.tariff.service
            periods = [booking.period for booking in part.bookings]
            around = [window_around(period, calendar) for period in periods] if alternatives else periods
            windows.setdefault(part.tariff.service_id, []).extend(around or [local_day(today, calendar.zone)])
    return {
        pk: occupancy_of(
            service, Period.spanning(windows[pk]), over=[block for block in over if block.service_id == pk]
        )
        for pk, service in services.items()
    }


class _Planner:
    """Finds places for one part."""

    def __init__(
        self, part: PartOffer, occupancy: Occupancy, *, booker: Booker, insists: bool, calendar: Calendar, at: datetime
    ) -> None:
        self.part = part
        self.before = self.occupancy = occupancy
        self.insists = insists
        self.booker = booker
        self.calendar = calendar
        self.at = at
        # Seats of the previously chosen service are ignored.
        known = {use.seat.pk for use in occupancy.seats}
        self.seat_ids = [pk for pk in part.wish.seat_ids if pk in known] if part.tariff else []
        self.foreign_seats = [pk for pk in part.wish.seat_ids if pk not in known]

    def plan(self, *, alternatives: bool) -> tuple[PartOffer, Occupancy]:
        """Return the part with its places, and the occupancy after it."""
        offers = [self._place(booking) for booking in self.part.bookings]
        repeat = self.part.wish.repeat
        skipped: list[date] = []
        if repeat and repeat.only_free and len(offers) > 1:
            skipped = [self._day_of(offer) for offer in offers if offer.refusals]
            offers = [offer for offer in offers if not offer.refusals] or offers[:1]
        refusals = [*self.part.refusals, *self._refusals_of(offers)]
        return (
            replace(
                self.part,
                occupancy=self.before,
                bookings=tuple(offers),
                skipped=tuple(skipped),
                alternatives=tuple(self._alternatives(offers)) if alternatives else (),
                refusals=tuple(refusals),
            ),
            self.occupancy,
        )

    def _place(self, booking: BookingOffer) -> BookingOffer:
        """Choose the seats of one booking and mark them as taken for the next."""
        broken = broken_rules(booking.tariff, booking.period, self.calendar, self.at)
        try:
            seats = tickets.choose_seats(
                self.occupancy, booking.period, places=self.part.places, seat_ids=self.seat_ids
            )
        except Refusal as refusal:
            return self._with_rules(replace(booking, taken=refusal), broken)
        over = self.occupancy.blocks_under(booking.period, seats)
        broken += blocked_places(seats, over)
        offer = self._with_rules(replace(booking, seats=tuple(seats), over=tuple(over)), broken)
        if not offer.refusals:
            self.occupancy = self.occupancy.with_booking(booking.period, seats, over)
        return offer

    def _with_rules(self, booking: BookingOffer, broken: Sequence[RuleBroken]) -> BookingOffer:
        for rule in broken:
            rule.can_override &= self.booker.may_override
        overridden = tuple(rule for rule in broken if rule.can_override) if self.insists else ()
        return replace(booking, broken=tuple(broken), overridden=overridden)

    def _refusals_of(self, offers: Sequence[BookingOffer]) -> list[Refusal]:
        """Return each refusal once; for a series, with the days it applies to."""
        if self.foreign_seats:
            return [ForeignSeat(part=self.part.number), *self._each_once(offers)]
        return self._each_once(offers)

    def _each_once(self, offers: Sequence[BookingOffer]) -> list[Refusal]:
        if len(offers) == 1:
            return [_of(self.part.number, refusal) for refusal in offers[0].refusals]
        refused = [offer for offer in offers if offer.refusals]
        reasons = {str(refusal): refusal for offer in refused for refusal in offer.refusals}
        # One reason to override is enough for all days.
        if all(isinstance(refusal, RuleBroken) and refusal.can_override for refusal in reasons.values()):
            return [_of(self.part.number, refusal) for refusal in reasons.values()]
        days = [self._day_of(offer) for offer in refused]
        return [RepeatRefused("days_not_free", field="only_free", part=self.part.number, days=days)]

    def _alternatives(self, offers: Sequence[BookingOffer]) -> list[Alternative]:
        """Return alternatives for a conflict or a day off; any other broken rule already says what to change."""
        first = offers[0] if offers else None
        if first is None or len(offers) > 1 or self.part.places > self.before.capacity:
            return []
        if not first.taken and not is_day_off(first.broken):
            return []
        return nearest_alternatives(
            self.before,
            first.tariff,
            first.period,
            places=self.part.places,
            seat_ids=self.seat_ids,
            calendar=self.calendar,
            at=self.at,
        )

    def _day_of(self, offer: BookingOffer) -> date:
        return offer.period.days(self.calendar.zone)[0]


def _of(part: int, refusal: Refusal) -> Refusal:
    refusal.part = part
    return refusal
