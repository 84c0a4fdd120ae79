"""Saving, changing and deleting a person's arrangements of a list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import QueryDict

from accounts.models import ListName, SavedFilter, User
from accounts.people_query import meant_by, names_in
from olvery.shared.refusals import Refusal
from olvery.shared.search import digits_of, phone_parts
from olvery.shared.written import Written

MOST = 12  # filters per list: as many as one can take in at a glance
FEWEST_DIGITS = 7  # digits of a phone that identify a person; fewer may be the number of an order


class FilterRefused(Refusal):
    field = "name"


@dataclass(frozen=True, slots=True)
class Arranged:
    """The saved filters of a list, and its hidden columns."""

    filters: Sequence[SavedFilter]
    hidden: frozenset[str]

    @property
    def default(self) -> SavedFilter | None:
        """The filter that the list opens with."""
        return next((one for one in self.filters if one.is_default), None)

    def with_query(self, query: str) -> SavedFilter | None:
        """Return the filter with this query."""
        return next((one for one in self.filters if one.query == query), None)


_FILTERS = Written(
    lambda user, location, name: SavedFilter.objects.of(User(pk=user), location).filter(list=name),
    user=-1,
    location=-2,
    name="-",
)


def arranged(user: User, location_id: int, list_name: ListName) -> Arranged:
    """Return a person's arrangements of a list. One query."""
    filters = _FILTERS(user=user.pk, location=location_id, name=list_name.value)
    return Arranged(filters, hidden_columns(user, list_name))


def hidden_columns(user: User, list_name: ListName) -> frozenset[str]:
    """Return the columns that a person has hidden in a list."""
    found = (column.partition(".") for column in user.hidden_columns)
    return frozenset(name for whose, _dot, name in found if whose == list_name)


def save_filter(new: SavedFilter) -> SavedFilter:
    """Save a filter under a unique name. Raises FilterRefused."""
    with transaction.atomic():
        others = _others(new)
        if others.count() >= MOST:
            raise FilterRefused("too_many_filters", most=MOST)
        _save(new, others)
    return new


def change_filter(changed: SavedFilter) -> SavedFilter:
    """Rename a filter, or set whether the list opens with it. Raises FilterRefused."""
    with transaction.atomic():
        _save(changed, _others(changed))
    return changed


def _others(one: SavedFilter) -> Any:
    """Return the other filters of the list, locked until the commit."""
    User.objects.select_for_update(no_key=True).get(pk=one.user_id)
    return SavedFilter.objects.filter(user=one.user_id, location=one.location_id, list=one.list).exclude(pk=one.pk)


def _save(one: SavedFilter, others: Any) -> None:
    if others.filter(name=one.name).exists():
        raise FilterRefused("filter_name_taken")
    if one.is_default:
        others.filter(is_default=True).update(is_default=False)
    one.save()


def hide_columns(user: User, list_name: ListName, names: Sequence[str]) -> None:
    """Save the columns that a person hides in a list; those of other lists stay."""
    with transaction.atomic():
        now = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        others = [column for column in now.hidden_columns if not column.startswith(f"{list_name}.")]
        now.hidden_columns = sorted([*others, *(f"{list_name}.{name}" for name in names)])
        now.save(update_fields=["hidden_columns"])


@dataclass(frozen=True, slots=True)
class Sought:
    """Everything that finds a person in the lists: keys of their records, folded names, phones and e-mails."""

    keys: Collection[int]
    names: Collection[str]
    phones: Collection[str]
    emails: Collection[str]

    def is_found_by(self, text: str) -> bool:
        """Return whether a text matches the person, as `meant_by` does for stored data."""
        digits = digits_of(text)
        if len(digits) >= FEWEST_DIGITS:
            return any(part in phone for part in phone_parts(digits) for phone in self.phones)
        if any(all(f" {word}" in known for word in name.split()) for name in names_in(text) for known in self.names):
            return True
        return bool(text) and any(email.startswith(text.lower()) for email in self.emails)


def forget_searches(sought: Sought) -> None:
    """Delete all saved filters that identify a person who was just erased: they find nobody else."""
    for saved in SavedFilter.objects.filter(query__regex=r"(^|&)(q|customer)="):
        query = QueryDict(saved.query)
        text = query.get("q", "").strip()
        is_theirs = query.get("customer", "") in map(str, sought.keys)
        if is_theirs or (sought.is_found_by(text) and not User.objects.filter(meant_by(text)).exists()):
            saved.delete()
