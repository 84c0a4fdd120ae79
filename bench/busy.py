"""Locations created for a measurement, and days on which they are full."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time
from itertools import cycle, islice

from accounts.models import Membership, Role, User
from coworking.domain.rules import When
from coworking.models import Location, OpeningHours, PaymentMethod, Tariff
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish

LENGTH = 2  # hours of a booking


def new_location(manager: User, *, name: str = "", **facts: str) -> Location:
    """Create a location that is open every day, with its manager."""
    location = Location.objects.create(name=name or f"Bench {uuid.uuid4()}", reply_email="bench@olvery.test", **facts)
    OpeningHours.objects.bulk_create(
        OpeningHours(location=location, weekday=day, opens_at=time(8), closes_at=time(21)) for day in range(7)
    )
    Membership.objects.create(user=manager, location=location, role=Role.RENTAL_MANAGER)
    return location


def book(
    tariffs: Iterable[Tariff], day: date, starts: Iterable[int], *, places: int, at_once: int, by: User, at: datetime
) -> None:
    """Book this many places of each tariff at each of the hours, several per order; no letters are sent."""
    people = cycle(list(User.objects.filter(is_active=True).exclude(phone=None).order_by("pk")[:500]))
    for tariff in tariffs:
        for start in starts:
            when = When(day, start=time(start), end=time(start + LENGTH))
            for _order in range(places // at_once):
                _place(tariff, when, list(islice(people, at_once)), by=by, at=at)


def _place(tariff: Tariff, when: When, people: list[User], *, by: User, at: datetime) -> None:
    booking = BookingWish(tariff_id=tariff.pk, when=when, visitor_ids=tuple(person.pk for person in people))
    wish = Wish(
        token=uuid.uuid4(),
        customer_id=people[0].pk,
        phone=str(people[0].phone),
        email="",
        bookings=(booking,),
        payment_method=PaymentMethod.ON_SITE,
    )
    place_order(wish, booker=Booker.manager(by, tariff.service.location), at=at)
