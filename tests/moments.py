"""Moments and periods, written short."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from olvery.shared.periods import DAY, Period

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 9, tzinfo=MOSCOW)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in range(24, 30))


def moment(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    """Return a local moment: `2026-11-25 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def clock(text: str) -> time:
    """Return a time of day: `10:30`, `9` for nine o'clock, or `24` for the end of the day."""
    return time.fromisoformat(text if ":" in text else f"{int(text) % 24:02}:00")


def hours(start: str, end: str, day: date = WEDNESDAY, zone: ZoneInfo = MOSCOW) -> Period:
    """Return some hours of a day: `hours("10", "12:30")`, `hours("20", "24")`."""
    last = day + DAY if end == "24" else day
    return Period(datetime.combine(day, clock(start), zone), datetime.combine(last, clock(end), zone))
