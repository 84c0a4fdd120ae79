"""Tickets to add to an order, as they are typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from coworking.models import Unit
from olvery.shared.forms import DayField, as_id
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.wish import BookingWish
from orders.forms_booking import MOST_PLACES, WEEKDAYS, repeat_of
from orders.forms_fields import TEXT
from orders.forms_tickets import TicketForm


class AddForm(TicketForm):
    """How many places, when, for whom, and repeated on which days. The seat is one of them, the others are near it."""

    places = forms.IntegerField(
        label=gettext_lazy("Places"), min_value=1, max_value=MOST_PLACES, widget=forms.NumberInput(attrs=TEXT)
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Repeat on"), required=False, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    until = DayField(label=gettext_lazy("Repeat until"), required=False)
    only_free = forms.BooleanField(label=gettext_lazy("Only free days"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, extras={}, **kwargs)
        self.fields["visitor_q"].label = gettext_lazy("Who comes, if not the customer")

    @property
    def place_field(self) -> str:
        """The field with the number of places."""
        return "places"

    @property
    def can_repeat(self) -> bool:
        """Whether hours or days are sold: these can be repeated."""
        return self.chosen_tariff.unit in (Unit.HOUR, Unit.DAY)

    @property
    def is_repeated(self) -> bool:
        values = self.cleaned_data
        return self.can_repeat and bool(values.get("weekdays") or values.get("until"))

    def to_wish(self) -> ChangeWish:
        """Return the wish; all places are for one visitor. The form is valid."""
        values = self.cleaned_data
        seat = as_id(values["seat"])
        booking = BookingWish(
            tariff_id=self.chosen_tariff.pk,
            when=self.when(),
            visitor_ids=(self.visitor_id,) * values["places"],
            seat_ids=(seat,) if seat else (),
            extras={key: count for key, count in self.extras.items() if count},
            repeat=repeat_of(values) if self.is_repeated else None,
        )
        return ChangeWish(added=(booking,), override_reason=values["override_reason"])
