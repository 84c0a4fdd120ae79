"""One booking of the order form: a service, its tariff, time, places, visitors, extras, and its repetition."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from coworking.domain.rules import EARLIEST_YEAR, FARTHEST_YEAR, When
from coworking.models import Service, Tariff, Unit
from olvery.shared.days import split_hours
from olvery.shared.forms import ClockField, DayField, IdsField, as_id, as_ids, set_today
from olvery.shared.quick_forms import copied_quickly, copy_of
from orders.domain.booking.wish import BookingWish, Repeat
from orders.forms_fields import TEXT, typed_when
from orders.forms_people import PersonField

MOST_PLACES = 20
WEEKDAYS = [
    (0, pgettext_lazy("weekday", "Mo")),
    (1, pgettext_lazy("weekday", "Tu")),
    (2, pgettext_lazy("weekday", "We")),
    (3, pgettext_lazy("weekday", "Th")),
    (4, pgettext_lazy("weekday", "Fr")),
    (5, pgettext_lazy("weekday", "Sa")),
    (6, pgettext_lazy("weekday", "Su")),
]
NO_CHOICE = _("Choose a person from the list.")


class Place(NamedTuple):
    """One place of the booking as the form shows it."""

    number: int
    person: forms.BoundField
    text: forms.BoundField


@copied_quickly
class BookingForm(forms.Form):
    """The fields of one booking. The first booking has plain field names; the others prefix them with their number."""

    service = forms.CharField(label=_("Service"), error_messages={"required": _("Choose a service.")})
    tariff = forms.CharField(label=_("Tariff"), error_messages={"required": _("Choose a tariff.")})
    day = DayField(label=_("Date"), error_messages={"required": _("Give the date.")})
    start = ClockField(label=_("Start"), required=False)
    end = ClockField(label=_("End"), required=False, is_end=True)
    last_day = DayField(label=_("Last day"), required=False)
    units = forms.IntegerField(label=_("How many"), required=False, min_value=1, max_value=60)
    places = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=MOST_PLACES,
        error_messages={"required": _("Enter the number of places."), "invalid": _("Enter the number of places.")},
    )
    seats = IdsField(label=_("Seat"), required=False)
    over = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    weekdays = forms.MultipleChoiceField(
        label=_("Repeat on"), required=False, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    until = DayField(label=_("Repeat until"), required=False)
    only_free = forms.BooleanField(label=_("Only free days"), required=False)

    def __init__(self, data: QueryDict, *, number: int, tariffs: Sequence[Tariff], today: date, viewer: User) -> None:
        super().__init__(data, auto_id="%s", prefix=f"b{number}" if number else None)
        self.number = number
        self.tariffs = list(tariffs)
        self.errors_seen: ErrorDict | None = None
        self._sent = data
        self._split_hours()
        self.place_count = min(max(as_id(self._typed("places")) or 1, 1), MOST_PLACES)
        # One field for all chosen visitors, distinguished only by field name; there may be twenty of them.
        person, name = PersonField(viewer, required=False), forms.CharField(required=False, max_length=200)
        for place in range(self.place_count):
            self.fields[f"visitor-{place}"] = person
            self.fields[f"visitor-{place}-q"] = named = copy_of(name)
            named.label = _("Visitor %(number)s") % {"number": place + 1}
        self._add_extras()
        self._dress()
        set_today(self, today, shown_on=self._shown_on)

    @property
    def _shown_on(self) -> date | None:
        """The local day on which the page was shown, to which relative days refer, if it was sent along."""
        with suppress(ValueError):
            day = date.fromisoformat(self._sent.get("shown_on", ""))
            return day if EARLIEST_YEAR <= day.year <= FARTHEST_YEAR else None
        return None

    def _split_hours(self) -> None:
        hours = split_hours(self._typed("day")[:40])
        if hours and self.chosen_tariff and self.chosen_tariff.unit == Unit.HOUR:
            self.data = self._sent = self._sent.copy()
            for name, text in zip(("day", "start", "end"), hours, strict=True):
                self._sent[self.add_prefix(name)] = text

    def _add_extras(self) -> None:
        beginning = self.add_prefix("extra-")
        for name in self._sent:
            key = name.removeprefix(beginning)
            if name.startswith(beginning) and as_id(key):
                field = forms.IntegerField(label=_("Extras"), required=False, min_value=0, max_value=99)
                self.fields[f"extra-{key}"] = field

    def _dress(self) -> None:
        for name in ("start", "end", "units", "places"):
            self.fields[name].widget.attrs.update(TEXT)

    def offer_times(self) -> None:
        """Offer the times of the page's list while one is typed."""
        for name in ("start", "end"):
            self.fields[name].widget.attrs["list"] = "times"

    def _typed(self, name: str) -> str:
        return str(self._sent.get(self.add_prefix(name)) or "").strip()

    def hide_errors(self) -> None:
        """Clean without showing errors; they are kept in `errors_seen`."""
        self.full_clean()
        self.errors_seen, self._errors = self.errors, ErrorDict()

    def label_of(self, name: str) -> str:
        """Return the label of a field on the page, with a number if it belongs to a further service."""
        label = str(_("Extras") if name.startswith("extra") else self.fields[name].label if name in self.fields else "")
        return f"{label} ({self.number + 1})" if label and self.number else label

    @cached_property
    def chosen_service(self) -> Service | None:
        """The chosen service, even if the form has other errors."""
        chosen = as_id(self._typed("service"))
        return next((tariff.service for tariff in self.tariffs if tariff.service_id == chosen), None)

    @cached_property
    def service_tariffs(self) -> list[Tariff]:
        service = self.chosen_service
        return [tariff for tariff in self.tariffs if service and tariff.service_id == service.pk]

    @cached_property
    def chosen_tariff(self) -> Tariff | None:
        """The chosen tariff; by default the first of the service."""
        chosen = as_id(self._typed("tariff"))
        mine = self.service_tariffs
        return next((tariff for tariff in mine if tariff.pk == chosen), mine[0] if mine else None)

    @property
    def times_of_other_units(self) -> list[str]:
        """The time fields that the chosen tariff does not use."""
        unit = self.chosen_tariff.unit if self.chosen_tariff else Unit.HOUR
        own = {Unit.HOUR: ("start", "end"), Unit.DAY: ("last_day",)}.get(Unit(unit), ("units",))
        return [name for name in ("start", "end", "last_day", "units") if name not in own]

    @property
    def unshown(self) -> list[forms.BoundField]:
        """The fields below the service with their typed values."""
        return [self[name] for name in self.fields if name not in ("service", "tariff", "seats") and self._typed(name)]

    @property
    def visitors(self) -> list[Place]:
        """The places with the fields of their visitors."""
        return [Place(n, self[f"visitor-{n}"], self[f"visitor-{n}-q"]) for n in range(self.place_count)]

    @property
    def seat_ids(self) -> tuple[int, ...]:
        """The seats chosen by number, even if the form has other errors."""
        return as_ids(self._sent.getlist(self.add_prefix("seats")))

    @property
    def visitor_ids(self) -> tuple[int | None, ...]:
        """The visitor of each place; None means the customer."""
        names = [self._typed(f"visitor-{n}-q") for n in range(self.place_count)]
        return tuple(as_id(self._typed(f"visitor-{n}")) if name else None for n, name in enumerate(names))

    @property
    def extras(self) -> dict[int, int]:
        values = self.cleaned_data
        return {int(name[6:]): values[name] for name in self.fields if name.startswith("extra-") and values.get(name)}

    @property
    def extra_errors(self) -> list[str]:
        return [str(error) for name in self.fields if name.startswith("extra-") for error in self[name].errors]

    @property
    def repeats(self) -> bool:
        return bool(self.cleaned_data.get("weekdays") or self.cleaned_data.get("until"))

    def clean_service(self) -> str:
        """Refuse a service that the location does not sell."""
        if self.chosen_service is None:
            raise ValidationError(_("This service is not on sale here."))
        return str(self.cleaned_data["service"])

    def clean_tariff(self) -> str:
        """Refuse a tariff that the chosen service does not have; the page then shows another one."""
        chosen = as_id(self.cleaned_data["tariff"])
        if chosen not in {tariff.pk for tariff in self.service_tariffs} and self.chosen_service:
            raise ValidationError(_("This tariff is not on sale here."))
        return str(self.cleaned_data["tariff"])

    def clean_places(self) -> int:
        """Refuse a number in a spelling that the page cannot count with."""
        if self.cleaned_data["places"] != self.place_count:
            raise ValidationError(_("Enter a whole number."))
        return int(self.cleaned_data["places"])

    def clean(self) -> dict[str, Any]:
        """Refuse a visitor who was typed but not chosen; drop times that the tariff does not use."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.times_of_other_units:
            if name in self.errors:
                del self.errors[name]
                cleaned[name] = None
        for number in range(self.place_count):
            chosen, typed = cleaned.get(f"visitor-{number}"), cleaned.get(f"visitor-{number}-q")
            if (chosen or typed) and not as_id(chosen):
                self.add_error(f"visitor-{number}-q", NO_CHOICE)
        return cleaned

    def when(self) -> When | None:
        """Return the time as typed, as far as it is well-formed."""
        values, tariff = self.cleaned_data, self.chosen_tariff
        if tariff is None or not values.get("day") or not values.keys() >= {"start", "end", "last_day", "units"}:
            return None
        return typed_when(tariff, values)

    def to_wish(self) -> BookingWish:
        """Return the wish, as far as the fields are well-formed."""
        values, tariff = self.cleaned_data, self.chosen_tariff
        is_series = tariff is not None and tariff.unit in (Unit.HOUR, Unit.DAY) and self.repeats
        return BookingWish(
            tariff_id=tariff.pk if tariff else None,
            when=self.when(),
            visitor_ids=self.visitor_ids,
            visitor_names=tuple(str(self.cleaned_data.get(place.text.name, "")) for place in self.visitors),
            seat_ids=self.seat_ids,
            over_block_id=as_id(values.get("over")),
            extras=self.extras,
            repeat=repeat_of(values) if is_series else None,
        )


def repeat_of(values: Mapping[str, Any]) -> Repeat:
    """Return the wanted series; without a weekday, on that of its first day."""
    weekdays = frozenset(map(int, values.get("weekdays", ())))
    if not weekdays and values.get("day"):
        weekdays = frozenset({values["day"].weekday()})
    return Repeat(weekdays=weekdays, until=values.get("until"), only_free=bool(values.get("only_free")))
