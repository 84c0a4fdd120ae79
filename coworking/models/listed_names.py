"""How lists search names: by the beginnings of their words, in one index for all locations."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.lookups import DataContains
from django.db.models import Func, Q, TextField, Value

# The longest beginning in the index. A longer word is searched by that, then compared.
LENGTHS = (1, 2, 3, 5, 8)

TEXTS: "ArrayField[Any, Any]" = ArrayField(TextField())
# Stored only in the index, computed by a database function.
NAME_BEGINNINGS = Func("location", "name_key", function="coworking_name_beginnings", output_field=TEXTS)


def has_beginnings(location_id: int, words: Sequence[str]) -> Q:
    """Return an indexed condition for rows of the location whose name has a word beginning with each of these words."""
    beginnings = [f"{location_id} {_longest_beginning(word)}" for word in words]
    return Q(DataContains(NAME_BEGINNINGS, Value(beginnings, output_field=TEXTS)))


def _longest_beginning(word: str) -> str:
    return word[: max(length for length in LENGTHS if length <= len(word))]
