"""What a screen in a location's lobby shows: what is free, and what begins next. No names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coworking.domain.capacity import Occupancy
from coworking.domain.opening import Calendar
from coworking.domain.showcase import occupancies_of
from coworking.models import Location, Service, Ticket
from olvery.shared.periods import Period, local_day

SHORTEST = timedelta(hours=1)
STEP = timedelta(minutes=30)
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """The number of places of a service that are free for an hour from now, else from when today one is free."""

    service: Service
    capacity: int
    free: int
    free_from: datetime | None

    @property
    def tone(self) -> str:
        """Its availability, in the terms of the design system."""
        return "ok" if self.free else "warn" if self.free_from else "mute"


@dataclass(frozen=True, slots=True)
class Lobby:
    """The screen at a moment; the location is closed if `opened` is empty."""

    at: datetime
    opened: Period | None
    services: list[ServiceNow]
    upcoming: list[Ticket]


def lobby_of(location: Location, calendar: Calendar, *, at: datetime) -> Lobby:
    """Return everything that the screen shows. Five queries."""
    today = calendar.today(at)
    opened = calendar.open_period(today)
    day = local_day(today, location.zone)
    services = list(location.services.filter(is_active=True).order_by("position", "name"))
    occupancies = occupancies_of(services, day)
    return Lobby(
        at=at,
        opened=opened if opened and opened.start <= at < opened.end else None,
        services=[_now(service, occupancies[service.pk], opened, at) for service in services],
        upcoming=_upcoming(location, services, Period(at, day.end)),
    )


def _now(service: Service, occupancy: Occupancy, opened: Period | None, at: datetime) -> ServiceNow:
    free, free_from = 0, None
    for period in _periods(opened, at):
        places = occupancy.free_places(period)
        if places:
            free, free_from = (places, None) if period.start == at else (0, period.start)
            break
    return ServiceNow(service, occupancy.capacity, free, free_from)


def _periods(opened: Period | None, at: datetime) -> Iterator[Period]:
    """Yield the hour from now and those that begin later today; the last ones end at closing time."""
    if opened is None or not opened.start <= at < opened.end:
        return
    start, following = at, opened.start
    while start < opened.end:
        yield Period(start, min(start + SHORTEST, opened.end))
        while following <= start:
            following += STEP
        start = following


def _upcoming(location: Location, services: Sequence[Service], rest: Period) -> list[Ticket]:
    tickets = Ticket.objects.blocking().filter(location=location.pk, service__in=services)
    soon = tickets.filter(period__startswith__gt=rest.start, period__startswith__lt=rest.end)
    return list(soon.select_related("service", "seat").order_by("period__startswith", "number")[:MOST_SHOWN])
