"""Fields that the forms share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

TEXT = {"class": "input", "autocomplete": "off"}
LONGEST_REASON = 250
REASON = _("Reason")


class LineField(forms.CharField):
    """A line of text that no browser fills in."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Dress the field like any other."""
        return {**super().widget_attrs(widget), **TEXT}


def reason_field(missing: Any, hint: Any = "", *, label: Any = REASON) -> LineField:
    """Return the field for why something is done, which has to be said."""
    return LineField(label=label, max_length=LONGEST_REASON, help_text=hint, error_messages={"required": missing})


def insisting_field() -> LineField:
    """Return the field for why rules are overridden."""
    return LineField(
        label=_("You may insist: write why, it goes into the history"), required=False, max_length=LONGEST_REASON
    )
