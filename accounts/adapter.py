"""The allauth adapter."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from accounts import watch
from accounts.contact_codes import text_of
from accounts.models import SecurityKind, User
from olvery.shared.forms import PhoneField
from olvery.shared.text_messages import TextNotSent, send_text


class AccountAdapter(DefaultAccountAdapter):
    """Signs people in by e-mail or phone; new people sign up by booking."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are created by a manager, by support, or with the first booking."""
        return False

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return the person with this number, in any usual spelling."""
        try:
            return User.objects.filter(phone=_read(phone)).first()
        except ValidationError:
            return None

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the person's number; a manager got it from the person, so it counts as verified."""
        return (str(user.phone), not user.phone_is_claim) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store a number."""
        user.phone = _read(phone)
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Do nothing: see `get_phone`."""

    def send_verification_code_sms(self, user: User, phone: str, code: str, **_kwargs: Any) -> None:
        """Send a code for sign-in; if it cannot be sent, redirect back with a message."""
        self._text(phone, text_of(code))
        watch.note(SecurityKind.CODE_SENT, context.request, user, method="text")

    def send_unknown_account_sms(self, phone: str, **_kwargs: Any) -> None:
        """Tell the owner of the phone that there is no account: the page looks as if a code was sent."""
        self._text(phone, _("Olvery: nobody signs in by this number. Sign in by e-mail."))

    def _text(self, phone: str, text: str) -> None:
        try:
            send_text(phone, text)
        except TextNotSent as error:
            messages.error(context.request, _("The text message could not be sent. Try again, or choose the e-mail."))
            raise ImmediateHttpResponse(redirect("account_request_login_code")) from error

    def clean_phone(self, phone: str) -> str:
        """Normalize what was typed."""
        return str(_read(phone))

    def phone_form_field(self, **kwargs: Any) -> Any:
        """Accept the usual Russian spellings, not only E.164."""
        return forms.CharField(**kwargs)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt; record a lock-out after too many. Raises ValidationError."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            watch.note_lock_out(request, watch.person_with(**credentials), method="password")
            raise

    def reauthenticate(self, user: User, password: str) -> bool:
        """Check the password of the signed-in person; attempts are counted per person."""
        is_right = user.check_password(password)
        if not is_right:
            watch.note(SecurityKind.FAILED, context.request, user, method="password")
        return is_right

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask for the second factor if the person has one, otherwise for the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] != "reauthenticate"] or methods

    def send_mail(self, template_prefix: str, email: str, facts: dict[str, Any]) -> None:
        """Send a letter, and record that a code for sign-in went out."""
        super().send_mail(template_prefix, email, facts)
        if template_prefix == "account/email/login_code":
            watch.note(SecurityKind.CODE_SENT, facts["request"], watch.person_with(email=email), method="code")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures by the login *and* the client, so that knowing a login locks nobody else out.

        The library counts by e-mail only, and all phones as one.
        """
        phone = credentials.get("phone")
        login = self.clean_phone(phone) if phone else credentials.get("email", credentials.get("username", ""))
        return f"{login.lower()} {get_ip(request)}"


def _read(phone: str) -> PhoneNumber:
    return PhoneField().clean(phone)
