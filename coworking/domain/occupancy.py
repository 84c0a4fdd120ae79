"""How full a location was by weekday and hour: hours taken as a share of opening hours."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.timetable import TAKING, clipped
from coworking.models import Block, Location, Seat, Service, Ticket
from olvery.shared.fields import as_bigint
from olvery.shared.periods import DAY, Period, local_days

HOUR = timedelta(hours=1)
# A weekday, Monday being 0, and a local hour.
Cell = tuple[int, int]
# The open hours of each day, by local hour.
Slots = Mapping[date, Sequence[tuple[int, Period]]]


@dataclass(frozen=True, slots=True)
class Share:
    """Place-hours that were taken, and those available."""

    taken: float = 0
    open: float = 0

    @property
    def percent(self) -> int:
        """The share taken; None if it was never open."""
        return round(min(100 * self.taken / self.open, 100)) if self.open else 0


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How full the weekdays and hours of a period were; cells in which the location was never open are missing."""

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
    """Return how full a location was from one local day to another, both included. Five queries, six with blocks.

    Past and future visitors count, no-shows do not. Days off and times outside the opening hours do not count; blocked
    places are not available unless somebody has booked over their block. Archived services and seats count neither as
    places nor by their tickets.
    """
    calendar, whole = calendar_of(location), local_days(first, last, location.zone)
    slots = {first + DAY * n: list(_slots(first + DAY * n, calendar)) for n in range((last - first).days + 1)}
    services = {service.pk: service for service in Service.objects.filter(location=location, is_active=True)}
    seats, archived = _seats(location)
    capacity = {pk: len(seats[pk]) if service.has_seats else service.capacity for pk, service in services.items()}
    taken, closed, opened = (defaultdict[Cell, float](float) for _kind in range(3))
    for period, places in _taken(location, services, archived, whole):
        for day, hour, hours in _parts(period, slots, calendar):
            taken[day.weekday(), hour] += places * hours
    blocks = _blocks(services, archived, whole)
    for (service_id, day, hour), hours in _blocked(blocks, seats, slots, calendar).items():
        closed[day.weekday(), hour] += min(hours, capacity[service_id] * _hours(dict(slots[day])[hour]))
    for period in _taken_over(blocks, archived):
        for day, hour, hours in _parts(period, slots, calendar):
            closed[day.weekday(), hour] -= hours
    for day, open_hours in slots.items():
        for hour, slot in open_hours:
            opened[day.weekday(), hour] += sum(capacity.values()) * _hours(slot)
    return Occupancy({cell: Share(taken[cell], max(opened[cell] - closed[cell], 0)) for cell in opened})


def _slots(day: date, calendar: Calendar) -> Iterator[tuple[int, Period]]:
    """Yield the local hours of a day as far as the location is open."""
    window = calendar.open_period(day)
    at = window.start.astimezone(calendar.zone).replace(minute=0).astimezone(window.start.tzinfo) if window else None
    while window and at and at < window.end:
        part = clipped(Period(at, at + HOUR), window)
        if part:
            yield at.astimezone(calendar.zone).hour, part
        at += HOUR


def _seats(location: Location) -> tuple[Mapping[int, list[int]], list[int]]:
    """Return the seats of each service, and the archived ones, by key."""
    seats = list(Seat.objects.filter(service__location=location).values_list("service", "pk", "is_active"))
    in_use = defaultdict[int, list[int]](list)
    for service, pk, is_active in seats:
        if is_active:
            in_use[service].append(pk)
    return in_use, [pk for _service, pk, is_active in seats if not is_active]


def _taken(
    location: Location, services: Iterable[int], archived: Collection[int], whole: Period
) -> Iterable[tuple[Period, int]]:
    """Return the periods of tickets, each with its count: thousands of tickets share a few hundred."""
    there = Ticket.objects.filter(location_id=as_bigint(location.pk), period__overlap=whole, status__in=TAKING)
    tickets = there.filter(service__in=services).exclude(seat__in=archived)
    return tickets.order_by().values_list("period").annotate(count=Count("pk"))


def _blocks(services: Iterable[int], archived: Collection[int], whole: Period) -> dict[int, Block]:
    """Return the open blocks by key."""
    standing = Block.objects.standing().filter(service__in=services, period__overlap=whole)
    return {block.pk: block for block in standing.exclude(seat__in=archived).select_related("service")}


def _blocked(
    blocks: Mapping[int, Block], seats: Mapping[int, list[int]], slots: Slots, calendar: Calendar
) -> dict[tuple[int, date, int], float]:
    """Return the blocked place-hours by service, day and hour; a seat blocked twice counts once."""
    found = defaultdict[tuple[int, date, int], float](float)
    of_seats = defaultdict[tuple[int, int], list[Period]](list)
    for block in blocks.values():
        if block.service.has_seats:
            for seat in [block.seat_id] if block.seat_id else seats[block.service_id]:
                of_seats[block.service_id, seat].append(block.period)
            continue
        for day, hour, hours in _parts(block.period, slots, calendar):
            found[block.service_id, day, hour] += block.places * hours
    for (service_id, _seat), periods in of_seats.items():
        for period in _joined(periods):
            for day, hour, hours in _parts(period, slots, calendar):
                found[service_id, day, hour] += hours
    return found


def _joined(periods: Iterable[Period]) -> list[Period]:
    """Return the time covered by any of these periods."""
    found: list[Period] = []
    for period in sorted(periods):
        if found and period.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, period.end))
        else:
            found.append(period)
    return found


def _taken_over(blocks: Mapping[int, Block], archived: Collection[int]) -> Iterable[Period]:
    """Yield how long places were booked over their blocks, while these last. One query at most."""
    over = Ticket.objects.filter(over_block__in=list(blocks), status__in=TAKING).exclude(seat__in=archived)
    for ticket in over.select_related("over_block") if blocks else ():
        if block := ticket.block_below:
            yield Period(max(ticket.period.start, block.period.start), min(ticket.period.end, block.period.end))


def _parts(period: Period, slots: Slots, calendar: Calendar) -> Iterator[tuple[date, int, float]]:
    """Yield the part of the open hours within a period: the day, the local hour, and how much of it."""
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
