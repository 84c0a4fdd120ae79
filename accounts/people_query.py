"""Search for people by name, phone or e-mail, fast among a million."""

from collections.abc import Iterator
from functools import reduce
from itertools import permutations
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from olvery.shared.search import as_russian_keys, digits_of, fold, phone_parts

if TYPE_CHECKING:
    from accounts.models import User

FEWEST_DIGITS = 3
MOST_WORDS = 3


def meant_by(text: str, *, through: str = "") -> Q:
    """Return a condition for the people a text matches; `through` is the path to the person: `customer__`.

    Accepted: the first letters of the family or the first name; of several names in any order; three or
    more digits of the phone; the beginning of the e-mail. Each in either keyboard layout, with ё as е,
    and each with an index.
    """
    digits = digits_of(text)
    if len(digits) >= FEWEST_DIGITS:
        return Q(*((f"{through}phone__contains", part) for part in phone_parts(digits)), _connector=Q.OR)
    found = Q(**{f"{through}pk__in": ()})
    for name in _names(text):
        if " " in name:
            found |= _every_word(name, through)
        else:
            found |= Q(**{f"{through}name_key__startswith": f" {name}"})
            found |= Q(**{f"{through}given_key__startswith": name})
    if text.strip() and text.isascii():
        found |= Q(**{f"{through}email__startswith": text.strip().lower()})
    return found


def _every_word(name: str, through: str = "") -> Q:
    return Q(*((f"{through}name_key__contains", f" {word}") for word in name.split()))


def _names(text: str) -> list[str]:
    """Return the text as a name, as typed and as the same keys would give in Russian; an e-mail is none."""
    if "@" in text:
        return []
    return [name for name in dict.fromkeys((fold(text), fold(as_russian_keys(text)))) if name]


class UserQuerySet(QuerySet["User"]):
    """Named queries on people."""

    def found_by(self, text: str, *, limit: int) -> "list[User]":
        """Return at most `limit` active people the text matches, see `meant_by`, the likeliest first.

        Each condition uses an index of its own and stops at the limit. Only if they find too few, the words
        are searched anywhere in the name. At most two queries.
        """
        active = self.filter(is_active=True)
        found = _first_of(list(active._ways(text)), limit)
        several = [name for name in _names(text) if " " in name and len(digits_of(text)) < FEWEST_DIGITS]
        if several and len(found) < limit:
            anywhere = reduce(or_, (_every_word(name) for name in several))
            rest = active.filter(anywhere).exclude(pk__in=[person.pk for person in found])
            # Lower() keeps the planner from scanning the whole index of names.
            found += rest.order_by(Lower("name_key"), "pk")[: limit - len(found)]
        return found

    def _ways(self, text: str) -> "Iterator[QuerySet[User]]":
        digits = digits_of(text)
        if len(digits) >= FEWEST_DIGITS:
            for part in sorted(phone_parts(digits), key=len):
                yield self.filter(phone__contains=part).order_by(Lower("name_key"), "pk")
            return
        for name in _names(text):
            words = name.split()
            if len(words) == 1:
                yield self.filter(name_key__startswith=f" {name}").order_by("name_key", "pk")
                yield self.filter(given_key__startswith=name).order_by("given_key", "name_key")
            for family, given, *others in permutations(words[:MOST_WORDS]) if len(words) > 1 else ():
                named = self.filter(name_key__startswith=f" {family}", given_key__startswith=given)
                for other in (*others, *words[MOST_WORDS:]):
                    named = named.filter(name_key__contains=f" {other}")
                yield named.order_by("name_key", "pk")
        if text.strip() and text.isascii():
            yield self.filter(email__startswith=text.strip().lower()).order_by("email")


def _first_of(ways: "list[QuerySet[User]]", limit: int) -> "list[User]":
    """Return the people of the first conditions that match any, each person once. One query."""
    if not ways:
        return []
    ranked = [way.annotate(way=Value(rank))[:limit] for rank, way in enumerate(ways)]
    people = ranked[0] if len(ranked) == 1 else ranked[0].union(*ranked[1:], all=True)
    unique: dict[int, User] = {}
    for person in sorted(people, key=lambda person: (person.way, person.name_key, person.pk)):
        unique.setdefault(person.pk, person)
    return list(unique.values())[:limit]
