"""«Сегодня»: arrivals and people present, occupancy, and money that does not add up."""

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from coworking.access import StaffRequest, any_staff, managers_only
from coworking.domain.day import DayInPlaces, HourUse, day_in_places
from coworking.domain.opening import Calendar, calendar_of
from olvery.shared.replica_pages import reads_replica
from orders.domain.money.cases import newest_of
from orders.domain.queries import today as queries
from orders.domain.queries.vat_ahead import vat_ahead
from orders.views.cases.case_list import cases_seen, row_of

CASES = 4
# In the drawing of the hours, per cent of its height: what the columns take, and where their line is.
PLOT, LINE = 72, 82


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@any_staff
@reads_replica
def today(request: StaffRequest) -> HttpResponse:
    """Show the day at the location, as far as the role allows; for htmx only what changes during the day."""
    part, now = "#today" if request.headers.get("HX-Target") == "today" else "", timezone.now()
    context = today_context(request, at=now)
    if not part and request.access.is_administrator:
        context["vat"] = vat_ahead(request.location, at=now)
    return render(request, f"orders/door/today.html{part}", context)


@require_safe
@managers_only
@reads_replica
def day_sheet(request: StaffRequest) -> HttpResponse:
    """Show the tickets of today as a page for paper."""
    now, location = timezone.now(), request.location
    lines, is_cut = queries.sheet_of(location, at=now)
    context = {
        "lines": lines,
        "is_cut": is_cut,
        "at": now,
        "today": location.day_at(now),
        "zone": location.zone,
    }
    return render(request, "orders/door/day_sheet.html", context)


def today_context(request: StaffRequest, *, at: datetime) -> dict[str, Any]:
    """Return the context of «Сегодня». Only managers see who comes and what came in."""
    location = request.location
    calendar = calendar_of(location)
    places = day_in_places(location, calendar, at=at)
    cases = newest_of(cases_seen(request), most=CASES + 1)
    context = {
        "at": at,
        "zone": location.zone,
        "today": calendar.today(at),
        "opened": calendar.open_period(calendar.today(at)),
        "places": places,
        "bars": bars_of(places),
        "cases": [row_of(case, request) for case in cases[:CASES]],
        "has_more_cases": len(cases) > CASES,
    }
    if not request.access.is_manager:
        return context
    return {**context, **_for_managers(request, calendar, places)}


def _for_managers(request: StaffRequest, calendar: Calendar, places: DayInPlaces) -> dict[str, Any]:
    location, at = request.location, places.at
    return {
        "people": queries.people_of(location, calendar, places),
        "figures": queries.figures_of(location, at=at),
        "token": uuid.uuid4(),
    }


def bars_of(places: DayInPlaces) -> list[dict[str, Any]]:
    """Return the columns of the hours, in per cent of the drawing."""
    highest = max((use.taken for use in places.hours), default=0) or 1
    step = 100 / max(len(places.hours), 1)
    return [_bar(use, places, n * step, step, use.taken * PLOT / highest) for n, use in enumerate(places.hours)]


def _bar(use: HourUse, places: DayInPlaces, left: float, step: float, height: float) -> dict[str, Any]:
    is_now = use.period.start <= places.at < use.period.end
    return {
        "use": use,
        "is_now": is_now,
        "is_past": use.period.end <= places.at,
        "has_number": is_now or use is places.peak,
        "x": f"{left + step * 0.1:.2f}%",
        "middle": f"{left + step / 2:.2f}%",
        "width": f"{step * 0.8:.2f}%",
        "y": f"{LINE - height:.2f}%",
        "number_y": f"{LINE - height - 3:.2f}%",
        "height": f"{height:.2f}%",
    }
