"""Forms of what holds for a whole location: contacts, reminders, the door, and what managers decide alone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coworking.forms import SettingForm
from coworking.forms_hours import clock_field
from coworking.models import Location, Section
from olvery.shared.forms import DatedForm, DayField, PhoneField, RoublesField


class ContactsForm(SettingForm):
    """Where the location is, and how it is reached."""

    phone = PhoneField(label=_("Phone"), required=False)

    class Meta:
        model = Location
        fields = ("name", "city", "address", "directions", "phone", "reply_email")
        widgets = {"directions": forms.Textarea(attrs={"rows": 2})}


class LocationForm(DatedForm, SettingForm):
    """Settings of a location."""


class RemindersForm(LocationForm):
    """When customers get reminders, and the quiet hours."""

    quiet_from = clock_field(_("Quiet hours from"))
    quiet_until = clock_field(_("Quiet hours until"), is_end=True)
    quiet_until.help_text = _("No reminders are sent in them, by local time. Both empty: at any hour.")

    class Meta:
        model = Location
        fields = ("reminder_hours", "quiet_from", "quiet_until")

    def clean(self) -> dict[str, Any]:
        """Refuse quiet hours with only one end or of zero length."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if self.errors.keys() & {"quiet_from", "quiet_until"}:
            return cleaned
        if (begins is None) != (ends is None):
            self.add_error("quiet_from" if begins is None else "quiet_until", _("Give both times, or none."))
        elif begins is not None and begins == ends:
            self.add_error("quiet_until", _("Quiet hours begin and end at different times."))
        return cleaned


class DoorForm(LocationForm):
    """From when visitors are let in, how long they are expected, and since when visits are recorded."""

    visits_from = DayField(
        label=_("Visits are recorded from"),
        required=False,
        help_text=_("Tickets that begin on this day or later are used by a visit; empty: by the clock alone."),
    )

    class Meta:
        model = Location
        fields = ("entry_minutes", "no_show_minutes", "visits_from")


class LimitsForm(LocationForm):
    """Limits of discounts and sums that a manager decides alone."""

    approval_limit = RoublesField(
        label=_("A manager decides alone up to, ₽"),
        required=False,
        help_text=_("Corrections and refunds at the desk above it need a second person; empty: nobody is asked."),
    )

    class Meta:
        model = Location
        fields = ("discount_limit", "approval_limit")


LOCATION_FORMS: dict[Section, type[LocationForm]] = {
    Section.REMINDERS: RemindersForm,
    Section.DOOR: DoorForm,
    Section.LIMITS: LimitsForm,
}
