"""Forms about people. They check shape; the domain checks truth."""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm
from allauth.core import context, ratelimit
from allauth.core.internal.ratelimit import get_ip
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import watch
from olvery.shared.forms import NameField, PhoneField


class LettersCapped(forms.Form):
    """Sends a letter with a code or a link to an e-mail that anybody may type: so many a day, and less by one client.

    The smaller number of a client leaves letters to the owner of an address that somebody else asks for.
    """

    def clean_email(self) -> str:
        """Return the e-mail, unless there were too many letters to it."""
        email = str(self.cleaned_data["email"]).strip().lower()
        keys = {"letters_by_client": f"{email} {get_ip(context.request)}", "letters": email}
        if not all(ratelimit.consume(context.request, action=action, key=key) for action, key in keys.items()):
            watch.note_lock_out(context.request, watch.person_with(email=email), method="code")
            raise forms.ValidationError(
                _("Too many letters were asked for. Try again later, or sign in with the password.")
            )
        return str(super().clean_email())  # type: ignore[misc]


class PasswordResetForm(LettersCapped, ResetPasswordForm):
    """Asks for the e-mail that the link to set a new password goes to."""


class CodeByEmailForm(LettersCapped, RequestLoginCodeForm):
    """Asks for the e-mail a sign-in code goes to; there is no SMS gateway to send one by phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("phone", None)
        self._has_phone = False
        self.fields["email"].required = True


class PersonForm(forms.Form):
    """A person who is not registered yet, entered while a customer is on the phone."""

    last_name = NameField(label=_("Last name"), error_messages={"required": _("Enter the last name.")})
    first_name = NameField(label=_("First name"), error_messages={"required": _("Enter the first name.")})
    middle_name = NameField(label=_("Middle name"), required=False)
    phone = PhoneField(label=_("Phone"), error_messages={"required": _("Enter the phone.")})
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("Needed for the receipt of an online payment"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.update({"class": "input", "autocomplete": "off"})
        if not self.is_bound:
            self.fields["last_name"].widget.attrs["autofocus"] = True
