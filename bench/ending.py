"""Ending a run that is stopped like one that fails, so that the processes it has started end with it."""

import signal
import sys
from types import FrameType

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_with_what_was_started() -> None:
    """Raise SystemExit in the main thread on a termination signal; a second one does not interrupt that."""
    for ending in ENDINGS:
        signal.signal(ending, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    sys.exit(128 + number)
