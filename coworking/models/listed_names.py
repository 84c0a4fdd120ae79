"""How lists look for names: by the beginnings of their words, which one index has of each location."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.lookups import DataContains
from django.db.models import Func, Q, TextField, Value

# Of the beginnings that the index has. A longer word is looked for by the longest of them, then compared.
LENGTHS = (1, 2, 3, 5, 8)

TEXTS: "ArrayField[Any, Any]" = ArrayField(TextField())
# Kept by the index alone, made by a function of the database.
NAME_BEGINNINGS = Func("location", "name_key", function="coworking_name_beginnings", output_field=TEXTS)


def has_beginnings(location_id: int, words: Sequence[str]) -> Q:
    """Return a condition with an index that rows of the location meet if each word begins one of their name."""
    beginnings = [f"{location_id} {_longest_beginning(word)}" for word in words]
    return Q(DataContains(NAME_BEGINNINGS, Value(beginnings, output_field=TEXTS)))


def _longest_beginning(word: str) -> str:
    return word[: max(length for length in LENGTHS if length <= len(word))]
