"""A ticket as a QR code, and tickets as a calendar file."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import segno

from coworking.domain.ticket_codes import code_of
from coworking.models import Location, Ticket, TicketStatus
from olvery.shared.addresses import site_host
from orders.models import Order

if TYPE_CHECKING:
    import icalendar


def ticket_qr_png(ticket: Ticket) -> bytes:
    """Return the ticket's QR code as a picture, black on white. Needs the service with its location."""
    out = io.BytesIO()
    segno.make(code_of(ticket), error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def calendar_file(order: Order, tickets: Sequence[Ticket], *, at: datetime, is_over: bool = False) -> bytes:
    """Return the tickets as they are at `at` as an iCalendar file: whole days as dates, hours as moments.

    A later file updates the entries of an earlier one (RFC 5546): the same UID, with the seconds since the ticket was
    made as its SEQUENCE. If all tickets are cancelled, or it `is_over` for the recipient, the file removes the entries
    from the calendar. Needs the service and the seat of each ticket.
    """
    is_gone = is_over or all(ticket.status == TicketStatus.CANCELLED for ticket in tickets)
    calendar = _calendar("CANCEL" if is_gone else "PUBLISH")
    for ticket in tickets:
        calendar.add_component(_entry(ticket, order.location, at=at, is_over=is_over))
    return calendar.to_ical()


def calendar_of_visits(visits: Iterable[tuple[Ticket, datetime]], *, name: str) -> bytes:
    """Return tickets, each with the moment of its last change, as a calendar that others subscribe to.

    The same tickets give the same bytes. Needs the service with its location, and the seat, of each ticket.
    """
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval;value=duration", "PT1H")
    for ticket, changed_at in visits:
        calendar.add_component(_entry(ticket, ticket.service.location, at=changed_at))
    return calendar.to_ical()


def _calendar(method: str) -> "icalendar.Calendar":
    import icalendar  # noqa: PLC0415 - 4 MB that a web process without calendar files need not hold

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Olvery//Coworking//RU")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _entry(ticket: Ticket, location: Location, *, at: datetime, is_over: bool = False) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415 - see above

    entry, zone = icalendar.Event(), location.zone
    entry.add("uid", f"ticket-{ticket.number}@{site_host()}")
    entry.add("dtstamp", at)
    entry.add("sequence", max(int((at - ticket.created_at).total_seconds()), 0))
    entry.add("status", "CANCELLED" if is_over or ticket.status == TicketStatus.CANCELLED else "CONFIRMED")
    place = f", {ticket.seat.label}" if ticket.seat else ""
    entry.add("summary", f"{ticket.service.name}{place}")
    entry.add("location", ", ".join(filter(None, [location.name, location.address])))
    if ticket.period.is_whole_days(zone):
        entry.add("dtstart", ticket.period.start.astimezone(zone).date())
        entry.add("dtend", ticket.period.end.astimezone(zone).date())
    else:
        entry.add("dtstart", ticket.period.start)
        entry.add("dtend", ticket.period.end)
    return entry
