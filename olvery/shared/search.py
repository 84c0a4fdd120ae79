"""Normal forms of what people type, for storing and for searching."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.lookups import DataContains
from django.db.models import Func, Q, TextField, Value

SHORTEST = 2  # the fewest letters to search for
# Lengths of the beginnings of words in indexes of names. A longer word is searched by the longest, then compared.
BEGINNINGS = (1, 2, 3, 5, 8)
TEXTS: "ArrayField[Any, Any]" = ArrayField(TextField())
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`" + '{}:"<>~'
_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюё" + "хъжэбюё"
_AS_RUSSIAN_KEYS = str.maketrans(_LATIN, _CYRILLIC)
_LETTERS = {there: here for here, there in zip(_LATIN, _CYRILLIC, strict=True) if here.isalpha()}
# Invisible characters around a phone copied from other programs, for text direction or against line breaks.
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_AS_LATIN_KEYS = str.maketrans(_LETTERS | {there.upper(): here.upper() for there, here in _LETTERS.items()})


def fold(text: str) -> str:
    """Return the text in lower case, ё as е, without punctuation, with single spaces."""
    text = unicodedata.normalize("NFC", text).lower().replace("ё", "е")
    return " ".join(re.findall(r"[^\W_]+", text))


def search_key(*words: str) -> str:
    """Return the folded words with a space before each, so that ` пет` finds only beginnings of words."""
    return " " + fold(" ".join(words))


def begins_with(field: str, text: str) -> Q:
    """Return the condition that a field with collation "C" begins with a text.

    For LIKE, PostgreSQL uses a range that is far too long if the last letter is «п»: up to «ѿ», by the next byte.
    """
    return Q(**{f"{field}__gte": text, f"{field}__lt": f"{text[:-1]}{chr(ord(text[-1]) + 1)}"})


def has_words(words: Iterable[str]) -> Q:
    """Return a condition for rows whose `name_key` has, for each of these folded words, one that begins with it."""
    return Q(*(("name_key__contains", f" {word}") for word in words))


def beginning_of(word: str) -> str:
    """Return the longest beginning of a folded word that indexes of names have."""
    return word[: max(length for length in BEGINNINGS if length <= len(word))]


def are_in(beginnings: Sequence[str], indexed: Func) -> Q:
    """Return the condition that all these beginnings are among the indexed ones of a row."""
    return Q(DataContains(indexed, Value(beginnings, output_field=TEXTS)))


def as_russian_keys(text: str) -> str:
    """Return what the same keys produce in the Russian layout: «gtnhjd» is «петров»."""
    return text.lower().translate(_AS_RUSSIAN_KEYS)


def is_too_short(text: str) -> bool:
    """Whether a text has fewer than two letters in either keyboard layout: too many rows match those."""
    return max(len(fold(text)), len(fold(as_russian_keys(text)))) < SHORTEST


def as_latin_keys(text: str) -> str:
    """Return what the same keys produce in the Latin layout, keeping capitals: a scanner types like a keyboard."""
    return text.translate(_AS_LATIN_KEYS)


def phone_parts(digits: str) -> set[str]:
    """Return what to search in stored numbers: «8 916…» is stored as +7916…, «8221» may be the last four."""
    return {digits, digits[1:] if len(digits) > 4 and digits[0] in "78" else digits}


def kinds_in(text: str) -> list[str]:
    """Return the words of a text by kind, as each is searched for: e-mails, a phone or number, and names.

    Signs alone, as in «№ 10482» or «+7 916 – 204», belong to the digits.
    """
    words = text.split()
    emails = [word for word in words if "@" in word]
    others = [word for word in words if "@" not in word]
    names = [word for word in others if fold(word) and not digits_of(word)]
    digits = [word for word in others if word not in names]
    return [*emails, *(" ".join(group) for group in (digits, names) if fold(" ".join(group)))] or [text]


def digits_of(text: str) -> str:
    """Return the digits of a text that looks like a part of a phone number, else an empty string."""
    seen = _UNSEEN.sub("", text)
    return re.sub(r"\D", "", seen) if re.fullmatch(r"[\d\s()+.\-\u2010-\u2015\u2212]+", seen) else ""
