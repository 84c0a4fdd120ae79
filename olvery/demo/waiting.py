"""Who waits for a meeting room of one of the next days."""

from datetime import datetime, time
from random import Random
from uuid import UUID

from accounts.models import User
from coworking.domain.capacity import occupancy_of
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.rules import When, period_of
from coworking.models import PaymentMethod, Unit, WaitingWish
from olvery.demo.people import People
from olvery.demo.places import Site
from olvery.shared.periods import DAY
from orders.domain.booking.waiting import join
from orders.domain.booking.wish import Booker, BookingWish, Wish

DAYS_TRIED = 14
NOON, AFTERNOON = time(12), time(14)


def stand_in_line(*, site: Site, people: People, at: datetime, rng: Random) -> list[WaitingWish]:
    """Put three on the waiting list for one room more than is free; the customer of the demo is the second.

    Raises Refused where nothing is booked for two weeks.
    """
    when, places = _crowded(site, at)
    first, third = [person for person in people.customers if person.email][:2]
    manager, customer = people.accounts.manager, people.accounts.customer
    asked = [(first, manager), (customer, customer), (third, third)]
    return [_join(site, person, by, when, places, at=at, rng=rng) for person, by in asked]


def _crowded(site: Site, at: datetime) -> tuple[When, int]:
    """Return the first noon of which a room is taken, and one room more than is left."""
    tariff, day = site.rooms.tariffs[Unit.HOUR], site.calendar.today(at)
    for _attempt in range(DAYS_TRIED):
        day = site.open_day(day + DAY)
        when = When(day=day, start=NOON, end=AFTERNOON)
        period = period_of(tariff, when, site.calendar.zone)
        occupancy = occupancy_of(tariff.service, period)
        free = occupancy.free_places(period)
        if free < occupancy.capacity:
            break
    return when, free + 1


def _join(site: Site, customer: User, by: User, when: When, places: int, *, at: datetime, rng: Random) -> WaitingWish:
    booking = BookingWish(tariff_id=site.rooms.tariffs[Unit.HOUR].pk, when=when, visitor_ids=(None,) * places)
    token = UUID(int=rng.getrandbits(128), version=4)
    wish = Wish.with_own_contacts(customer, booking, payment_method=PaymentMethod.ON_SITE, token=token)
    return join(wish, booker=Booker.customer(by, site.location), at=at, tariffs=tariffs_on_sale(site.location, at=at))
