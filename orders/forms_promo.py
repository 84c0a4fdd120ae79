"""The form of a promo code."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from coworking.models import OpeningHours, Service
from olvery.shared.formats import quantity
from olvery.shared.forms import AmountOrPercentField, DayField, set_today
from olvery.shared.money import NO_MONEY, to_kopecks
from orders.forms_fields import TEXT
from orders.forms_refusals import RefusableForm
from orders.models import PromoCode
from orders.models.promo import LONGEST_CODE, promo_key

SHORTEST_CODE = 4
MOST_USES = 1_000_000


def _count(label: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs=TEXT)
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=MOST_USES, widget=widget)


class PromoForm(RefusableForm):
    """The discount of a code, when, for what, and how often. `services` and `today` are those of the location."""

    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=LONGEST_CODE,
        help_text=_("Letters, digits and hyphens. Empty: we make one up that nobody guesses."),
    )
    discount = AmountOrPercentField(label=_("Discount"), error_messages={"required": _("Say how much it gives.")})
    starts_on = DayField(label=_("Holds from"), required=False)
    ends_on = DayField(label=_("Holds until"), required=False)
    service_ids = forms.TypedMultipleChoiceField(
        label=_("Services"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        required=False,
        coerce=int,
        choices=OpeningHours.Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    most_uses = _count(_("Uses in all"))
    most_uses_each = _count(_("Uses by one customer"))
    note = forms.CharField(label=_("Note for colleagues"), required=False, max_length=200)

    def __init__(
        self, data: Any = None, *, services: Sequence[Service], today: date, code: PromoCode | None = None
    ) -> None:
        super().__init__(data, initial=_initial(code) if code else None)
        set_today(self, today)
        self.known = code
        service_field: Any = self.fields["service_ids"]
        service_field.choices = [(service.pk, service.name) for service in services]
        if code:
            del self.fields["code"]
        for name in ("code", "discount", "note"):
            if name in self.fields:
                self.fields[name].widget.attrs.update(TEXT)
        self.fields["discount"].widget.attrs["placeholder"] = _("500 or 10%")

    def clean_code(self) -> str:
        """Return a code as it will be shown."""
        text = re.sub(r"[\s–—]+", "-", self.cleaned_data["code"].upper())
        if text and (not re.fullmatch(r"[A-ZА-ЯЁ0-9\-]+", text) or len(promo_key(text)) < SHORTEST_CODE):
            raise ValidationError(_("At least four letters or digits, and hyphens between them."))
        return str(text)

    def clean_discount(self) -> Any:
        """Refuse an empty discount, and a change of the kind of discount."""
        amount, is_percent = self.cleaned_data["discount"] or (NO_MONEY, False)
        if not to_kopecks(amount):
            raise ValidationError(_("Say how much it gives."))
        if self.known and self.known.is_percent != is_percent:
            raise ValidationError(_("A code stays one of per cent or of roubles: make another one."))
        return amount, is_percent

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("starts_on") and cleaned.get("ends_on") and cleaned["ends_on"] < cleaned["starts_on"]:
            self.add_error("ends_on", _("The last day is before the first."))
        return cleaned

    def to_values(self) -> dict[str, Any]:
        """Return the values to store, by column name."""
        values = dict(self.cleaned_data)
        amount, is_percent = values.pop("discount")
        return {**values, "value": to_kopecks(amount), "is_percent": is_percent}


def _initial(code: PromoCode) -> dict[str, Any]:
    names = ("starts_on", "ends_on", "service_ids", "weekdays", "most_uses", "most_uses_each", "note")
    value = quantity(code.value)
    return {**{name: getattr(code, name) for name in names}, "discount": f"{value}%" if code.is_percent else value}
