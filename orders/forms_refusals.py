"""A form that shows refusals of the domain."""

from collections.abc import Mapping

from django import forms

from olvery.shared.refusals import Refusal
from orders.wording_refusals import refusal_text


class RefusableForm(forms.Form):
    """A form that shows refusals at its fields; `shown_at` maps field names that differ here."""

    shown_at: Mapping[str, str] = {}

    def take(self, refusal: Refusal) -> None:
        """Show a refusal of the domain at the field it concerns, or above the form."""
        field = self.shown_at.get(refusal.field, refusal.field)
        if "override_reason" in self.fields and getattr(refusal, "can_override", False):
            field = "override_reason"
        self.add_error(field if field in self.fields else None, refusal_text(refusal))
