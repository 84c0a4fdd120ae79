"""How full a location was by weekday and hour: hours that were taken of the hours it was open."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.timetable import TAKING, clipped
from coworking.models import Block, Location, Seat, Service, Ticket
from olvery.shared.fields import as_bigint
from olvery.shared.periods import DAY, Period, local_days

HOUR = timedelta(hours=1)
# A weekday, Monday is 0, and an hour of its clock.
Cell = tuple[int, int]
# The open hours of each day, by their clock.
Slots = Mapping[date, Sequence[tuple[int, Period]]]


@dataclass(frozen=True, slots=True)
class Share:
    """Hours of places that were taken, of those that could be."""

    taken: float = 0
    open: float = 0

    @property
    def percent(self) -> int:
        """How much of it was taken; nothing of what was never open."""
        return round(min(100 * self.taken / self.open, 100)) if self.open else 0


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How full the weekdays and hours of a period were; a cell in which the location was never open is missing."""

    cells: dict[Cell, Share]

    @property
    def hours(self) -> range:
        """The hours from the first to the last in which the location was open."""
        hours = {hour for _weekday, hour in self.cells}
        return range(min(hours), max(hours) + 1) if hours else range(0)

    @property
    def total(self) -> Share:
        """The whole period."""
        return _sum(self.cells.values())

    def of_weekday(self, weekday: int) -> Share:
        """Return all hours of a weekday together."""
        return _sum(share for (day, _hour), share in self.cells.items() if day == weekday)


def occupancy_of(location: Location, first: date, last: date) -> Occupancy:
    """Return how full a location was from one local day to another, both included. Five queries.

    Who was there counts as well as who will come; who did not come does not. A day off and the time outside of the
    opening hours count for nothing, a blocked place cannot be taken. What is archived counts neither as places nor by
    its tickets.
    """
    calendar, whole = calendar_of(location), local_days(first, last, location.zone)
    slots = {first + DAY * n: list(_slots(first + DAY * n, calendar)) for n in range((last - first).days + 1)}
    services = {service.pk: service for service in Service.objects.filter(location=location, is_active=True)}
    seats = _seats(location)
    capacity = {pk: seats.get(pk, 0) if service.has_seats else service.capacity for pk, service in services.items()}
    taken, closed, opened = (defaultdict[Cell, float](float) for _kind in range(3))
    for period, places in _taken(location, services, whole):
        for day, hour, hours in _parts(period, slots, calendar):
            taken[day.weekday(), hour] += places * hours
    for (service_id, day, hour), hours in _blocked(services, capacity, slots, calendar).items():
        closed[day.weekday(), hour] += min(hours, capacity[service_id] * _hours(dict(slots[day])[hour]))
    for day, open_hours in slots.items():
        for hour, slot in open_hours:
            opened[day.weekday(), hour] += sum(capacity.values()) * _hours(slot)
    return Occupancy({cell: Share(taken[cell], max(opened[cell] - closed[cell], 0)) for cell in opened})


def _slots(day: date, calendar: Calendar) -> Iterator[tuple[int, Period]]:
    """Yield the hours of a day's clock as far as the location is open in them."""
    window = calendar.open_period(day)
    at = window.start.astimezone(calendar.zone).replace(minute=0).astimezone(window.start.tzinfo) if window else None
    while window and at and at < window.end:
        part = clipped(Period(at, at + HOUR), window)
        if part:
            yield at.astimezone(calendar.zone).hour, part
        at += HOUR


def _seats(location: Location) -> dict[int, int]:
    seats = Seat.objects.filter(service__location=location, is_active=True)
    return dict(seats.order_by().values_list("service").annotate(count=Count("pk")))


def _taken(location: Location, services: Iterable[int], whole: Period) -> Iterable[tuple[Period, int]]:
    """Return the periods of tickets, each with how many have it: thousands of them share a few hundred."""
    there = Ticket.objects.filter(location_id=as_bigint(location.pk), period__overlap=whole, status__in=TAKING)
    tickets = there.filter(service__in=services)
    return tickets.order_by().values_list("period").annotate(count=Count("pk"))


def _blocked(
    services: Mapping[int, Service], capacity: Mapping[int, int], slots: Slots, calendar: Calendar
) -> dict[tuple[int, date, int], float]:
    """Return how many hours of places are blocked, by service, day and hour; what is blocked twice is there twice."""
    whole = local_days(min(slots), max(slots), calendar.zone)
    found = defaultdict[tuple[int, date, int], float](float)
    for block in Block.objects.standing().filter(service__in=services, period__overlap=whole):
        is_whole = block.seat_id is None and services[block.service_id].has_seats
        places = capacity[block.service_id] if is_whole else block.places
        for day, hour, hours in _parts(block.period, slots, calendar):
            found[block.service_id, day, hour] += places * hours
    return found


def _parts(period: Period, slots: Slots, calendar: Calendar) -> Iterator[tuple[date, int, float]]:
    """Yield what of the open hours lies in a period: the day, the hour of its clock, and how much of that."""
    first, last = period.days(calendar.zone)
    first, last = max(first, min(slots)), min(last, max(slots))
    for n in range((last - first).days + 1):
        day = first + DAY * n
        for hour, slot in slots[day]:
            if part := clipped(period, slot):
                yield day, hour, _hours(part)


def _hours(period: Period) -> float:
    return (period.end - period.start) / HOUR


def _sum(shares: Iterable[Share]) -> Share:
    found = list(shares)
    return Share(sum(share.taken for share in found), sum(share.open for share in found))
