"""Answers of external programs in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Why a receiver gave no answer, by the stored word: one of ours, or the type of the error.
SILENCES = {
    "private address": gettext_noop("the address leads into a private network, where nobody is asked"),
    "secret unreadable": gettext_noop("the key of the site has changed: remove the webhook and make it anew"),
    "timeout": gettext_noop("it did not answer in time"),
    "gaierror": gettext_noop("there is no such name"),
    "UnicodeError": gettext_noop("there is no such name"),
    "SSLError": gettext_noop("its certificate is not in order"),
    "ConnectionError": gettext_noop("no connection could be made"),
}
NO_ANSWER = gettext_noop("there was no answer")


def answer_text(answer: str) -> str:
    """Return the answer of a receiver: the status code, or why there is none."""
    return answer if answer.isdecimal() else _(SILENCES.get(answer, NO_ANSWER))
