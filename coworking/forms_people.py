"""The form for giving somebody a role. It checks shape; the domain checks truth."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from coworking.domain.people import Invitee
from olvery.shared.forms import LetterField, NameField


class RoleForm(forms.Form):
    """The person by e-mail, and the role: signing in proves an e-mail, but phones may be unproved."""

    last_name = NameField(label=_("Last name"), error_messages={"required": _("Enter the last name.")})
    first_name = NameField(label=_("First name"), error_messages={"required": _("Enter the first name.")})
    email = LetterField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("They sign in themselves, with a code that comes there."),
        error_messages={"required": _("Enter the e-mail.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.RENTAL_MANAGER,
        widget=forms.Select(attrs={"class": "select"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="%s", **kwargs)  # type: ignore[arg-type, misc]
        for name in ("last_name", "first_name", "email"):
            self.fields[name].widget.attrs.update({"class": "input", "autocomplete": "off"})

    def clean_email(self) -> str:
        """Return the e-mail as accounts keep it."""
        return str(self.cleaned_data["email"]).lower()

    @property
    def invitee(self) -> Invitee:
        """The person named in a valid form."""
        values = self.cleaned_data
        return Invitee(last_name=values["last_name"], first_name=values["first_name"], email=values["email"])
