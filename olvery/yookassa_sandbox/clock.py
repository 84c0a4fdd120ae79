"""The till's own time: the wall clock plus what was advanced by hand."""

from collections.abc import Callable
from datetime import UTC, datetime

FURTHEST = 100 * 366 * 24 * 3600  # seconds


def wall_clock() -> datetime:
    """Return the moment of this machine, in UTC."""
    return datetime.now(UTC)


class Clock:
    """A clock that can be put forward; waiting never depends on it."""

    def __init__(self, now: Callable[[], datetime] = wall_clock, *, offset: float = 0) -> None:
        self._now = now
        self.offset = offset  # seconds

    def now(self) -> float:
        """Return seconds since 1970."""
        return self._now().timestamp() + self.offset

    def advance(self, seconds: float) -> None:
        """Put the clock forward. Raises ValueError for a step back: nothing can be undone."""
        if not 0 <= seconds <= FURTHEST:
            raise ValueError("The clock only goes forward, and by a century at most.")
        self.offset += seconds
