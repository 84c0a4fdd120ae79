"""The coworking under chaos: few places, and many orders for them."""

import contextlib
import math
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as clock
from decimal import Decimal
from random import Random

from django.utils import timezone

from accounts.models import Membership, Role, User
from coworking.domain.rules import When
from coworking.models import Location, OpeningHours, Seat, Service, Tariff, Ticket, Unit
from olvery.shared.refusals import Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker, BookingWish, Wish
from orders.models import Order

PLACES = 4  # of each of the two services
ORDERS_A_DAY = 26  # about as many as two services hold, so that some orders find no place
OPENS, CLOSES, LENGTH = 8, 20, 2
ENTRY_MINUTES = 30_000  # before the start visitors may come: nobody here waits for their day


@dataclass(frozen=True, slots=True)
class Stage:
    """Who works there and what there is to book."""

    location: Location
    manager: User
    customers: list[User]
    tariffs: list[Tariff]


def set_up() -> Stage:
    """Save a location with a service of seats and one of a pool."""
    location = Location.objects.create(
        name=f"Chaos {uuid.uuid4().hex[:8]}", reply_email="chaos@olvery.test", entry_minutes=ENTRY_MINUTES
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(location=location, weekday=day, opens_at=clock(OPENS), closes_at=clock(CLOSES)) for day in range(7)
    )
    manager = make_person("Манагер")
    Membership.objects.create(user=manager, location=location, role=Role.RENTAL_MANAGER)
    customers = [make_person(f"Клиент{number}") for number in range(20)]
    return Stage(location, manager, customers, [_tariff(location, seats=True), _tariff(location, seats=False)])


def crowd(stage: Stage, count: int, rng: Random) -> list[int]:
    """Place this many orders on so few days that most places are taken, and return their numbers."""
    numbers = list[int]()
    while len(numbers) < count:
        day, start = any_time(count, rng)
        with contextlib.suppress(Refused):
            order = _order(stage, rng, rng.choice(stage.tariffs), day, start, places=rng.choice([1, 1, 1, 2]))
            numbers.append(order.pk)
    return numbers


def any_time(count: int, rng: Random) -> tuple[date, int]:
    """Draw a day of those on which so many orders crowd, and an hour to begin."""
    day = timezone.localdate() + timedelta(days=2 + rng.randrange(math.ceil(count / ORDERS_A_DAY)))
    return day, rng.randint(OPENS, CLOSES - LENGTH)


def take_place_of(stage: Stage, called_off: Order, rng: Random) -> Order:
    """Place an order for the very places that another one has let go. Raises Refused, Busy."""
    seats = Ticket.objects.filter(lines__order=called_off, seat__isnull=False).values_list("seat_id", flat=True)
    start = called_off.period.start.astimezone(called_off.location.zone)
    tariff, places = called_off.tariff, called_off.ticket_count
    return _order(stage, rng, tariff, start.date(), start.hour, places=places, seat_ids=tuple(seats))


def _order(
    stage: Stage, rng: Random, tariff: Tariff, day: date, start: int, *, places: int, seat_ids: tuple[int, ...] = ()
) -> Order:
    booking = BookingWish(
        tariff_id=tariff.pk,
        when=When(day=day, start=clock(start), end=clock(start + LENGTH)),
        visitor_ids=(None,) * places,
        seat_ids=seat_ids,
    )
    token = uuid.UUID(int=rng.getrandbits(128), version=4)
    wish = Wish.with_own_contacts(rng.choice(stage.customers), booking, payment_method="online", token=token)
    return place_order(wish, booker=Booker.manager(stage.manager, stage.location), at=timezone.now())


def _tariff(location: Location, *, seats: bool) -> Tariff:
    kind = Service.Kind.SEATS if seats else Service.Kind.POOL
    service = Service.objects.create(location=location, name=kind, kind=kind, capacity=0 if seats else PLACES)
    if seats:
        Seat.objects.bulk_create(
            Seat(service=service, label=f"A{number}", table=1, position=number) for number in range(PLACES)
        )
    return Tariff.objects.create(service=service, name="Час", unit=Unit.HOUR, price=Decimal("333.33"))


def make_person(name: str) -> User:
    """Save somebody with a phone and an e-mail of their own."""
    digits = uuid.uuid4().int % 10**7
    return User.objects.create_user(
        email=f"{uuid.uuid4().hex}@olvery.test",
        phone=f"+7916{digits:07}",
        first_name=name,
        last_name="Хаос",
        password=None,
    )
