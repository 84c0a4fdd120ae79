"""Forms of a location's documents: the draft, and its first day."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from olvery.shared.forms import DatedForm, DayField

MOST_CHARACTERS = 60_000


class DraftForm(forms.Form):
    """The text of the next edition."""

    text = forms.CharField(
        label=_("Text"),
        max_length=MOST_CHARACTERS,
        help_text=_("An empty line begins a new paragraph."),
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 24}),
    )
    changes = forms.CharField(
        label=_("What changed"),
        max_length=300,
        required=False,
        help_text=_("Customers read it beside the number of the edition."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )


class PublishForm(DatedForm, forms.Form):
    """The first day of an edition."""

    starts_on = DayField(label=_("Holds from"), help_text=_("From the beginning of the day; today: at once."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["starts_on"] = self.today

    def clean_starts_on(self) -> date:
        """Refuse a past day."""
        day: date = self.cleaned_data["starts_on"]
        if day < self.today:
            raise ValidationError(_("An edition begins today or later."))
        return day
