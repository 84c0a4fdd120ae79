"""Shared by the pages that plan a change of tickets: the plan, its refusals; in dialogs of managers, people, too."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict

from accounts.domain.search_limit import SearchLimited
from accounts.models import User
from coworking.domain.capacity import Alternative, Occupancy
from coworking.domain.rules import RuleBroken
from coworking.models import Extra
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal, refusals_to
from olvery.shared.search import is_too_short
from orders.domain.booking.changing import UNDO_FOR, NothingChanged, Plan
from orders.domain.desk import changing
from orders.forms_people import find_people
from orders.forms_refusals import RefusableForm
from orders.forms_tickets import ANY_SEAT, TicketForm
from orders.models import Order
from orders.views.nearest import NearestView, nearest_views
from orders.wording_refusals import refusal_text

RESULTS = 5
# These have fields of their own, which appear when needed.
ASKED = ("reason", "returned")


class PlanScreen:
    """A form about tickets of an order, and the resulting plan. `plan` is None until the form is valid."""

    form: RefusableForm

    def __init__(self, order: Order, *, at: datetime) -> None:
        self.order, self.at = order, at
        self.plan: Plan | None = None

    def carry_out_shown(self, plan: Plan) -> bool:
        """Carry a plan out if the form names it as the one that was shown, which customers have to see first."""
        if not plan.is_ready:
            self.take(plan.refusals)
        elif self.form.cleaned_data["version"] != plan.version:
            self.take([changing.PlanStale(plan)])
        else:
            return self.carry_out(plan)
        return False

    def carry_out(self, plan: Plan) -> bool:
        """Carry a plan out and return whether that succeeded; refusals go to the form."""

        def refuse(refusal: Refusal) -> None:
            if isinstance(refusal, changing.PlanStale):
                self.plan = refusal.plan
            self.form.take(refusal)

        with refusals_to(refuse):
            changing.carry_out(plan)
            return True
        return False

    def take(self, refusals: Iterable[Refusal]) -> None:
        """Show refusals at the fields they concern."""
        for refusal in refusals:
            self.form.take(refusal)

    @property
    def undo_until(self) -> datetime:
        """Until when the change could be undone; its letter and its refund wait until then."""
        return self.at + UNDO_FOR


class TicketScreen(PlanScreen, ABC):
    """The form also names a service, a time, a place and a visitor, as a `TicketForm` does."""

    form: TicketForm
    # The prefix of the fields for quantities of extras: none.
    prefix = ""

    def __init__(self, order: Order, *, at: datetime) -> None:
        super().__init__(order, at=at)
        self.people: list[User] = []
        self.has_more_people = False
        self.limited = ""

    @property
    def extras(self) -> Sequence[tuple[Extra, Any]]:
        """The extras on sale, with the typed quantities."""
        return self.form.extra_quantities

    @property
    def asks_for_people(self) -> bool:
        """Whether the people shown have to be replaced."""
        return self.form.data.get("people_for", "") != self.typed_name

    @property
    def typed_name(self) -> str:
        return str(self.form.data.get("visitor_q", "")).replace("\0", "")[:100]

    def find_people(self) -> None:
        """Search for people, unless too little was typed or searches are too frequent."""
        text = self.typed_name
        if is_too_short(text):
            return
        try:
            found = find_people(text, viewer=self.form.viewer, most=RESULTS, at=self.at)
            self.people, self.has_more_people = found
        except SearchLimited as refusal:
            self.limited = refusal_text(refusal)

    @property
    def is_stale(self) -> bool:
        """Whether the plan is not the one that was shown."""
        shown = self.form.cleaned_data.get("version")
        return bool(self.plan and shown and shown != self.plan.version)

    @property
    def shows_other_fields(self) -> bool:
        """Whether the page shows fields of another time unit, or seats and extras of another service."""
        return self.form.data.get("unit") != self.form.shown

    @property
    def soft(self) -> list[RuleBroken]:
        """The broken rules that may be overridden."""
        return [rule for rule in self.broken if rule.can_override]

    @property
    def hard(self) -> list[Refusal]:
        """The refusals, apart from a taken place and from those shown above the form."""
        if self.plan is None:
            return []
        said, above = {*map(str, self.broken), str(self.taken)}, self.form.non_field_errors()
        others = [one for one in self.plan.refusals if str(one) not in said and not isinstance(one, NothingChanged)]
        return [rule for rule in self.broken if not rule.can_override] + [
            one for one in others if one.field not in ASKED and refusal_text(one) not in above
        ]

    @property
    @abstractmethod
    def broken(self) -> list[RuleBroken]:
        """The rules that are broken, each once."""

    @property
    @abstractmethod
    def taken(self) -> Refusal | None:
        """Why the place is not available, if it is taken."""

    @property
    @abstractmethod
    def near(self) -> Sequence[Alternative]:
        """The nearest available places."""

    @property
    @abstractmethod
    def looked_at(self) -> tuple[Occupancy, Period] | None:
        """The occupancy at the wanted time, and that time."""

    @property
    def alternatives(self) -> list[NearestView]:
        """The nearest places, each with what its button sends."""
        occupancy, _period = self.looked_at or (None, None)
        return nearest_views(self.near, occupancy, self.form.chosen_tariff, self.order.location.zone)

    @property
    def free_seats(self) -> str:
        """The seats that are free at the wanted time, by number."""
        if self.looked_at is None or not self.form.has_seats:
            return ""
        occupancy, period = self.looked_at
        return ", ".join(seat.label for seat in occupancy.free_seats(period))


def with_alternative(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values with a picked alternative in place of time and seat."""
    parts = str(data.get("alternative", "")).split("|")
    if len(parts) != 5:
        return data
    values = QueryDict(mutable=True)
    for name in data:
        values.setlist(name, data.getlist(name) if isinstance(data, QueryDict) else [data[name]])
    for name, value in zip(("day", "start", "end", "last_day"), parts, strict=False):
        values[name] = value
    seat, *_others = parts[4].split(",")
    values["seat"] = seat or values.get("seat") or ANY_SEAT
    return values
