"""When and where a person comes, for the calendar they subscribe to."""

from datetime import datetime, timedelta

from django.db.models import Max

from accounts.models import User
from coworking.models import Ticket
from orders.domain.queries.cards import with_order
from orders.models import OrderEvent

# How much of the past a calendar shows, and how much at most in total.
PAST, MOST = timedelta(days=90), 500


def visits_of(person: User, *, at: datetime) -> list[tuple[Ticket, datetime]]:
    """Return the person's tickets, including cancelled ones, each with the moment of its order's last change.

    Newest first. Two queries.
    """
    recent = Ticket.objects.of_visitor(person).filter(period__endswith__gt=at - PAST).order_by("-pk")
    tickets = list(with_order(recent).select_related("service__location", "seat")[:MOST])
    orders = {ticket.order_number for ticket in tickets}  # type: ignore[attr-defined]
    events = OrderEvent.objects.filter(order__in=orders).order_by().values_list("order")
    changed_at = dict(events.annotate(Max("at")))
    return [(ticket, changed_at.get(ticket.order_number, ticket.created_at)) for ticket in tickets]  # type: ignore[attr-defined]
