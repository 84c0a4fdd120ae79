"""Quiet hours of a location: no letter that can wait is sent in them."""

from datetime import UTC, datetime, timedelta

from coworking.models import Location
from olvery.shared.periods import DAY, Period

EVENING = timedelta(hours=1)


def due_until(location: Location, at: datetime) -> datetime | None:
    """Return the moment up to which letters that can wait are due at `at`; None in the quiet hours.

    In the last hour before the quiet hours, what would be due in them is due already.
    """
    quiet = _quiet_hours(location, at)
    if quiet is None or at < quiet.start - EVENING:
        return at
    return quiet.end if at < quiet.start else None


def awake_until(location: Location, at: datetime, wait: timedelta) -> datetime:
    """Return the moment at which somebody has had this time from `at` on, the quiet hours not counted."""
    until = at
    while wait > timedelta(0):
        quiet = _quiet_hours(location, until)
        if quiet is None or until + wait <= quiet.start:
            return until + wait
        wait -= max(quiet.start - until, timedelta(0))
        until = quiet.end.astimezone(UTC)  # where adding an hour is an hour, whatever the clocks do
    return until


def _quiet_hours(location: Location, at: datetime) -> Period | None:
    """Return the quiet hours that last at `at`, or the next ones."""
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
