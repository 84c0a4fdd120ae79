"""The texts on the bars of the calendar."""

from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coworking.domain.timetable import Blocked, is_cut
from coworking.models import TicketStatus
from olvery.shared.formats import DAY_AND_MONTH, clock, clock_of_end, hours
from olvery.shared.periods import Period

NAMES = 2


def visitor_words(name: str) -> str:
    """Return the family and the given name."""
    return " ".join(name.split()[:NAMES])


def state_words(status: TicketStatus, *, is_here: bool, is_unpaid: bool) -> str:
    """Return the state of a ticket, or that its visitor is on site, and whether money is outstanding."""
    state = _("on site") if is_here else str(status.label).lower()
    return f"{state}, " + _("not paid") if is_unpaid and status == TicketStatus.ACTIVE else state


def block_words(block: Blocked, times: str) -> tuple[str, str]:
    """Return why places are blocked, how many, and when."""
    said = [times]
    if block.places > 1:
        said.insert(0, ngettext("%(count)s place", "%(count)s places", block.places) % {"count": block.places})
    if block.is_open_to_managers:
        said.append(_("can be ordered over"))
    return block.reason, ", ".join(said)


def times_of(shown: Period, period: Period, zone: ZoneInfo) -> str:
    """Write the hours, or the days on which the rest begins and ends: «9:00–13:00», «весь день», «до 30 ноября»."""
    first, last = period.days(zone)
    is_whole = period.is_whole_days(zone)
    start, end = clock(period.start, zone), clock_of_end(period, zone)
    before, after = is_cut(shown, period, zone)
    if not before and not after:
        if first == last:
            return _("all day") if is_whole else hours(period, zone)
        return f"{first:%d.%m}–{last:%d.%m}" if is_whole else f"{first:%d.%m} {start}–{last:%d.%m} {end}"
    words = []
    if before:
        since = date_format(first, DAY_AND_MONTH) if is_whole else f"{start}, {date_format(first, DAY_AND_MONTH)}"
        words.append(_("from %(start)s") % {"start": since})
    if after:
        until = date_format(last, DAY_AND_MONTH) if is_whole else f"{end}, {date_format(last, DAY_AND_MONTH)}"
        words.append(_("to %(end)s") % {"end": until})
    return " ".join(words)
