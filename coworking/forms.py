"""Forms of the settings of a service: a form or a formset for each section."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.utils.translation import gettext_lazy as _

from coworking.domain.settings_history import ChangedMeanwhile, Row
from coworking.extra_icons import icon_choices
from coworking.models import (
    CancellationStep,
    Extra,
    PaymentMethod,
    Rule,
    Seat,
    Section,
    Service,
    Tariff,
    TariffPrice,
    Unit,
)
from coworking.wording import refusal_text
from olvery.shared.forms import DatedForm, DayField, RoublesField

MOST_SEATS_AT_ONCE = 100
LAST_POSITION = 32_767  # the limit of the column; several may have it
RELEASE_AT_LEAST = 10
NEVER, WITH_REASON = "never", "reason"
FOR_NOTHING = _("A pass costs more than 0 ₽.")
SOLD_METHODS = [choice for choice in PaymentMethod.choices if choice[0] != PaymentMethod.FREE]


class SettingForm(forms.ModelForm):
    """Settings of a service itself; the form only reads them, the domain saves them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "select"
            if isinstance(field.widget, forms.TextInput | forms.NumberInput | forms.EmailInput | forms.Textarea):
                look = "textarea" if isinstance(field.widget, forms.Textarea) else "input"
                field.widget.attrs.update({"class": look, "autocomplete": "off"})

    def to_values(self) -> dict[str, Any]:
        """Return the values to store, by column name."""
        names = self._meta.fields or ()
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class AboutForm(SettingForm):
    """The name and description of the service."""

    class Meta:
        model = Service
        fields = ("name", "description", "position")
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {"position": _("Services with a smaller number come first.")}


class PlacesForm(SettingForm):
    """How places are counted."""

    class Meta:
        model = Service
        fields = ("kind", "capacity", "buffer_minutes")
        widgets = {"kind": forms.RadioSelect}

    def clean(self) -> dict[str, Any]:
        """Refuse a pool without places."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Service.Kind.POOL and not cleaned.get("capacity") and "capacity" not in self.errors:
            self.add_error("capacity", _("A pool has at least one place."))
        return cleaned


class NewServiceForm(PlacesForm):
    """A new service; everything else has a default and is changed on its page."""

    class Meta:
        model = Service
        fields = ("name", "description", "kind", "capacity")


class RulesForm(SettingForm):
    """Rules of booking, and which of them a manager may override."""

    class Meta:
        model = Service
        fields = ("lead_minutes", "horizon_days", "move_hours", "release_minutes", "overridable_rules")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["overridable_rules"]
        for rule in Rule:
            self.fields[f"override_{rule}"] = forms.ChoiceField(
                label=rule.label,
                choices=[(NEVER, _("Never")), (WITH_REASON, _("With a reason"))],
                initial=WITH_REASON if rule in self.instance.overridable_rules else NEVER,
                widget=forms.RadioSelect,
            )

    def clean_release_minutes(self) -> int | None:
        """Show what the database would refuse, at the field."""
        minutes: int | None = self.cleaned_data["release_minutes"]
        if minutes is not None and minutes < RELEASE_AT_LEAST:
            raise ValidationError(_("A place is released after ten minutes at the earliest."))
        return minutes

    def to_values(self) -> dict[str, Any]:
        """Collect the rules that may be overridden."""
        overridable = [rule.value for rule in Rule if self.cleaned_data[f"override_{rule}"] == WITH_REASON]
        return {**super().to_values(), "overridable_rules": overridable}

    @property
    def rules(self) -> list[tuple[Any, Any]]:
        """The rules in order, each with the field of its value, if any."""
        own = {Rule.LEAD_TIME: self["lead_minutes"], Rule.HORIZON: self["horizon_days"]}
        return [(self[f"override_{rule}"], own.get(rule)) for rule in Rule]


class MethodsForm(SettingForm):
    """Payment methods, and how long an unpaid order is held."""

    payment_methods = forms.MultipleChoiceField(
        label=_("Payment methods"),
        choices=SOLD_METHODS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one method.")},
    )

    class Meta:
        model = Service
        fields = ("payment_methods", "own_order_minutes", "deadline_hours", "waiting_minutes")


class RowForm(SettingForm):
    @property
    def is_removed(self) -> bool:
        """Whether the row is ticked for removal: then its other fields are ignored."""
        return bool(self.cleaned_data.get("DELETE"))

    def to_row(self) -> Row:
        return Row(self.instance.pk, {} if self.is_removed else self.to_values(), is_removed=self.is_removed)


class TariffForm(RowForm):
    """A tariff; its unit is fixed, because sold tickets are counted in it. A pass may also pay for `services`."""

    price = RoublesField(label=_("Price, ₽"))
    also_services = forms.TypedMultipleChoiceField(
        label=_("Pass: also pays for"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Tariff
        fields = (
            "name",
            "unit",
            "price",
            "min_units",
            "max_units",
            "step_minutes",
            "pass_units",
            "pass_days",
            "also_services",
            "position",
            "is_active",
        )
        labels = {
            "min_units": _("Shortest"),
            "max_units": _("Longest"),
            "step_minutes": _("Step, min"),
            "pass_units": _("Pass: units"),
            "pass_days": _("Pass: days"),
            "position": _("Place in the list"),
            "is_active": _("On sale"),
        }

    def __init__(self, *args: Any, services: Sequence[Service] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if services:
            own: Any = self.fields["also_services"]
            own.choices = [(one.pk, one.name) for one in services]
        else:
            del self.fields["also_services"]
        self.fields["unit"].disabled = bool(self.instance.pk)
        self.initial.setdefault("unit", Unit.HOUR)
        if self.is_priced_by_day:
            self.fields["price"].disabled = True
            self.initial["price"] = self.instance.begun_price

    @property
    def is_priced_by_day(self) -> bool:
        """Whether a price of the section «New prices» is already in force instead of the tariff's own."""
        return getattr(self.instance, "begun_price", None) is not None

    def clean(self) -> dict[str, Any]:
        """Refuse to give a pass away: it is granted when it is paid."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("pass_units") and values.get("price") == 0:
            self.add_error("price", FOR_NOTHING)
        if values.get("also_services") and not values.get("pass_units") and "pass_units" not in self.errors:
            self.add_error("also_services", _("Only a pass pays for further services."))
        return values

    def to_values(self) -> dict[str, Any]:
        """Leave out a price that is only shown."""
        values = super().to_values()
        if self.is_priced_by_day:
            del values["price"]
        return values


class PriceForm(DatedForm, RowForm):
    """The price of a tariff from a day on."""

    starts_on = DayField(label=_("Holds from"))
    price = RoublesField(label=_("Price, ₽"))

    class Meta:
        model = TariffPrice
        fields = ("tariff", "starts_on", "price")
        labels = {"tariff": _("Tariff")}

    def __init__(self, *args: Any, tariffs: QuerySet[Tariff], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tariff: Any = self.fields["tariff"]
        tariff.queryset, tariff.empty_label = tariffs, _("Choose a tariff")

    def clean_starts_on(self) -> date:
        """Refuse a past day."""
        day: date = self.cleaned_data["starts_on"]
        if day < self.today:
            raise ValidationError(_("A price begins today or later."))
        return day

    def clean(self) -> dict[str, Any]:
        """Refuse to give a pass away: it is granted when it is paid."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        tariff = values.get("tariff")
        if tariff and tariff.is_pass and values.get("price") == 0:
            self.add_error("price", FOR_NOTHING)
        return values


class ExtraForm(RowForm):
    """An extra sold with a place."""

    price = RoublesField(label=_("Price, ₽"))

    class Meta:
        model = Extra
        fields = ("name", "icon", "price", "max_quantity", "stock", "subject", "vat", "position", "is_active")
        help_texts = {"stock": "", "subject": "", "vat": ""}  # the section shows it once
        labels = {
            "max_quantity": _("At most"),
            "stock": _("In stock"),
            "position": _("Place in the list"),
            "is_active": _("On sale"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["icon"] = forms.ChoiceField(
            label=_("Icon"),
            choices=icon_choices(self.instance.icon),
            initial=self.instance.icon,
            widget=forms.Select(attrs={"class": "select"}),
        )
        as_usual = {"subject": _("As the place"), "vat": _("As the seller")}
        for name, word in as_usual.items():
            field: Any = self.fields[name]
            field.choices = [("", word), *(choice for choice in field.choices if choice[0])]


class SeatForm(RowForm):
    class Meta:
        model = Seat
        fields = ("label", "note", "table", "position", "is_active")
        labels = {"table": _("Table"), "position": _("Place in the list"), "is_active": _("On sale")}
        help_texts = {"note": ""}


class StepForm(RowForm):
    """A step of the cancellation policy."""

    class Meta:
        model = CancellationStep
        fields = ("hours_before", "percent")
        labels = {"hours_before": _("Earlier than, hours before the start"), "percent": _("We return, %")}


class RowSet(BaseModelFormSet):
    """The rows of a section, and empty ones for new entries."""

    def to_rows(self) -> list[Row]:
        """Return the submitted rows, without new ones left empty or removed at once."""
        return [
            form.to_row() for form in self.forms if form.instance.pk or (form.has_changed() and not form.is_removed)
        ]

    def add_fields(self, form: Any, index: int | None) -> None:
        """Label the removal box, report a stored row that is gone, and put new rows last."""
        super().add_fields(form, index)
        form.fields["id"].error_messages["invalid_choice"] = refusal_text(ChangedMeanwhile("settings_row_gone"))
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")
        if "position" in form.fields and not form.instance.pk:
            form.initial["position"] = self.initial_form_count() + 1


SETTING_FORMS: dict[Section, type[SettingForm]] = {
    Section.ABOUT: AboutForm,
    Section.PLACES: PlacesForm,
    Section.RULES: RulesForm,
    Section.METHODS: MethodsForm,
}
ROW_SETS: dict[Section, Any] = {
    Section.TARIFFS: modelformset_factory(Tariff, form=TariffForm, formset=RowSet, extra=1),
    Section.PRICES: modelformset_factory(TariffPrice, form=PriceForm, formset=RowSet, extra=1, can_delete=True),
    Section.EXTRAS: modelformset_factory(Extra, form=ExtraForm, formset=RowSet, extra=1),
    Section.SEATS: modelformset_factory(Seat, form=SeatForm, formset=RowSet, extra=0),
    Section.POLICY: modelformset_factory(CancellationStep, form=StepForm, formset=RowSet, extra=1, can_delete=True),
}


class MoreSeatsForm(forms.Form):
    """Several new seats by their numbers."""

    labels = forms.CharField(
        label=_("New numbers"),
        required=False,
        max_length=200,
        help_text=_("One by one or in a row: A1–A24, B1."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    table = forms.IntegerField(
        label=_("Table on the plan"),
        min_value=1,
        max_value=999,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "input"}),
    )

    def clean_labels(self) -> list[str]:
        labels = [label for part in self.cleaned_data["labels"].split(",") for label in _labels(part.strip())]
        if len(labels) > MOST_SEATS_AT_ONCE:
            raise ValidationError(_("At most %(count)s seats at once.") % {"count": MOST_SEATS_AT_ONCE})
        if len(set(labels)) != len(labels) or any(len(label) > 20 for label in labels):
            raise ValidationError(_("Each number once, at most 20 characters."))
        return labels

    def to_rows(self, after: int) -> list[Row]:
        """Return the new seats, after the position `after`."""
        values = self.cleaned_data
        return [
            Row(None, {"label": label, "note": "", "table": values["table"], "position": position, "is_active": True})
            for label, position in zip(values["labels"], positions_behind(after), strict=False)
        ]


def positions_behind(last: int) -> Iterator[int]:
    """Yield positions after the last row."""
    return (min(position, LAST_POSITION) for position in count(last + 1))


def _labels(text: str) -> list[str]:
    """Parse one number, or a range: «A1–A24»."""
    row = re.fullmatch(r"(\D*)(\d{1,4})\s*[-–—]\s*(\D*)(\d{1,4})", text)
    if not row or row[3] not in ("", row[1]) or int(row[2]) > int(row[4]):
        return [text] if text else []
    last = min(int(row[4]), int(row[2]) + MOST_SEATS_AT_ONCE)
    return [f"{row[1]}{number:0{len(row[2])}}" for number in range(int(row[2]), last + 1)]
