"""The second factor: who needs one, and how its secrets are kept."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from accounts.models import Membership, User
from olvery.shared.secrecy import cipher

SESSION_KEY = "second_factor"
PURPOSE = b"second factor "
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes come with one of these


def has_rights(user: User) -> bool:
    """Tell whether a person has a role or works in Django admin."""
    if user.roles_held is None:  # signed in within this very request
        return user.is_staff or Membership.objects.at_work(user.pk).exists()
    return user.is_staff or bool(user.roles_held)


def is_missing(request: HttpRequest) -> bool:
    """Tell whether the signed-in person needs a second factor and has none. One query a session."""
    if not settings.STAFF_SECOND_FACTOR or not isinstance(request.user, User) or not has_rights(request.user):
        return False
    if not request.session.get(SESSION_KEY):
        request.session[SESSION_KEY] = Authenticator.objects.filter(user=request.user, type__in=FACTORS).exists()
    return not request.session[SESSION_KEY]


def lock_factors(person: User) -> None:
    """Let nobody else remove a factor of a person until the commit."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


class FactorAdapter(DefaultMFAAdapter):
    """Encrypts secrets, keeps the last factor of whoever needs one, and writes Russian names."""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to remove the last factor of whoever needs one."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return not settings.STAFF_SECOND_FACTOR or not has_rights(authenticator.user) or others.exists()

    def build_totp_svg(self, url: str) -> str:
        """Return nothing: the template draws the QR code by itself."""
        return ""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret: a copy of the database alone makes no codes."""
        return cipher(PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher(PURPOSE).decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Return the site as a passkey shows it."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}
