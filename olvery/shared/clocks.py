"""Times of day. For an end, midnight means the end of the day: «24:00», which `time` does not have."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from olvery.shared.periods import DAY, at_local

END_OF_DAY = time.min
TYPED = re.compile(r"(\d{1,2})(?:[:.,\- ]?([0-5]\d))?", re.ASCII)


def ends_after(start: time, end: time) -> bool:
    """Return whether a part of a day that ends at `end` begins before it."""
    return end == END_OF_DAY or start < end


def end_moment(day: date, end: time, zone: ZoneInfo) -> datetime:
    """Return the moment at which something ends that began on a local day."""
    return at_local(day + DAY if end == END_OF_DAY else day, end, zone)


def read_clock(text: str, *, is_end: bool = False) -> time | None:
    """Parse a text such as «14», «9:30» or «1430», «24» only as an end; None if it is not a time."""
    found = TYPED.fullmatch(text.strip())
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if (hour, minute) == (24, 0):
        return END_OF_DAY if is_end else None
    return time(hour, minute) if hour < 24 else None


def clock_text(clock: time | None) -> str:
    """Write a time of day, «09:30», or nothing."""
    return f"{clock:%H:%M}" if clock else ""


def end_text(clock: time | None) -> str:
    """Write a time of day at which something ends, «18:00» or «24:00», or nothing."""
    return "24:00" if clock == END_OF_DAY else clock_text(clock)
