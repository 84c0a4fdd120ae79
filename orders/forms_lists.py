"""Forms about the lists themselves: named filters, and visible columns."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import ListName, SavedFilter
from olvery.shared.refusals import Refusal
from orders.wording_refusals import refusal_text

# Columns that can be hidden; the others identify the row.
COLUMNS = {
    ListName.ORDERS: [
        ("made", _("Created")),
        ("what", _("Service")),
        ("tally", _("Tickets in the order")),
        ("sum", _("Cost")),
        ("pay", _("Payment")),
        ("by", _("Created by")),
    ],
    ListName.TICKETS: [("what", _("Service")), ("place", _("Seat")), ("of", _("Order"))],
}


class FilterForm(forms.ModelForm):
    """The name of a filter, and whether the list opens with it."""

    class Meta:
        model = SavedFilter
        fields = ("name", "is_default")

    def __init__(self, data: Any = None, *, instance: SavedFilter) -> None:
        super().__init__(data, instance=instance, auto_id="%s")
        name = self.fields["name"]
        name.error_messages["required"] = _("Give the filter a name.")
        name.widget.attrs.update({"class": "input", "autocomplete": "off", "autofocus": True})

    def take(self, refusal: Refusal) -> None:
        """Show a refusal of the domain at the name field."""
        self.add_error("name", refusal_text(refusal))


class ColumnsForm(forms.Form):
    def __init__(self, data: Any = None, *, name: ListName, shown: list[str]) -> None:
        super().__init__(data, initial={"shown": shown})
        self.fields["shown"] = forms.MultipleChoiceField(choices=COLUMNS[name], required=False)
