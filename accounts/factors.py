"""The second factor: who needs one, how its secrets are stored, and its codes, each of which works once."""

from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import Membership, User
from olvery.shared.secrecy import cipher

SESSION_KEY = "second_factor"
PURPOSE = b"second factor "
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes come with one of these


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
