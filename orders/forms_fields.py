"""Fields that the forms share."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coworking.domain.rules import When
from coworking.models import Tariff, Unit

TEXT = {"class": "input", "autocomplete": "off"}
LONGEST_REASON = 250
REASON = _("Reason")
STALE = _("This form is no longer valid: open it anew.")


class TokenField(forms.UUIDField):
    """The hidden token by which a form that is sent twice counts once."""

    widget = forms.HiddenInput
    default_error_messages = {"required": STALE, "invalid": STALE}


class LineField(forms.CharField):
    """A line of text that no browser fills in."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Dress the field like any other."""
        return {**super().widget_attrs(widget), **TEXT}


def typed_when(tariff: Tariff, values: Mapping[str, Any]) -> When:
    """Return the typed time, without the fields of other tariff units."""
    hourly = tariff.unit == Unit.HOUR
    return When(
        day=values["day"],
        start=values["start"] if hourly else None,
        end=values["end"] if hourly else None,
        last_day=values["last_day"] if tariff.unit == Unit.DAY else None,
        units=values["units"] or 1,
    )


def reason_field(missing: Any, hint: Any = "", *, label: Any = REASON) -> LineField:
    """Return the field for a required reason."""
    return LineField(label=label, max_length=LONGEST_REASON, help_text=hint, error_messages={"required": missing})


def insisting_field() -> LineField:
    """Return the field for why rules are overridden."""
    return LineField(
        label=_("You may insist: write why, it goes into the history"), required=False, max_length=LONGEST_REASON
    )
