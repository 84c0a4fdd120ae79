"""Forms about people. They check shape; the domain checks truth."""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm
from allauth.core import context, ratelimit
from allauth.core.internal.ratelimit import get_ip
from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from accounts import watch
from accounts.email_codes import EmailCode
from accounts.models import User
from olvery.shared.forms import NameField, PhoneField


def count_letter(email: str) -> None:
    """Count a letter to an e-mail. Raises ValidationError where there were too many."""
    keys = {"letters_to_anybody": None, "letters_by_client": f"{email} {get_ip(context.request)}", "letters": email}
    if not all(ratelimit.consume(context.request, action=action, key=key) for action, key in keys.items()):
        watch.note_lock_out(context.request, watch.person_with(email=email), method="code")
        raise forms.ValidationError(
            _("Too many letters were asked for. Try again later, or sign in with the password.")
        )


class LettersCapped(forms.Form):
    """Sends a letter with a code or a link to an e-mail that anybody may type: so many a day, and less by one client.

    The smaller number of a client leaves letters to the owner of an address that somebody else asks for.
    """

    def clean_email(self) -> str:
        """Return the e-mail, unless there were too many letters to it."""
        count_letter(str(self.cleaned_data["email"]).strip().lower())
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


class OwnNameForm(forms.Form):
    """How a person is called."""

    last_name = NameField(label=_("Last name"), error_messages={"required": _("Enter the last name.")})
    first_name = NameField(label=_("First name"), error_messages={"required": _("Enter the first name.")})
    middle_name = NameField(label=_("Middle name"), required=False)
    company = forms.CharField(label=_("Company"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        filled = {"last_name": "family-name", "first_name": "given-name", "middle_name": "additional-name"}
        for name, field in self.fields.items():
            field.widget.attrs.update({"class": "input", "autocomplete": filled.get(name, "organization")})


class OwnEmailForm(forms.Form):
    """Another e-mail of a person; the code goes there."""

    email = forms.EmailField(
        label=_("New e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "email"}),
        error_messages={"required": _("Enter the e-mail.")},
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        """Return the e-mail. Raises ValidationError for the own one, and after too many letters."""
        email = str(self.cleaned_data["email"]).lower()
        if email == self.person.email:
            raise forms.ValidationError(_("This is your e-mail already."))
        count_letter(email)
        return email


class OwnPhoneForm(forms.Form):
    """Another phone of a person; there is no SMS gateway, so the code goes to the e-mail."""

    phone = PhoneField(label=_("New phone"), error_messages={"required": _("Enter the phone.")})

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["phone"].widget.attrs.update({"class": "input", "autocomplete": "tel"})

    def clean_phone(self) -> PhoneNumber:
        """Return the phone. Raises ValidationError for the own one, and after too many letters."""
        phone: PhoneNumber = self.cleaned_data["phone"]
        if phone == self.person.phone:
            raise forms.ValidationError(_("This is your phone already."))
        count_letter(self.person.email or "")
        return phone


class CodeForm(forms.Form):
    """A code from a letter."""

    code = forms.CharField(
        label=_("Code from the letter"),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={"required": _("Enter the code.")},
    )

    def __init__(self, *args: Any, waiting: EmailCode | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = waiting

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError for a wrong one, and where none may be typed any more."""
        code = str(self.cleaned_data["code"])
        if self.waiting is None:
            raise forms.ValidationError(_("This code is over. Ask for a new one."))
        if not self.waiting.accepts(code):
            raise forms.ValidationError(_("This is not the code from the latest letter."))
        return code


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


class NewcomerForm(PersonForm):
    """Who books without being signed in; a code goes to the e-mail."""

    field_order = ("last_name", "first_name", "phone", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["middle_name"]
        filled = {"last_name": "family-name", "first_name": "given-name", "phone": "tel", "email": "email"}
        for name, field in self.fields.items():
            field.widget.attrs["autocomplete"] = filled[name]
        self.fields["last_name"].widget.attrs.pop("autofocus", None)
        self.fields["email"].required = True
        self.fields["email"].error_messages["required"] = _("Enter the e-mail.")
        self.fields["email"].help_text = _("A code comes there; ticket and receipt, too")

    def clean_email(self) -> str:
        """Return the e-mail as it is stored."""
        return str(self.cleaned_data["email"]).lower()
