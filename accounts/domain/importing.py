"""Importing a list of people: preview what each row would do, then import everything in one transaction."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain
from typing import Any, TypeVar, cast

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from accounts.domain import access_log
from accounts.models import PeopleImport, PersonMerge, Screen, UploadedList, User
from olvery.shared.refusals import Refusal

KEPT = timedelta(days=1)
MOST_UPLOADS = 10  # lists of one person within a day: each reveals the owners of 2,000 phones
# People sign in with their e-mail: a file must not hand somebody's account to another person.
CHANGED = ("last_name", "first_name", "middle_name", "company")
CONTACTS = ("phone", "email")
Uploaded = TypeVar("Uploaded", bound=UploadedList)


class ImportOvertaken(Refusal):
    """Somebody on the list was registered at the same moment; nothing was imported."""

    reason = "import_overtaken"


class ImportForgotten(Refusal):
    """The rows have been deleted, after a day or with the data of one of their people."""

    reason = "import_forgotten"


class NothingToImport(Refusal):
    """Nobody on the list is new, and nothing was ticked that would change."""

    reason = "nothing_to_import"


class TooManyImports(Refusal):
    """The person who uploads has looked up enough people today."""

    reason = "too_many_imports"
    field = "file"


@dataclass(slots=True)
class ListRow(ABC):
    """One row of a list with what is known about its record."""

    line: int
    values: dict[str, str]
    errors: dict[str, str]
    # It was ticked, but its record has changed since it was shown.
    is_overtaken: bool = False
    known: Any = None
    differs: dict[str, tuple[str, str]] = field(default_factory=dict)  # the stored value, the value in the file

    @property
    @abstractmethod
    def title(self) -> str:
        """The name of the row if its cells have errors."""

    @property
    @abstractmethod
    def is_valid(self) -> bool:
        """Whether it can be imported."""

    @property
    def is_new(self) -> bool:
        """Whether its record would be added."""
        return self.is_valid and self.known is None

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """The values that would be overwritten."""
        return self.differs

    @property
    def may_change(self) -> bool:
        """Whether its record may get the values in the file."""
        return bool(self.is_valid and self.known and self.changes)

    @property
    def state(self) -> str:
        """A fingerprint of the record and values that were shown, since ticking the row overwrites them."""
        shown = json.dumps([self.known.pk if self.may_change else None, self.changes], sort_keys=True)
        return sha256(shown.encode()).hexdigest()[:16]

    @property
    def says_more(self) -> bool:
        """Whether the file has values that are not stored."""
        return self.is_valid and bool(self.changes or self.known is None)


@dataclass(slots=True)
class ImportRow(ListRow):
    """One row of a list with what is known about its person."""

    # The phone belongs to one person and the e-mail to another.
    is_torn: bool = False

    @property
    def title(self) -> str:
        return f"{self.values.get('last_name', '')} {self.values.get('first_name', '')}".strip()

    @property
    def is_valid(self) -> bool:
        return not self.errors and not self.is_torn and not self.is_overtaken

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        return {name: pair for name, pair in self.differs.items() if name in CHANGED}

    @property
    def may_change(self) -> bool:
        """People who sign in choose their name themselves."""
        return bool(self.is_valid and self.known and self.known.last_login is None and self.changes)


def upload(uploaded: Uploaded) -> Uploaded:
    """Store a list for preview. Raises TooManyImports."""
    lists, since = type(uploaded)._default_manager, uploaded.uploaded_at - timedelta(days=1)
    with transaction.atomic():
        one_at_a_time(lists.model)
        if lists.filter(by=uploaded.by, uploaded_at__gt=since).count() >= MOST_UPLOADS:
            raise TooManyImports(most=MOST_UPLOADS)
        uploaded.save()
    return uploaded


def look(rows: Iterable[dict[str, Any]], *, for_change: bool = False) -> list[ImportRow]:
    """Return what is known about the people on a list; `for_change` locks them. One query."""
    found = [ImportRow(**row) for row in rows]
    valid = [row for row in found if not row.errors]
    by_contact: dict[tuple[str, str], User] = {}
    given = {name: {row.values[name] for row in valid} - {""} for name in CONTACTS}
    people = User.objects.filter(Q(phone__in=given["phone"]) | Q(email__in=given["email"])).order_by("pk")
    if for_change:
        people = people.select_for_update(no_key=True)
    for person in people:
        by_contact |= {(name, str(getattr(person, name))): person for name in CONTACTS}
    for row in valid:
        owners = {by_contact.get((name, row.values[name])) for name in CONTACTS} - {None}
        row.is_torn = len(owners) > 1
        if len(owners) == 1:
            row.known = owners.pop()
            row.differs = _differences(row)
    return found


def _differences(row: ImportRow) -> dict[str, tuple[str, str]]:
    stored = {name: str(getattr(row.known, name) or "") for name in row.values}
    return {name: (stored[name], value) for name, value in row.values.items() if value and value != stored[name]}


def carry_out(pk: int, *, chosen: Mapping[int, str], by: User, at: datetime) -> PeopleImport:
    """Register the new people, and change the known ones in the chosen rows, each only if it is as it was shown.

    Pressed twice, it is done once. People who became known since the list was shown stay as they are, and a chosen row
    that would overwrite something else stays among those with errors. Raises ImportForgotten, ImportOvertaken,
    NothingToImport.
    """
    try:
        with transaction.atomic():
            found = begin(PeopleImport, pk)
            if found.imported_at is None:
                _write(found, chosen, by=by, at=at)
            return found
    except IntegrityError as error:
        raise ImportOvertaken from error


def one_at_a_time(kind: type[UploadedList]) -> None:
    """Let imports of a kind wait for each other: two with the same records would conflict."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [kind._meta.db_table])


def begin(kind: type[Uploaded], pk: int) -> Uploaded:
    """Lock a list and return it. Raises ImportForgotten for one without rows that was not imported."""
    one_at_a_time(kind)
    found = cast(Uploaded, kind._default_manager.select_for_update().get(pk=pk))
    if found.imported_at is None and not found.rows:
        raise ImportForgotten
    return found


def finish(found: UploadedList, rows: Iterable[ListRow], *, created: int, changed: int, at: datetime) -> None:
    """Record what was imported, and keep the rows that were not."""
    pairs = zip(found.rows, rows, strict=True)
    found.rows = [{**one, "is_overtaken": row.is_overtaken} for one, row in pairs if not row.is_valid]
    found.imported_at, found.created, found.changed = at, created, changed
    found.save(update_fields=["rows", "imported_at", "created", "changed"])


def _write(found: PeopleImport, chosen: Mapping[int, str], *, by: User, at: datetime) -> None:
    rows = look(found.rows, for_change=True)
    leave_out_overtaken(rows, chosen)
    new = [_person(row.values, by=by, at=at) for row in rows if row.is_new]
    changed = [_changed(row.known, row.changes) for row in rows if row.known and row.may_change and row.line in chosen]
    refuse_idle(rows, new, changed)
    User.objects.bulk_create(new)
    User.objects.bulk_update(changed, [*CHANGED, "name_key", "given_key"], batch_size=500)
    people = [person.pk for person in (*new, *changed)]
    access_log.record(people, by=by, location_id=found.location_id, screen=Screen.PEOPLE_IMPORT, number=found.pk, at=at)
    finish(found, rows, created=len(new), changed=len(changed), at=at)


def leave_out_overtaken(rows: Iterable[ListRow], chosen: Mapping[int, str]) -> None:
    """Mark the chosen rows that have changed since they were shown."""
    for row in rows:
        if row.line in chosen and row.says_more:
            row.is_overtaken = row.state != chosen[row.line]


def refuse_idle(rows: Iterable[ListRow], *done: Sequence[Any]) -> None:
    """Raise NothingToImport if nothing would be done and no overtaken row has to be reported."""
    if not any(done) and not any(row.is_overtaken for row in rows):
        raise NothingToImport


def _person(values: dict[str, str], *, by: User, at: datetime) -> User:
    person = User(**values, created_by=by, date_joined=at)
    person.set_unusable_password()
    person.normalize()
    return person


def _changed(person: User, changes: dict[str, tuple[str, str]]) -> User:
    for name, (_stored, said) in changes.items():
        setattr(person, name, said)
    person.normalize()
    return person


def forget_rows(model: type[UploadedList], at: datetime) -> int:
    """Delete the rows of uploaded lists after a day; return for how many lists."""
    return model.objects.filter(uploaded_at__lt=at - KEPT).exclude(rows=[]).update(rows=[])


def forget_person(person: User) -> None:
    """Delete the rows of lists that name a person about to be erased, also by a former contact."""
    merged = PersonMerge.objects.filter(gone__merged_into=person).values_list("contacts", "replaced")
    for contacts in ({name: str(getattr(person, name) or "") for name in CONTACTS}, *chain(*merged)):
        for name in CONTACTS:
            if value := contacts.get(name):
                PeopleImport.objects.filter(rows__contains=[{"values": {name: value}}]).update(rows=[])
