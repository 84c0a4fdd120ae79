"""Half-open periods `[start, end)`, local days as UTC moments, and how many places are taken.

Everything here is pure: moments are aware datetimes, a day belongs to the time zone it is given with.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.range import Range, TimestamptzRange

DAY = timedelta(days=1)
# Nobody books in other centuries.
FIRST_YEAR, LAST_YEAR = 2000, 2200


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

    @classmethod
    def spanning(cls, periods: "Collection[Period]") -> "Period":
        """Return the time from the first start to the last end of these periods, of which there must be one."""
        return cls(min(one.start for one in periods), max(one.end for one in periods))

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
    """A number of places taken for a period: of a booking, or of a block.

    A booking over a block takes one of its places: among the usages with the same block, only the larger of the
    bookings' total and the block's own number counts at each moment.
    """

    period: Period
    places: int = 1
    block: int = 0  # the key of the block itself, or of the one it lies over
    is_block: bool = False


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month of a day."""
    first = day.replace(day=1)
    return first, (first + 31 * DAY).replace(day=1) - DAY


def at_local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment at which a local clock shows this time of this day.

    A time that a clock change skips is read with the offset before the change: 02:30 becomes 03:30. It is returned in
    the time zone of moments from the database: two in the same zone are compared without looking at the zone.
    """
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def read_moment(text: str) -> datetime | None:
    """Parse an ISO 8601 moment; None for one without an offset, or in another century.

    PostgreSQL also stores the latter, but Python cannot read it back.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def local_day(day: date, zone: ZoneInfo) -> Period:
    return local_days(day, day, zone)


def local_days(first: date, last: date, zone: ZoneInfo) -> Period:
    """Return the local days from `first` to `last`, both included."""
    return Period(at_local(first, time.min, zone), at_local(last + DAY, time.min, zone))


def peak_usage(usages: Iterable[Usage], within: Period) -> int:
    """Return the largest number of places taken at one moment of `within`.

    Two usages that only touch never count together, so a pool of one place takes 9–10 and 10–11.
    """
    there = [usage for usage in usages if usage.period.overlaps(within)]
    return max((taken for _moment, taken in taken_places(there, since=within.start)), default=0)


def taken_places(usages: Iterable[Usage], *, since: datetime | None = None) -> Iterator[tuple[datetime, int]]:
    """Yield how many places are taken after each change, in order; what begins before `since` counts from then.

    At the same moment those who leave come before those who arrive, so that no intermediate number is too large.
    """
    changes: list[tuple[datetime, int, int, bool]] = []
    for usage in usages:
        start = max(usage.period.start, since) if since else usage.period.start
        changes.append((start, usage.places, usage.block, usage.is_block))
        changes.append((usage.period.end, -usage.places, usage.block, usage.is_block))
    shared: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])  # of each block: taken over it, and its own
    taken = 0
    for moment, places, block, is_block in sorted(changes):
        if block:
            counts = shared[block]
            taken -= max(counts)
            counts[is_block] += places
            taken += max(counts)
        else:
            taken += places
        yield moment, taken
