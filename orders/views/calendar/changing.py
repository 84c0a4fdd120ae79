"""Where a ticket of the calendar is changed: dragged, moved by clicks or by keys, all of it ends there."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.urls import reverse

from coworking.domain.timetable import Bar, Booked, Timetable
from coworking.models import BLOCKING
from orders.domain.queries.calendar import OrderOfTicket

ORDER, TICKET = 100_000_001, 100_000_002  # stand for any number


class Movable(NamedTuple):
    """What moving a bar needs: where the change is asked for, and the days and hours as they are.

    `start` and `end` are empty where the ticket has whole days, or where a part of it is not shown: it can only go to
    another seat then.
    """

    url: str
    day: str
    last_day: str
    start: str
    end: str


def change_pattern() -> str:
    """Return where tickets are changed, with `{order}` and `{ticket}` for their numbers.

    Once a page: to resolve the address of each bar would take longer than all the rest.
    """
    return (
        reverse("orders:change-ticket", args=[ORDER, TICKET])
        .replace(str(ORDER), "{order}")
        .replace(str(TICKET), "{ticket}")
    )


def movable(bar: Bar, ticket: Booked, order: OrderOfTicket | None, zone: ZoneInfo, pattern: str) -> Movable | None:
    """Return how a bar is moved; nothing where it is not: it is over, or has no order."""
    if order is None or ticket.status not in BLOCKING:
        return None
    url = pattern.format(order=order.number, ticket=ticket.number)
    first, last = ticket.period.days(zone)
    if ticket.period.is_whole_days(zone) or first != last or bar.period != ticket.period:
        return Movable(url, first.isoformat(), last.isoformat(), "", "")
    start, end = (moment.astimezone(zone) for moment in (ticket.period.start, ticket.period.end))
    return Movable(url, first.isoformat(), last.isoformat(), f"{start:%H:%M}", f"{end:%H:%M}")


def first_clock(timetable: Timetable) -> str:
    """Return the hour where the board of a day begins; nothing where its clock changes within, or of more days."""
    if len(timetable.days) > 1 or not timetable.windows:
        return ""
    window = timetable.windows[timetable.days[0]]
    start, end = (moment.astimezone(timetable.calendar.zone) for moment in (window.start, window.end))
    return f"{start:%H:%M}" if start.utcoffset() == end.utcoffset() else ""
