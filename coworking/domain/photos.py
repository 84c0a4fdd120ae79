"""Photos of a service or of a location: saved as one list, in the order of its rows."""

from collections.abc import Sequence
from typing import Any

from coworking.domain import locks, pictures
from coworking.domain.settings_history import Change, ChangedMeanwhile, Row, record, refuse_unseen
from coworking.models import MOST_PHOTOS, Location, Photo, Service, SettingsEvent
from olvery.shared.refusals import Refusal


class TooManyPhotos(Refusal):
    """There would be more photos than are shown."""

    reason = "photos_too_many"


def save_photos(location_id: int, service_id: int | None, change: Change, rows: Sequence[Row]) -> int:
    """Store the photos of a service, or of the location if None, and return how many changes there were.

    They are shown in the order of the rows, which list all; a new one has the ReadPicture of its upload as `picture`.
    Raises ChangedMeanwhile, TooManyPhotos, Busy.
    """
    with locks.short_waits():
        service = locks.lock_service(service_id) if service_id else None
        location = service.location if service else locks.lock_location(location_id)
        refuse_unseen(location, service, change)
        known = {photo.pk: photo for photo in Photo.objects.of(location, service)}
        kept = [row for row in rows if not row.is_removed]
        if len(kept) > MOST_PHOTOS:
            raise TooManyPhotos(most=MOST_PHOTOS)
        if {row.key for row in rows if row.key is not None} != known.keys():
            raise ChangedMeanwhile("settings_row_gone")
        events = [*_removed(known, rows, change), *_reordered(known, kept, change)]
        for position, row in enumerate(kept, start=1):
            events += _save(known, row, position, change, location=location, service=service)
        return record(events, location, service)


def _removed(known: dict[int, Photo], rows: Sequence[Row], change: Change) -> list[SettingsEvent]:
    gone = [known.pop(row.key) for row in rows if row.is_removed and row.key]
    Photo.objects.filter(pk__in=[photo.pk for photo in gone]).delete()
    pictures.remove([photo.picture for photo in gone])
    return [change.event(subject=str(photo), old=str(photo)) for photo in gone]


def _reordered(known: dict[int, Photo], kept: Sequence[Row], change: Change) -> list[SettingsEvent]:
    after = [known[row.key] for row in kept if row.key]
    old, new = (", ".join(map(str, photos)) for photos in (known.values(), after))
    return [change.event(field="position", old=old, new=new)] if old != new else []


def _save(
    known: dict[int, Photo], row: Row, position: int, change: Change, *, location: Location, service: Service | None
) -> list[SettingsEvent]:
    if row.key is None:
        picture = pictures.store(row.values["picture"])
        owner: dict[str, Any] = {"service": service} if service else {"location": location}
        made = Photo.objects.create(**{**row.values, **owner, "picture": picture, "position": position})
        return [change.event(subject=str(made), new=str(made))]
    photo = known[row.key]
    events = change.differences(photo, row.values, subject=str(photo))
    if events or photo.position != position:
        photo.position = position
        photo.save(update_fields=[*row.values, "position"])
    return events
