"""The nearest available alternatives to the wanted places, each with what its button sends."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from coworking.domain.capacity import Alternative, Occupancy
from coworking.models import Tariff
from olvery.shared.formats import clock, clock_of_end
from olvery.shared.periods import Period


@dataclass(frozen=True, slots=True)
class NearestView:
    period: Period
    labels: str
    free: int
    value: str


def nearest_views(
    found: Iterable[Alternative],
    occupancy: Occupancy | None,
    tariff: Tariff | None,
    zone: ZoneInfo,
    *,
    before: str = "",
) -> list[NearestView]:
    """Return how each is shown. `occupancy` and `tariff` are those used in the search.

    After the prefix `before`, a button sends first day, hours if any, last day and seats:
    «2026-11-24|14:00|18:00|2026-11-24|7,8».
    """
    if occupancy is None or tariff is None:
        return []
    return [
        NearestView(
            period=other.period,
            labels=", ".join(seat.label for seat in other.seats),
            free=occupancy.free_places(other.period),
            value=before + _value(other, tariff, zone),
        )
        for other in found
    ]


def _value(other: Alternative, tariff: Tariff, zone: ZoneInfo) -> str:
    first, last = other.period.days(zone)
    start = end = ""
    if tariff.is_hourly:
        start, end = clock(other.period.start, zone), clock_of_end(other.period, zone)
    return f"{first}|{start}|{end}|{last}|{','.join(str(seat.pk) for seat in other.seats)}"
