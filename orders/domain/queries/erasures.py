"""Requests to be erased, and people whose data are no longer needed, for the location administrator."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Erasure, RetentionHold, User
from coworking.models import Location
from orders.domain.desk.erasing import is_of
from orders.domain.desk.retention import last_active, proposed_at
from orders.domain.queries.merging import orders_and_tickets

MOST = 40  # as many as fit into the URL of the page that asks for confirmation


def standing_of(person: User) -> Erasure | None:
    """Return the person's request that has not been withdrawn."""
    return Erasure.objects.filter(person=person, withdrawn_at=None).first()


def erasures_at(location: Location) -> QuerySet[Erasure]:
    """Return the requests of people who have booked at this location, or nowhere at all, open ones first."""
    asked = Erasure.objects.filter(is_of(location, "person"), withdrawn_at=None).select_related(
        "person", "done_by", "noted_by"
    )
    return asked.order_by("done_at", "asked_at", "pk")


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
