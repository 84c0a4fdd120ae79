"""Sentences with named facts."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

# A lazily translated text, an `ngettext_lazy` with the fact that it counts, or a function of the facts.
Sentence = str | Promise | Callable[..., str]


def say(sentence: Sentence, facts: Mapping[str, Any]) -> str:
    """Return a sentence with its facts, in the active language."""
    if callable(sentence):
        return sentence(**facts)
    text: Any = _(sentence) if isinstance(sentence, str) else sentence
    return str(text % facts)
