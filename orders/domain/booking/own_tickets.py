"""Which tickets of an order its customer may cancel without a manager."""

from collections.abc import Collection, Sequence
from datetime import datetime

from coworking.domain import visits
from coworking.models import Ticket
from olvery.shared.refusals import Refusal
from orders.domain.booking.change_places import ChangeRefused, refusal_of_ticket
from orders.models import Handover, Order


def refusals_to_cancel(order: Order, tickets: Sequence[Ticket], *, at: datetime) -> dict[int, Refusal]:
    """Return why the customer of an order may not cancel some of its tickets without a manager, by number.

    A ticket is cancelled until it begins, as the order itself is. One that was passed on is taken back first. Two
    queries at most.
    """
    if not tickets:
        return {}
    passed_on = set(Handover.objects.to_others(tickets).values_list("ticket_id", flat=True))
    come = visits.come_on([one for one in tickets if order.location.lets_in_from(one.period.start) <= at])
    found = {one.number: _refusal(one, passed_on=passed_on, come=come, at=at) for one in tickets}
    return {number: refusal for number, refusal in found.items() if refusal}


def _refusal(ticket: Ticket, *, passed_on: Collection[int], come: Collection[int], at: datetime) -> Refusal | None:
    if refusal := refusal_of_ticket(ticket, at=at):
        return refusal
    if ticket.period.start <= at or ticket.number in come:
        return ChangeRefused("booking_has_begun")
    return ChangeRefused("ticket_is_passed_on") if ticket.number in passed_on else None
