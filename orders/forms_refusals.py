"""The form that shows why the domain refused it."""

from django import forms

from olvery.shared.refusals import Refusal
from orders.wording_refusals import refusal_text


class RefusableForm(forms.Form):
    """A form that says at its fields what was refused."""

    def take(self, refusal: Refusal) -> None:
        """Show a refusal of the domain at the field it concerns, or above the form."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal_text(refusal))
