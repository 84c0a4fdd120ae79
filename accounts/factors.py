"""The second factor: who needs one, how its secrets are stored, its codes, each of which works once, and passkeys."""

import struct
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import complete_authentication
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts import watch
from accounts.models import Membership, SecurityKind, User
from olvery.shared.secrecy import cipher

SESSION_KEY = "second_factor"
PURPOSE = b"second factor "
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes come with one of these
# The library reads bytes that anybody may make up, and checks few of them.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError, struct.error)


def has_rights(user: User) -> bool:
    """Return whether a person has a role or may use Django admin."""
    if user.roles_held is None:  # signed in during this request
        return user.is_staff or Membership.objects.at_work(user.pk).exists()
    return user.is_staff or bool(user.roles_held)


def is_missing(request: HttpRequest) -> bool:
    """Return whether the signed-in person needs a second factor and has none. One query per session."""
    if not settings.STAFF_SECOND_FACTOR or not isinstance(request.user, User) or not has_rights(request.user):
        return False
    if not request.session.get(SESSION_KEY):
        request.session[SESSION_KEY] = Authenticator.objects.filter(user=request.user, type__in=FACTORS).exists()
    return not request.session[SESSION_KEY]


def use_code(person: User, code: str) -> bool:
    """Mark a code of a person's app as used; return whether it was unused while it is valid.

    The library forgets this after one period, but a code is valid for more periods to allow for clock differences.
    """
    holds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    key = salted_hmac("accounts.factor_codes", f"{person.pk} {normalize_user_code(code)}", algorithm="sha256")
    return cache.add(f"factor_code:{key.hexdigest()}", True, holds)


class CodeUsedOnce(BaseAuthenticateForm):
    """Accepts a code of an app once, so that somebody who saw it being typed cannot use it."""

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError for a wrong or used one."""
        code = str(super().clean_code())
        if not use_code(self.user, code):
            self._emit_authentication_failed(self.authenticator)
            raise FactorAdapter().validation_error("incorrect_code")
        return code


class FactorForm(CodeUsedOnce, AuthenticateForm):
    """Asks for a code of the second factor to sign in."""


class FactorAgainForm(CodeUsedOnce, ReauthenticateForm):
    """Asks for a code of the second factor to confirm that it is still the same person."""


class CredentialField(forms.JSONField):
    """What a browser says of a passkey."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """Return the object. A browser escapes nothing in it; the database could not store some of what is escaped."""
        try:
            if "\\" in (value or ""):
                raise ValueError("nothing is escaped")
            return super().to_python(value)
        except (ValidationError, *UNREADABLE) as error:
            raise FactorAdapter().validation_error("incorrect_code") from error


class PasskeyForm(AuthenticateWebAuthnForm):
    """Asks for a passkey to sign in; whatever else is sent counts as a wrong code."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        """Return the passkey. Raises ValidationError for one that is unreadable, unknown or did not sign."""
        forget_tries = check_rate_limit(self.user)
        try:
            passkey: Authenticator = complete_authentication(self.user, self.cleaned_data["credential"])
        except (ValidationError, *UNREADABLE) as error:
            watch.note(SecurityKind.FAILED, context.request, self.user, method=Authenticator.Type.WEBAUTHN)
            raise FactorAdapter().validation_error("incorrect_code") from error
        forget_tries()
        return passkey


class PasskeyAgainForm(PasskeyForm, ReauthenticateWebAuthnForm):
    """Asks for a passkey to confirm that it is still the same person."""


class PasskeyAddedForm(AddWebAuthnForm):
    """Adds a passkey."""

    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        """Refuse at its field what is no new passkey: the page shows no other mistakes."""
        try:
            return dict(super().clean())
        except (ValidationError, *UNREADABLE):
            self.add_error("credential", FactorAdapter().validation_error("incorrect_code"))
            return self.cleaned_data


class FactorAdapter(DefaultMFAAdapter):
    """Encrypts secrets, protects the last factor of people who need one, and sets Russian names."""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to remove the last factor of a person who needs one."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return not settings.STAFF_SECOND_FACTOR or not has_rights(authenticator.user) or others.exists()

    def build_totp_svg(self, url: str) -> str:
        """Return nothing: the template draws the QR code itself."""
        return ""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret, so that a copy of the database alone cannot generate codes."""
        return cipher(PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher(PURPOSE).decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Return the site as a passkey shows it."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}
