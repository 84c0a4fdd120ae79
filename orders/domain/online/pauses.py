"""The pause that the provider asked for: one for all processes, because its limit is the shop's."""

from datetime import datetime, timedelta

from django.core.cache import cache

KEY = "yookassa-pause"
NONE = timedelta(0)


def begin_pause(length: timedelta, *, at: datetime) -> None:
    """Let nobody ask the provider anything for so long; a longer pause that runs already stays."""
    if length > pause_left(at=at):
        cache.set(KEY, at + length, length.total_seconds() + 1)


def pause_left(*, at: datetime) -> timedelta:
    """Return how long the pause still lasts, nothing where there is none."""
    until: datetime = cache.get(KEY, at)
    return max(until - at, NONE)
