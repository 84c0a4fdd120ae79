"""Forms of the opening hours: the week, special days, and days of the production calendar to copy."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.models import modelformset_factory
from django.utils.translation import gettext_lazy as _

from coworking.domain.opening import Calendar, Hours
from coworking.domain.opening_setup import CalendarDay
from coworking.forms import RowForm, RowSet
from coworking.models import OpeningHours
from olvery.shared.clocks import ends_after
from olvery.shared.forms import ClockField, DatedForm, DayField


def clock_field(label: Any, *, is_end: bool = False) -> ClockField:
    """Return an optional time field."""
    field = ClockField(label=label, required=False, is_end=is_end)
    del field.widget.attrs["placeholder"]  # an empty value is valid, and should look so
    field.widget.attrs["class"] = "input"
    return field


def _check_order(form: forms.BaseForm, opens: str, closes: str) -> None:
    """Refuse one time without the other, and hours that end before they begin."""
    opens_at, closes_at = form.cleaned_data.get(opens), form.cleaned_data.get(closes)
    if form.errors.keys() & {opens, closes}:
        return
    if (opens_at is None) != (closes_at is None):
        form.add_error(opens if opens_at is None else closes, _("Give both times, or none for a day off."))
    elif opens_at and closes_at and not ends_after(opens_at, closes_at):
        form.add_error(closes, _("The location closes after it opens."))


class WeekForm(forms.Form):
    """The hours of each weekday."""

    def __init__(self, data: Any, *, calendar: Calendar) -> None:
        super().__init__(data, auto_id="week-%s")
        for day in OpeningHours.Weekday:
            opens_at, closes_at = calendar.weekly.get(day.value) or (None, None)
            self.fields[f"opens_{day.value}"] = clock_field(_("Opens"))
            self.fields[f"closes_{day.value}"] = clock_field(_("Closes"), is_end=True)
            self.initial.update({f"opens_{day.value}": opens_at, f"closes_{day.value}": closes_at})

    def clean(self) -> dict[str, Any]:
        """Check each day."""
        cleaned = super().clean() or self.cleaned_data
        for day in OpeningHours.Weekday:
            _check_order(self, f"opens_{day.value}", f"closes_{day.value}")
        return cleaned

    @property
    def days(self) -> list[tuple[Any, Any, Any]]:
        """The weekdays with their two fields."""
        return [(day.label, self[f"opens_{day.value}"], self[f"closes_{day.value}"]) for day in OpeningHours.Weekday]

    def to_week(self) -> dict[int, Hours | None]:
        values = self.cleaned_data
        week: dict[int, Hours | None] = {}
        for day in OpeningHours.Weekday:
            opens_at, closes_at = values[f"opens_{day.value}"], values[f"closes_{day.value}"]
            week[day.value] = (opens_at, closes_at) if opens_at else None
        return week


class DayForm(DatedForm, RowForm):
    """A special day: other hours, or none."""

    on = DayField(label=_("Date"))
    opens_at = clock_field(_("Opens"))
    closes_at = clock_field(_("Closes"), is_end=True)

    class Meta:
        model = OpeningHours
        fields = ("on", "opens_at", "closes_at", "reason")

    def clean(self) -> dict[str, Any]:
        """Check the hours."""
        cleaned = super().clean() or self.cleaned_data
        _check_order(self, "opens_at", "closes_at")
        return cleaned


DaySet: Any = modelformset_factory(OpeningHours, form=DayForm, formset=RowSet, extra=1, can_delete=True)


class CopyForm(forms.Form):
    """The days of the production calendar to copy."""

    days = forms.MultipleChoiceField(
        label=_("Days"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose the days that are copied.")),
    )

    def __init__(self, data: Any, *, offered: Sequence[CalendarDay]) -> None:
        super().__init__(data, auto_id="copy-%s")
        self.offered = offered
        self.fields["days"].choices = [(day.on.isoformat(), day.name) for day in offered]  # type: ignore[attr-defined]

    @property
    def boxes(self) -> list[tuple[CalendarDay, bool]]:
        """The days, each with whether it is checked: all of them at first."""
        chosen = set(self["days"].value() or ()) if self.is_bound else {day.on.isoformat() for day in self.offered}
        return [(day, day.on.isoformat() in chosen) for day in self.offered]

    def to_days(self) -> list[date]:
        return [date.fromisoformat(day) for day in self.cleaned_data["days"]]
