"""Forms of the calendar: what to block and when, and which blocks to lift."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coworking.domain.blocking import Target
from coworking.models import Block, Seat, Service
from olvery.shared.clocks import end_moment, ends_after
from olvery.shared.forms import ClockField, DayField, set_today
from olvery.shared.periods import DAY, Period, at_local, local_days
from orders.forms_fields import TEXT
from orders.forms_refusals import RefusableForm

MOST_DAYS = 62
WHOLE = "location"


class Choice(NamedTuple):
    """One thing that can be blocked, as a check box."""

    value: str
    label: Any
    is_whole: bool


class BlockForm(RefusableForm):
    """Seats, services or the whole location, for days or for hours of each of the days."""

    shown_at = {"places": "targets"}

    targets = forms.MultipleChoiceField(
        label=_("What"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose what is blocked.")),
    )
    places = forms.IntegerField(label=_("How many places"), required=False, min_value=1, max_value=999)
    day = DayField(label=_("First day"), error_messages={"required": _("Give the date.")})
    last_day = DayField(label=pgettext_lazy("of a block", "Last day"), required=False)
    start = ClockField(label=_("From, each day"), required=False)
    end = ClockField(label=_("Until, each day"), required=False, is_end=True)
    is_open_to_managers = forms.BooleanField(label=_("Managers may order over it"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, error_messages={"required": _("Say why.")})

    def __init__(
        self, data: Any, *, services: Sequence[Service], seats: Sequence[Seat], today: date, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial, auto_id="block-%s")
        self.services, self.seats = services, seats
        chosen = [(choice.value, choice.label) for _service, group in self.groups for choice in group]
        self.fields["targets"].choices = [(WHOLE, WHOLE), *chosen]  # type: ignore[attr-defined]
        for name in ("places", "start", "end", "reason"):
            self.fields[name].widget.attrs.update(TEXT)
        self.fields["reason"].widget.attrs["autofocus"] = True
        set_today(self, today)

    @property
    def groups(self) -> list[tuple[Service, list[Choice]]]:
        return [
            (
                service,
                [
                    Choice(f"service-{service.pk}", _("everything"), is_whole=True),
                    *(
                        Choice(f"seat-{seat.pk}", seat.label, is_whole=False)
                        for seat in self.seats
                        if seat.service_id == service.pk and service.has_seats
                    ),
                ],
            )
            for service in self.services
        ]

    @property
    def chosen(self) -> list[str]:
        return [str(value) for value in self["targets"].value() or ()]

    def clean(self) -> dict[str, Any]:
        """Refuse days and hours in the wrong order, and more days than a block takes."""
        cleaned = super().clean() or self.cleaned_data
        day, start, end = (cleaned.get(name) for name in ("day", "start", "end"))
        last = cleaned.get("last_day") or day
        if day and last and last < day:
            self.add_error("last_day", _("The last day is before the first."))
        elif day and last and (last - day).days >= MOST_DAYS:
            self.add_error("last_day", _("A block takes two months at most."))
        if (start is None) != (end is None):
            self.add_error("end" if end is None else "start", _("Give both hours, or none for whole days."))
        elif start is not None and end is not None and not ends_after(start, end):
            self.add_error("end", _("The end is not after the start."))
        return cleaned

    def to_targets(self) -> list[Target]:
        """Return what to block; parts of something else that is chosen are left out."""
        values = set(self.cleaned_data["targets"])
        whole = {one.pk for one in self.services if WHOLE in values or f"service-{one.pk}" in values}
        found = [self._whole(service) for service in self.services if service.pk in whole]
        by_key = {service.pk: service for service in self.services}
        chosen = (seat for seat in self.seats if f"seat-{seat.pk}" in values and seat.service_id not in whole)
        return found + [Target(by_key[seat.service_id], seat) for seat in chosen]

    def _whole(self, service: Service) -> Target:
        if service.has_seats:
            return Target(service)
        return Target(service, places=self.cleaned_data.get("places") or max(service.capacity, 1))

    def to_periods(self, zone: ZoneInfo) -> list[Period]:
        """Return the days as one period, or the hours of each of them."""
        values = self.cleaned_data
        first, last = values["day"], values.get("last_day") or values["day"]
        if values.get("start") is None:
            return [local_days(first, last, zone)]
        return list(_hours_of(first, last, values["start"], values["end"], zone))


def _hours_of(first: date, last: date, start: time, end: time, zone: ZoneInfo) -> Iterator[Period]:
    for number in range((last - first).days + 1):
        day = first + DAY * number
        begins, ends = at_local(day, start, zone), end_moment(day, end, zone)
        if ends - begins > timedelta():  # if the clock skips these hours there is nothing to block
            yield Period(begins, ends)


class LiftForm(RefusableForm):
    blocks = forms.MultipleChoiceField(
        label=_("Blocks"),
        error_messages={"required": _("Choose what is lifted."), "invalid_choice": _("Lifted already.")},
    )

    def __init__(self, data: Any, *, blocks: Sequence[Block], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial, auto_id="lift-%s")
        self.fields["blocks"].choices = [(str(block.pk), block.reason) for block in blocks]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[str]:
        return [str(value) for value in self["blocks"].value() or ()]
