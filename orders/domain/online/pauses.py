"""The pause that the provider asked for, shared by all processes, because its rate limit is per shop."""

from datetime import datetime, timedelta

from django.core.cache import cache

KEY = "yookassa-pause"
NONE = timedelta(0)


def begin_pause(length: timedelta, *, at: datetime) -> None:
    """Stop all requests to the provider for this long, unless a longer pause is running."""
    if length > pause_left(at=at):
        cache.set(KEY, at + length, length.total_seconds() + 1)


def pause_left(*, at: datetime) -> timedelta:
    """Return the rest of the pause, zero if there is none."""
    until: datetime = cache.get(KEY, at)
    return max(until - at, NONE)
