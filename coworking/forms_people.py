"""The form by which somebody is given a role. It checks shape; the domain checks truth."""

from django import forms
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import Role
from coworking.domain.people import Invitee
from olvery.shared.forms import NameField, PhoneField

EMAIL = forms.EmailField(max_length=254, validators=[EmailValidator(allowlist=[])])


class RoleForm(forms.Form):
    """Who is to have which role."""

    last_name = NameField(label=_("Last name"), error_messages={"required": _("Enter the last name.")})
    first_name = NameField(label=_("First name"), error_messages={"required": _("Enter the first name.")})
    contact = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        help_text=_("By an e-mail they sign in themselves, with a code that comes there."),
        error_messages={"required": _("Enter the e-mail or the phone.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.RENTAL_MANAGER,
        widget=forms.Select(attrs={"class": "select"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="%s", **kwargs)  # type: ignore[arg-type, misc]
        for name in ("last_name", "first_name", "contact"):
            self.fields[name].widget.attrs.update({"class": "input", "autocomplete": "off"})

    def clean_contact(self) -> tuple[PhoneNumber | None, str]:
        """Return the phone or the e-mail that was typed, whichever it is."""
        text = str(self.cleaned_data["contact"]).strip()
        if "@" in text:
            return None, str(EMAIL.clean(text)).lower()
        return PhoneField().clean(text), ""

    @property
    def invitee(self) -> Invitee:
        """Who is meant by a valid form."""
        values = self.cleaned_data
        phone, email = values["contact"]
        return Invitee(last_name=values["last_name"], first_name=values["first_name"], phone=phone, email=email)
