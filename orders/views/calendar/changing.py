"""Where a ticket of the calendar is changed: dragged, moved by clicks or by keys, all of it ends there."""

from zoneinfo import ZoneInfo

from django.urls import reverse

from coworking.domain.timetable import Timetable
from coworking.models import BLOCKING
from olvery.shared.periods import Period
from orders.domain.queries.calendar import OrderOfTicket

TICKET = 100_000_001  # stands for any number


def change_pattern() -> str:
    """Return where tickets are changed, with `{ticket}` for the number. Once a page: a bar tells its number alone."""
    return reverse("orders:calendar-change", args=[TICKET]).replace(str(TICKET), "{ticket}")


def is_movable(status: str, order: OrderOfTicket | None) -> bool:
    """Return whether a ticket is moved; one that is over, or has no order, is not."""
    return order is not None and status in BLOCKING


def days_of(shown: Period, period: Period, zone: ZoneInfo, *, is_hourly: bool) -> str:
    """Return the first and the last day of a period by which its bar is moved.

    Nothing where it has hours of the one day that is shown, and is moved in their columns. On a day a ticket of whole
    days, or one of which a part is not shown, can only go to another seat. `is_hourly` of the board of a day; on that
    of a week every bar moves by days.
    """
    first, last = period.days(zone)
    is_by_days = not is_hourly or first != last or shown != period or period.is_whole_days(zone)
    return f"{first} {last}" if is_by_days else ""


def first_clock(timetable: Timetable) -> str:
    """Return the hour where the board of a day begins; nothing where its clock changes within, or of more days."""
    if len(timetable.days) > 1 or not timetable.windows:
        return ""
    window = timetable.windows[timetable.days[0]]
    start, end = (moment.astimezone(timetable.calendar.zone) for moment in (window.start, window.end))
    return f"{start:%H:%M}" if start.utcoffset() == end.utcoffset() else ""
