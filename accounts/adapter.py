"""The allauth adapter."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from olvery.shared.forms import PhoneField


class AccountAdapter(DefaultAccountAdapter):
    """Signs people in by e-mail or phone; nobody signs up by themselves yet."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by a manager or by support."""
        return False

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return the person with this number, in any usual spelling."""
        try:
            return User.objects.filter(phone=_read(phone)).first()
        except ValidationError:
            return None

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the person's number; a manager has it from the person, so it counts as verified."""
        return (str(user.phone), True) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store a number."""
        user.phone = _read(phone)
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Do nothing: see `get_phone`."""

    def clean_phone(self, phone: str) -> str:
        """Normalize what was typed."""
        return str(_read(phone))

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """Do nothing: there are no user names."""

    def phone_form_field(self, **kwargs: Any) -> Any:
        """Accept the usual Russian spellings, not E.164 alone."""
        return forms.CharField(**kwargs)


def _read(phone: str) -> PhoneNumber:
    return PhoneField().clean(phone)
