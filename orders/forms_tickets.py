"""A place of an order as it is typed in a dialog: tariff, time, seat, visitor and extras."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Extra, Seat, Service, Tariff, Unit
from olvery.shared.days import split_hours
from olvery.shared.forms import ClockField, DayField, as_id, set_today
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.wish import BookingWish
from orders.forms_booking import MOST_PLACES, WEEKDAYS, repeat_of
from orders.forms_fields import TEXT, LineField, insisting_field, typed_when
from orders.forms_people import read_key
from orders.forms_refusals import RefusableForm

ANY_SEAT = "any"
EXTRA = "extra-"


class TicketForm(RefusableForm):
    """The fields shared by the dialogs for changing and adding tickets."""

    tariff = forms.ChoiceField(label=gettext_lazy("Service and tariff"), widget=forms.Select(attrs={"class": "select"}))
    day = DayField(label=gettext_lazy("Date"), error_messages={"required": gettext_lazy("Give the date.")})
    start = ClockField(label=gettext_lazy("Start"), required=False)
    end = ClockField(label=gettext_lazy("End"), required=False, is_end=True)
    last_day = DayField(label=gettext_lazy("Last day"), required=False)
    units = forms.IntegerField(label=gettext_lazy("How many"), required=False, min_value=1, max_value=60)
    seat = forms.ChoiceField(label=gettext_lazy("Seat"), required=False, widget=forms.Select(attrs={"class": "select"}))
    visitor_q = LineField(
        label=gettext_lazy("Another visitor"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("First letters of the name, or the phone"),
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    # The search text for the people shown, and who of them is chosen.
    people_for = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    visitor = forms.CharField(required=False)
    override_reason = insisting_field()
    # Which fields were shown, by service and tariff unit, and which plan.
    unit = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        tariffs: Iterable[Tariff],
        seats: Iterable[Seat],
        extras: Mapping[Extra, int],
        today: date,
        viewer: User,
    ) -> None:
        super().__init__(data, auto_id="change-%s")
        self.viewer = viewer
        self.tariffs = {tariff.pk: tariff for tariff in tariffs}
        self._split_hours()
        self.shown_at = {"seats": "seat", "places": self.place_field, "visitor": "visitor_q"}
        self.fields["tariff"].choices = _named(self.tariffs.values())  # type: ignore[attr-defined]
        of_service = [seat for seat in seats if seat.service_id == self.chosen_tariff.service_id]
        labels = [(str(seat.pk), seat.label) for seat in of_service]
        self.fields["seat"].choices = [(ANY_SEAT, _("Any free seat")), *labels]  # type: ignore[attr-defined]
        for name in ("start", "end", "units"):
            self.fields[name].widget.attrs.update(TEXT)
        self.fields["day"].widget.attrs["autofocus"] = True
        self.sold = extras
        for extra in self.offered:
            field = forms.IntegerField(label=extra.name, required=False, min_value=0, max_value=99)
            self.fields[f"{EXTRA}{extra.pk}"] = field
        set_today(self, today)

    def _split_hours(self) -> None:
        hours = split_hours(self.data.get("day", "")[:40])
        if hours and self.chosen_tariff.unit == Unit.HOUR:
            values: Any = copy(self.data)
            for name, text in zip(("day", "start", "end"), hours, strict=True):
                values[name] = text
            self.data = values

    @property
    def first_tariff(self) -> Tariff:
        """The default tariff."""
        return next(iter(self.tariffs.values()))

    @property
    def chosen_tariff(self) -> Tariff:
        return self.tariffs.get(as_id(self.data.get("tariff")) or 0, self.first_tariff)

    @property
    def service(self) -> Service:
        return self.chosen_tariff.service

    @property
    def has_seats(self) -> bool:
        """Whether places of the chosen service have numbers."""
        return self.service.has_seats

    @property
    def place_field(self) -> str:
        """The field that selects the place."""
        return "seat" if self.has_seats else "day"

    @property
    def offered(self) -> list[Extra]:
        """The extras on sale, and those that the ticket already has."""
        services = [tariff.service for tariff in self.tariffs.values() if tariff.service_id == self.service.pk]
        # A tariff that is no longer on sale was read without its extras.
        on_sale = next((one.extras_on_sale for one in services if hasattr(one, "extras_on_sale")), [])
        kept = [extra for extra in self.sold if extra.service_id == self.service.pk and extra not in on_sale]
        return [*on_sale, *kept]

    @property
    def shown(self) -> str:
        """The service and unit that the fields of time, seat and extras belong to."""
        return f"{self.chosen_tariff.unit}-{self.service.pk}"

    @property
    def extras(self) -> dict[int, int]:
        """The quantity of each extra, by key; for one that was not shown, the present quantity. The form is valid."""
        names = {extra: f"{EXTRA}{extra.pk}" for extra in self.offered}
        return {
            extra.pk: self.cleaned_data[name] or 0 if name in self.data else self.sold.get(extra, 0)
            for extra, name in names.items()
        }

    @property
    def extra_quantities(self) -> Sequence[tuple[Extra, Any]]:
        """Each extra with the typed quantity."""
        return [(extra, self.data.get(f"{EXTRA}{extra.pk}") or 0) for extra in self.offered]

    @property
    def visitor_id(self) -> int | None:
        """The number of the chosen visitor, if the people shown match the typed text."""
        sent = self.data
        is_current = sent.get("visitor") and sent.get("people_for", "") == sent.get("visitor_q", "")
        return read_key(sent["visitor"], viewer=self.viewer) if is_current else None

    def clean_seat(self) -> str:
        """Drop a seat if places have no numbers."""
        return str(self.cleaned_data["seat"]) if self.has_seats else ""

    def clean_visitor_q(self) -> str:
        """Refuse a visitor who was typed but not chosen."""
        typed = str(self.cleaned_data["visitor_q"])
        if typed and not self.visitor_id:
            raise ValidationError(_("Choose a person from the list."))
        return typed

    def when(self) -> When:
        """Return the time as typed, by the unit of the tariff. The form is valid."""
        return typed_when(self.chosen_tariff, self.cleaned_data)


def _named(tariffs: Iterable[Tariff]) -> list[tuple[str, str]]:
    return [(str(tariff.pk), f"{tariff.service.name}, {tariff.name}") for tariff in tariffs]


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
