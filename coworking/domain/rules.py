"""The periods a tariff sells, and the rules of booking."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from coworking.domain.opening import Calendar
from coworking.models import Block, Rule, Seat, Tariff, Unit
from olvery.shared.clocks import END_OF_DAY, end_moment, ends_after
from olvery.shared.periods import DAY, Period, at_local, local_day, local_days
from olvery.shared.refusals import Refusal

# A guest at the desk at 14:07 books from 14:00.
LATE_START = timedelta(minutes=20)
EARLIEST_YEAR, FARTHEST_YEAR = 2000, 2100


class BadPeriod(Refusal):
    """The tariff does not sell such a period."""


class TimeMissing(BadPeriod):
    """The start or the end is not given yet."""


class RuleBroken(Refusal):
    """A booking breaks a rule; with `can_override` a manager may override it with a reason."""

    def __init__(self, reason: str, *, rule: Rule | None, field: str = "", **facts: Any) -> None:
        super().__init__(reason, field=field, **facts)
        self.rule = rule
        self.can_override = False

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "RuleBroken":
        """Return the refusal that `as_json` wrote."""
        read = {"day": date.fromisoformat, "opens": time.fromisoformat, "closes": time.fromisoformat}
        facts = {name: read.get(name, lambda kept: kept)(value) for name, value in stored["facts"].items()}
        return cls(stored["reason"], rule=Rule(stored["rule"]), **facts)

    def as_json(self) -> dict[str, Any]:
        """Return the rule, the reason and the facts for the history."""
        facts = {name: value if isinstance(value, int) else str(value) for name, value in self.facts.items()}
        return {"rule": str(self.rule), "reason": self.reason, "facts": facts}


class PlaceBlocked(RuleBroken):
    """A booking over a block that is open to managers: they override it with a reason, like any rule.

    For a pool, which has no seats to name, it has the number of blocked places taken.
    """

    reason = "place_blocked"
    field = "override_reason"

    @staticmethod
    def of(block: Block, seats: Sequence[Seat | None]) -> "PlaceBlocked":
        """Return the refusal for these seats, or as many places of a pool, under the block."""
        return PlaceBlocked(
            rule=None,
            block=block.pk,
            seats=[seat.label for seat in seats if seat],
            places=len(seats),
            why=block.reason,
            during=block.period,
            zone=block.service.location.zone,
        )

    @staticmethod
    def from_event(stored: dict[str, Any], zone: ZoneInfo) -> "PlaceBlocked":
        """Return the refusal that `as_json` wrote."""
        during = Period(*(datetime.fromisoformat(stored[end]) for end in ("start", "end")))
        block, seats, why = (stored[name] for name in ("block", "seats", "why"))
        places = stored.get("places", len(seats))  # events of earlier versions have only seats
        return PlaceBlocked(rule=None, block=block, seats=seats, places=places, why=why, during=during, zone=zone)

    def __init__(self, reason: str = "", *, rule: Rule | None, field: str = "override_reason", **facts: Any) -> None:
        super().__init__(reason or self.reason, rule=rule, field=field, **facts)
        self.can_override = True

    def as_json(self) -> dict[str, Any]:
        """Return the block as it was, for the history."""
        during = self.facts["during"]
        kept = {name: self.facts[name] for name in ("block", "seats", "places", "why")}
        return {**kept, "start": during.start.isoformat(), "end": during.end.isoformat()}


@dataclass(frozen=True, slots=True)
class When:
    """A period as a person enters it: local dates and times, depending on the unit of the tariff.

    An hour tariff takes `day`, `start` and `end`, which is END_OF_DAY at the latest; a day tariff `day` and
    `last_day`; a week or month tariff `day` and the number of `units`.
    """

    day: date
    start: time | None = None
    end: time | None = None
    last_day: date | None = None
    units: int = 1

    @property
    def later_day(self) -> date | None:
        """The last day if it differs from the first: in a form, a single day that is moved stays a single day."""
        return self.last_day if self.last_day != self.day else None

    def moved_to(self, day: date) -> "When":
        """Return the same length and time of day on another day."""
        return replace(self, day=day, last_day=day + (self.last_day - self.day) if self.last_day else None)


def period_of(tariff: Tariff, when: When, zone: ZoneInfo) -> Period:
    """Return the period that `when` means at a location in this time zone.

    Raises BadPeriod.
    """
    if not EARLIEST_YEAR <= when.day.year <= FARTHEST_YEAR:
        raise BadPeriod("year_mistaken", field="day")
    if tariff.unit == Unit.HOUR:
        return _hours(tariff, when, zone)
    if tariff.unit == Unit.DAY:
        last = when.last_day or when.day
        if last < when.day:
            raise BadPeriod("last_day_before_first", field="last_day")
        if last.year > FARTHEST_YEAR:
            raise BadPeriod("year_mistaken", field="last_day")
    else:
        if not 1 <= when.units <= 60:
            raise BadPeriod("units_out_of_range", field="units")
        length = relativedelta(weeks=when.units) if tariff.unit == Unit.WEEK else relativedelta(months=when.units)
        last = when.day + length - DAY
    return local_days(when.day, last, zone)


def when_of(tariff: Tariff, period: Period, zone: ZoneInfo) -> When:
    """Return how a person would enter the period: the inverse of `period_of`."""
    first, last = period.days(zone)
    if tariff.is_hourly:
        start, end = (moment.astimezone(zone).time() for moment in (period.start, period.end))
        # If the clock skips midnight, it does not show it.
        return When(first, start=start, end=END_OF_DAY if period.end == end_moment(first, END_OF_DAY, zone) else end)
    return When(first, last_day=last, units=int(units_of(tariff, period, zone)))


def _hours(tariff: Tariff, when: When, zone: ZoneInfo) -> Period:
    if when.start is None:
        raise TimeMissing("start_missing", field="start")
    if when.end is None:
        raise TimeMissing("end_missing", field="end")
    if not ends_after(when.start, when.end):
        raise BadPeriod("end_not_after_start", field="end")
    for field, clock in (("start", when.start), ("end", when.end)):
        if (clock.hour * 60 + clock.minute) % tariff.step_minutes or clock != clock.replace(second=0, microsecond=0):
            raise BadPeriod("times_off_step", field=field, minutes=tariff.step_minutes)
    start, end = at_local(when.day, when.start, zone), end_moment(when.day, when.end, zone)
    if start >= end:
        raise BadPeriod("clock_changes", field="start")
    return Period(start, end)


def units_of(tariff: Tariff, period: Period, zone: ZoneInfo) -> Decimal:
    """Return the length of the period in units of the tariff, 1.5 for an hour and a half."""
    if tariff.unit == Unit.HOUR:
        return Decimal(int((period.end - period.start).total_seconds())) / 3600
    first, last = period.days(zone)
    days = (last - first).days + 1
    if tariff.unit == Unit.DAY:
        return Decimal(days)
    if tariff.unit == Unit.WEEK:
        return Decimal(days // 7)
    months = relativedelta(last + DAY, first)
    # 31.01 – 27.02 is a month too: its end is clamped, and the remaining days are not another month.
    return Decimal(max(1, months.years * 12 + months.months + (1 if months.days >= 27 else 0)))


def broken_rules(tariff: Tariff, period: Period, calendar: Calendar, at: datetime) -> list[RuleBroken]:
    """Return every rule that a booking of this period, made at `at`, would break; hard ones first."""
    over = _already_over(tariff, period, calendar, at)
    if over:
        return [over]
    found = [
        *_broken_hours(tariff, period, calendar),
        *_broken_length(tariff, period, calendar),
        *_broken_notice(tariff, period, calendar, at),
    ]
    for broken in found:
        broken.can_override = broken.rule in tariff.service.overridable_rules
    return sorted(found, key=lambda rule: rule.can_override)


def is_day_off(broken: Iterable[RuleBroken]) -> bool:
    """Return whether the location is closed then, so that only another day helps."""
    return any(rule.reason == "closed" for rule in broken)


def closed_on(day: date, calendar: Calendar, *, field: str = "day") -> RuleBroken:
    """Return the rule that a booking on a day off breaks, with the location's reason, if any."""
    return RuleBroken("closed", rule=Rule.OPENING_HOURS, field=field, day=day, why=calendar.reasons.get(day, ""))


def blocked_places(seats: Sequence[Seat | None], over: Sequence[Block | None]) -> list[RuleBroken]:
    """Return the refusals for places under these blocks, one for each block."""
    pairs = list(zip(seats, over, strict=True))
    return [
        PlaceBlocked.of(block, [seat for seat, under in pairs if under == block])
        for block in dict.fromkeys(over)
        if block
    ]


def _start_field(tariff: Tariff) -> str:
    return "start" if tariff.is_hourly else "day"


def _already_over(tariff: Tariff, period: Period, calendar: Calendar, at: datetime) -> RuleBroken | None:
    first_day, _last_day = period.days(calendar.zone)
    opened = calendar.open_period(first_day) or local_day(first_day, calendar.zone)
    over_at = period.end if tariff.is_hourly else opened.end
    if over_at > at and not (tariff.is_hourly and period.start < at - LATE_START):
        return None
    field = _start_field(tariff) if first_day == calendar.today(at) else "day"
    return RuleBroken("already_over", rule=None, field=field)


def _broken_hours(tariff: Tariff, period: Period, calendar: Calendar) -> Iterator[RuleBroken]:
    if tariff.unit not in (Unit.HOUR, Unit.DAY):
        return
    first_day, last_day = period.days(calendar.zone)
    days = [first_day + DAY * n for n in range((last_day - first_day).days + 1)]
    closed = [day for day in days[:62] if calendar.hours_on(day) is None]
    opened = calendar.open_period(first_day)
    if closed:
        field = "day" if closed[0] == first_day else "last_day"
        yield closed_on(closed[0], calendar, field=field)
    elif tariff.is_hourly and opened and not (opened.start <= period.start and period.end <= opened.end):
        field = "start" if period.start < opened.start else "end"
        opens, closes = (end.astimezone(calendar.zone).time() for end in (opened.start, opened.end))
        yield RuleBroken("outside_hours", rule=Rule.OPENING_HOURS, field=field, opens=opens, closes=closes)


def _broken_length(tariff: Tariff, period: Period, calendar: Calendar) -> Iterator[RuleBroken]:
    units = units_of(tariff, period, calendar.zone)
    field = {Unit.HOUR: "end", Unit.DAY: "last_day"}.get(tariff.unit, "units")
    if units < tariff.min_units:
        yield RuleBroken("too_short", rule=Rule.LENGTH, field=field, unit=tariff.unit, least=tariff.min_units)
    if units > tariff.max_units:
        yield RuleBroken("too_long", rule=Rule.LENGTH, field=field, unit=tariff.unit, most=tariff.max_units)


def _broken_notice(tariff: Tariff, period: Period, calendar: Calendar, at: datetime) -> Iterator[RuleBroken]:
    service = tariff.service
    first_day, _last_day = period.days(calendar.zone)
    starts_at = period.start if tariff.is_hourly else (calendar.open_period(first_day) or period).start
    if service.lead_minutes and starts_at < at + timedelta(minutes=service.lead_minutes):
        field, minutes = _start_field(tariff), service.lead_minutes
        yield RuleBroken("too_late", rule=Rule.LEAD_TIME, field=field, minutes=minutes)
    if first_day > calendar.today(at) + DAY * service.horizon_days:
        yield RuleBroken("too_early", rule=Rule.HORIZON, field="day", days=service.horizon_days)
