"""The share of the money that a cancellation returns."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from coworking.models import CancellationStep
from olvery.shared.money import to_kopecks

EVERYTHING, NOTHING = 100, 0


def percent_returned(steps: Iterable[CancellationStep], *, start: datetime, at: datetime) -> int:
    """Return the percentage returned when a booking that starts at `start` is cancelled at `at`."""
    if at >= start:
        return NOTHING
    notice = start - at
    known = sorted(steps, key=lambda step: step.hours_before, reverse=True)
    if not known:
        return EVERYTHING
    return next((step.percent for step in known if notice >= timedelta(hours=step.hours_before)), NOTHING)


def returned_by_policy(paid: Decimal, percent: int) -> Decimal:
    """Return this percentage of what was paid, roubles."""
    return to_kopecks(paid * percent / EVERYTHING)
