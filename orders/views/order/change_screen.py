"""The dialog of a change: the form, the plan, and what to do with the money."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import Http404

from coworking.domain.capacity import Alternative, Occupancy
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import RuleBroken
from coworking.models import Extra, Seat, Ticket
from olvery.shared.addresses import own_address
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from orders.domain.booking.change_extras import extras_sold, quantities
from orders.domain.booking.change_places import TicketPlan
from orders.domain.booking.changing import can_change, plan_of
from orders.domain.booking.wish import Booker
from orders.domain.desk.changing import state_as_json
from orders.domain.money.standing import standing
from orders.domain.queries.cards import tickets_in
from orders.forms_changes import ChangeForm, values_of
from orders.models import Order
from orders.views.order.plan_screen import TicketScreen, with_alternative
from orders.wording_changes import Difference, differences


class ChangeScreen(TicketScreen):
    """One ticket of an order, its wanted state, and the resulting plan."""

    form: ChangeForm

    def __init__(
        self,
        order: Order,
        ticket: Ticket,
        booker: Booker,
        data: Mapping[str, Any],
        *,
        extras: Mapping[Extra, int],
        at: datetime,
    ) -> None:
        super().__init__(order, at=at)
        self.ticket = ticket
        tariffs = tariffs_on_sale(order.location, at=at)
        services = {tariff.service_id for tariff in tariffs} | {ticket.service_id}
        self.form = ChangeForm(
            with_alternative(data),
            ticket=ticket,
            others=[one for one in tickets_in(order) if one != ticket and can_change(one, order, at=at)],
            zone=order.location.zone,
            tariffs=tariffs,
            seats=Seat.objects.filter(service__in=services, is_active=True).order_by("table", "position", "pk"),
            extras=extras,
            today=order.location.day_at(at),
            viewer=booker.user,
        )
        if self.form.is_valid():
            self.plan = plan_of(order, self.form.to_wish(), booker=booker, at=at)

    @property
    def of_ticket(self) -> TicketPlan | None:
        return self.plan.tickets[0] if self.plan and self.plan.tickets else None

    @property
    def differences(self) -> list[tuple[int, list[Difference]]]:
        """What changes about each ticket, by number."""
        zone = self.order.location.zone
        return [
            (
                one.ticket.number,
                differences(state_as_json(one.before), state_as_json(one.after), zone, one.extras_as_json),
            )
            for one in (self.plan.changed if self.plan else ())
        ]

    @property
    def ends_order(self) -> bool:
        """Whether no ticket would be left, so that the order has to be cancelled instead."""
        return any(one.reason == "last_ticket" for one in (self.plan.refusals if self.plan else ()))

    @property
    def broken(self) -> list[RuleBroken]:
        """The rules that the tickets would break, each once."""
        tickets = self.plan.tickets if self.plan else ()
        return list({str(rule): rule for one in tickets for rule in one.broken}.values())

    @property
    def taken(self) -> Refusal | None:
        """Why the place is not available, if it is taken."""
        problems = (one for plan in (self.plan.tickets if self.plan else ()) for one in plan.problems)
        return next((one for one in problems if one.field in ("places", "seats")), None)

    @property
    def near(self) -> Sequence[Alternative]:
        """The nearest places for the ticket."""
        return self.of_ticket.alternatives if self.of_ticket else ()

    @property
    def looked_at(self) -> tuple[Occupancy, Period] | None:
        """The occupancy at the wanted time, and that time."""
        one = self.of_ticket
        return (one.occupancy, one.after.period) if one and one.occupancy else None


def screen_of(
    order: Order, number: int, booker: Booker, sent: Mapping[str, Any] | None, given: Mapping[str, Any], *, at: datetime
) -> ChangeScreen:
    """Return the screen of a ticket for a submitted form, or for the ticket as it is with values from a link.

    Raises Http404 for a ticket of another order.
    """
    ticket = ticket_in(order, number)
    extras = extras_of(order, ticket)
    data = values_of(ticket, extras, order.location, given) if sent is None else sent
    return ChangeScreen(order, ticket, booker, data, extras=extras, at=at)


def ticket_in(order: Order, number: int) -> Ticket:
    """Return a ticket of the order by its number. Raises Http404."""
    ticket = next((one for one in tickets_in(order) if one.number == number), None)
    if ticket is None:
        raise Http404
    return ticket


def extras_of(order: Order, ticket: Ticket) -> dict[Extra, int]:
    """Return a ticket's quantity of each extra. One query, if it has any."""
    found = quantities(extras_sold(ticket.number, standing(order.lines.all())))
    extras = Extra.objects.in_bulk(found) if found else {}
    return {extras[key]: quantity for key, quantity in found.items()}


def next_of(values: Mapping[str, Any]) -> str:
    """Return the local URL to return to, empty if none is given."""
    return own_address(str(values.get("next") or ""), under="/manage/")
