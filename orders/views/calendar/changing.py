"""Where a ticket of the calendar is changed: dragged, moved by clicks or by keys, all of it ends there."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.urls import reverse

from coworking.domain.timetable import Bar, Booked, Timetable
from coworking.models import BLOCKING
from orders.domain.queries.calendar import OrderOfTicket

ORDER, TICKET = 100_000_001, 100_000_002  # stand for any number


class Movable(NamedTuple):
    """What moving a bar needs: its order, and its first and last day as they are.

    Without `days` it has hours of the one day that is shown, and lies in their columns. On a day a ticket of whole
    days, or one of which a part is not shown, can only go to another seat.
    """

    order: int
    days: str


def change_pattern() -> str:
    """Return where tickets are changed, with `{order}` and `{ticket}` for their numbers.

    Once a page: a bar tells its numbers alone.
    """
    return (
        reverse("orders:change-ticket", args=[ORDER, TICKET])
        .replace(str(ORDER), "{order}")
        .replace(str(TICKET), "{ticket}")
    )


def movable(
    bar: Bar, ticket: Booked, order: OrderOfTicket | None, zone: ZoneInfo, *, is_hourly: bool
) -> Movable | None:
    """Return how a bar is moved; nothing where it is not: it is over, or has no order.

    `is_hourly` of the board of a day; on that of a week every bar moves by days.
    """
    if order is None or ticket.status not in BLOCKING:
        return None
    first, last = ticket.period.days(zone)
    if not is_hourly or first != last or bar.period != ticket.period or ticket.period.is_whole_days(zone):
        return Movable(order.number, f"{first} {last}")
    return Movable(order.number, "")


def first_clock(timetable: Timetable) -> str:
    """Return the hour where the board of a day begins; nothing where its clock changes within, or of more days."""
    if len(timetable.days) > 1 or not timetable.windows:
        return ""
    window = timetable.windows[timetable.days[0]]
    start, end = (moment.astimezone(timetable.calendar.zone) for moment in (window.start, window.end))
    return f"{start:%H:%M}" if start.utcoffset() == end.utcoffset() else ""
