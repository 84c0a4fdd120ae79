"""Forms about people. They check shape; the domain checks truth."""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm
from django import forms
from django.utils.translation import gettext_lazy as _

from olvery.shared.forms import NameField, PhoneField


class CodeByEmailForm(RequestLoginCodeForm):
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
