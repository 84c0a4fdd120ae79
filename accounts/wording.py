"""Texts of allauth that our catalogue translates in the tone of the product.

Nothing here runs: naming the message ids keeps them in the catalogue, which is read before allauth's.
"""

from django.utils.translation import gettext_noop

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
