"""The locations of the orders: the demo's three times and a quiet one, with more floors in busy ones."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from coworking.models import PaymentMethod, Seat, Service, Tariff, Unit
from olvery.demo.places import LOCATION_NAME, Offer, create_site
from olvery.demo.places import Site as DemoSite
from olvery.shared.periods import DAY, Period, at_local

SECOND, SMALL, QUIET = "Технопарк «Волна»", "Технопарк «Гавань»", "Технопарк «Причал»"
SHARES = {LOCATION_NAME: 0.7, SECOND: 0.25, SMALL: 0.05}
NAMES = (*SHARES, QUIET)
YEARS = 4 * 365
AHEAD = 150
TRIAL = "Пробный день"
FLOORS = {LOCATION_NAME: 8, SECOND: 4, SMALL: 2, QUIET: 1}
# Of orders that stand at one moment, with room for a busy day; a small filling has floors of the usual size.
LEAST_CAPACITY = 60
_AT_ONE_MOMENT = 0.009


@dataclass(frozen=True, slots=True)
class Sold:
    """A tariff, with what its service and its title are."""

    pk: int
    name: str
    unit: str
    price: int
    title: str


@dataclass(frozen=True, slots=True)
class Sort:
    """A service for the generator: plain values that are cheap to read a million times."""

    pk: int
    name: str
    tariffs: dict[str, Sold]
    trial: Sold | None
    extras: tuple[tuple[int, str, int], ...]
    seats: tuple[int, ...]
    capacity: int
    buffer: timedelta
    is_online: bool


@dataclass(frozen=True, slots=True)
class Site:
    """A location: the demo's own services, the floors that take what does not fit there, and its open days."""

    pk: int
    name: str
    manager_pk: int
    usual: tuple[Sort, ...]
    floors: tuple[Sort, ...]
    days: "Days"


class Days:
    """Local days as moments, and which of them are open."""

    def __init__(self, site: DemoSite, *, today: date) -> None:
        calendar = site.calendar
        self.first = (today - DAY * (YEARS + 10)).toordinal()
        days = [date.fromordinal(self.first + number) for number in range(YEARS + AHEAD + 50)]
        self.midnights = [at_local(day, time.min, calendar.zone) for day in days]
        self.hours = [calendar.hours_on(day) for day in days]

    def number_of(self, moment: datetime) -> int:
        """Return the number of the local day of a moment; time zones with a constant offset only."""
        return (moment - self.midnights[0]) // DAY

    def next_open(self, number: int) -> int:
        """Return the number of this day or, while closed, of the next open one."""
        while self.hours[number] is None:
            number += 1
        return number

    def open_hours(self, number: int) -> tuple[time, time]:
        """Return when the open day of this number begins and ends at the location."""
        hours = self.hours[number]
        if hours is None:
            raise ValueError(f"day {number} is closed")
        return hours

    def whole(self, number: int, count: int) -> Period:
        """Return whole days from the one of this number."""
        return Period(self.midnights[number], self.midnights[number + count])

    def days_of_month(self, number: int) -> int:
        """Return how many days a month has that begins on the day of this number."""
        return _days_of_month(self.first + number)


@cache
def _days_of_month(ordinal: int) -> int:
    first = date.fromordinal(ordinal)
    return (first + relativedelta(months=1) - first).days


def create_sites(*, today: date, orders: int) -> dict[str, DemoSite]:
    """Save the locations with everything they sell: one after the other, since the demo gives all the same name."""
    sites = {}
    for name in reversed(NAMES):
        site = create_site(today=today)
        site.location.name = name
        site.location.save()
        _add_floors(site, FLOORS[name], capacity=_capacity(name, orders))
        sites[name] = site
    return sites


def plain(site: DemoSite, *, manager_pk: int, today: date) -> Site:
    """Return a location as plain values."""
    floors = Service.objects.filter(location=site.location, name__startswith=_FLOOR).order_by("position")
    usual = (site.open_space, site.quiet_zone, site.rooms)
    days = Days(site, today=today)
    if any(later - earlier != DAY for earlier, later in pairwise(days.midnights)):
        raise ValueError(f"{site.location.time_zone} changes its clocks, and days are counted by their length here")
    return Site(
        pk=site.location.pk,
        name=site.location.name,
        manager_pk=manager_pk,
        usual=tuple(_sort(offer.service) for offer in usual),
        floors=tuple(_sort(service) for service in floors),
        days=days,
    )


_FLOOR = "Опенспейс, этаж"


def _capacity(name: str, orders: int) -> int:
    return max(LEAST_CAPACITY, int(orders * SHARES.get(name, 0) * _AT_ONE_MOMENT / FLOORS[name]))


def _add_floors(site: DemoSite, count: int, *, capacity: int) -> None:
    for floor in range(count):
        service = Service.objects.create(
            location=site.location,
            name=f"{_FLOOR} {floor + 3}",
            description="Любое свободное место этажа.",
            kind=Service.Kind.POOL,
            capacity=capacity,
            position=10 + floor,
        )
        _copy_tariffs(site.open_space, service)


def _copy_tariffs(offer: Offer, service: Service) -> None:
    for position, tariff in enumerate(offer.tariffs.values(), start=1):
        Tariff.objects.create(
            service=service,
            name=tariff.name,
            unit=tariff.unit,
            price=tariff.price,
            max_units=tariff.max_units,
            step_minutes=tariff.step_minutes,
            position=position,
        )
    Tariff.objects.create(service=service, name=TRIAL, unit=Unit.DAY, price=Decimal(0), max_units=1, position=9)


def _sort(service: Service) -> Sort:
    sold = {
        tariff.name: Sold(
            tariff.pk, tariff.name, tariff.unit.value, int(tariff.price), f"{service.name}, {tariff.name}"
        )
        for tariff in service.tariffs.filter(pass_units=None).order_by("position")
    }
    trial = sold.pop(TRIAL, None)
    there_is_enough_of = service.extras.filter(stock=None)
    return Sort(
        pk=service.pk,
        name=service.name,
        tariffs={tariff.unit: tariff for tariff in sold.values()},
        trial=trial,
        extras=tuple((extra.pk, extra.name, int(extra.price)) for extra in there_is_enough_of.order_by("position")),
        seats=tuple(Seat.objects.filter(service=service).order_by("pk").values_list("pk", flat=True)),
        capacity=service.capacity,
        buffer=service.buffer,
        is_online=PaymentMethod.ONLINE in service.payment_methods,
    )
