"""Half-open periods `[start, end)`, local days as UTC moments, and peak usage.

Everything here is pure: moments are aware datetimes, a day belongs to the time zone it is given with.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.range import Range, TimestamptzRange

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The time from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a period ends after its start")

    @classmethod
    def from_range(cls, value: "Range[datetime]") -> "Period":
        """Read a bounded database range."""
        if value.lower is None or value.upper is None:
            raise ValueError("a period has both ends")
        return cls(value.lower, value.upper)

    def to_range(self) -> TimestamptzRange:
        """Write the period as a database range."""
        return TimestamptzRange(self.start, self.end, "[)")

    def overlaps(self, other: "Period") -> bool:
        """Return whether the two periods share a moment; 10–12 and 12–14 do not."""
        return self.start < other.end and other.start < self.end

    def extended(self, by: timedelta) -> "Period":
        """Return the period with a later end."""
        return Period(self.start, self.end + by)

    def shifted(self, by: timedelta) -> "Period":
        """Return the period moved in time by an exact number of seconds."""
        return Period(self.start + by, self.end + by)

    def days(self, zone: ZoneInfo) -> tuple[date, date]:
        """Return the first and the last local day that the period touches."""
        last_moment = self.end - timedelta(microseconds=1)
        return self.start.astimezone(zone).date(), last_moment.astimezone(zone).date()

    def is_whole_days(self, zone: ZoneInfo) -> bool:
        """Return whether the period consists of whole local days."""
        return local_days(*self.days(zone), zone) == self


@dataclass(frozen=True, slots=True)
class Usage:
    """A number of places taken for a period."""

    period: Period
    places: int = 1


def at_local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment at which a local clock shows this time of this day.

    A time that a clock change skips is read by the offset before the change: 02:30 becomes 03:30.
    """
    return datetime.combine(day, clock, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def local_days(first: date, last: date, zone: ZoneInfo) -> Period:
    """Return the local days from `first` to `last`, both included."""
    return Period(at_local(first, time.min, zone), at_local(last + DAY, time.min, zone))


def peak_usage(usages: Iterable[Usage], within: Period) -> int:
    """Return the largest number of places taken at one moment of `within`.

    Two usages that only touch never count together, so a pool of one place takes 9–10 and 10–11.
    """
    changes: list[tuple[datetime, int]] = []
    for usage in usages:
        if usage.period.overlaps(within):
            changes.append((max(usage.period.start, within.start), usage.places))
            changes.append((usage.period.end, -usage.places))
    peak = taken = 0
    for _moment, places in sorted(changes):  # at the same moment, departures sort before arrivals
        taken += places
        peak = max(peak, taken)
    return peak
