"""The form by which a customer passes a ticket on. It checks shape; the domain checks truth."""

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from olvery.shared.forms import LetterField, NameField, PhoneField
from olvery.shared.search import digits_of
from orders.domain.desk.handing_over import Recipient
from orders.forms_fields import TEXT
from orders.forms_refusals import RefusableForm


class HandOverForm(RefusableForm):
    """The new visitor, and the state of the ticket as it was shown."""

    last_name = NameField(label=_("Last name"), error_messages={"required": _("Enter the last name.")})
    first_name = NameField(label=_("First name"), error_messages={"required": _("Enter the first name.")})
    contact = forms.CharField(
        label=_("E-mail or phone"),
        max_length=254,
        help_text=_("The ticket comes to the e-mail. By a phone you get an address to send them yourself."),
        error_messages={"required": _("Enter the e-mail or the phone.")},
    )
    shown = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="%s", **kwargs)  # type: ignore[arg-type, misc]
        for name in ("last_name", "first_name", "contact"):
            self.fields[name].widget.attrs.update(TEXT)

    def clean_contact(self) -> tuple[PhoneNumber | None, str]:
        """Return the typed contact, a phone or an e-mail."""
        text = str(self.cleaned_data["contact"]).strip()
        if "@" in text:
            return None, str(LetterField(max_length=254).clean(text)).lower()
        if not digits_of(text):
            raise forms.ValidationError(_("Enter the e-mail or the phone."))
        return PhoneField().clean(text), ""

    @property
    def recipient(self) -> Recipient:
        """The recipient named in a valid form."""
        values = self.cleaned_data
        phone, email = values["contact"]
        return Recipient(last_name=values["last_name"], first_name=values["first_name"], phone=phone, email=email)
