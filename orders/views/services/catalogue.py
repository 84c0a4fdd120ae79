"""«Услуги»: the services of a location and their availability."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.opening import Calendar, calendar_of
from coworking.domain.showcase import FreeHour, bookable_locations, hours_of, occupancies_of
from coworking.models import Location, Photo, Service, Tariff
from olvery.shared.days import read_day
from olvery.shared.forms import as_id
from olvery.shared.periods import DAY, local_day
from olvery.shared.replica_pages import reads_replica

DAYS_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A service in the catalogue, with its first tariff and the hours of the day."""

    service: Service
    tariff: Tariff
    capacity: int
    hours: list[FreeHour]
    photo: Photo | None
    at: datetime

    @property
    def now(self) -> FreeHour | None:
        """The present hour, if the location is open and it can still be booked."""
        return next((hour for hour in self.hours if hour.period.start <= self.at < hour.period.end), None)

    @property
    def next_free(self) -> FreeHour | None:
        """The first hour with a free place."""
        return next((hour for hour in self.hours if hour.free), None)

    @property
    def bars(self) -> Iterator[dict[str, object]]:
        """The picture of the day: a column for each hour, in per cent of its width and height."""
        width = 100 / len(self.hours) if self.hours else 0
        for number, hour in enumerate(self.hours):
            high = 100 * min(hour.free, self.capacity) / self.capacity if self.capacity else 0
            yield {
                "x": f"{number * width:.2f}",
                "width": f"{width * 0.86:.2f}",
                "y": f"{100 - high:.1f}",
                "height": f"{high:.1f}",
                "is_over": hour.is_over,
                "is_now": hour is self.now,
            }


@login_not_required
@require_safe
@reads_replica
def catalogue(request: HttpRequest) -> HttpResponse:
    """Show the services of a location and their availability on a day."""
    locations = bookable_locations()
    location = _chosen(request, locations)
    now = timezone.now()
    calendar = calendar_of(location)
    day = read_day(request.GET.get("day", "")[:40], today=calendar.today(now)) or calendar.first_open_day(now)
    context = {
        "locations": locations,
        "location": location,
        "today": calendar.today(now),
        "opened": calendar.open_period(day),
        "day": day,
        "days": [calendar.today(now) + DAY * number for number in range(DAYS_OFFERED)],
        "services": _services(location, calendar, day, now),
        "photos": location.own_photos,
        "zone": location.zone,
    }
    return render(request, "orders/services/catalogue.html", context)


def _chosen(request: HttpRequest, locations: list[Location]) -> Location:
    """Return the requested location, or else the first. Raises Http404 if none can be booked."""
    asked = as_id(request.GET.get("location"))
    chosen = [location for location in locations if location.pk == asked] or locations
    if not chosen:
        raise Http404
    return chosen[0]


def _services(location: Location, calendar: Calendar, day: date, at: datetime) -> list[Shown]:
    first_tariffs: dict[int, Tariff] = {}
    for tariff in tariffs_on_sale(location, at=at):
        first_tariffs.setdefault(tariff.service_id, tariff)
    services = [tariff.service for tariff in first_tariffs.values()]
    occupancies = occupancies_of(services, local_day(day, calendar.zone))
    return [
        Shown(
            service=service,
            tariff=first_tariffs[service.pk],
            capacity=occupancies[service.pk].capacity,
            hours=hours_of(occupancies[service.pk], day, calendar, at),
            photo=location.covers.get(service.pk),
            at=at,
        )
        for service in services
    ]
