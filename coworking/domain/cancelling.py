"""The share of the money that a cancellation returns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from coworking.models import CancellationStep, Service
from olvery.shared.money import to_kopecks

EVERYTHING, NOTHING = 100, 0
Steps = Mapping[int, Sequence[CancellationStep]]  # services, by key


@dataclass(frozen=True, slots=True)
class Policy:
    """The cancellation policy that an order of a service is made under, longest notice first."""

    service_name: str
    steps: list[CancellationStep]


def policies_of(services: Iterable[Service], *, sold_at: datetime) -> list[Policy]:
    """Return the policies of these services for an order made at that moment, each service once, by name."""
    names = {service.pk: service.name for service in services}
    steps = steps_of(names)
    ordered = sorted(names, key=names.__getitem__)
    return [Policy(names[pk], [step for step in steps[pk] if step.holds_at(sold_at)]) for pk in ordered]


def steps_of(service_ids: Iterable[int]) -> defaultdict[int, list[CancellationStep]]:
    """Return all past and present steps of these services, by service, longest notice first. One query."""
    steps = defaultdict[int, list[CancellationStep]](list)
    for step in CancellationStep.objects.filter(service__in=service_ids).order_by("-hours_before"):
        steps[step.service_id].append(step)
    return steps


def percent_returned(steps: Iterable[CancellationStep], *, start: datetime, sold_at: datetime, at: datetime) -> int:
    """Return the percentage returned when a booking that starts at `start` is cancelled at `at`.

    The steps that were in force when its order was made, at `sold_at`, count.
    """
    if at >= start:
        return NOTHING
    notice = start - at
    known = sorted((step for step in steps if step.holds_at(sold_at)), key=lambda step: step.hours_before, reverse=True)
    if not known:
        return EVERYTHING
    return next((step.percent for step in known if notice >= timedelta(hours=step.hours_before)), NOTHING)


def percent_until(
    steps: Sequence[CancellationStep], *, start: datetime, sold_at: datetime, at: datetime
) -> datetime | None:
    """Return until when the percentage that is returned at `at` stays; None if it never changes again."""

    def percent(moment: datetime) -> int:
        return percent_returned(steps, start=start, sold_at=sold_at, at=moment)

    ends = sorted([start, *(start - timedelta(hours=step.hours_before) for step in steps)])
    changes = (end for end in ends if end >= at and percent(end + datetime.resolution) != percent(at))
    return next(changes, None)


def returned_by_policy(paid: Decimal, percent: int) -> Decimal:
    """Return this percentage of what was paid, roubles."""
    return to_kopecks(paid * percent / EVERYTHING)
