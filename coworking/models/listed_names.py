"""How lists search names: by the beginnings of their words, in one index for all locations."""

from collections.abc import Sequence

from django.db.models import Func, Q

from olvery.shared.search import TEXTS, are_in, beginning_of

# Stored only in the index, computed by a database function.
NAME_BEGINNINGS = Func("location", "name_key", function="coworking_name_beginnings", output_field=TEXTS)


def has_beginnings(location_id: int, words: Sequence[str]) -> Q:
    """Return an indexed condition for rows of the location whose name has a word beginning with each of these words."""
    return are_in([f"{location_id} {beginning_of(word)}" for word in words], NAME_BEGINNINGS)
