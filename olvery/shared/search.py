"""Normal forms of what people type, for storing and for searching."""

import re
import unicodedata
from collections.abc import Iterable

from django.db.models import Q

SHORTEST = 2  # letters to look for
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`" + '{}:"<>~'
_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюё" + "хъжэбюё"
_AS_RUSSIAN_KEYS = str.maketrans(_LATIN, _CYRILLIC)
_LETTERS = {there: here for here, there in zip(_LATIN, _CYRILLIC, strict=True) if here.isalpha()}
# What programs put around a phone that is copied from them, to have it written from left to right or not broken.
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
    """Return the condition that a field of collation "C" begins with a text.

    Of LIKE, PostgreSQL makes a range that is far too long where the last letter is «п»: up to «ѿ», as the next byte.
    """
    return Q(**{f"{field}__gte": text, f"{field}__lt": f"{text[:-1]}{chr(ord(text[-1]) + 1)}"})


def has_words(words: Iterable[str]) -> Q:
    """Return a condition for rows whose `name_key` has a word that begins with each of these folded ones."""
    return Q(*(("name_key__contains", f" {word}") for word in words))


def as_russian_keys(text: str) -> str:
    """Return what the same keys give in the Russian layout: «gtnhjd» is «петров»."""
    return text.lower().translate(_AS_RUSSIAN_KEYS)


def is_too_short(text: str) -> bool:
    """Whether a text has less than two letters by either layout of the keyboard: too many have those."""
    return max(len(fold(text)), len(fold(as_russian_keys(text)))) < SHORTEST


def as_latin_keys(text: str) -> str:
    """Return what the same keys give in the Latin layout, capitals kept: a scanner types as a keyboard does."""
    return text.translate(_AS_LATIN_KEYS)


def phone_parts(digits: str) -> set[str]:
    """Return what to look for in stored numbers: «8 916…» is stored as +7916…, «8221» may be the last four."""
    return {digits, digits[1:] if len(digits) > 4 and digits[0] in "78" else digits}


def digits_of(text: str) -> str:
    """Return the digits of a text that looks like a part of a phone number, else an empty string."""
    seen = _UNSEEN.sub("", text)
    return re.sub(r"\D", "", seen) if re.fullmatch(r"[\d\s()+.\-\u2010-\u2015\u2212]+", seen) else ""
