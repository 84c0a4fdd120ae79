"""Search for people by name, phone or e-mail, fast among a million."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_

from django.db.models import Func, Q
from django.db.models.functions import Lower

from olvery.shared.search import (
    TEXTS,
    are_in,
    as_russian_keys,
    beginning_of,
    begins_with,
    digits_of,
    fold,
    has_words,
    kinds_in,
    phone_parts,
)

FEWEST_DIGITS = 3
# Stored only in the index, computed by a database function.
NAME_BEGINNINGS = Func("name_key", function="accounts_name_beginnings", output_field=TEXTS)


def meant_by(text: str) -> Q:
    """Return a condition for the people that a text matches.

    Accepted: the first letters of the family or the first name; of several names in any order; three or
    more digits of the phone; the beginning of the e-mail. Each in either keyboard layout, with ё as е,
    and each with an index.
    """
    digits = digits_of(text)
    if len(digits) >= FEWEST_DIGITS:
        return Q(*(("phone__contains", part) for part in phone_parts(digits)), _connector=Q.OR)
    found = Q(pk__in=())
    for name in names_in(text):
        if " " in name:
            found |= _has_words_anywhere(name.split())
        else:
            found |= begins_with("name_key", f" {name}") | begins_with("given_key", name)
    if text.strip() and text.isascii():
        found |= Q(email__startswith=text.strip().lower())
    return found


def meant_by_each(text: str) -> Q:
    """Return a condition for the people that each kind of words in a text matches: name, phone and e-mail."""
    return reduce(and_, map(meant_by, kinds_in(text)))


def whole_number(digits: str) -> str | None:
    """Return the stored form of the digits of a whole Russian number; None for fewer or more."""
    return f"+7{digits[1:]}" if len(digits) == len("79162044821") and digits[0] in "78" else None


def names_in(text: str) -> list[str]:
    """Return the text as a name, as typed and as the same keys give in Russian layout; nothing for an e-mail."""
    if "@" in text:
        return []
    return [name for name in dict.fromkeys((fold(text), fold(as_russian_keys(text)))) if name]


Order = tuple[str | Lower, ...]


def ways_to_find(text: str) -> Iterator[tuple[Q, Order]]:
    """Yield the conditions of `meant_by` one by one, likeliest first, each in the order of its own index."""
    digits = digits_of(text)
    if len(digits) >= FEWEST_DIGITS:
        for part in sorted(phone_parts(digits), key=len):
            yield Q(phone__contains=part), (Lower("name_key"), "pk")
        return
    for name in names_in(text):
        words = name.split()
        if len(words) == 1:
            yield begins_with("name_key", f" {name}"), ("name_key", "pk")
            yield begins_with("given_key", name), ("given_key", "name_key")
        elif "-" in text:  # thousands may have both words of a double name, which no condition below finds by an index
            yield begins_with("name_key", f" {name}"), ("name_key", "pk")
        for family, given, *others in _as_written(words) if len(words) > 1 else ():
            named = begins_with("name_key", f" {family}") & begins_with("given_key", given) & has_words(others)
            # One given name after the other: beside a further word all of a family would be read.
            yield named, ("given_key", "name_key") if others else ("name_key", "pk")
    if text.strip() and text.isascii():
        yield Q(email__startswith=text.strip().lower()), ("email",)


def several_words(text: str) -> Q | None:
    """Return the condition that every word is anywhere in the name; None for one word or a phone."""
    if len(digits_of(text)) >= FEWEST_DIGITS:
        return None
    several = [name for name in names_in(text) if " " in name]
    return reduce(or_, (_has_words_anywhere(name.split()) for name in several)) if several else None


def _as_written(words: list[str]) -> list[list[str]]:
    """Return the words with the family name first: «Петров Иван Андреевич», «Иван Андреевич Петров»."""
    first, *others, last = words
    return [words, [last, first, *others]]


def _has_words_anywhere(words: Sequence[str]) -> Q:
    return are_in([beginning_of(word) for word in words], NAME_BEGINNINGS) & has_words(words)
