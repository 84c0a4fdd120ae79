"""The tickets of a day as a door without network stores them, without visitors' names or usable codes."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from coworking.domain.day import today_of
from coworking.domain.visits import read_visits
from coworking.models import Location, Ticket

MOST = 5000
# Bytes of a digest. A last name can be found by trying all last names, so the list is kept only for a day.
DIGEST = 8


def tickets_of_day(location: Location, *, at: datetime) -> Sequence[Ticket]:
    """Return the tickets of the local day, whatever their status, each with its `visits_counted`. Two queries."""
    day = today_of(location, at=at).to_range()
    tickets = Ticket.objects.filter(location_id=location.pk, period__overlap=day)
    found = list(tickets.select_related("service", "tariff", "seat").order_by("period__startswith", "pk")[:MOST])
    read_visits(found)
    for ticket in found:
        ticket.service.location = location
    return found


def digest_of(text: str) -> str:
    """Return the digest that replaces a text in the list: equal texts can be matched, but not read."""
    return hashlib.sha256(text.encode()).hexdigest()[: DIGEST * 2]


def last_name_of(ticket: Ticket) -> str:
    """Return the first word of the visitor's folded name."""
    return ticket.name_key.strip().partition(" ")[0]
