"""The URL for changing a ticket of the calendar: dragging and moving by clicks or keys all end there."""

from zoneinfo import ZoneInfo

from django.urls import reverse

from coworking.domain.timetable import Timetable
from coworking.models import BLOCKING
from olvery.shared.periods import Period
from orders.domain.queries.calendar import OrderOfTicket

TICKET = 100_000_001  # stands for any number


def change_pattern() -> str:
    """Return the URL for changing tickets, with `{ticket}` for the number. Once per page: a bar only has its number."""
    return reverse("orders:calendar-change", args=[TICKET]).replace(str(TICKET), "{ticket}")


def is_movable(status: str, order: OrderOfTicket | None) -> bool:
    """Return whether a ticket can be moved: it is not over, and has an order."""
    return order is not None and status in BLOCKING


def days_of(shown: Period, period: Period, zone: ZoneInfo, *, is_hourly: bool) -> str:
    """Return the first and last day of a period for moving its bar.

    Nothing if it has hours of the one day shown, and moves in their columns. On the board of a day a ticket of whole
    days, or one only partly shown, can only move to another seat. `is_hourly` is true on the board of a day; on that
    of a week every bar moves by days.
    """
    first, last = period.days(zone)
    is_by_days = not is_hourly or first != last or shown != period or period.is_whole_days(zone)
    return f"{first} {last}" if is_by_days else ""


def first_clock(timetable: Timetable) -> str:
    """Return the hour at which the board of a day begins; None for several days, or if the clock changes then."""
    if len(timetable.days) > 1 or not timetable.windows:
        return ""
    window = timetable.windows[timetable.days[0]]
    start, end = (moment.astimezone(timetable.calendar.zone) for moment in (window.start, window.end))
    return f"{start:%H:%M}" if start.utcoffset() == end.utcoffset() else ""
