"""What the calendar shows: who is where and when, and what is free, by service and seat.

A pool has no seats: its tickets are laid into as few lanes as possible. A day shows its opening hours, extended
if somebody comes outside of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import Min, Q, QuerySet
from django.db.models.functions import NullIf

from coworking.domain.opening import Calendar, calendar_of
from coworking.models import Block, Location, Seat, Service, Ticket, TicketStatus, Unit
from olvery.shared.fields import as_bigint
from olvery.shared.periods import Period, Usage, local_day, local_days, peak_usage, taken_places
from olvery.shared.written import Written

# Past and future visitors count, no-shows do not.
TAKING = (TicketStatus.HELD, TicketStatus.ACTIVE, TicketStatus.USED)
USUAL_STEP = 30
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Booked:
    """The part of a ticket that the calendar shows; `occupied` adds the service's buffer."""

    number: int
    service_id: int
    seat_id: int | None
    visitor_name: str
    period: Period
    occupied: Period
    status: TicketStatus
    over_block_id: int | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """Places out of sale: a seat, some places of a pool, or all numbered seats if no seat is given."""

    pk: int
    service_id: int
    seat_id: int | None
    places: int
    period: Period
    reason: str
    is_open_to_managers: bool = False

    @property
    def occupied(self) -> Period:
        """The time it blocks: exactly its period."""
        return self.period


Entry = Booked | Blocked


@dataclass(frozen=True, slots=True)
class Bar:
    """The part of an entry within the time shown."""

    entry: Entry
    period: Period


@dataclass(frozen=True, slots=True)
class Row:
    """A seat, or a lane of a pool, with its bars and the periods in which it has a free place.

    `more_free` is set on the last lane of a pool: the number of places beyond the lanes that are always free.
    """

    seat: Seat | None
    bars: tuple[Bar, ...]
    free: tuple[Period, ...]
    more_free: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A service with its rows. `peaks` has the most places taken at once on each day that has a window."""

    service: Service
    capacity: int
    peaks: Mapping[date, int]
    taken_now: int
    rows: tuple[Row, ...]

    @property
    def taken(self) -> int:
        """The most places taken at once in the time shown."""
        return max(self.peaks.values(), default=0)

    @property
    def step(self) -> timedelta:
        """The step of the service's hourly bookings."""
        return timedelta(minutes=getattr(self.service, "step", None) or USUAL_STEP)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The filters of the calendar; empty means everything."""

    services: Collection[int] = ()
    tables: Collection[int] = ()
    # Rows with a ticket in one of these states, or BLOCKED for rows with a block.
    states: Collection[str] = ()
    only_free: bool = False

    def __bool__(self) -> bool:
        return self != type(self)()


@dataclass(frozen=True)
class Timetable:
    """Some days of a location. `windows` has the time shown for each day that is open or has visitors."""

    calendar: Calendar
    days: tuple[date, ...]
    windows: Mapping[date, Period]
    sections: tuple[Section, ...]
    services: tuple[Service, ...]
    tables: tuple[int, ...]
    # The numbers of the tickets that lie over a block.
    over_blocks: frozenset[int] = frozenset()


def timetable_of(location: Location, days: Sequence[date], *, wanted: Wanted, at: datetime) -> Timetable:
    """Return the timetable of consecutive local days at the moment `at`. Five queries."""
    calendar = calendar_of(location)
    services = services_of(location_id=location.pk)
    seats = seats_of(location_id=location.pk)
    whole = local_days(days[0], days[-1], calendar.zone)
    buffer = max((service.buffer for service in services), default=timedelta())
    entries: list[Entry] = [*_booked(location, Period(whole.start - buffer, whole.end)), *_blocked(location, whole)]
    windows = {day: window for day in days if (window := _window(day, calendar, entries))}
    of_service = defaultdict[int, list[Entry]](list)
    for entry in entries:
        of_service[entry.service_id].append(entry)
    sections = (
        _section(
            service, [seat for seat in seats if seat.service_id == service.pk], of_service[service.pk], windows, at
        )
        for service in services
        if (service.is_active or of_service[service.pk]) and (not wanted.services or service.pk in wanted.services)
    )
    shown = (narrowed for section in sections if (narrowed := _narrowed(section, wanted)).rows)
    return Timetable(
        calendar=calendar,
        days=tuple(days),
        windows=windows,
        sections=tuple(shown) if windows else (),
        services=tuple(services),
        tables=tuple(sorted({seat.table for seat in seats if seat.is_active})),
        over_blocks=frozenset(_over_blocks(entries)),
    )


def _services_of(location_id: int) -> QuerySet[Service]:
    hourly = Q(tariffs__unit=Unit.HOUR, tariffs__is_active=True, tariffs__pass_units=None)
    services = Service.objects.filter(location=location_id).annotate(step=Min("tariffs__step_minutes", filter=hourly))
    return services.order_by("position", "name")


# The services of a location, each with the `step` of its hourly tariffs in minutes, and their seats.
services_of = Written(_services_of, location_id=-1)
seats_of = Written(
    lambda location_id: Seat.objects.filter(service__location=location_id).order_by("table", "position", "pk"),
    location_id=-1,
)


def capacity_of(service: Service, seats: Iterable[Seat]) -> int:
    """Return how many places a service has; `seats` are its own."""
    return sum(seat.is_active for seat in seats) if service.has_seats else service.capacity


def _booked(location: Location, within: Period) -> Iterator[Booked]:
    rows = Ticket.objects.filter(location_id=as_bigint(location.pk), period__overlap=within)
    rows = rows.exclude(status=TicketStatus.CANCELLED).order_by("number")
    # Most have no buffer: reading a second range for each would take as long as the rest of the row.
    longer = NullIf("occupied", "period")
    fields = ("number", "service_id", "seat_id", "visitor_name", "period", longer, "status", "over_block_id")
    for number, service, seat, name, period, occupied, status, block in rows.values_list(*fields):
        yield Booked(number, service, seat, name, period, occupied or period, status, block)


def _blocked(location: Location, within: Period) -> Iterator[Blocked]:
    rows = Block.objects.standing().filter(service__location=location, period__overlap=within).order_by("pk")
    fields = ("pk", "service_id", "seat_id", "places", "period", "reason", "is_open_to_managers")
    return (Blocked(*row) for row in rows.values_list(*fields))


def _over_blocks(entries: Iterable[Entry]) -> Iterator[int]:
    """Yield the tickets that lie over the block they were confirmed over; tickets moved away only keep its name."""
    blocks = {entry.pk: entry for entry in entries if isinstance(entry, Blocked)}
    for ticket in (entry for entry in entries if isinstance(entry, Booked) and entry.over_block_id):
        over = blocks.get(ticket.over_block_id or 0)
        if over is None or over.service_id != ticket.service_id:
            continue
        if over.seat_id in (None, ticket.seat_id) and over.period.overlaps(ticket.period):
            yield ticket.number


def _window(day: date, calendar: Calendar, entries: Iterable[Entry]) -> Period | None:
    """Return the opening hours of a day, extended by visitors who come or leave outside of them."""
    whole, window = local_day(day, calendar.zone), calendar.open_period(day)
    opened = window
    for entry in entries:
        part = clipped(entry.period, whole)
        if part is None or part == whole or (opened and part.overlaps(opened)) or isinstance(entry, Blocked):
            continue
        hours = _whole_hours(part, whole, calendar.zone)
        window = Period(min(window.start, hours.start), max(window.end, hours.end)) if window else hours
    return window


def _whole_hours(part: Period, day: Period, zone: ZoneInfo) -> Period:
    before = timedelta(minutes=part.start.astimezone(zone).minute)
    after = timedelta(minutes=-part.end.astimezone(zone).minute % 60)
    return Period(max(part.start - before, day.start), min(part.end + after, day.end))


def clipped(period: Period, within: Period) -> Period | None:
    """Return the part of a period that lies within another one; None if they do not overlap."""
    start, end = max(period.start, within.start), min(period.end, within.end)
    return Period(start, end) if start < end else None


def is_cut(shown: Period, period: Period, zone: ZoneInfo) -> tuple[bool, bool]:
    """Return whether a period continues before and after the time shown.

    Hours before opening and after closing do not count.
    """
    days = local_days(*shown.days(zone), zone)
    return (
        period.start < shown.start and period.start != days.start,
        period.end > shown.end and period.end != days.end,
    )


def _section(
    service: Service, seats: Sequence[Seat], entries: Sequence[Entry], windows: Mapping[date, Period], at: datetime
) -> Section:
    capacity = capacity_of(service, seats)
    archived = {seat.pk for seat in seats if not seat.is_active}  # what lies on them takes none of the places
    usages = list(_usages(service, capacity, [entry for entry in entries if entry.seat_id not in archived]))
    now = peak_usage(usages, Period(at, at + timedelta.resolution))
    return Section(
        service,
        capacity,
        {day: min(peak_usage(usages, window), capacity) for day, window in windows.items()},
        min(now, capacity),
        tuple(_seat_rows(seats, entries, windows) if service.has_seats else _lanes(capacity, entries, usages, windows)),
    )


def _takes(entry: Entry) -> bool:
    return isinstance(entry, Blocked) or entry.status in TAKING


def _usages(service: Service, capacity: int, entries: Iterable[Entry]) -> Iterator[Usage]:
    """Yield everything that takes places; a ticket over a block takes one of the block's places."""
    there = [entry for entry in entries if _takes(entry)]
    blocks = {entry.pk: entry for entry in there if isinstance(entry, Blocked)}
    for entry in there:
        if isinstance(entry, Blocked):
            is_whole = service.has_seats and entry.seat_id is None
            yield Usage(entry.period, capacity if is_whole else entry.places, block=entry.pk, is_block=True)
        else:
            over = blocks.get(entry.over_block_id or 0)
            is_under = over is not None and over.seat_id in (None, entry.seat_id)
            yield Usage(entry.occupied, block=over.pk if over and is_under else 0)


def _seat_rows(seats: Sequence[Seat], entries: Sequence[Entry], windows: Mapping[date, Period]) -> Iterator[Row]:
    """Yield a row for each seat, and a second one if a no-show overlaps with somebody else."""
    of_seat = defaultdict[int | None, list[Entry]](list)
    for entry in entries:
        of_seat[entry.seat_id].append(entry)
    for seat in seats:
        own = [*of_seat[seat.pk], *of_seat[None]]
        if not own and not seat.is_active:
            continue
        taken = [entry.occupied for entry in own if _takes(entry)]
        free = tuple(_gaps(taken, windows)) if seat.is_active else ()
        first, *others = _packed(own) or [[]]
        yield Row(seat, _bars(first, windows), free)
        yield from (Row(seat, _bars(lane, windows), ()) for lane in others)


def _lanes(
    capacity: int, entries: Sequence[Entry], usages: Sequence[Usage], windows: Mapping[date, Period]
) -> Iterator[Row]:
    """Yield the lanes of a pool, and an empty one while places are left."""
    packed = _packed(entries)
    full = list(_full(usages, capacity))
    for lane in packed:
        bars = _bars(lane, windows)
        yield Row(None, bars, tuple(_gaps([*(entry.occupied for entry in lane if _takes(entry)), *full], windows)))
    peak = max((peak_usage(usages, window) for window in windows.values()), default=0)
    if peak < capacity:
        yield Row(None, (), tuple(_gaps(full, windows)), more_free=capacity - peak)


def _full(usages: Sequence[Usage], capacity: int) -> Iterator[Period]:
    """Yield the periods in which every place is taken."""
    for (moment, taken), (following, _taken) in pairwise(taken_places(usages)):
        if taken >= capacity and moment < following:
            yield Period(moment, following)


def _packed(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Lay entries into lanes without overlaps: taking the earliest first needs the fewest lanes."""
    lanes: list[list[Entry]] = []
    for entry in sorted(entries, key=lambda one: (one.period.start, one.period.end)):
        fitting = next((lane for lane in lanes if lane[-1].period.end <= entry.period.start), None)
        if fitting is None:
            lanes.append([entry])
        else:
            fitting.append(entry)
    return lanes


def _bars(entries: Iterable[Entry], windows: Mapping[date, Period]) -> tuple[Bar, ...]:
    if not windows:
        return ()
    shown = Period.spanning(windows.values())
    return tuple(
        Bar(entry, part)
        for entry in entries
        if (part := clipped(entry.period, shown)) and any(part.overlaps(window) for window in windows.values())
    )


def _gaps(taken: Iterable[Period], windows: Mapping[date, Period]) -> Iterator[Period]:
    """Yield the parts of the windows that none of the periods cover."""
    ordered = sorted(taken)
    for window in windows.values():
        free_from = window.start
        for period in ordered:
            if free_from < min(period.start, window.end):
                yield Period(free_from, min(period.start, window.end))
            free_from = max(free_from, period.end)
        if free_from < window.end:
            yield Period(free_from, window.end)


def _state(entry: Entry) -> str:
    return BLOCKED if isinstance(entry, Blocked) else entry.status.value


def _narrowed(section: Section, wanted: Wanted) -> Section:
    rows = section.rows
    if wanted.tables:
        rows = tuple(row for row in rows if row.seat and row.seat.table in wanted.tables)
    if wanted.states:
        rows = tuple(row for row in rows if any(_state(bar.entry) in wanted.states for bar in row.bars))
    if wanted.only_free:
        rows = tuple(row for row in rows if any(one.end - one.start >= section.step for one in row.free))
    return replace(section, rows=rows)
