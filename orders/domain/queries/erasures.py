"""Requests to be erased, for the person and for the location administrator."""

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Erasure, User
from coworking.models import Location, Ticket
from orders.models import Order


def standing_of(person: User) -> Erasure | None:
    """Return the request of a person that is not withdrawn."""
    return Erasure.objects.filter(person=person, withdrawn_at=None).first()


def erasures_at(location: Location) -> QuerySet[Erasure]:
    """Return the requests of people who have booked at a location, or nowhere at all; those that wait come first."""
    orders = Order.objects.filter(customer=OuterRef("person"))
    tickets = Ticket.objects.filter(visitor=OuterRef("person"))
    here = Exists(orders.filter(location=location)) | Exists(tickets.filter(location=location))
    nowhere = ~Exists(orders) & ~Exists(tickets)
    asked = Erasure.objects.filter(here | nowhere, withdrawn_at=None).select_related("person", "done_by")
    return asked.order_by("done_at", "asked_at", "pk")
