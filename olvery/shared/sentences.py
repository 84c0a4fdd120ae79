"""Sentences with facts in them, by their names."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

# A text to be translated, one of `ngettext_lazy` with the fact that it counts, or a function of the facts.
Sentence = str | Promise | Callable[..., str]


def say(sentence: Sentence, facts: Mapping[str, Any]) -> str:
    """Return a sentence with its facts, in the language that is active."""
    if callable(sentence):
        return sentence(**facts)
    text: Any = _(sentence) if isinstance(sentence, str) else sentence
    return str(text % facts)
