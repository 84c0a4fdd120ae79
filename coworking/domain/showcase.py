"""Availability hour by hour, for customers who choose for themselves."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Func, OuterRef, Q, Value
from django.db.models.functions import JSONObject

from coworking.domain.capacity import Occupancy, SeatUse
from coworking.domain.opening import Calendar
from coworking.domain.rules import LATE_START
from coworking.models import Block, Location, Photo, Picture, Seat, Service, Ticket
from olvery.shared.fields import PeriodField
from olvery.shared.periods import Period, Usage
from olvery.shared.written import Written

HOUR = timedelta(hours=1)
MOST_TO_ASK = 8  # of a chain, as many as fit under a form


@dataclass(frozen=True, slots=True)
class FreeHour:
    """An hour of a day, shorter if the location closes in it. `free` counts places free for all of it."""

    period: Period
    free: int
    is_over: bool


def bookable_locations() -> list[Location]:
    """Return the locations that customers can choose, each with `own_photos` and the `covers` of its services.

    One query.
    """
    of_services = Q(service__location=OuterRef("pk"), service__is_active=True)
    rows = _photo_rows(Q(location=OuterRef("pk")) | of_services)
    locations = Location.objects.filter(is_active=True).annotate(photo_rows=rows)
    found: list[Location] = list(locations.order_by("name", "pk"))
    for location in found:
        photos = _photos_of(location)
        location.own_photos = [photo for photo in photos if photo.service_id is None]
        location.covers = {photo.service_id: photo for photo in reversed(photos) if photo.service_id}
    return found


def locations_to_ask() -> list[Location]:
    """Return the locations whose contacts customers may use for questions. One query."""
    return list(Location.objects.filter(is_active=True).order_by("name", "pk")[:MOST_TO_ASK])


def seats_among(service: Service, pks: Iterable[int]) -> set[int]:
    """Return which of these are keys of seats of the service. One query."""
    return set(service.seats.filter(pk__in=pks).values_list("pk", flat=True))


def bookable_service(pk: int) -> Service | None:
    """Return a service that customers may book, with its location and `own_photos`. One query."""
    for found in _BOOKABLE(pk=pk):
        found.own_photos = _photos_of(found)
        return found
    return None


def _photo_rows(shown: Q) -> ArraySubquery:
    """Return photos in order as JSON, so that pages need no extra query for them."""
    picture = {name: F(f"picture__{name}") for name in ("digest", "width", "height", "widths")}
    photo = JSONObject(alt="alt", service_id="service_id", picture=JSONObject(**picture))
    return ArraySubquery(Photo.objects.filter(shown).order_by("position", "pk").values(json=photo))


_BOOKABLE = Written(
    lambda pk: (
        Service.objects.filter(pk=pk, is_active=True, location__is_active=True)
        .select_related("location")
        .annotate(photo_rows=_photo_rows(Q(service=OuterRef("pk"))))
    ),
    pk=-1,
)


def _photos_of(owner: Any) -> list[Photo]:
    return [Photo(**{**row, "picture": Picture(**row["picture"])}) for row in owner.photo_rows]


def hours_of(occupancy: Occupancy, day: date, calendar: Calendar, at: datetime) -> list[FreeHour]:
    """Return the open hours of a local day; hours that can no longer be booked have nothing free."""
    opened = calendar.open_period(day)
    if opened is None:
        return []
    on_day = occupancy.within(opened)
    return [
        FreeHour(period, 0 if is_over else on_day.free_places(period), is_over)
        for period in _hours(opened)
        for is_over in [period.start < at - LATE_START]
    ]


def _hours(opened: Period) -> Iterator[Period]:
    start = opened.start
    while start < opened.end:
        yield Period(start, min(start + HOUR, opened.end))
        start += HOUR


def occupancies_of(services: Sequence[Service], window: Period) -> dict[int, Occupancy]:
    """Return the occupancy of each service within the window, by key. Three queries.

    Tickets that take the same part of the window are one row: on a busy day there are thousands of them.
    """
    if not services:
        return {}
    wanted = Ticket.occupying(window, max(service.buffer for service in services))
    tickets = Ticket.objects.blocking().filter(service__in=services, occupied__overlap=wanted)
    blocks = Block.objects.standing().filter(service__in=services, period__overlap=wanted)
    pools, seats = defaultdict[int, list[Usage]](list), defaultdict[int, list[Period]](list)
    booked = tickets.annotate(taken=_within(wanted)).values_list("service_id", "seat_id", "taken", "over_block_id")
    for service_id, seat_id, taken, over, places in booked.annotate(places=Count("*")):
        pools[service_id].append(Usage(taken, places, block=over or 0))
        seats[seat_id].append(taken)
    shut = defaultdict[int, list[Period]](list)  # services whose numbered seats are all blocked
    standing = blocks.values_list("pk", "service_id", "seat_id", "places", "period")
    for pk, service_id, seat_id, places, period in standing:
        pools[service_id].append(Usage(period, places, block=pk, is_block=True))
        (seats[seat_id] if seat_id else shut[service_id]).append(period)
    uses = _seat_uses(services, seats, shut)
    return {
        service.pk: Occupancy(service, seats=tuple(uses[service.pk]), usages=tuple(pools[service.pk]))
        for service in services
    }


def _within(window: Period) -> Func:
    """Return the part of what a ticket occupies that is in the window."""
    shown = Value(window, output_field=PeriodField())
    return Func(F("occupied"), shown, template="(%(expressions)s)", arg_joiner=" * ", output_field=PeriodField())


def _seat_uses(
    services: Iterable[Service], taken: dict[int, list[Period]], shut: dict[int, list[Period]]
) -> dict[int, list[SeatUse]]:
    uses = defaultdict[int, list[SeatUse]](list)
    for seat in Seat.objects.filter(service__in=services).order_by("table", "position", "pk"):
        uses[seat.service_id].append(SeatUse(seat, (*taken[seat.pk], *shut[seat.service_id])))
    return uses
