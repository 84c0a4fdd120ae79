"""People whose data are no longer needed, for the location administrator."""

from datetime import datetime

from accounts.models import RetentionHold, User
from coworking.models import Location
from orders.domain.desk.erasing import is_of
from orders.domain.desk.retention import last_active, proposed_at
from orders.domain.queries.merging import orders_and_tickets

MOST = 40  # as many as fit into the URL of the page that asks for confirmation


def proposals(location: Location, at: datetime) -> list[User]:
    """Return people whose data may be erased, longest inactive first, with what they had and when. One query."""
    people = proposed_at(location, at).annotate(last=last_active(), **orders_and_tickets())
    return list(people.order_by("since", "pk")[:MOST])


def chosen(location: Location, keys: list[int], at: datetime) -> list[User]:
    """Return those of these people whose data may be erased, like `proposals`. One query."""
    people = proposed_at(location, at).filter(pk__in=keys).annotate(last=last_active(), **orders_and_tickets())
    return list(people.order_by("since", "pk"))


def holds_at(location: Location, at: datetime) -> list[RetentionHold]:
    """Return the holds of a location, latest first."""
    holds = RetentionHold.objects.filter(is_of(location, "person"), until__gte=at.date(), person__erased_at=None)
    return list(holds.select_related("person", "by").order_by("-pk")[:MOST])
