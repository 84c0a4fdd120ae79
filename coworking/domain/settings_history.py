"""The history of settings: the differences made by a change, and whether its author has seen the last change."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model

from accounts.models import User
from coworking.domain import locks
from coworking.models import Location, Section, Service, SettingsEvent
from olvery.shared.refusals import Refusal

MOST_OF_SUBJECT = SettingsEvent._meta.get_field("subject").max_length
# Sections that need a fresh confirmation: where money goes, and who decides about it alone.
CONFIRMED = {Section.SELLER, Section.TAXES, Section.LIMITS}


class ChangedMeanwhile(Refusal):
    """Somebody has saved the section since it was opened; `by` and `changed_at` tell who and when."""

    reason = "settings_changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a section in its new state: a new one without `key`, a removed one with `is_removed`."""

    key: int | None
    values: dict[str, Any]
    is_removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes which section when; `seen` is the last event they know of, or for a draft, its version."""

    section: Section
    seen: int
    by: User
    at: datetime

    def event(self, *, subject: str = "", **facts: str) -> SettingsEvent:
        """Return an unsaved event of this change; a long subject is truncated."""
        named = subject[:MOST_OF_SUBJECT]
        return SettingsEvent(section=self.section, by=self.by, at=self.at, subject=named, **facts)

    def differences(self, stored: Model, values: dict[str, Any], *, subject: str = "") -> list[SettingsEvent]:
        """Set the values and return an event for each one that differs."""
        events = []
        for name, value in values.items():
            old, new = _text(getattr(stored, name)), _text(value)
            setattr(stored, name, value)
            if old != new:
                events.append(self.event(subject=subject, field=name, old=old, new=new))
        return events


def last_event(location: Location, service: Service | None, section: Section) -> SettingsEvent | None:
    """Return the last change of a section of a service, or of the location itself."""
    events = SettingsEvent.objects.filter(location=location, service=service, section=section)
    return events.select_related("by").order_by("-pk").first()


def last_events(
    location: Location, service: Service | None, sections: Collection[Section]
) -> dict[Section, SettingsEvent]:
    """Return the last change of each of these sections, if any. One query."""
    events = SettingsEvent.objects.filter(location=location, service=service, section__in=sections)
    latest = events.select_related("by").order_by("section", "-pk").distinct("section")
    return {event.section: event for event in latest}


def refuse_unseen(location: Location, service: Service | None, change: Change) -> None:
    """Raise ChangedMeanwhile if the section has a later change. Call it under the lock of the section's owner."""
    refuse_later(last_event(location, service, change.section), change.seen, location.zone)


def refuse_later(last: Any, seen: int, zone: ZoneInfo) -> None:
    """Raise ChangedMeanwhile if the last event of a history is later than the one that was `seen`."""
    if last and last.pk > seen:
        raise ChangedMeanwhile(by=last.by, changed_at=last.at, zone=zone)


@contextmanager
def changing(location_id: int, change: Change) -> Iterator[Location]:
    """Lock a location to change a section of it. Raises ChangedMeanwhile, Busy."""
    with locks.short_waits():
        location = locks.lock_location(location_id)
        refuse_unseen(location, None, change)
        yield location


@contextmanager
def changing_service(service_id: int, change: Change) -> Iterator[Service]:
    """Lock a service to change a section of it, and yield it with its location. Raises ChangedMeanwhile, Busy."""
    with locks.short_waits():
        service = locks.lock_service(service_id)
        refuse_unseen(service.location, service, change)
        yield service


def record(events: Iterable[SettingsEvent], location: Location, service: Service | None = None) -> int:
    """Store the events and return how many there were. Call it in the transaction of the change."""
    found = list(events)
    for event in found:
        event.location, event.service = location, service
    SettingsEvent.objects.bulk_create(found)
    return len(found)


def save_row(
    model: Any, known: Mapping[int, Any], row: Row, change: Change, *, subject: Callable[[Any], str] = str, **owner: Any
) -> list[SettingsEvent]:
    """Change, add or remove a row and return the unsaved events. Raises ChangedMeanwhile.

    `known` are the rows of the locked owner by key; `subject` names one in the history.
    """
    if row.key is None:
        made = subject(model.objects.create(**owner, **row.values))
        return [change.event(subject=made, new=made)]
    if row.key not in known:
        raise ChangedMeanwhile("settings_row_gone")
    stored, name = known[row.key], subject(known[row.key])
    if row.is_removed:
        stored.delete()
        return [change.event(subject=name, old=name)]
    events = change.differences(stored, row.values, subject=name)
    if events:
        stored.save(update_fields=list(row.values))
    return events


def touches_before(first: date, known: Mapping[Any, Any], rows: Sequence[Row]) -> bool:
    """Whether one of the rows starts before this day, in its stored or its new state."""
    stored = [known[row.key].starts_on for row in rows if row.key in known]
    wanted = [row.values["starts_on"] for row in rows if not row.is_removed]
    return any(day < first for day in (*stored, *wanted))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(sorted(str(getattr(one, "value", one)) for one in value))
    return "" if value is None else str(value)
