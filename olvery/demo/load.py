"""Loading the demo, once."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from coworking.models import Location
from olvery.demo.companies import add_companies
from olvery.demo.documents import publish_documents
from olvery.demo.leftovers import add_leftovers
from olvery.demo.people import create_people
from olvery.demo.photos import add_photos
from olvery.demo.places import LOCATION_NAME, TIME_ZONE, create_site
from olvery.demo.promo import make_codes
from olvery.demo.rows import save_season
from olvery.demo.special import Special
from olvery.demo.visits import save_visits


class AlreadyLoaded(Exception):
    """The location of the demo already exists."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, in numbers."""

    location: Location
    people: int
    orders: int
    tickets: int


@transaction.atomic
def load_demo(*, at: datetime, rng: Random) -> Loaded:
    """Save the demo as it looks at the moment `at`. Raises AlreadyLoaded."""
    if Location.objects.filter(name=LOCATION_NAME).exists():
        raise AlreadyLoaded
    publish_documents(at=at)
    site = create_site(today=at.astimezone(ZoneInfo(TIME_ZONE)).date())
    services = {"open_space": site.open_space.service, "quiet_zone": site.quiet_zone.service}
    add_photos(site.location, **services, rooms=site.rooms.service)
    people = create_people(location=site.location, at=at)
    orders = save_season(site, people, at=at, rng=rng)
    add_companies(people, at=at)
    save_visits(site, by=people.accounts.manager, at=at, rng=rng)
    make_codes(site, people, at=at)
    special = Special(site=site, people=people, at=at, rng=rng)
    orders += special.place_several() + special.sell_and_use_pass()
    special.stand_in_line()
    add_leftovers(people, at=at)
    orders += special.order_and_bill()
    return Loaded(
        location=site.location,
        people=len(people.customers) + len(people.accounts.all()),
        orders=len(orders),
        tickets=sum(order.ticket_count for order in orders),
    )
