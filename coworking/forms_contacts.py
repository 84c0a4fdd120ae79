"""The form of a location's contacts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coworking.forms import SettingForm
from coworking.models import Location
from olvery.shared.forms import PhoneField


class ContactsForm(SettingForm):
    """Where the location is, and how it is reached."""

    phone = PhoneField(label=_("Phone"), required=False)

    class Meta:
        model = Location
        fields = ("name", "city", "address", "directions", "phone", "reply_email")
        widgets = {"directions": forms.Textarea(attrs={"rows": 2})}
