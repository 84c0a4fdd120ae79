"""How a run ends that somebody stops: like one that fails, so that what it has started ends with it."""

import signal
import sys
from types import FrameType

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_with_what_was_started() -> None:
    """Raise SystemExit in the main thread when a signal asks to end; a second one does not cut the end short."""
    for ending in ENDINGS:
        signal.signal(ending, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    sys.exit(128 + number)
