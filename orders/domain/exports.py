"""Long exports: asked for on a page, written by a job, kept for a week."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from shutil import rmtree

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.domain import access_log
from accounts.models import AccessEvent, ListName, Screen, User
from coworking.models import Location, Ticket
from olvery.shared.jobs import later
from orders.models import Export, ExportFormat, ExportStatus, Order

WRITE = "orders.write_export"
PART = ".part"
KEPT = timedelta(days=7)
# A worker that is writing records progress every few seconds.
STUCK = timedelta(hours=1)
LEFT_BEHIND = timedelta(days=1)
SCREENS = {ListName.ORDERS: Screen.ORDERS_EXPORT, ListName.TICKETS: Screen.TICKETS_EXPORT}


class Superseded(Exception):
    """Another worker has finished the export, or it was given up."""


def ask(
    *,
    what: ListName,
    file_format: ExportFormat,
    query: str,
    language: str,
    token: uuid.UUID,
    by: User,
    location: Location,
    at: datetime,
) -> Export:
    """Queue an export. A form that is sent twice queues one."""
    facts = {"location": location, "what": what, "format": file_format, "query": query, "language": language}
    with transaction.atomic():
        export, is_new = Export.objects.get_or_create(by=by, form_token=token, defaults={**facts, "asked_at": at})
        if is_new:
            later(WRITE, export_id=export.pk)
    return export


def begin(export_id: int, *, at: datetime) -> bool:
    """Begin an export, or restart one left by a killed worker; return whether there is something to do."""
    with transaction.atomic():
        _wait_for_erasures()
        waiting = Export.objects.under_way().filter(pk=export_id)
        return bool(waiting.update(status=ExportStatus.WORKING, rows=0, moved_at=at))


def _wait_for_erasures() -> None:
    """Serialise the start of an export with erasures, until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [Export._meta.db_table])


def note_progress(export_id: int, *, rows: int, at: datetime) -> None:
    """Record how many rows are written. Raises Superseded."""
    working = Export.objects.filter(pk=export_id, status=ExportStatus.WORKING)
    if not working.update(rows=rows, moved_at=at):
        raise Superseded(export_id)


def finish(export: Export, part: Path, *, rows: int, seen: Iterable[int], at: datetime) -> None:
    """Move the finished file to its place, and log whom it shows before anybody can download it. Raises Superseded."""
    ready = {"status": ExportStatus.READY, "rows": rows, "size": part.stat().st_size, "ready_at": at, "moved_at": at}
    with transaction.atomic():
        if not Export.objects.filter(pk=export.pk, status=ExportStatus.WORKING).update(**ready):
            raise Superseded(export.pk)
        people = iter(seen)
        while batch := list(islice(people, access_log.BATCH)):
            access_log.record(batch, by=export.by, location_id=export.location_id, screen=SCREENS[export.what], at=at)
        part.replace(export.path)


def fail(export_id: int, *, at: datetime) -> None:
    """Mark an export as failed, unless another worker has finished it."""
    Export.objects.under_way().filter(pk=export_id).update(status=ExportStatus.FAILED, moved_at=at)


def forget_people(people: QuerySet[User], *, at: datetime) -> None:
    """Withdraw the exports that show people who are about to be erased. Call it before locking these people.

    An export in progress may have read them already, so it is given up; later ones wait for the commit. The access log
    tells whom a file shows. It can no longer be downloaded; the clock, which may delete files, does so within a
    minute.
    """
    _wait_for_erasures()
    here = [
        *Order.objects.filter(customer__in=people).values_list("location", flat=True).distinct(),
        *Ticket.objects.filter(visitor__in=people).values_list("location", flat=True).distinct(),
    ]
    # These first: an export that finishes in the meantime is among those below.
    working = Export.objects.filter(status=ExportStatus.WORKING, location__in=here)
    working.update(status=ExportStatus.FAILED, moved_at=at)
    looks = AccessEvent.objects.filter(person__in=people, screen__in=SCREENS.values(), at=OuterRef("ready_at"))
    showing = Export.objects.filter(Exists(looks.filter(by=OuterRef("by"), location=OuterRef("location"))))
    showing.update(status=ExportStatus.FAILED, size=None, ready_at=None, asked_at=at - KEPT - STUCK)


def forget_old(at: datetime) -> int:
    """Delete exports with their files after a week, and give up stalled ones; return how many there were.

    A file without a row is deleted by its own age.
    """
    stuck = Export.objects.filter(status=ExportStatus.WORKING, moved_at__lt=at - STUCK)
    given_up = stuck.update(status=ExportStatus.FAILED, moved_at=at)
    old = list(Export.objects.filter(asked_at__lt=at - KEPT))
    Export.objects.filter(pk__in=[export.pk for export in old]).delete()
    for export in old:
        export.path.unlink(missing_ok=True)
    folder = Path(settings.EXPORT_DIR)
    for file in folder.iterdir() if folder.is_dir() else ():
        kept = LEFT_BEHIND if file.suffix == PART else KEPT
        if file.stat().st_mtime < (at - kept).timestamp():
            rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
    return given_up + len(old)
