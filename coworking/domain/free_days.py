"""Days that are free for a booking, for a calendar to choose from."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coworking.domain.capacity import Occupancy, occupancy_of
from coworking.domain.opening import Calendar
from coworking.domain.rules import BadPeriod, When, broken_rules, closed_on, period_of, when_of
from coworking.models import Tariff, Unit
from olvery.shared.periods import DAY, Period, local_days
from olvery.shared.refusals import Refusal

DAYS_TO_TRY = 8


@dataclass(frozen=True, slots=True)
class DayState:
    """Whether a booking can start on a day. A day that is not free and has no refusal is full."""

    is_free: bool
    refusal: Refusal | None = None


def states_of_days(
    tariff: Tariff,
    when: When,
    days: Iterable[date],
    *,
    places: int,
    seat_ids: Sequence[int],
    calendar: Calendar,
    at: datetime,
    without: Collection[int] = (),
) -> Mapping[date, DayState]:
    """Return for each day whether `when`, moved there, is free and breaks no rule. One query.

    The tickets `without` do not count, because they are to be moved.
    For an hourly tariff without times, a day is free if the shortest booking fits.
    """
    allowed, states = dict[date, list[Period]](), dict[date, DayState]()
    for day in days:
        periods = list(_periods(tariff, when.moved_to(day), calendar))
        broken = [broken_rules(tariff, period, calendar, at) for period in periods]
        allowed[day] = [period for period, rules in zip(periods, broken, strict=True) if not rules]
        refusal = broken[0][0] if broken and broken[0] else closed_on(day, calendar)
        states[day] = DayState(is_free=False, refusal=refusal)
    occupancy = _occupancy(tariff, [period for periods in allowed.values() for period in periods], without)
    for day, periods in allowed.items():
        if occupancy and periods:
            first, last = periods[0].days(calendar.zone)
            that_day = occupancy.within(local_days(first, last, calendar.zone))
            states[day] = DayState(any(that_day.has_room(period, places, seat_ids) for period in periods))
    return states


def _occupancy(tariff: Tariff, periods: Sequence[Period], without: Collection[int]) -> Occupancy | None:
    if not periods:
        return None
    return occupancy_of(tariff.service, Period.spanning(periods), without=without)


def _periods(tariff: Tariff, when: When, calendar: Calendar) -> Iterator[Period]:
    """Yield the wanted period; for an hourly tariff without times, every shortest period of the day."""
    if tariff.is_hourly and not (when.start and when.end):
        yield from _shortest(tariff, when, calendar)
        return
    try:
        yield period_of(tariff, when, calendar.zone)
    except BadPeriod:  # the clock changes at this time of that day
        return


def _shortest(tariff: Tariff, when: When, calendar: Calendar) -> Iterator[Period]:
    opened = calendar.open_period(when.day)
    if opened is None:
        return
    step, length = timedelta(minutes=tariff.step_minutes), timedelta(hours=tariff.min_units)
    period = Period(opened.start, opened.start + length)
    while period.end <= opened.end:
        if not when.start or period.start.astimezone(calendar.zone).time() == when.start:
            yield period
        period = period.shifted(step)


def next_day(tariff: Tariff, period: Period, *, places: int, calendar: Calendar, at: datetime) -> tuple[date, bool]:
    """Return the next day for a booking like `period`, and whether it is free then.

    Hours and days repeat on the same weekday, weeks and months begin when the last one has ended. Returns the first
    free one of the next fitting days, or the first of them if none is free. One query.
    """
    today, (first, last) = calendar.today(at), period.days(calendar.zone)
    is_short = tariff.unit in (Unit.HOUR, Unit.DAY)
    step = 7 * DAY if is_short else DAY
    start = first + step if is_short else last + DAY
    while start < today:
        start += step
    candidates = [start + step * number for number in range(DAYS_TO_TRY)]
    when = when_of(tariff, period, calendar.zone)
    states = states_of_days(tariff, when, candidates, places=places, seat_ids=(), calendar=calendar, at=at)
    free = next((day for day in candidates if states[day].is_free), None)
    return free or start, free is not None
