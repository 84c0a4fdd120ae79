"""Changing the cancellation policy of a service: orders keep the terms that they were made under."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from coworking.domain.settings_history import Change, ChangedMeanwhile, Row
from coworking.models import CancellationStep, Service, SettingsEvent

# An order counts from the moment of its request, and may not have reached the database by then.
HOLDS_AFTER = timedelta(minutes=1)


def save_steps(service: Service, rows: Sequence[Row], change: Change) -> list[SettingsEvent]:
    """End the changed steps of a locked service, add new ones, and return the unsaved events.

    Raises ChangedMeanwhile.
    """
    known = {step.pk: step for step in CancellationStep.objects.filter(service=service).saved_last()}
    events: list[SettingsEvent] = []
    ended: list[int] = []
    new: list[CancellationStep] = []
    for row in rows:
        if row.key is not None and row.key not in known:
            raise ChangedMeanwhile("settings_row_gone")
        found = _differences(known.get(row.key or 0), row, change)
        if found and row.key is not None:
            ended.append(row.key)
        if found and not row.is_removed:
            new.append(CancellationStep(service=service, **row.values))
        events += found
    _store(service, ended, new, change)
    return events


def _differences(stored: CancellationStep | None, row: Row, change: Change) -> list[SettingsEvent]:
    if stored is None:
        name = str(CancellationStep(**row.values))
        return [change.event(subject=name, new=name)]
    if row.is_removed:
        return [change.event(subject=str(stored), old=str(stored))]
    return change.differences(stored, row.values, subject=str(stored))


def _store(service: Service, ended: Sequence[int], new: Sequence[CancellationStep], change: Change) -> None:
    """Store the steps; while nothing of the service is sold, they apply retroactively."""
    steps = CancellationStep.objects.filter(pk__in=ended)
    if service.tickets.exists():
        since = change.at + HOLDS_AFTER
        steps.update(until=Greatest(F("since"), since))
        for step in new:
            step.since = since
    else:
        steps.delete()
    CancellationStep.objects.bulk_create(new)
