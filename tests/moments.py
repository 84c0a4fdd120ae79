"""Moments and periods, written short."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from olvery.shared.periods import Period

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 9, tzinfo=MOSCOW)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in range(24, 30))


def moment(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    """Return a local moment: `2026-11-25 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def clock(text: str) -> time:
    """Return a time of day: `10:30`, or `9` for nine o'clock."""
    return time.fromisoformat(text if ":" in text else f"{int(text):02}:00")


def hours(start: str, end: str, day: date = WEDNESDAY, zone: ZoneInfo = MOSCOW) -> Period:
    """Return some hours of a day: `hours("10", "12:30")`."""
    return Period(datetime.combine(day, clock(start), zone), datetime.combine(day, clock(end), zone))
