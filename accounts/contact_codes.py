"""Codes that prove who owns an e-mail or phone: before it replaces another, and for booking without an account."""

import time
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.core.internal.cryptokit import compare_user_code
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber, to_python

from olvery.shared.text_messages import send_text

MOST_TRIES = 3
SECONDS = 15 * 60


class ContactCode(AbstractCodeVerificationProcess):
    """A code sent to an e-mail or a phone for one purpose, kept in the session of the browser that requested it.

    An object without a code accepts nothing: that is the answer for an address that cannot be used.
    """

    def __init__(self, request: HttpRequest, purpose: str, state: dict[str, Any]) -> None:
        super().__init__(max_attempts=MOST_TRIES, timeout=SECONDS, state=state)
        self.request, self.purpose = request, purpose

    @classmethod
    def sent(
        cls, request: HttpRequest, *, purpose: str, email: str, letter: str, facts: dict[str, str], is_real: bool = True
    ) -> "ContactCode":
        """Send a letter with a new code, or without one unless it `is_real`; a former code becomes invalid.

        Raises OSError if the mail server rejects it.
        """
        code = get_adapter().generate_email_verification_code() if is_real else ""
        get_adapter().send_mail(letter, email, {"request": request, "code": code, **facts})
        return cls._begun(request, purpose, code, facts, email=email)

    @classmethod
    def texted(cls, request: HttpRequest, *, purpose: str, phone: str, facts: dict[str, str]) -> "ContactCode":
        """Send a text message with a new code; a former code becomes invalid. Raises TextNotSent."""
        code = get_adapter().generate_phone_verification_code(user=None, phone=phone)
        send_text(phone, text_of(code))
        return cls._begun(request, purpose, code, facts, phone=phone)

    @classmethod
    def _begun(
        cls, request: HttpRequest, purpose: str, code: str, facts: dict[str, str], *, email: str = "", phone: str = ""
    ) -> "ContactCode":
        state = {"at": time.time(), "failed_attempts": 0, "email": email, "phone": phone, "code": code, "facts": facts}
        waiting = cls(request, purpose, state)
        waiting.persist()
        return waiting

    @classmethod
    def waiting(cls, request: HttpRequest, *, purpose: str) -> "ContactCode | None":
        """Return the code that is still valid in this browser, if any."""
        state = request.session.get(_key(purpose))
        found: ContactCode | None = cls(request, purpose, state).abort_if_invalid() if state else None
        return found

    @property
    def email(self) -> str:
        """The e-mail it went to, empty if it went to a phone."""
        return str(self.state["email"])

    @property
    def phone(self) -> PhoneNumber | None:
        """The number it went to, if it went to a phone."""
        number: PhoneNumber | None = to_python(self.state["phone"])
        return number

    @property
    def facts(self) -> dict[str, str]:
        """What it is for."""
        return dict(self.state["facts"])

    def accepts(self, typed: str) -> bool:
        """Return whether this is the code. The right one works once, and three wrong ones invalidate it."""
        if not takes_try(self.state):
            self.abort()
            return False
        if compare_user_code(actual=typed, expected=self.code):
            self.abort()
            return True
        self.record_invalid_attempt()
        return False

    def send(self) -> None:
        """Do nothing: it was sent when it was created."""

    def persist(self) -> None:
        """Keep it in the session."""
        self.request.session[_key(self.purpose)] = self.state

    def abort(self) -> None:
        self.request.session.pop(_key(self.purpose), None)


def takes_try(state: Mapping[str, Any]) -> bool:
    """Count an attempt at a code and return whether it is one of the three allowed.

    The session would lose count: concurrent attempts each read it as it was before the others. Adding a key to
    the cache succeeds only once.
    """
    code = " ".join(str(state.get(name, "")) for name in ("at", "email", "phone", "code"))
    key = salted_hmac("accounts.code_tries", code, algorithm="sha256").hexdigest()
    return any(cache.add(f"code_try:{key}:{number}", True, SECONDS) for number in range(MOST_TRIES))


def text_of(code: str) -> str:
    """Return the text message for a code, within the 70 characters of a single message in Cyrillic."""
    return _("Olvery code: %(code)s. Tell it to nobody.") % {"code": code}


def _key(purpose: str) -> str:
    return f"contact_code:{purpose}"
