"""Visits: who may come in on a ticket, check-in, check-out, undoing, and places of no-shows."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from coworking.domain import tickets
from coworking.models import Location, Ticket, TicketStatus, Visit, VisitSource
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import local_day
from olvery.shared.refusals import Refusal
from olvery.shared.rows import constraint_of
from olvery.shared.written import Written

SHOWN = 5

# Constraints that two visits of one ticket, or of one scan, violate.
ONE_VISIT = {"visit_one_open_a_ticket", "coworking_visit_scan_id_key"}


class EntryRefused(Refusal):
    """The ticket admits nobody now."""


class TicketUnknown(EntryRefused):
    reason = "ticket_unknown"


class NobodyExpected(TicketUnknown):
    """No ticket of today has this name."""

    reason = "nobody_expected"


class TooEarly(EntryRefused):
    reason = "entry_too_early"


class TicketOver(EntryRefused):
    reason = "entry_over"


class TicketCancelled(EntryRefused):
    reason = "entry_cancelled"


class PlaceReleased(TicketCancelled):
    """The visitor did not come in time, and the place was released."""

    reason = "entry_released"


class TicketPassedOn(EntryRefused):
    """The code belongs to a former visitor."""

    reason = "ticket_passed_on"


class NotPaid(EntryRefused):
    reason = "entry_unpaid"


class AlreadyIn(EntryRefused):
    reason = "already_in"


class NotInside(Refusal):
    reason = "visitor_not_inside"


class VisitStands(Refusal):
    """The ticket is closed, by this visit among others."""

    reason = "visit_stands"


class StillExpected(Refusal):
    """The visitor may still come, so the place is not released."""

    reason = "still_expected"


def opens_at(ticket: Ticket) -> datetime:
    """Return the moment from which the ticket admits its visitor."""
    return ticket.service.location.lets_in_from(ticket.period.start)


def check_ticket(ticket: Ticket, *, at: datetime) -> None:
    """Check that a ticket is valid now, regardless of visits. Raises EntryRefused.

    Needs the service with its location.
    """
    zone = ticket.service.location.zone
    if ticket.status == TicketStatus.CANCELLED:
        raise TicketCancelled
    if ticket.period.end <= at:
        raise TicketOver(ended_at=ticket.period.end, zone=zone)
    # A ticket used before its end was released, and then turned out to have had its visitor.
    if ticket.status in (TicketStatus.NO_SHOW, TicketStatus.USED):
        raise PlaceReleased
    check_opened(ticket, at=at)
    if ticket.status == TicketStatus.HELD:
        raise NotPaid


def check_code(ticket: Ticket, version: int) -> None:
    """Check that a code of this version belongs to the present visitor. Raises TicketPassedOn."""
    if version != ticket.code_version:
        raise TicketPassedOn


def check_opened(ticket: Ticket, *, at: datetime) -> None:
    """Check that the ticket admits its visitor by then. Raises TooEarly."""
    if at < opens_at(ticket):
        raise TooEarly(opens_at=opens_at(ticket), zone=ticket.service.location.zone)


def check_entry(ticket: Ticket, *, at: datetime, owed: Decimal = NO_MONEY) -> Visit | None:
    """Check that the visitor may come in now, and return a visit left open on an earlier day, if any.

    Raises EntryRefused.
    """
    return check_entry_beside(open_visit(ticket), ticket, at=at, owed=owed)


def check_entry_beside(inside: Visit | None, ticket: Ticket, *, at: datetime, owed: Decimal = NO_MONEY) -> Visit | None:
    """Check the same, given the open visit."""
    check_ticket(ticket, at=at)
    if inside and ends_at(inside, ticket) > at:
        raise _already(inside, ticket)
    if owed:
        raise NotPaid
    return inside


def check_in(
    ticket: Ticket, *, scan_id: uuid.UUID, source: VisitSource, by: User, at: datetime, owed: Decimal = NO_MONEY
) -> Visit:
    """Record that the visitor has come, and return the visit; the same scan twice is one visit.

    `owed` is what has to be paid before entry, roubles. Call it within a transaction that holds the lock of
    the ticket, read with its service, location and tariff.
    Raises EntryRefused.
    """
    if known := Visit.objects.filter(scan_id=scan_id).first():
        return known
    forgotten = check_entry(ticket, at=at, owed=owed)
    if forgotten:
        end(forgotten, ends_at(forgotten, ticket), by=None)
    return record(ticket, scan_id=scan_id, source=source, by=by, at=at)


def record(ticket: Ticket, *, scan_id: uuid.UUID, source: VisitSource, by: User, at: datetime) -> Visit:
    """Store a checked visit and return it, or the one already stored by the same scan. Raises AlreadyIn."""
    visit = Visit(
        ticket=ticket, location=ticket.service.location, scan_id=scan_id, source=source, arrived_at=at, let_in_by=by
    )
    try:
        with transaction.atomic():
            visit.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) not in ONE_VISIT:
            raise
        if known := Visit.objects.filter(scan_id=scan_id).first():
            return known
        raise _already(Visit.objects.get(ticket=ticket, left_at=None, undone_at=None), ticket) from error
    return visit


def check_out(ticket: Ticket, *, by: User, at: datetime) -> Visit:
    """Record that the visitor has left, and return the visit; calling it twice changes nothing.

    Raises NotInside if nobody has come on the ticket.
    """
    inside = open_visit(ticket)
    if inside:
        end(inside, max(at, inside.arrived_at), by=by)
    last = last_visit(ticket)
    if last is None:
        raise NotInside
    return last


def undo(visit: Visit, *, by: User, at: datetime) -> Visit:
    """Undo a visit, which stays as history; calling it twice changes nothing. Raises VisitStands."""
    if visit.undone_at is None and visit.ticket.status != TicketStatus.ACTIVE:
        raise VisitStands
    Visit.objects.filter(pk=visit.pk, undone_at=None).update(undone_at=at, undone_by=by)
    visit.refresh_from_db()
    return visit


def undo_early(moved: Iterable[Ticket], location: Location, *, by: User, at: datetime) -> None:
    """Undo the visits of tickets that were moved to a later day, since nothing of that day has been used.

    Call it once the tickets are stored.
    """
    today = location.day_at(at)
    later = [one.pk for one in moved if location.day_at(location.lets_in_from(one.period.start)) > today]
    if later:
        Visit.objects.filter(ticket__in=later, undone_at=None).update(undone_at=at, undone_by=by)


def release_no_show(ticket: Ticket, *, at: datetime) -> None:
    """Free the place of a visitor who did not come in time.

    Call it within a transaction that holds the lock of the ticket, read with its service, location and tariff.
    Raises StillExpected.
    """
    if not may_release(ticket, at=at) or has_come(ticket):
        raise StillExpected
    tickets.mark_no_show([ticket.number])


def may_release(ticket: Ticket, *, at: datetime) -> bool:
    """Whether a visitor has been awaited long enough; visitors with day tickets may come at any hour."""
    waited = timedelta(minutes=ticket.service.location.no_show_minutes)
    return (
        ticket.status == TicketStatus.ACTIVE
        and ticket.tariff.is_hourly
        and ticket.period.start + waited <= at < ticket.period.end
    )


def has_come(ticket: Ticket) -> bool:
    """Whether somebody has come on a ticket, whether or not they have left."""
    return Visit.objects.filter(ticket=ticket, undone_at=None).exists()


def come_on(found: Collection[Ticket]) -> set[int]:
    """Return the numbers of the tickets on which somebody has come. One query, if there are any tickets."""
    visits = Visit.objects.filter(ticket__in=found, undone_at=None)
    return set(visits.values_list("ticket_id", flat=True)) if found else set()


def came_early(ticket: Ticket, *, at: datetime) -> bool:
    """Whether somebody has come on a ticket before it begins. Needs its service with location; one query at most."""
    return opens_at(ticket) <= at < ticket.period.start and has_come(ticket)


def open_visit(ticket: Ticket) -> Visit | None:
    """Return the open visit of a ticket."""
    return Visit.objects.filter(ticket=ticket, left_at=None, undone_at=None).select_related("let_in_by").first()


def last_visit(ticket: Ticket) -> Visit | None:
    """Return the latest visit that was not undone."""
    visits = Visit.objects.filter(ticket=ticket, undone_at=None).select_related("let_in_by")
    return visits.order_by("-arrived_at", "-pk").first()


# Only the name of the person who let somebody in is shown.
_LATEST = Written(
    lambda number: (
        Visit.objects.filter(ticket=number)
        .select_related("let_in_by", "undone_by")
        .only(
            *("ticket_id", "arrived_at", "left_at", "undone_at"),
            *("let_in_by__last_name", "let_in_by__first_name", "undone_by__last_name", "undone_by__first_name"),
        )
        .order_by("-arrived_at", "-pk")[:SHOWN]
    ),
    number=-1,
)


def latest_visits(ticket: Ticket) -> list[Visit]:
    """Return the latest visits of a ticket, at most SHOWN, including undone ones, newest first."""
    return _LATEST(number=ticket.pk)


_COUNTED = Written(
    lambda numbers: Visit.objects.filter(ticket__pk__any=numbers, undone_at=None).order_by("-arrived_at", "-pk"),
    numbers=[-1],
)


def read_visits(found: Sequence[Ticket]) -> None:
    """Set `visits_counted` on each of these tickets, newest first. One query."""
    by_number: dict[int, list[Visit]] = {ticket.pk: [] for ticket in found}
    for visit in _COUNTED(numbers=list(by_number)) if found else ():
        by_number[visit.ticket_id].append(visit)
    for ticket in found:
        ticket.visits_counted = by_number[ticket.pk]  # type: ignore[attr-defined]


def ends_at(visit: Visit, ticket: Ticket) -> datetime:
    """Return when a visit ends automatically: with the ticket, or with the local day on a day ticket."""
    if ticket.tariff.is_hourly:
        return ticket.period.end
    zone = ticket.service.location.zone
    day = visit.arrived_at.astimezone(zone).date()
    return min(ticket.period.end, local_day(day, zone).end)


# In one statement: each location has its own midnight, and only a fraction of a day's visits is open at once.
_END_FORGOTTEN = """
WITH open AS (
    SELECT visit.id, location.time_zone, visit.arrived_at,
        CASE WHEN tariff.unit = 'hour' THEN upper(ticket.period) ELSE least(
            upper(ticket.period),
            (date_trunc('day', visit.arrived_at AT TIME ZONE location.time_zone) + interval '1 day')
                AT TIME ZONE location.time_zone
        ) END AS ends_at
    FROM coworking_visit visit
    JOIN coworking_ticket ticket ON ticket.number = visit.ticket_id
    JOIN coworking_tariff tariff ON tariff.id = ticket.tariff_id
    JOIN coworking_location location ON location.id = visit.location_id
    WHERE visit.left_at IS NULL AND visit.undone_at IS NULL
)
UPDATE coworking_visit visit SET left_at = greatest(open.arrived_at, open.ends_at)
FROM open
WHERE visit.id = open.id AND visit.left_at IS NULL AND visit.undone_at IS NULL
  AND (date_trunc('day', (open.ends_at - interval '1 microsecond') AT TIME ZONE open.time_zone) + interval '1 day')
      AT TIME ZONE open.time_zone <= %s
"""


def end_forgotten(at: datetime) -> int:
    """End visits that were not checked out by the end of their last local day, and return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(_END_FORGOTTEN, [at])
        return cursor.rowcount


def end(visit: Visit, moment: datetime, *, by: User | None) -> None:
    """End an open visit; `by` is None for the clock."""
    Visit.objects.filter(pk=visit.pk, left_at=None).update(left_at=moment, let_out_by=by)


def _already(visit: Visit, ticket: Ticket) -> AlreadyIn:
    return AlreadyIn(since=visit.arrived_at, zone=ticket.service.location.zone)
