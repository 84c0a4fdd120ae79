"""Forms about people. They check shape; the domain checks truth."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm, ResetPasswordForm
from allauth.core import context, ratelimit
from allauth.core.internal.ratelimit import get_ip
from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import region_code_for_number

from accounts import watch
from accounts.contact_codes import MOST_TRIES, ContactCode, takes_try
from accounts.models import User
from olvery.shared.forms import NameField, PhoneField
from olvery.shared.text_messages import are_on


def count_letter(email: str) -> None:
    """Count a letter to an e-mail. Raises ValidationError after too many."""
    keys = {"letters_to_anybody": None, "letters_by_client": f"{email} {get_ip(context.request)}", "letters": email}
    if not all(ratelimit.consume(context.request, action=action, key=key) for action, key in keys.items()):
        watch.note_lock_out(context.request, watch.person_with(email=email), method="code")
        raise forms.ValidationError(
            _("Too many letters were asked for. Try again later, or sign in with the password.")
        )


def count_text(phone: str) -> None:
    """Count a text message to a phone. Raises ValidationError after too many, and for other countries.

    Sellers of foreign numbers profit from the messages that sites send there.
    """
    if region_code_for_number(PhoneNumber.from_string(phone)) != "RU":  # numbers of Kazakhstan begin with +7, too
        raise forms.ValidationError(_("Text messages go to Russian numbers alone. Choose the e-mail."))
    keys = {"texts_to_anybody": None, "texts": phone, "texts_of_the_site": "site"}
    if not all(ratelimit.consume(context.request, action=action, key=key) for action, key in keys.items()):
        watch.note_lock_out(context.request, watch.person_with(phone=phone), method="code")
        raise forms.ValidationError(_("Too many text messages were asked for. Try again later, or choose the e-mail."))


class LettersCapped(forms.Form):
    """Sends a letter with a code or a link to any typed e-mail, limited per day, and more strictly per client.

    The stricter limit per client leaves some letters to the real owner of the address.
    """

    def clean_email(self) -> str:
        """Return the e-mail, unless there were too many letters to it."""
        count_letter(str(self.cleaned_data["email"]).strip().lower())
        return str(super().clean_email())  # type: ignore[misc]


class PasswordResetForm(LettersCapped, ResetPasswordForm):
    """Asks for the e-mail that the link to set a new password goes to."""


class SignInCodeForm(LettersCapped, RequestLoginCodeForm):
    """Asks for the e-mail or, if text messages are enabled, the phone that a sign-in code goes to."""

    login = forms.CharField(max_length=254, widget=forms.TextInput(attrs={"autocomplete": "username"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email_field, self.phone_field = self.fields.pop("email"), PhoneField()
        del self.fields["phone"]
        self.fields["login"].label = _("Phone or e-mail") if are_on() else _("E-mail")

    def clean_login(self) -> str:
        """Read an e-mail or a phone and find its owner; the library expects `_user`, `email` and `phone`."""
        typed = str(self.cleaned_data["login"]).strip()
        self._user = None
        if are_on() and "@" not in typed:
            self.cleaned_data["phone"] = str(self.phone_field.clean(typed))
            count_text(self.cleaned_data["phone"])
            super().clean_phone()
            if self._user and self._user.phone_is_claim:
                self._user = None
        else:
            self.cleaned_data["email"] = self.email_field.clean(typed)
            self.clean_email()
        return typed


class SignInCodeTypedForm(ConfirmLoginCodeForm):
    def clean_code(self) -> str:
        """Return the code. Raises ValidationError for a wrong one.

        Three attempts invalidate it, and so does a changed e-mail or phone: the former one may belong to a stranger.
        """
        stage = context.request._login_stage
        state = stage.state
        owner = watch.person_with(email=state.get("email", ""), phone=state.get("phone", ""))
        if not takes_try(state) or owner != stage.login.user:
            state["failed_attempts"] = MOST_TRIES  # the browser's own count may be behind
            raise get_adapter().validation_error("incorrect_code")
        return str(super().clean_code())


class OwnNameForm(forms.Form):
    """The name of a person."""

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
    """A new e-mail for a person; the code goes there."""

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
        """Return the e-mail. Raises ValidationError if it is unchanged, and after too many letters."""
        email = str(self.cleaned_data["email"]).lower()
        if email == self.person.email:
            raise forms.ValidationError(_("This is your e-mail already."))
        count_letter(email)
        return email


class OwnPhoneForm(forms.Form):
    """A new phone for a person, or their present one if it is not proved yet.

    The code goes there, or to the e-mail if text messages are disabled.
    """

    phone = PhoneField(label=_("New phone"), error_messages={"required": _("Enter the phone.")})

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["phone"].widget.attrs.update({"class": "input", "autocomplete": "tel"})

    def clean_phone(self) -> PhoneNumber:
        """Return the phone. Raises ValidationError if it is unchanged, and after too many letters."""
        phone: PhoneNumber = self.cleaned_data["phone"]
        if phone == self.person.phone and not (are_on() and self.person.phone_is_claim):
            raise forms.ValidationError(_("This is your phone already."))
        if are_on():
            count_text(str(phone))
        else:
            count_letter(self.person.email or "")
        return phone


class CodeForm(forms.Form):
    """A code from a letter or a text message."""

    code = forms.CharField(
        label=_("Code from the letter"),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={"required": _("Enter the code.")},
    )

    def __init__(self, *args: Any, waiting: ContactCode | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = waiting
        if waiting and waiting.phone:
            self.fields["code"].label = _("Code from the text message")

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError for a wrong one, and if none is valid any more."""
        code = str(self.cleaned_data["code"])
        if self.waiting is None:
            raise forms.ValidationError(_("This code is over. Ask for a new one."))
        if not self.waiting.accepts(code):
            raise forms.ValidationError(_("This is not the latest code."))
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
    """A person who books without being signed in; a code goes to the e-mail or the phone, as they choose."""

    field_order = ("last_name", "first_name", "phone", "email", "code_to")
    code_to = forms.ChoiceField(choices=[("email", _("by e-mail")), ("phone", _("by text message"))], initial="email")

    def __init__(self, *args: Any, email_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["middle_name"]
        if not are_on():
            del self.fields["code_to"]
        self.is_by_text = are_on() and self.data.get("code_to") == "phone"
        filled = {"last_name": "family-name", "first_name": "given-name", "phone": "tel", "email": "email"}
        for name, autocomplete in filled.items():
            self.fields[name].widget.attrs["autocomplete"] = autocomplete
        self.fields["last_name"].widget.attrs.pop("autofocus", None)
        self.fields["email"].required = email_required or not self.is_by_text
        self.fields["email"].error_messages["required"] = _("Enter the e-mail.")
        if are_on():
            self.fields["email"].help_text = _("Ticket and receipt come there")
        else:
            self.fields["email"].help_text = _("A code comes there; ticket and receipt, too")

    def clean_email(self) -> str:
        """Return the e-mail as it is stored."""
        return str(self.cleaned_data["email"]).lower()
