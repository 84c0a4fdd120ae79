"""The periods a tariff sells, and the rules of booking."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coworking.domain.opening import Calendar
from coworking.models import Rule, Tariff, Unit
from olvery.shared.periods import DAY, Period, at_local, local_days
from olvery.shared.refusals import Refusal

# A guest at the desk at 14:07 books from 14:00.
LATE_START = timedelta(minutes=20)
EARLIEST_YEAR, FARTHEST_YEAR = 2000, 2100


class BadPeriod(Refusal):
    """The tariff sells no such period."""


class TimeMissing(BadPeriod):
    """The start or the end is not given yet."""


class RuleBroken(Refusal):
    """A booking breaks a rule; with `can_override` a manager may override it with a reason."""

    def __init__(self, message: str, *, rule: Rule | None, field: str, can_override: bool) -> None:
        super().__init__(message, field=field)
        self.rule = rule
        self.can_override = can_override

    def hardened(self) -> "RuleBroken":
        """Return the same refusal with `can_override` off."""
        return RuleBroken(self.message, rule=self.rule, field=self.field, can_override=False)


@dataclass(frozen=True, slots=True)
class When:
    """A period as a person enters it: local dates and times, by the unit of the tariff.

    An hour tariff takes `day`, `start` and `end`; a day tariff `day` and `last_day`; a week or month
    tariff `day` and the number of `units`.
    """

    day: date
    start: time | None = None
    end: time | None = None
    last_day: date | None = None
    units: int = 1


def period_of(tariff: Tariff, when: When, zone: ZoneInfo) -> Period:
    """Return the moments that `when` means at a location in this time zone.

    Raises BadPeriod.
    """
    if not EARLIEST_YEAR <= when.day.year <= FARTHEST_YEAR:
        raise BadPeriod(_("There is a mistake in the year."), field="day")
    if tariff.unit == Unit.HOUR:
        return _hours(tariff, when, zone)
    if tariff.unit == Unit.DAY:
        last = when.last_day or when.day
        if last < when.day:
            raise BadPeriod(_("The last day is before the first."), field="last_day")
        if last.year > FARTHEST_YEAR:
            raise BadPeriod(_("There is a mistake in the year."), field="last_day")
    else:
        if not 1 <= when.units <= 60:
            raise BadPeriod(_("Give a number from 1 to 60."), field="units")
        length = relativedelta(weeks=when.units) if tariff.unit == Unit.WEEK else relativedelta(months=when.units)
        last = when.day + length - DAY
    return local_days(when.day, last, zone)


def _hours(tariff: Tariff, when: When, zone: ZoneInfo) -> Period:
    if when.start is None:
        raise TimeMissing(_("Give the time of the start."), field="start")
    if when.end is None:
        raise TimeMissing(_("Give the time of the end."), field="end")
    if when.start >= when.end:
        raise BadPeriod(_("The end is not after the start."), field="end")
    for field, clock in (("start", when.start), ("end", when.end)):
        if (clock.hour * 60 + clock.minute) % tariff.step_minutes:
            raise BadPeriod(
                ngettext(
                    "Times go in steps of %(count)s minute.",
                    "Times go in steps of %(count)s minutes.",
                    tariff.step_minutes,
                )
                % {"count": tariff.step_minutes},
                field=field,
            )
    start, end = at_local(when.day, when.start, zone), at_local(when.day, when.end, zone)
    if start >= end:
        raise BadPeriod(_("The clock changes at this time; choose another."), field="start")
    return Period(start, end)


def units_of(tariff: Tariff, period: Period, zone: ZoneInfo) -> Decimal:
    """Return how many units of the tariff the period counts, 1.5 for an hour and a half."""
    if tariff.unit == Unit.HOUR:
        return Decimal(int((period.end - period.start).total_seconds())) / 3600
    first, last = period.days(zone)
    days = (last - first).days + 1
    if tariff.unit == Unit.DAY:
        return Decimal(days)
    if tariff.unit == Unit.WEEK:
        return Decimal(days // 7)
    months = relativedelta(last + DAY, first)
    # 31.01 – 27.02 is a month too: its end is clamped, and the days left over are no further month.
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
    return sorted(found, key=lambda rule: rule.can_override)


def _broken(tariff: Tariff, message: str, rule: Rule | None, field: str) -> RuleBroken:
    can_override = rule is not None and rule in tariff.service.overridable_rules
    return RuleBroken(message, rule=rule, field=field, can_override=can_override)


def _start_field(tariff: Tariff) -> str:
    return "start" if tariff.is_hourly else "day"


def _already_over(tariff: Tariff, period: Period, calendar: Calendar, at: datetime) -> RuleBroken | None:
    first_day, _last_day = period.days(calendar.zone)
    opened = calendar.open_period(first_day) or local_days(first_day, first_day, calendar.zone)
    over_at = period.end if tariff.is_hourly else opened.end
    if over_at > at and not (tariff.is_hourly and period.start < at - LATE_START):
        return None
    field = _start_field(tariff) if first_day == calendar.today(at) else "day"
    return _broken(tariff, _("This time is already over."), None, field)


def _broken_hours(tariff: Tariff, period: Period, calendar: Calendar) -> Iterator[RuleBroken]:
    if tariff.unit not in (Unit.HOUR, Unit.DAY):
        return
    first_day, last_day = period.days(calendar.zone)
    days = [first_day + DAY * n for n in range((last_day - first_day).days + 1)]
    closed = [day for day in days[:62] if calendar.hours_on(day) is None]
    opened = calendar.open_period(first_day)
    if closed:
        text = _("Closed on %(day)s.") % {"day": formats.date_format(closed[0], "j E")}
        yield _broken(tariff, text, Rule.OPENING_HOURS, "day" if closed[0] == first_day else "last_day")
    elif tariff.is_hourly and opened and not (opened.start <= period.start and period.end <= opened.end):
        text = _("Open from %(opens)s to %(closes)s on this day.") % {
            "opens": formats.time_format(opened.start.astimezone(calendar.zone), "H:i"),
            "closes": formats.time_format(opened.end.astimezone(calendar.zone), "H:i"),
        }
        yield _broken(tariff, text, Rule.OPENING_HOURS, "start" if period.start < opened.start else "end")


def _broken_length(tariff: Tariff, period: Period, calendar: Calendar) -> Iterator[RuleBroken]:
    units = units_of(tariff, period, calendar.zone)
    field = {Unit.HOUR: "end", Unit.DAY: "last_day"}.get(tariff.unit, "units")
    if units < tariff.min_units:
        text = _("At least %(length)s.") % {"length": count_units(tariff.unit, Decimal(tariff.min_units))}
        yield _broken(tariff, text, Rule.LENGTH, field)
    if units > tariff.max_units:
        text = _("At most %(length)s.") % {"length": count_units(tariff.unit, Decimal(tariff.max_units))}
        yield _broken(tariff, text, Rule.LENGTH, field)


def _broken_notice(tariff: Tariff, period: Period, calendar: Calendar, at: datetime) -> Iterator[RuleBroken]:
    service = tariff.service
    first_day, _last_day = period.days(calendar.zone)
    starts_at = period.start if tariff.is_hourly else (calendar.open_period(first_day) or period).start
    if service.lead_minutes and starts_at < at + timedelta(minutes=service.lead_minutes):
        text = ngettext(
            "Bookings close %(count)s minute before the start.",
            "Bookings close %(count)s minutes before the start.",
            service.lead_minutes,
        ) % {"count": service.lead_minutes}
        yield _broken(tariff, text, Rule.LEAD_TIME, _start_field(tariff))
    if first_day > calendar.today(at) + DAY * service.horizon_days:
        text = ngettext(
            "Bookings open %(count)s day ahead.", "Bookings open %(count)s days ahead.", service.horizon_days
        ) % {"count": service.horizon_days}
        yield _broken(tariff, text, Rule.HORIZON, "day")


def count_units(unit: str, units: Decimal) -> str:
    """Write a length: «4 часа», «1,5 часа», «2 недели»."""
    whole = int(units)
    # Russian treats a fraction like a genitive singular: 1,5 часа.
    number = whole if units == whole else 2
    text = {
        Unit.HOUR: ngettext("%(units)s hour", "%(units)s hours", number),
        Unit.DAY: ngettext("%(units)s day", "%(units)s days", number),
        Unit.WEEK: ngettext("%(units)s week", "%(units)s weeks", number),
        Unit.MONTH: ngettext("%(units)s month", "%(units)s months", number),
    }[Unit(unit)]
    return text % {"units": formats.number_format(units.normalize() if units != whole else whole)}
