"""«Коворкинг › Календарь»: a day, a week or a month of the location."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from coworking.access import StaffRequest, managers_only
from coworking.domain.day import on_site
from coworking.domain.timetable import BLOCKED, timetable_of
from coworking.models import Service, TicketStatus
from olvery.shared.badges import BAR_ICONS
from olvery.shared.periods import local_days
from olvery.shared.replica_pages import reads_replica
from orders.domain.queries.calendar import version_of
from orders.views.calendar.asked import Asked, asked_for
from orders.views.calendar.board import board_of
from orders.views.calendar.month import WEEKDAYS, month_of
from orders.views.lists.ticket_list import card_of

PAGE = "orders/calendar/page.html"
LINE_SECONDS = 300


@require_safe
@vary_on_headers("HX-Request", "HX-Target", "HX-Trigger")
@managers_only
@reads_replica
def calendar(request: StaffRequest) -> HttpResponse:
    """Show the calendar, with the card of the ticket named in `?ticket=`."""
    now = timezone.now()
    asked = asked_for(request.GET, request.location.day_at(now))
    context = {**_shown(request, asked, now), "is_fragment": request.headers.get("HX-Target") == "calendar"}
    if context["is_fragment"]:
        # While tickets are on the strip, the page's links have to keep them, so the filters are replaced too.
        context["with_filters"] = request.headers.get("HX-Trigger") == "strip"
        return render(request, f"{PAGE}#calendar", context)
    if asked.ticket:
        context.update(card_of(request, asked.ticket))
    return render(request, PAGE, context)


@never_cache
@require_safe
@managers_only
@reads_replica
def changes(request: StaffRequest) -> HttpResponse:
    """Answer the current board, or 204 if the page already shows it."""
    now = timezone.now()
    asked = asked_for(request.GET, request.location.day_at(now))
    if request.GET.get("seen") == _version(request, asked, now):
        return HttpResponse(status=204)
    return render(request, f"{PAGE}#calendar", {**_shown(request, asked, now), "is_fragment": False})


def _version(request: StaffRequest, asked: Asked, at: datetime) -> str:
    """Return a digest of what is shown. The line of the present moment is not part of it."""
    within = local_days(asked.days[0], asked.days[-1], request.location.zone)
    version = version_of(request.location.pk, within, in_detail=asked.view != "month")
    return f"{version}-{int(at.timestamp()) // LINE_SECONDS}" if asked.has_today else version


def _here(request: StaffRequest, asked: Asked, at: datetime) -> set[int]:
    """Return the tickets of visitors on site, if today is shown. One query at most."""
    if not asked.has_today:
        return set()
    here, _count = on_site(request.location, at=at)
    return {ticket for ticket, _came_at in here}


def _choices(services: Iterable[Service]) -> list[tuple[int, str]]:
    """Return the services for a filter."""
    return [(service.pk, service.name) for service in services]


def _shown(request: StaffRequest, asked: Asked, at: datetime) -> dict[str, Any]:
    context: dict[str, Any] = {"asked": asked, "wanted": asked.wanted, "version": _version(request, asked, at)}
    if asked.view == "month":
        month = month_of(request.location, asked)
        return {**context, "month": month, "weekdays": WEEKDAYS, "services": _choices(month.services)}
    timetable = timetable_of(request.location, asked.days, wanted=asked.wanted, at=at)
    legend = [status for status in TicketStatus if status in BAR_ICONS]
    return {
        **context,
        "board": board_of(timetable, asked, at=at, here=_here(request, asked, at)),
        "legend": legend,
        "services": _choices(timetable.services),
        "states": [*((status.value, status.label) for status in legend), (BLOCKED, _("Blocked"))],
        "tables": [(number, number) for number in timetable.tables] if len(timetable.tables) > 1 else (),
    }
