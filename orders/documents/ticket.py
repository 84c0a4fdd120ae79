"""A ticket as a QR code, and tickets as a calendar file."""

import io
from collections.abc import Iterable

import icalendar
import segno

from coworking.models import Ticket, TicketStatus
from olvery.shared.addresses import site_host
from orders.models import EventKind, Order

CHANGES = (EventKind.CHANGED, EventKind.CHANGE_UNDONE)


def ticket_qr_png(ticket: Ticket) -> bytes:
    """Return the ticket's QR code as a picture, black on white."""
    out = io.BytesIO()
    segno.make(ticket.code, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def calendar_file(order: Order, tickets: Iterable[Ticket]) -> bytes:
    """Return the tickets as an iCalendar file (RFC 5545): whole days as dates, hours as moments.

    A calendar keeps one entry for each ticket, however often the file comes: it replaces what it had if the sequence
    is not lower. So it is the number of changes of the order. Needs the service and the seat of each ticket.
    """
    zone, sequence = order.location.zone, order.events.filter(kind__in=CHANGES).count()
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Olvery//Coworking//RU")
    calendar.add("version", "2.0")
    for ticket in tickets:
        entry = icalendar.Event()
        entry.add("uid", f"ticket-{ticket.number}@{site_host()}")
        entry.add("dtstamp", ticket.created_at)
        entry.add("sequence", sequence)
        if ticket.status == TicketStatus.CANCELLED:
            entry.add("status", "CANCELLED")
        place = f", {ticket.seat.label}" if ticket.seat else ""
        entry.add("summary", f"{ticket.service.name}{place}")
        entry.add("location", ", ".join(filter(None, [order.location.name, order.location.address])))
        if ticket.period.is_whole_days(zone):
            entry.add("dtstart", ticket.period.start.astimezone(zone).date())
            entry.add("dtend", ticket.period.end.astimezone(zone).date())
        else:
            entry.add("dtstart", ticket.period.start)
            entry.add("dtend", ticket.period.end)
        calendar.add_component(entry)
    return calendar.to_ical()
