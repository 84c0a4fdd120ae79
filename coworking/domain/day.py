"""The day of a location: who is expected, who is here, and how full it is. «Сегодня» reads it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from coworking.domain.opening import Calendar
from coworking.models import BLOCKING, Location, Service, Ticket, TicketStatus, Unit
from olvery.shared.fields import as_bigint
from olvery.shared.periods import DAY, Period, Usage, local_day, peak_usage
from olvery.shared.written import Written

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
USUAL_DAY = (8, 20)  # the hours drawn on a day off
# Hourly bookings last at most a day, which a clock change may lengthen: what is going on, or was entered, at midnight
# began within this time.
LONGEST_NIGHT = DAY + HOUR


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """The number of places of a service that are taken or blocked at a moment, unpaid (`held`), and in total."""

    service: Service
    taken: int
    held: int
    capacity: int


@dataclass(frozen=True, slots=True)
class HourUse:
    """The most places that are taken or blocked at one moment of an hour."""

    period: Period
    taken: int


@dataclass(frozen=True, slots=True)
class DayInPlaces:
    """The tickets of a local day, counted."""

    at: datetime
    day: Period
    services: list[ServiceUse]
    hours: list[HourUse]
    expected: int
    late: int
    came: int
    # Tariffs under which somebody is still expected, hourly and daily: few, compared with thousands of tickets.
    awaited_by_hour: frozenset[int]
    awaited_by_day: frozenset[int]

    @property
    def taken(self) -> int:
        """How many places are taken now."""
        return sum(use.taken for use in self.services)

    @property
    def capacity(self) -> int:
        """How many places there are."""
        return sum(use.capacity for use in self.services)

    @property
    def peak(self) -> HourUse | None:
        """The fullest hour, the first of several."""
        return max(self.hours, key=lambda use: use.taken, default=None)


@dataclass(frozen=True, slots=True)
class _Group:
    """Tickets of one tariff, status and period, grouped separately by the key of the block they lie over."""

    service_id: int
    tariff_id: int
    status: TicketStatus
    period: Period
    is_hourly: bool
    count: int
    came: int
    block: int


@dataclass(frozen=True, slots=True)
class _Block:
    """Places out of sale; all numbered seats if `places` is None."""

    key: int
    service_id: int
    period: Period
    places: int | None


def today_of(location: Location, *, at: datetime) -> Period:
    """Return the local day of a moment."""
    return local_day(location.day_at(at), location.zone)


def day_in_places(location: Location, calendar: Calendar, *, at: datetime) -> DayInPlaces:
    """Return how full the local day of `at` is and who is expected. Two queries, however many tickets there are.

    While the location is closed all day, visitors with day tickets are not expected.
    """
    day = today_of(location, at=at)
    (groups, blocks), is_open = _counted(location, day), calendar.open_period(calendar.today(at)) is not None
    awaited = [group for group in groups if _is_awaited(group, at) and (group.is_hourly or is_open)]
    missing = [(group, group.count - group.came) for group in awaited if group.count > group.came]
    services = _ON_SALE(location_id=location.pk)
    usages = _usages({one.pk: _capacity(one) for one in services}, groups, blocks)
    return DayInPlaces(
        at=at,
        day=day,
        services=[_use(one, usages[one.pk], groups, at) for one in services],
        hours=_hours(calendar, _together(usages), sum(map(_capacity, services)), at),
        expected=sum(count for _group, count in missing),
        late=sum(count for group, count in missing if group.is_hourly and is_late(group.period, at)),
        came=sum(group.came for group in groups),
        awaited_by_hour=frozenset(group.tariff_id for group, _count in missing if group.is_hourly),
        awaited_by_day=frozenset(group.tariff_id for group, _count in missing if not group.is_hourly),
    )


def is_late(period: Period, at: datetime) -> bool:
    """Return whether the visitor with these hours is late, by at least a minute."""
    return period.start + MINUTE <= at


# Only the keys: joined to what is shown, thousands of tickets would be looked up for the first few. Hourly tickets
# come in the order of an index.
_ARRIVALS = """
(
    SELECT number, true FROM coworking_ticket AS ticket
    WHERE location_id = %(location)s::bigint AND status IN ('held', 'active') AND tariff_id = ANY(%(by_hour)s)
      AND lower(period) >= %(night)s AND lower(period) < %(ends)s AND upper(period) > %(at)s
      AND NOT EXISTS (SELECT FROM coworking_visit WHERE ticket_id = ticket.number AND undone_at IS NULL)
    ORDER BY lower(period), number LIMIT %(most)s
)
UNION ALL
(
    SELECT number, false FROM coworking_ticket AS ticket
    WHERE location_id = %(location)s::bigint AND status IN ('held', 'active') AND tariff_id = ANY(%(by_day)s)
      AND period && tstzrange(%(at)s, %(ends)s)
      AND NOT EXISTS (
        SELECT FROM coworking_visit
        WHERE ticket_id = ticket.number AND undone_at IS NULL AND arrived_at >= %(starts)s
      )
    ORDER BY lower(period), number LIMIT %(most)s
)
"""


def arrivals(location: Location, places: DayInPlaces, *, most: int | None = None) -> tuple[list[int], list[int]]:
    """Return the tickets of today whose visitors have not come, earliest first: hourly ones and daily ones.

    One query at most.
    """
    if not places.awaited_by_hour and not places.awaited_by_day:
        return [], []
    values: dict[str, Any] = {
        "location": location.pk,
        "by_hour": list(places.awaited_by_hour),
        "by_day": list(places.awaited_by_day),
        "night": places.at - LONGEST_NIGHT,
        "at": places.at,
        "starts": places.day.start,
        "ends": places.day.end,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVALS, values)
        found = cursor.fetchall()
    by_hour, by_day = ([number for number, is_hourly in found if is_hourly is kind] for kind in (True, False))
    return by_hour, by_day


def tickets_of_day(location: Location, *, at: datetime) -> QuerySet[Ticket]:
    """Return all tickets of the local day that are or were valid, earliest first."""
    tickets = Ticket.objects.filter(
        location_id=as_bigint(location.pk),
        status__in=(*BLOCKING, TicketStatus.USED),
        period__overlap=today_of(location, at=at).to_range(),
    )
    return tickets.select_related("service", "seat", "tariff").order_by("period__startswith", "pk")


# A visit left open yesterday does not count; one over midnight does. Only the keys: thousands of whole rows would be
# sorted for the first few. OFFSET 0 makes PostgreSQL look up each ticket: a join would read all tickets.
_ON_SITE = """
SELECT visit.ticket_id, visit.arrived_at, count(*) OVER ()
FROM coworking_visit AS visit CROSS JOIN LATERAL (
    SELECT upper(period) AS ends, tariff_id FROM coworking_ticket WHERE number = visit.ticket_id OFFSET 0
) AS ticket
WHERE visit.location_id = %(location)s::bigint AND visit.left_at IS NULL AND visit.undone_at IS NULL
  AND (
    visit.arrived_at >= %(starts)s
    OR (ticket.ends > %(starts)s AND (SELECT unit FROM coworking_tariff WHERE id = ticket.tariff_id) = 'hour')
  )
ORDER BY ticket.ends, visit.id LIMIT %(most)s
"""


def on_site(location: Location, *, at: datetime, most: int | None = None) -> tuple[list[tuple[int, datetime]], int]:
    """Return the tickets of visitors on site, with the time they came, and how many there are.

    Those whose time ends first come first. One query.
    """
    values: dict[str, Any] = {"location": location.pk, "starts": today_of(location, at=at).start, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_ON_SITE, values)
        found = cursor.fetchall()
    return [(ticket, came_at) for ticket, came_at, _count in found], found[0][2] if found else 0


# The block that a ticket lies over, as in `coworking_peak`: few have one, so it is looked up only for these.
_BLOCK = """CASE WHEN over_block_id IS NOT NULL THEN (
            SELECT block.id FROM coworking_block AS block
            WHERE block.id = ticket.over_block_id AND block.service_id = ticket.service_id
              AND block.lifted_at IS NULL AND (block.seat_id IS NULL OR block.seat_id = ticket.seat_id)
        ) END"""
# One pass over thousands of tickets. They are grouped by numbers and moments, which cost less than strings and ranges;
# properties of a tariff or a facet, including the status, are joined to the few groups. Tickets that begin on the day
# or in the night before are read by their start, because the planner can estimate those; for overlapping ranges it
# cannot, and sorts them. Visits count on the day or, for an hourly ticket, in the night before.
_GROUPS = f"""
WITH came AS MATERIALIZED (
    SELECT ticket_id, arrived_at FROM coworking_visit
    WHERE location_id = %(location)s::bigint AND undone_at IS NULL
      AND arrived_at >= %(night)s AND arrived_at < %(ends)s
),
counted AS (
    SELECT tariff_id, facet_id, block, lower(period) AS starts, upper(period) AS ends, count(*) AS tickets,
           count(*) FILTER (WHERE number IN (SELECT ticket_id FROM came WHERE arrived_at >= %(starts)s)) AS by_day,
           count(*) FILTER (
               WHERE number IN (SELECT ticket_id FROM came WHERE arrived_at < %(starts)s)
                 AND number NOT IN (SELECT ticket_id FROM came WHERE arrived_at >= %(starts)s)
           ) AS by_night
    FROM (
        SELECT number, tariff_id, facet_id, period, {_BLOCK} AS block FROM coworking_ticket AS ticket
        WHERE location_id = %(location)s::bigint
          AND lower(period) >= %(night)s AND lower(period) < %(ends)s AND upper(period) > %(starts)s
        UNION ALL
        SELECT number, tariff_id, facet_id, period, {_BLOCK} AS block FROM coworking_ticket AS ticket
        WHERE location_id = %(location)s::bigint
          AND period @> tstzrange(%(before)s, %(starts)s, '[]')
    ) AS ticket
    GROUP BY tariff_id, facet_id, block, lower(period), upper(period)
)
SELECT facet.service_id, tariff_id, facet.status, starts, ends, tariff.unit, tickets,
       CASE tariff.unit WHEN 'hour' THEN by_day + by_night ELSE by_day END, block
FROM counted JOIN coworking_tariff AS tariff ON tariff.id = tariff_id
JOIN coworking_ticketfacet AS facet ON facet.id = facet_id AND facet.status IN ('held', 'active', 'used')
UNION ALL
SELECT service_id, NULL, 'blocked', lower(period), upper(period), NULL,
       CASE WHEN service.kind = 'pool' OR seat_id IS NOT NULL THEN places END, 0, block.id
FROM coworking_block AS block JOIN coworking_service AS service ON service.id = service_id
WHERE service.location_id = %(location)s::bigint AND lifted_at IS NULL
  AND period && tstzrange(%(starts)s, %(ends)s)
"""  # noqa: S608 - our own text


def _counted(location: Location, day: Period) -> tuple[list[_Group], list[_Block]]:
    """Return the tickets of a day as groups, and its open blocks. One query."""
    night = day.start - LONGEST_NIGHT
    values: dict[str, Any] = {
        "location": location.pk,
        "night": night,
        # The last storable moment before it.
        "before": night - timedelta.resolution,
        "starts": day.start,
        "ends": day.end,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, values)
        rows = cursor.fetchall()
    groups = [
        _Group(service, tariff, TicketStatus(status), Period(starts, ends), unit == Unit.HOUR, count, came, block or 0)
        for service, tariff, status, starts, ends, unit, count, came, block in rows
        if tariff
    ]
    blocks = [
        _Block(key, service, Period(starts, ends), places)
        for service, tariff, _status, starts, ends, _unit, places, _came, key in rows
        if not tariff
    ]
    return groups, blocks


def _is_awaited(group: _Group, at: datetime) -> bool:
    return group.status in BLOCKING and group.period.end > at


def _use(service: Any, usages: Sequence[Usage], groups: Iterable[_Group], at: datetime) -> ServiceUse:
    unpaid = (group for group in groups if group.service_id == service.pk and group.status == TicketStatus.HELD)
    held = sum(group.count for group in unpaid if group.period.start <= at < group.period.end)
    taken = peak_usage(usages, Period(at, at + timedelta.resolution))
    return ServiceUse(service, min(taken, _capacity(service)), held, _capacity(service))


def _capacity(service: Any) -> int:
    """Return how many places a service has, given its `seat_count`."""
    return service.seat_count if service.has_seats else service.capacity


def _on_sale(location_id: int) -> QuerySet[Any]:
    seats = Count("seats", filter=Q(seats__is_active=True))
    services = Service.objects.filter(location=location_id, is_active=True)
    return services.annotate(seat_count=seats).order_by("position", "pk")


_ON_SALE: Written[Any] = Written(_on_sale, location_id=-1)


def _hours(calendar: Calendar, usages: Sequence[Usage], capacity: int, at: datetime) -> list[HourUse]:
    day = calendar.today(at)
    midnight = local_day(day, calendar.zone)
    opened = calendar.open_period(day) or Period(
        midnight.start + HOUR * USUAL_DAY[0], midnight.start + HOUR * USUAL_DAY[1]
    )
    hours, start = [], opened.start
    while start < opened.end:
        hour = Period(start, start + HOUR)
        hours.append(HourUse(hour, min(peak_usage(usages, hour), capacity)))
        start += HOUR
    return hours


def _usages(capacity: Mapping[int, int], groups: Iterable[_Group], blocks: Iterable[_Block]) -> dict[int, list[Usage]]:
    """Return the usages of each service that has places."""
    found: dict[int, list[Usage]] = {key: [] for key in capacity}
    for group in groups:
        if group.service_id in found:
            found[group.service_id].append(Usage(group.period, group.count, group.block))
    for one in blocks:
        if one.service_id in found:
            places = one.places or capacity[one.service_id]
            found[one.service_id].append(Usage(one.period, places, one.key, is_block=True))
    return found


def _together(usages: Mapping[int, Iterable[Usage]]) -> list[Usage]:
    """Add up usages with the same period, whatever the service."""
    found: dict[tuple[Period, int, bool], int] = defaultdict(int)
    for own in usages.values():
        for one in own:
            found[one.period, one.block, one.is_block] += one.places
    return [Usage(period, places, block, is_block) for (period, block, is_block), places in found.items()]
