"""What stands on the bars of the calendar."""

from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coworking.domain.timetable import Bar, Blocked, Booked
from olvery.shared.periods import Period
from orders.domain.queries.calendar import OrderOfTicket

NAMES = 2


def booked_words(
    bar: Bar, ticket: Booked, order: OrderOfTicket | None, zone: ZoneInfo, *, is_here: bool
) -> tuple[str, str]:
    """Return who comes, and when, in what state or that they are on site, and whether money is still to come."""
    state = _("on site") if is_here else str(ticket.status.label).lower()
    said = [_times(bar, ticket.period, zone), state]
    if order and order.is_unpaid and ticket.status.value == "active":
        said.append(_("not paid"))
    return " ".join(ticket.visitor_name.split()[:NAMES]), ", ".join(said)


def block_words(bar: Bar, block: Blocked, zone: ZoneInfo) -> tuple[str, str]:
    """Return why places are blocked, how many, and when."""
    said = [_times(bar, block.period, zone)]
    if block.places > 1:
        said.insert(0, ngettext("%(count)s place", "%(count)s places", block.places) % {"count": block.places})
    if block.is_open_to_managers:
        said.append(_("can be ordered over"))
    return block.reason, ", ".join(said)


def _times(bar: Bar, period: Period, zone: ZoneInfo) -> str:
    """Write the hours, or where the rest begins and ends: «9:00–13:00», «весь день», «до 30 ноября»."""
    first, last = period.days(zone)
    is_whole = period.is_whole_days(zone)
    start, end = period.start.astimezone(zone), period.end.astimezone(zone)
    before, after = bar.is_cut(zone)
    if not before and not after:
        if first == last:
            return _("all day") if is_whole else f"{start:%H:%M}–{end:%H:%M}"
        return f"{first:%d.%m}–{last:%d.%m}" if is_whole else f"{start:%d.%m %H:%M}–{end:%d.%m %H:%M}"
    words = []
    if before:
        since = date_format(first, "j E") if is_whole else f"{start:%H:%M}, {date_format(first, 'j E')}"
        words.append(_("from %(start)s") % {"start": since})
    if after:
        until = date_format(last, "j E") if is_whole else f"{end:%H:%M}, {date_format(end.date(), 'j E')}"
        words.append(_("to %(end)s") % {"end": until})
    return " ".join(words)
