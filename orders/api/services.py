"""What is on sale, and what is free."""

from datetime import date, timedelta
from typing import Annotated

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Router

from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.free_days import states_of_days
from coworking.domain.opening import calendar_of
from coworking.domain.rules import When
from coworking.domain.showcase import hours_of, occupancies_of
from coworking.models import Location, Service, Tariff
from olvery.shared.periods import DAY, local_day
from orders.api.access import Bearer, token_of
from orders.api.problems import REFUSALS
from orders.api.shapes import WHOLE, Day, ExtraOut, FreeDay, FreeHour, Id, LocationOut, PeriodOut, ServiceOut, TariffOut
from orders.models import Scope
from orders.wording_refusals import refusal_text

router = Router(auth=Bearer(Scope.SERVICES), tags=["Services"])
MOST_DAYS = 62


@router.get("/services", response={200: LocationOut, **REFUSALS}, summary="The services of the location")
def services(request: HttpRequest) -> LocationOut:
    location = token_of(request).location
    by_service: dict[int, list[Tariff]] = {}
    for tariff in tariffs_on_sale(location, at=timezone.now()):
        by_service.setdefault(tariff.service_id, []).append(tariff)
    sold = [_service(tariffs[0].service, tariffs) for tariffs in by_service.values()]
    return LocationOut(name=location.name, time_zone=location.zone.key, services=sold)


def _service(service: Service, tariffs: list[Tariff]) -> ServiceOut:
    return ServiceOut(
        id=service.pk,
        name=service.name,
        description=service.description,
        kind=service.kind,
        payment_methods=service.payment_methods,
        tariffs=[TariffOut.from_orm(tariff) for tariff in tariffs],
        extras=[ExtraOut.from_orm(extra) for extra in service.extras_on_sale],
    )


@router.get(
    "/services/{service}/free-hours",
    response={200: list[FreeHour], **REFUSALS},
    summary="Free places by the hours of a day",
)
def free_hours(request: HttpRequest, service: Id, day: Day) -> list[FreeHour]:
    location, at = token_of(request).location, timezone.now()
    found = _tariffs(location, service=service)[0].service
    if not _is_near(day, location):
        return []
    occupancy = occupancies_of([found], local_day(day, location.zone))[found.pk]
    return [
        FreeHour(period=PeriodOut.from_orm(hour.period), free=hour.free)
        for hour in hours_of(occupancy, day, calendar_of(location), at)
    ]


@router.get(
    "/tariffs/{tariff}/free-days",
    response={200: list[FreeDay], **REFUSALS},
    summary="Days on which a booking under a tariff can begin",
)
def free_days(
    request: HttpRequest,
    tariff: Id,
    day: Day,
    days: Annotated[int, Field(ge=1, le=MOST_DAYS), WHOLE] = 14,
    places: Annotated[int, Field(ge=1, le=60), WHOLE] = 1,
) -> list[FreeDay]:
    location = token_of(request).location
    found = next((one for one in _tariffs(location) if one.pk == tariff), None)
    if found is None:
        raise Http404
    asked = [day + DAY * number for number in range(days)] if _is_near(day, location) else []
    states = states_of_days(
        found, When(day=day), asked, places=places, seat_ids=(), calendar=calendar_of(location), at=timezone.now()
    )
    return [
        FreeDay(day=one, is_free=state.is_free, reason=refusal_text(state.refusal) if state.refusal else "")
        for one, state in states.items()
    ]


def _tariffs(location: Location, *, service: int | None = None) -> list[Tariff]:
    """Return the tariffs on sale, of a service or of the location. Raises Http404 if there are none."""
    found = tariffs_on_sale(location, at=timezone.now(), service_ids=None if service is None else [service])
    if not found:
        raise Http404
    return found


def _is_near(day: date, location: Location) -> bool:
    """Whether a day is near enough for anything to be sold: nobody books in other decades."""
    return abs(day - location.day_at(timezone.now())) < timedelta(days=3650)
