"""The share of the money that a cancellation returns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from coworking.models import CancellationStep, Service
from olvery.shared.money import to_kopecks

EVERYTHING, NOTHING = 100, 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The cancellation policy of a service, the longest notice first."""

    service_name: str
    steps: list[CancellationStep]


def policies_of(services: Iterable[Service]) -> list[Policy]:
    """Return the policies of these services, each service once, by name."""
    names = {service.pk: service.name for service in services}
    steps: dict[int, list[CancellationStep]] = {pk: [] for pk in sorted(names, key=names.__getitem__)}
    for step in CancellationStep.objects.filter(service__in=names).order_by("-hours_before"):
        steps[step.service_id].append(step)
    return [Policy(names[pk], of_service) for pk, of_service in steps.items()]


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
