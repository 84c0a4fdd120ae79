"""Requests to be erased, for the person and for the location administrator."""

from django.db.models import QuerySet

from accounts.models import Erasure, User
from coworking.models import Location
from orders.domain.desk.erasing import is_of


def standing_of(person: User) -> Erasure | None:
    """Return the person's request that has not been withdrawn."""
    return Erasure.objects.filter(person=person, withdrawn_at=None).first()


def erasures_at(location: Location) -> QuerySet[Erasure]:
    """Return the requests of people who have booked at this location, or nowhere at all, open ones first."""
    asked = Erasure.objects.filter(is_of(location, "person"), withdrawn_at=None).select_related(
        "person", "done_by", "noted_by"
    )
    return asked.order_by("done_at", "asked_at", "pk")
