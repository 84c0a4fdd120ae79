"""Keys of people shown to one viewer: handed out with a search result, a new person, or a choice in the form.

Counting through the numbers of people leads nowhere: a key is signed, is valid only for the viewer who got it, and
only for a while. Each answer of the server hands out a fresh one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.core import signing
from django.http import QueryDict

from accounts.domain.search_limit import count_search
from accounts.models import User
from olvery.shared.forms import as_id

# As long as a form may stay open untouched during a meeting.
LIFE = timedelta(hours=4)
SALT = "orders.person-key"
# Replaces an invalid key: a choice, but of nobody.
NOBODY = "-"


def key_of(person_id: int, *, viewer: User) -> str:
    """Return the key by which this viewer chooses a person."""
    return signing.dumps([viewer.pk, person_id], salt=SALT)


def read_key(key: str, *, viewer: User) -> int | None:
    """Return the person of a key, None if it is forged, too old, or was issued to another viewer."""
    try:
        holder, person_id = signing.loads(key, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return None
    return int(person_id) if holder == viewer.pk else None


def with_keys(people: Iterable[User], *, viewer: User) -> list[User]:
    """Set the `pick_key` of each person that is shown to a viewer."""
    people = list(people)
    for person in people:
        person.pick_key = key_of(person.pk, viewer=viewer)  # type: ignore[attr-defined]
    return people


def find_people(text: str, *, viewer: User, most: int, at: datetime) -> tuple[list[User], bool]:
    """Return the people that a search finds, with keys, and whether there are more. Raises SearchLimited."""
    count_search(viewer, at=at)
    found = User.objects.found_by(text, limit=most + 1)
    return with_keys(found[:most], viewer=viewer), len(found) > most


def with_numbers(data: QueryDict, *, viewer: User) -> QueryDict:
    """Return what the order form sent, with the numbers of people instead of their keys."""
    values = QueryDict(mutable=True)
    for name, several in data.lists():  # `copy` would copy each text, too
        values.setlist(name, several)
    for name in values:
        if values[name] and is_person_field(name):
            values[name] = _number(str(values[name]), viewer)
    verb, _colon, rest = values.get("action", "").partition(":")
    target, _colon, key = rest.partition(":")
    if verb == "pick" and key:
        values["action"] = f"pick:{target}:{_number(key, viewer)}"
    return values


def is_person_field(name: str) -> bool:
    """Whether a field of the order form holds a person: «customer», «visitor-0», «b1-visitor-0»."""
    start, _dash, number = name.rpartition("-")
    return name == "customer" or (number.isdigit() and start.rpartition("-")[2] == "visitor")


def _number(key: str, viewer: User) -> str:
    return str(read_key(key, viewer=viewer) or NOBODY)


class PersonKeyInput(forms.HiddenInput):
    """Hands a chosen person back to the browser as a key of this viewer."""

    def __init__(self, viewer: User) -> None:
        super().__init__()
        self.viewer = viewer

    def format_value(self, value: object) -> str | None:
        """Write the number of a person as a key; anything else means nobody."""
        person_id = as_id(value)
        return key_of(person_id, viewer=self.viewer) if person_id else None


class PersonField(forms.CharField):
    """A chosen person, hidden: a number here, a key in the browser."""

    def __init__(self, viewer: User, **kwargs: Any) -> None:
        super().__init__(widget=PersonKeyInput(viewer), **kwargs)
        self.hidden_widget = partial(PersonKeyInput, viewer)  # type: ignore[assignment] # it is called, like a class
