"""What the dialog of a change shows: the form, the plan, and what to do with the money."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.domain.search_limit import SearchLimited, count_search
from accounts.models import User
from coworking.domain.capacity import Alternative
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import RuleBroken
from coworking.models import BLOCKING, Seat, Ticket
from olvery.shared.refusals import Refusal
from olvery.shared.search import fold
from orders.domain.booking.change_places import TicketPlan
from orders.domain.booking.changing import NothingChanged, Plan, plan_of
from orders.domain.booking.wish import Booker
from orders.domain.desk.changing import UNDO_FOR, state_as_json
from orders.domain.queries.cards import tickets_in
from orders.forms_changes import ANY_SEAT, ChangeForm, values_of
from orders.forms_people import with_keys
from orders.models import Order
from orders.wording_changes import Difference, differences
from orders.wording_refusals import refusal_text

RESULTS, SHORTEST = 5, 2


class ChangeScreen:
    """One ticket of an order, what it is to become, and what that comes to. `plan` is None until the form is valid."""

    def __init__(self, order: Order, ticket: Ticket, booker: Booker, data: Mapping[str, Any], *, at: datetime) -> None:
        self.order, self.ticket, self.at = order, ticket, at
        tariffs = tariffs_on_sale(order.location)
        services = {tariff.service_id for tariff in tariffs} | {ticket.service_id}
        self.form = ChangeForm(
            _with_alternative(data),
            ticket=ticket,
            others=[one for one in tickets_in(order) if one != ticket and _can_change(one, at)],
            zone=order.location.zone,
            tariffs=tariffs,
            seats=Seat.objects.filter(service__in=services, is_active=True).order_by("table", "position", "pk"),
            today=at.astimezone(order.location.zone).date(),
            viewer=booker.user,
        )
        self.plan: Plan | None = None
        self.people: list[User] = []
        self.limited = ""
        if self.form.is_valid():
            self.plan = plan_of(order, self.form.to_wish(), booker=booker, at=at)

    @property
    def asks_for_people(self) -> bool:
        """Whether other people are to be shown than are."""
        return self.form.data.get("people_for", "") != self.typed_name

    @property
    def typed_name(self) -> str:
        """What is typed to find a visitor."""
        return str(self.form.data.get("visitor_q", "")).replace("\0", "")[:100]

    def find_people(self) -> None:
        """Look for the people that are meant, unless too little is typed or they are asked for too often."""
        text = self.typed_name
        if len(fold(text)) < SHORTEST:
            return
        try:
            count_search(self.form.viewer, at=self.at)
        except SearchLimited as refusal:
            self.limited = refusal_text(refusal)
        else:
            self.people = with_keys(User.objects.found_by(text, limit=RESULTS), viewer=self.form.viewer)

    @property
    def of_ticket(self) -> TicketPlan | None:
        """The plan of the ticket."""
        return self.plan.tickets[0] if self.plan and self.plan.tickets else None

    @property
    def differences(self) -> list[tuple[int, list[Difference]]]:
        """What of each ticket becomes other than it is, by number."""
        zone = self.order.location.zone
        changed = self.plan.changed if self.plan else []
        return [
            (one.ticket.number, differences(state_as_json(one.before), state_as_json(one.after), zone))
            for one in changed
        ]

    @property
    def is_stale(self) -> bool:
        """Whether the plan is not the one that was shown."""
        shown = self.form.cleaned_data.get("version")
        return bool(self.plan and shown and shown != self.plan.version)

    @property
    def shows_other_unit(self) -> bool:
        """Whether the page shows the fields of another unit of time, or the seats of another service."""
        return self.form.data.get("unit") != self.shown

    @property
    def shown(self) -> str:
        """What the fields of the time belong to."""
        tariff = self.form.chosen_tariff
        return f"{tariff.unit}-{tariff.service_id}"

    @property
    def soft(self) -> list[RuleBroken]:
        """The broken rules that may be overridden."""
        return [rule for rule in self._broken if rule.can_override]

    @property
    def hard(self) -> list[Refusal]:
        """Why it cannot be done, apart from a place that is taken."""
        if self.plan is None:
            return []
        said = {*map(str, self._broken), str(self.taken)}
        others = [one for one in self.plan.refusals if str(one) not in said and not isinstance(one, NothingChanged)]
        asked = ("reason", "returned")
        return [rule for rule in self._broken if not rule.can_override] + [
            one for one in others if one.field not in asked
        ]

    @property
    def _broken(self) -> list[RuleBroken]:
        tickets = self.plan.tickets if self.plan else ()
        return list({str(rule): rule for one in tickets for rule in one.broken}.values())

    @property
    def taken(self) -> Refusal | None:
        """Why the place cannot be had, if others have it."""
        problems = (one for plan in (self.plan.tickets if self.plan else ()) for one in plan.problems)
        return next((one for one in problems if one.field in ("places", "seats")), None)

    @property
    def alternatives(self) -> list[dict[str, Any]]:
        """The nearest places, each with what its button sends."""
        near = self.of_ticket.alternatives if self.of_ticket else ()
        return [
            {
                "period": other.period,
                "labels": ", ".join(seat.label for seat in other.seats),
                "value": self._value(other),
            }
            for other in near
        ]

    def _value(self, other: Alternative) -> str:
        zone = self.order.location.zone
        first, last = other.period.days(zone)
        start, end = (f"{moment.astimezone(zone):%H:%M}" for moment in (other.period.start, other.period.end))
        seat = str(other.seats[0].pk) if other.seats else ""
        return "|".join((str(first), start, end, str(last), seat))

    @property
    def free_seats(self) -> str:
        """The seats that are free at the wanted time, by number."""
        one = self.of_ticket
        if one is None or one.occupancy is None or not one.after.service.has_seats:
            return ""
        return ", ".join(seat.label for seat in one.occupancy.free_seats(one.after.period))

    @property
    def undo_until(self) -> datetime:
        """Until when the change could be undone, and its letter and its refund wait."""
        return self.at + UNDO_FOR


def screen_of(
    order: Order, number: int, booker: Booker, sent: Mapping[str, Any] | None, given: Mapping[str, Any], *, at: datetime
) -> ChangeScreen:
    """Return the screen of a ticket for what was sent, or for the ticket as it is with what a link has given.

    Raises Http404 for a ticket of another order.
    """
    ticket = next((one for one in tickets_in(order) if one.number == number), None)
    if ticket is None:
        raise Http404
    data = values_of(ticket, order.location, given) if sent is None else sent
    return ChangeScreen(order, ticket, booker, data, at=at)


def next_of(values: Mapping[str, Any]) -> str:
    """Return the local address to return to, empty where none is given."""
    asked = str(values.get("next") or "")
    return asked if asked.startswith("/manage/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""


def _can_change(ticket: Ticket, at: datetime) -> bool:
    return ticket.status in BLOCKING and ticket.period.end > at


def _with_alternative(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values with an alternative that was picked, instead of the time and the seat."""
    parts = str(data.get("alternative", "")).split("|")
    if len(parts) != 5:
        return data
    values = QueryDict(mutable=True)
    values.update({name: data[name] for name in data})
    for name, value in zip(("day", "start", "end", "last_day"), parts, strict=False):
        values[name] = value
    values["seat"] = parts[4] or values.get("seat") or ANY_SEAT
    return values
