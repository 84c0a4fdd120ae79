"""Quiet hours of a location, in which no letter is sent that can wait."""

from datetime import UTC, datetime, timedelta

from coworking.models import Location
from olvery.shared.periods import DAY, Period

EVENING = timedelta(hours=1)


def due_until(location: Location, at: datetime) -> datetime | None:
    """Return the moment up to which letters that can wait are due at `at`; None during quiet hours.

    In the last hour before quiet hours, letters that would be due during them are already due.
    """
    quiet = _quiet_hours(location, at)
    if quiet is None or at < quiet.start - EVENING:
        return at
    return quiet.end if at < quiet.start else None


def awake_until(location: Location, at: datetime, wait: timedelta) -> datetime:
    """Return the moment at which this much time has passed since `at`, not counting quiet hours."""
    until = at
    while wait > timedelta(0):
        quiet = _quiet_hours(location, until)
        if quiet is None or until + wait <= quiet.start:
            return until + wait
        wait -= max(quiet.start - until, timedelta(0))
        until = quiet.end.astimezone(UTC)  # in UTC, so that adding an hour is an hour despite clock changes
    return until


def _quiet_hours(location: Location, at: datetime) -> Period | None:
    """Return the quiet hours at `at`, or the next ones."""
    begins, ends = location.quiet_from, location.quiet_until
    if begins is None or ends is None:
        return None
    today, zone = location.day_at(at), location.zone
    nights = (
        Period(
            datetime.combine(day, begins, zone),
            datetime.combine(day if begins < ends else day + DAY, ends, zone),
        )
        for day in (today - DAY, today, today + DAY)
    )
    return next(night for night in nights if at < night.end)
