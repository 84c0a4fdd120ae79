"""The documents of a location: a draft becomes an edition that begins on a day and never changes."""

from dataclasses import dataclass
from datetime import date, datetime, time

from accounts.domain import documents
from accounts.models import OF_LOCATIONS, Document, DocumentKind
from coworking.domain import locks
from coworking.domain.settings_history import Change, ChangedMeanwhile, record
from coworking.models import DocumentDraft, Location
from olvery.shared.periods import at_local
from olvery.shared.refusals import Refusal


class DraftGone(Refusal):
    """The draft was published or discarded since it was opened."""

    reason = "draft_gone"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a location's document: the edition in force, future editions, and the draft."""

    kind: DocumentKind
    in_force: Document | None
    coming: list[Document]
    draft: DocumentDraft | None


def documents_of(location: Location, *, at: datetime) -> list[Standing]:
    """Return the state of a location's documents. Three queries."""
    in_force = {one.kind: one for one in Document.objects.in_force(OF_LOCATIONS, location_id=location.pk, at=at)}
    coming = list(Document.objects.filter(location=location, starts_at__gt=at).defer("text").order_by("edition"))
    drafts = DocumentDraft.objects.filter(location=location).select_related("edited_by")
    written = {draft.kind: draft for draft in drafts}
    return [
        Standing(kind, in_force.get(kind), [one for one in coming if one.kind == kind], written.get(kind))
        for kind in OF_LOCATIONS
    ]


def save_draft(location_id: int, kind: DocumentKind, *, text: str, changes: str, change: Change) -> DocumentDraft:
    """Save a draft. Raises ChangedMeanwhile, DraftGone, Busy."""
    with locks.short_waits():
        location = locks.lock_location(location_id)
        draft = _seen_draft(location, kind, change) or DocumentDraft(location=location, kind=kind, version=0)
        draft.text, draft.changes, draft.version = text, changes, draft.version + 1
        draft.edited_by, draft.edited_at = change.by, change.at
        draft.save()
    return draft


def discard_draft(location_id: int, kind: DocumentKind, change: Change) -> None:
    """Discard a draft. Raises ChangedMeanwhile, DraftGone, Busy."""
    with locks.short_waits():
        draft = _seen_draft(locks.lock_location(location_id), kind, change)
        if draft is None:
            raise DraftGone
        draft.delete()


def publish_draft(location_id: int, kind: DocumentKind, *, starts_on: date, change: Change) -> Document:
    """Publish the draft as the next edition, in force from the beginning of a day, or at once if that is today.

    Orders keep the editions that were accepted with them. Raises ChangedMeanwhile, DraftGone, EditionWaits, Busy.
    """
    with locks.short_waits():
        location = locks.lock_location(location_id)
        draft = _seen_draft(location, kind, change)
        if draft is None:
            raise DraftGone
        starts_at = at_local(starts_on, time(0), location.zone)
        edition = documents.publish(
            location_id=location.pk,
            kind=kind,
            text=draft.text,
            changes=draft.changes,
            starts_at=starts_at if starts_at > change.at else None,
            by=change.by,
            at=change.at,
        )
        draft.delete()
        record([change.event(subject=kind.value, new=str(edition.edition))], location)
    return edition


def _seen_draft(location: Location, kind: DocumentKind, change: Change) -> DocumentDraft | None:
    """Return the draft of a locked location, if any; refuse if it is not the one that was seen."""
    draft = DocumentDraft.objects.filter(location=location, kind=kind).select_related("edited_by").first()
    if draft is None and change.seen:
        raise DraftGone
    if draft is not None and draft.version != change.seen:
        raise ChangedMeanwhile(by=draft.edited_by, changed_at=draft.edited_at, zone=location.zone)
    return draft
