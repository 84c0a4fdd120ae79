"""«Коворкинг › Календарь»: a day, a week or a month of the location."""

from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from coworking.access import StaffRequest, managers_only
from coworking.domain.timetable import timetable_of
from coworking.models import TicketStatus
from orders.views.calendar.asked import Asked, asked_for
from orders.views.calendar.board import ICONS, TONES, board_of
from orders.views.calendar.month import WEEKDAYS, month_of
from orders.views.lists.ticket_list import card_of

PAGE = "orders/calendar/page.html"


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@managers_only
def calendar(request: StaffRequest) -> HttpResponse:
    """Show the calendar, with the card of the ticket named in `?ticket=`."""
    now = timezone.now()
    asked = asked_for(request.GET, _today(request, now))
    context = {**_shown(request, asked, now), "is_fragment": request.headers.get("HX-Target") == "calendar"}
    if context["is_fragment"]:
        return render(request, f"{PAGE}#calendar", context)
    if asked.ticket:
        context.update(card_of(request, asked.ticket))
    return render(request, PAGE, context)


def _today(request: StaffRequest, at: datetime) -> date:
    return at.astimezone(request.location.zone).date()


def _shown(request: StaffRequest, asked: Asked, at: datetime) -> dict[str, Any]:
    context: dict[str, Any] = {"asked": asked, "wanted": asked.wanted, "zone": request.location.zone, "at": at}
    if asked.view == "month":
        month = month_of(request.location, asked)
        return {**context, "month": month, "weekdays": WEEKDAYS, "services": month.services}
    timetable = timetable_of(request.location, asked.days, wanted=asked.wanted, at=at)
    legend = [(TONES.get(status, "mute"), ICONS[status], status) for status in TicketStatus if status in ICONS]
    return {
        **context,
        "board": board_of(timetable, asked, at=at),
        "legend": legend,
        "services": timetable.services,
        "tables": [(number, number) for number in timetable.tables] if len(timetable.tables) > 1 else (),
    }
