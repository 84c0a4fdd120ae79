"""Sentences for the refusals of accounts/domain, and texts of allauth in the tone of the product."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

SENTENCES: dict[str, str | Callable[..., str]] = {
    "person_known": lambda person: _("This person is already registered: %(name)s.") % {"name": person.full_name},
    "too_many_searches": lambda minutes: (
        ngettext(
            "You have searched very often. Searching goes on in %(minutes)s minute.",
            "You have searched very often. Searching goes on in %(minutes)s minutes.",
            minutes,
        )
        % {"minutes": minutes}
    ),
}
# Nothing reads these: naming the message ids keeps them in our catalogue, which is read before allauth's.
WORDED_BY_US = (
    gettext_noop("Request Code"),
    gettext_noop("Send me a sign-in code"),
    gettext_noop("You will receive a special code for a password-free sign-in."),
    gettext_noop(
        "Forgotten your password? Enter your email address below, and we'll send you an email allowing you to reset it."
    ),
    gettext_noop("Successfully signed in as %(name)s."),
    gettext_noop("You have signed out."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("The phone number and/or password you specified are not correct."),
    gettext_noop("Too many failed login attempts. Try again later."),
)
