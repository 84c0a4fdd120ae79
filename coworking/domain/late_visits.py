"""Visits that are recorded after the fact: a door without network has sent what it scanned."""

import uuid
from datetime import datetime

from django.db.models import Q

from accounts.models import User
from coworking.domain import tickets, visits
from coworking.models import Ticket, TicketStatus, Visit, VisitSource

CLOSED = (TicketStatus.USED, TicketStatus.NO_SHOW)


def check_in(
    ticket: Ticket,
    *,
    scan_id: uuid.UUID,
    source: VisitSource,
    by: User,
    at: datetime,
    now: datetime,
    released_at: datetime | None,
) -> Visit:
    """Record that the visitor came at a moment before now, and return the visit; the same scan twice is one visit.

    What happened to the ticket since is corrected: a visitor who came has used it, though a place released in the
    meantime stays released. Call it within a transaction that holds the lock of the ticket, read with its service,
    location and tariff. Raises EntryRefused.
    """
    if known := Visit.objects.filter(scan_id=scan_id).first():
        return known
    is_closed = ticket.status in CLOSED and at < (released_at or ticket.period.end) <= now
    if is_closed:
        visits.check_opened(ticket, at=at)
    else:
        visits.check_ticket(ticket, at=at)
    _end_forgotten(ticket, at=at)
    visit = visits.record(ticket, scan_id=scan_id, source=source, by=by, at=at)
    if (ends_at := visits.ends_at(visit, ticket)) <= now:
        visits.end(visit, ends_at, by=None)
    if is_closed:
        tickets.mark_used([ticket.number])
    return visit


def check_out(ticket: Ticket, *, by: User, at: datetime) -> Visit:
    """Record that the visitor left at a moment before now, and return the last visit that had begun by then.

    If the clock has ended it since, this moment replaces that end. Call it within a transaction that holds
    the lock of the ticket. Raises NotInside if nobody had come in on the ticket by then.
    """
    visit = (
        Visit.objects.filter(ticket=ticket, undone_at=None, arrived_at__lte=at).order_by("-arrived_at", "-pk").first()
    )
    if visit is None:
        raise visits.NotInside
    is_ended_by_clock = visit.let_out_by_id is None and visit.left_at is not None and at < visit.left_at
    if visit.is_open or is_ended_by_clock:
        visit.left_at, visit.let_out_by = at, by
        visit.save(update_fields=["left_at", "let_out_by"])
    return visit


def _end_forgotten(ticket: Ticket, *, at: datetime) -> None:
    """End a visit left open on an earlier day. Raises AlreadyIn if one is going on at this moment or begins later."""
    counted = Visit.objects.filter(ticket=ticket, undone_at=None)
    for visit in counted.filter(Q(left_at=None) | Q(left_at__gt=at)).order_by("arrived_at"):
        ends_at = visits.ends_at(visit, ticket)
        if visit.left_at or ends_at > at:
            raise visits.AlreadyIn(since=visit.arrived_at, zone=ticket.service.location.zone)
        visits.end(visit, ends_at, by=None)
