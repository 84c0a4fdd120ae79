"""A change of one ticket as it is typed: checks its shape; the plan checks whether it is possible."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coworking.domain.rules import When, when_of
from coworking.models import Extra, Location, Seat, Tariff, Ticket
from olvery.shared.clocks import END_OF_DAY, clock_text, end_text
from olvery.shared.forms import DayField, RoublesField, as_id
from olvery.shared.periods import DAY
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.forms_fields import LONGEST_REASON, LineField
from orders.forms_tickets import ANY_SEAT, EXTRA, TicketForm

# What a link may fill in, from the calendar for example.
PREFILLED = ("tariff", "day", "start", "end", "last_day", "units", "seat", "next")
MINUTES = re.compile(r"-?[0-9]{1,4}", re.ASCII)
ONE, LATER, UNTIL, ALL = "one", "later", "until", "all"
SCOPES = [
    (ONE, gettext_lazy("Only this one")),
    (LATER, gettext_lazy("This and those that begin then or later")),
    (UNTIL, gettext_lazy("This and those up to a day")),
    (ALL, gettext_lazy("All of the order under this tariff")),
]


class ChangeForm(TicketForm):
    """The wanted state of a ticket, with the answers about rules and money."""

    scope = forms.ChoiceField(
        label=gettext_lazy("Which tickets"),
        required=False,
        choices=SCOPES,
        widget=forms.Select(attrs={"class": "select"}),
    )
    until = DayField(label=gettext_lazy("Up to and including"), required=False)
    is_cancelled = forms.BooleanField(label=gettext_lazy("Cancel instead: the place becomes free"), required=False)
    returned = RoublesField(
        label=gettext_lazy("Another sum goes back"), required=False, help_text=gettext_lazy("Empty: by the terms")
    )
    reason = LineField(label=gettext_lazy("Reason"), required=False, max_length=LONGEST_REASON)
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        ticket: Ticket,
        others: Sequence[Ticket],
        tariffs: Sequence[Tariff],
        seats: Iterable[Seat],
        extras: Mapping[Extra, int],
        zone: ZoneInfo,
        today: date,
        viewer: User,
    ) -> None:
        # Its own tariff comes first, on sale or not; with its extras if it is on sale.
        own = next((tariff for tariff in tariffs if tariff == ticket.tariff), ticket.tariff)
        self.ticket, self.zone = ticket, zone
        super().__init__(data, tariffs=(own, *tariffs), seats=seats, extras=extras, today=today, viewer=viewer)
        # Further tickets of the order under the same tariff that can be changed together with it.
        self.is_of_several = bool(others)
        self.others = [one for one in others if one.tariff_id == ticket.tariff_id]
        if not self.others:
            del self.fields["scope"], self.fields["until"]

    def clean(self) -> dict[str, Any]:
        """Require the last day of a range."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("scope") == UNTIL and "until" not in self.errors:
            if cleaned.get("until") is None:
                self.add_error("until", _("Give the last day."))
            elif cleaned["until"] < self._day_of(self.ticket):
                self.add_error("until", _("It is before this ticket."))
        return cleaned

    def to_wish(self) -> ChangeWish:
        """Return the wish. The form is valid."""
        values = self.cleaned_data
        return ChangeWish(
            tickets=tuple(self._change_of(ticket) for ticket in self._in_scope()),
            override_reason=values["override_reason"],
            reason=values["reason"],
            returned=values["returned"],
        )

    def _in_scope(self) -> list[Ticket]:
        values, start = self.cleaned_data, self.ticket.period.start
        scope, until = values.get("scope"), values.get("until")

        def is_meant(one: Ticket) -> bool:
            is_later = one.period.start >= start
            is_in_range = scope == UNTIL and is_later and until is not None and self._day_of(one) <= until
            return scope == ALL or (scope == LATER and is_later) or is_in_range

        return [self.ticket, *filter(is_meant, self.others)]

    def _change_of(self, ticket: Ticket) -> TicketChange:
        """Return the change of a ticket: other tickets keep their extras, and their seats unless told otherwise."""
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
            extras=self.extras if ticket is self.ticket else None,
        )

    def _when_of(self, ticket: Ticket) -> When:
        """Return the new time of a ticket: other tickets move by as many days, and get a changed start or length."""
        when, own, theirs = self.when(), *(when_of(one.tariff, one.period, self.zone) for one in (self.ticket, ticket))
        length = _length(when)
        if self.chosen_tariff.unit == self.ticket.tariff.unit:
            if (when.start, when.end) == (own.start, own.end):
                when = replace(when, start=theirs.start, end=theirs.end)
            if when.units == own.units:
                when = replace(when, units=theirs.units)
            length = _length(theirs) if length == _length(own) else length
        day = theirs.day + (when.day - own.day)
        return replace(when, day=day, last_day=day + length)

    def _day_of(self, ticket: Ticket) -> date:
        return ticket.period.days(self.zone)[0]


def _length(when: When) -> timedelta:
    """Return the number of days between the typed first and last day."""
    return (when.last_day or when.day) - when.day


def _moved(when: When, given: Mapping[str, Any], *, step: int) -> When:
    """Return the hours of a bar that was moved `later` and made `longer` by this many minutes, in steps of its tariff.

    The hours stay within its day.
    """
    later, longer = (_minutes(given.get(name)) for name in ("later", "longer"))
    if when.start is None or when.end is None or not (later or longer):
        return when
    midnight = datetime.combine(when.day, time.min)
    start, end = (datetime.combine(when.day, clock) + timedelta(minutes=later) for clock in (when.start, when.end))
    end += timedelta(minutes=longer) + (DAY if when.end == END_OF_DAY else timedelta())
    onto_a_step = timedelta(minutes=step * round((start - midnight) / timedelta(minutes=step))) - (start - midnight)
    start, end = start + onto_a_step, end + onto_a_step
    is_within = midnight <= start < end <= midnight + DAY
    return replace(when, start=start.time(), end=end.time()) if is_within else when


def _minutes(text: Any) -> int:
    return int(text) if text and MINUTES.fullmatch(text) else 0


def values_of(ticket: Ticket, extras: Mapping[Extra, int], location: Location, given: Mapping[str, Any]) -> QueryDict:
    """Return the form's values for a ticket and its extras as they are, with those prefilled by a link."""
    when = _moved(when_of(ticket.tariff, ticket.period, location.zone), given, step=ticket.tariff.step_minutes)
    values = QueryDict(mutable=True)
    values.update(
        {
            "tariff": str(ticket.tariff_id),
            "day": when.day.isoformat(),
            "start": clock_text(when.start),
            "end": end_text(when.end),
            "last_day": when.later_day.isoformat() if when.later_day else "",
            "units": str(when.units),
            "seat": str(ticket.seat_id or ANY_SEAT),
            **{f"{EXTRA}{extra.pk}": str(quantity) for extra, quantity in extras.items()},
        }
    )
    for name in PREFILLED:
        if given.get(name):
            values[name] = given[name]
    return values
