"""The tickets of an order that its customer ticks to cancel."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.domain.booking.change_wish import ChangeWish
from orders.forms_refusals import RefusableForm


class CancelTicketsForm(RefusableForm):
    """Ticked numbers, and the version of the plan that was shown. `why_not` has the reason, or "", of each ticket."""

    tickets = forms.MultipleChoiceField(
        label=gettext_lazy("Which tickets to cancel"),
        error_messages={
            "required": gettext_lazy("Tick the tickets to cancel."),
            "invalid_choice": gettext_lazy("A ticket that was ticked is not on this order any more: look once more."),
        },
    )
    version = forms.CharField(required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, why_not: Mapping[int, str]) -> None:
        super().__init__(data, auto_id="cancel-%s")
        self.why_not = why_not
        self.fields["tickets"].choices = [(str(number), str(number)) for number in why_not]  # type: ignore[attr-defined]

    @property
    def ticked(self) -> set[str]:
        """The ticked numbers as they were sent, whatever they are."""
        return set(self["tickets"].value() or ())

    @property
    def chosen(self) -> list[int]:
        """The ticked tickets that can be cancelled."""
        return [number for number, why_not in self.why_not.items() if str(number) in self.ticked and not why_not]

    @property
    def takes_all(self) -> bool:
        """Whether every ticket of the order is chosen."""
        return len(self.chosen) == len(self.why_not)

    def clean_tickets(self) -> list[int]:
        """Refuse tickets that cannot be cancelled, each by its reason."""
        refused = [number for number, why_not in self.why_not.items() if str(number) in self.ticked and why_not]
        if refused:
            facts = ({"number": number, "changes": self.why_not[number]} for number in refused)
            raise ValidationError([_("Ticket %(number)s: %(changes)s") % one for one in facts])
        return self.chosen

    def to_wish(self) -> ChangeWish:
        """Return the wish to cancel the chosen tickets."""
        return ChangeWish.cancelling(self.chosen)
