"""A change of one ticket as it is typed: the shape of it; whether it is possible, the plan says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coworking.domain.rules import When, when_of
from coworking.models import Location, Seat, Tariff, Ticket, Unit
from olvery.shared.forms import ClockField, DayField, RoublesField, as_id, set_today
from olvery.shared.refusals import Refusal
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.forms_people import read_key
from orders.wording_refusals import refusal_text

ANY_SEAT = "any"
# What a link may fill in, from the calendar for example.
PREFILLED = ("tariff", "day", "start", "end", "last_day", "units", "seat", "next")
ONE, LATER, ALL = "one", "later", "all"
SCOPES = [
    (ONE, gettext_lazy("Only this one")),
    (LATER, gettext_lazy("This and those that begin then or later")),
    (ALL, gettext_lazy("All of the order under this tariff")),
]
TEXT = {"class": "input", "autocomplete": "off"}


class ChangeForm(forms.Form):
    """Time, tariff and seat of a ticket, and what is asked for about rules and money."""

    tariff = forms.ChoiceField(label=gettext_lazy("Service and tariff"), widget=forms.Select(attrs={"class": "input"}))
    day = DayField(label=gettext_lazy("Date"), error_messages={"required": gettext_lazy("Give the date.")})
    start = ClockField(label=gettext_lazy("Start"), required=False)
    end = ClockField(label=gettext_lazy("End"), required=False)
    last_day = DayField(label=gettext_lazy("Last day"), required=False)
    units = forms.IntegerField(label=gettext_lazy("How many"), required=False, min_value=1, max_value=60)
    seat = forms.ChoiceField(label=gettext_lazy("Seat"), required=False, widget=forms.Select(attrs={"class": "input"}))
    visitor_q = forms.CharField(
        label=gettext_lazy("Another visitor"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("First letters of the name, or the phone"),
        widget=forms.TextInput(attrs={**TEXT, "spellcheck": "false"}),
    )
    # What the people that are shown were found by, and who of them is chosen.
    people_for = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    visitor = forms.CharField(required=False)
    scope = forms.ChoiceField(
        label=gettext_lazy("Which tickets"),
        required=False,
        choices=SCOPES,
        widget=forms.Select(attrs={"class": "input"}),
    )
    is_cancelled = forms.BooleanField(label=gettext_lazy("Cancel instead: the place becomes free"), required=False)
    override_reason = forms.CharField(
        label=gettext_lazy("You may insist: write why, it goes into the history"),
        required=False,
        max_length=250,
        widget=forms.TextInput(attrs=TEXT),
    )
    returned = RoublesField(
        label=gettext_lazy("Another sum goes back"), required=False, help_text=gettext_lazy("Empty: by the terms")
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=250, widget=forms.TextInput(attrs=TEXT)
    )
    # The time fields that were shown, and the plan that was.
    unit = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        ticket: Ticket,
        others: Sequence[Ticket],
        tariffs: Sequence[Tariff],
        seats: Iterable[Seat],
        zone: ZoneInfo,
        today: date,
        viewer: User,
    ) -> None:
        super().__init__(data, auto_id="change-%s")
        self.ticket, self.zone, self.viewer = ticket, zone, viewer
        # Further tickets of the order under the same tariff that can be changed together with it.
        self.is_of_several = bool(others)
        self.others = [one for one in others if one.tariff_id == ticket.tariff_id]
        if not self.others:
            del self.fields["scope"]
        self.tariffs = {tariff.pk: tariff for tariff in (ticket.tariff, *tariffs)}
        self.fields["tariff"].choices = _named(self.tariffs.values())  # type: ignore[attr-defined]
        of_service = [seat for seat in seats if seat.service_id == self.chosen_tariff.service_id]
        labels = [(str(seat.pk), seat.label) for seat in of_service]
        self.fields["seat"].choices = [(ANY_SEAT, _("Any free seat")), *labels]  # type: ignore[attr-defined]
        for name in ("start", "end", "units"):
            self.fields[name].widget.attrs.update(TEXT)
        self.fields["day"].widget.attrs["autofocus"] = True
        set_today(self, today)

    @property
    def chosen_tariff(self) -> Tariff:
        """The tariff that is chosen; that of the ticket until another is."""
        return self.tariffs.get(as_id(self.data.get("tariff")) or 0, self.ticket.tariff)

    @property
    def has_seats(self) -> bool:
        """Whether places of the chosen service have numbers."""
        return self.chosen_tariff.service.has_seats

    def clean_seat(self) -> str:
        """Forget a seat where places have no numbers."""
        return str(self.cleaned_data["seat"]) if self.has_seats else ""

    @property
    def visitor_id(self) -> int | None:
        """The number of the visitor who is chosen, if the people were found by what is typed now."""
        sent = self.data
        is_current = sent.get("visitor") and sent.get("people_for", "") == sent.get("visitor_q", "")
        return read_key(sent["visitor"], viewer=self.viewer) if is_current else None

    def clean_visitor_q(self) -> str:
        """Refuse a visitor who is typed but not chosen."""
        typed = str(self.cleaned_data["visitor_q"])
        if typed and not self.visitor_id:
            raise ValidationError(_("Choose a person from the list."))
        return typed

    def when(self) -> When:
        """Return the time as typed, by the unit of the tariff."""
        values, unit = self.cleaned_data, self.chosen_tariff.unit
        hourly = unit == Unit.HOUR
        return When(
            day=values["day"],
            start=values["start"] if hourly else None,
            end=values["end"] if hourly else None,
            last_day=values["last_day"] if unit == Unit.DAY else None,
            units=values["units"] or 1,
        )

    def to_wish(self) -> ChangeWish:
        """Return what is asked for. The form is valid."""
        values = self.cleaned_data
        return ChangeWish(
            tickets=tuple(self._change_of(ticket) for ticket in self._in_scope()),
            override_reason=values["override_reason"],
            reason=values["reason"],
            returned=values["returned"],
        )

    def _in_scope(self) -> list[Ticket]:
        scope, start = self.cleaned_data.get("scope"), self.ticket.period.start
        together = [one for one in self.others if scope == ALL or (scope == LATER and one.period.start >= start)]
        return [self.ticket, *together]

    def _change_of(self, ticket: Ticket) -> TicketChange:
        """Return what a ticket is to become: others move by as many days, and keep their seats unless told."""
        values = self.cleaned_data
        if values["is_cancelled"]:
            return TicketChange(number=ticket.number, is_cancelled=True)
        seat = values["seat"]
        is_own = ticket is self.ticket or seat != str(self.ticket.seat_id or ANY_SEAT)
        return TicketChange(
            number=ticket.number,
            tariff_id=self.chosen_tariff.pk,
            when=self._when_of(ticket),
            seat_id=as_id(seat) if is_own else None,
            any_seat=seat == ANY_SEAT and is_own and self.has_seats,
            visitor_id=self.visitor_id,
        )

    def _when_of(self, ticket: Ticket) -> When:
        when = self.when()
        moved = self._day_of(ticket) - self._day_of(self.ticket)
        return replace(when, day=when.day + moved, last_day=when.last_day + moved if when.last_day else None)

    def _day_of(self, ticket: Ticket) -> date:
        return ticket.period.days(self.zone)[0]

    def take(self, refusal: Refusal) -> None:
        """Show a refusal at the field it concerns."""
        field = {"seats": "seat", "places": "seat" if self.has_seats else "day"}.get(refusal.field, refusal.field)
        if getattr(refusal, "can_override", False):
            field = "override_reason"
        self.add_error(field if field in self.fields else None, refusal_text(refusal))


def values_of(ticket: Ticket, location: Location, given: Mapping[str, Any]) -> QueryDict:
    """Return the form's values for a ticket as it is, with what a link fills in."""
    when = when_of(ticket.tariff, ticket.period, location.zone)
    values = QueryDict(mutable=True)
    values.update(
        {
            "tariff": str(ticket.tariff_id),
            "day": when.day.isoformat(),
            "start": f"{when.start:%H:%M}" if when.start else "",
            "end": f"{when.end:%H:%M}" if when.end else "",
            "last_day": when.last_day.isoformat() if when.last_day else "",
            "units": str(when.units),
            "seat": str(ticket.seat_id or ANY_SEAT),
        }
    )
    for name in PREFILLED:
        if given.get(name):
            values[name] = given[name]
    return values


def _named(tariffs: Iterable[Tariff]) -> list[tuple[str, str]]:
    return [(str(tariff.pk), f"{tariff.service.name}, {tariff.name}") for tariff in tariffs]
