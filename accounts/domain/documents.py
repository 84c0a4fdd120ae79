"""Publishing documents, and consents to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.domain.security import Origin
from accounts.models import CONSENTS, Channel, ConsentAction, ConsentEvent, Document, DocumentKind, User
from olvery.shared.refusals import Refusal


class DocumentChanged(Refusal):
    """Another edition was published since the person read this one."""

    reason = "document_changed"


class EditionWaits(Refusal):
    """An edition published earlier would begin after this one, and replace it."""

    reason = "edition_waits"
    field = "starts_on"


@dataclass(frozen=True, slots=True)
class Consent:
    """The state of a person's consent: its latest edition, and their last action, if any."""

    document: Document
    last: ConsentEvent | None

    @property
    def is_given(self) -> bool:
        """Whether it is valid; it is not for a later edition."""
        return self.was_given and not self.is_outdated

    @property
    def was_given(self) -> bool:
        """Whether it was given, to this or an earlier edition, and not withdrawn."""
        return self.last is not None and self.last.action == ConsentAction.GIVEN

    @property
    def is_outdated(self) -> bool:
        """Whether it was given to an earlier edition."""
        return self.last is not None and self.was_given and self.last.document_id != self.document.pk


@transaction.atomic
def publish(
    *,
    kind: DocumentKind,
    text: str,
    changes: str,
    by: User | None,
    at: datetime,
    location_id: int | None = None,
    starts_at: datetime | None = None,
) -> Document:
    """Publish the next edition of a document, a common one or a location's own, in force from a moment or at once.

    Raises EditionWaits if it would begin before one that was published earlier.
    """
    latest = _latest_locked(kind, location_id=location_id)
    if latest and latest.holds_from > (starts_at or at):
        raise EditionWaits
    return Document.objects.create(
        location_id=location_id,
        kind=kind,
        edition=latest.edition + 1 if latest else 1,
        text=text,
        changes=changes,
        starts_at=starts_at,
        published_by=by,
        published_at=at,
    )


def _latest_locked(kind: DocumentKind, *, location_id: int | None) -> Document | None:
    """Return the edition published last, locked, so that two people publish one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts_document'))")
    return Document.objects.filter(kind=kind, location=location_id).order_by("-edition").first()


def consents_of(person: User) -> Iterator[Consent]:
    """Yield the state of each of a person's consents that has a text. Two queries."""
    last = {event.purpose: event for event in _last_events(person)}
    for document in Document.objects.current(CONSENTS):
        yield Consent(document, last.get(document.kind))


def history_of(person: User, purpose: DocumentKind) -> list[ConsentEvent]:
    """Return what a person did about a consent, newest first."""
    events = _events_of(person).filter(purpose=purpose).select_related("document")
    return list(events.order_by("-pk"))


@transaction.atomic
def consent(person: User, *, purpose: DocumentKind, edition: int, origin: Origin, at: datetime) -> None:
    """Record that a person consents to the edition they have read; twice counts once. Raises DocumentChanged."""
    last = _last_locked(person, purpose)
    document = Document.objects.current([purpose])[0]
    if document.edition != edition:
        raise DocumentChanged
    if not Consent(document, last).is_given:
        _record(person, document, ConsentAction.GIVEN, origin, at)


@transaction.atomic
def withdraw(person: User, *, purpose: DocumentKind, origin: Origin, at: datetime) -> None:
    """Record that a person withdraws a consent; nothing if there is none."""
    last = _last_locked(person, purpose)
    if last and last.action == ConsentAction.GIVEN:
        _record(person, last.document, ConsentAction.WITHDRAWN, origin, at)


def _last_locked(person: User, purpose: DocumentKind) -> ConsentEvent | None:
    """Return what a person last did about a consent, locked until the commit."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    return _events_of(person).filter(purpose=purpose).order_by("-pk").first()


def _last_events(person: User) -> QuerySet[ConsentEvent]:
    events = _events_of(person).select_related("document")
    return events.order_by("purpose", "-pk").distinct("purpose")


def _events_of(person: User) -> QuerySet[ConsentEvent]:
    """Return what a person did about consents, including under records merged into theirs."""
    return ConsentEvent.objects.filter(person__in=User.objects.records_of(person.pk))


def _record(person: User, document: Document, action: ConsentAction, origin: Origin, at: datetime) -> None:
    ConsentEvent.objects.create(
        person=person,
        purpose=document.kind,
        document=document,
        action=action,
        channel=Channel.PROFILE,
        address=origin.address,
        client=origin.client[:200],
        at=at,
    )
