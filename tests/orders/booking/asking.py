"""Placing an order, and checking that a refusal changes nothing."""

from typing import Any

import pytest

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, Wish
from orders.wording_refusals import refusal_text
from tests.moments import NOW, WEDNESDAY, clock
from tests.snapshots import saved_rows


def at_hours(start: str, end: str, **fields: Any) -> When:
    """Return some hours of Wednesday, or of another day."""
    return When(**{"day": WEDNESDAY, **fields}, start=clock(start), end=clock(end))


def refusals(request: Wish, *, location: Location, by: User) -> list[tuple[type[Refusal], str]]:
    """Place an order that is refused; return why, after checking that nothing changed."""
    before = saved_rows()
    with pytest.raises(Refused) as refused:
        place_order(request, booker=Booker.manager(by, location), at=NOW)
    assert saved_rows() == before
    assert all(refusal_text(refusal) for refusal in refused.value.refusals)
    return [(type(refusal), refusal.field) for refusal in refused.value.refusals]
