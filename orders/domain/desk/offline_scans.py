"""Scans made at the door without network: each is recorded once, at its own moment; problems wait for a person."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain import late_visits, visits
from coworking.domain.reading import read_ticket
from coworking.models import Location, Ticket, VisitSource
from olvery.shared.refusals import Refusal
from olvery.shared.rows import constraint_of
from orders.domain import locks
from orders.domain.desk.door import order_of, owed_at_door, scan_of
from orders.models import EventKind, OfflineScan, Order

# Earlier visits are recorded by hand: the device must have lain in a drawer.
LONGEST_WAIT = timedelta(hours=48)
# The typed text may be a name.
TEXT_KEPT = timedelta(days=30)
ONE_SCAN = "orders_offlinescan_token_key"


class TokenUsed(Refusal):
    """The token is that of a scan at another location."""

    reason = "token_used"


def record(scan: OfflineScan, *, is_chosen: bool = False) -> OfflineScan:
    """Store a new scan with the resulting visit or refusal, and return it; sent again, it stays as it was.

    `is_chosen` tells that the ticket was picked from a list. Raises TokenUsed, Busy.
    """
    with locks.short_waits():
        if known := _known(scan):
            return known
        try:
            _apply(scan, is_chosen=is_chosen)
        except (visits.EntryRefused, visits.NotInside) as refusal:
            scan.reason = refusal.reason
        try:
            with transaction.atomic():
                scan.save(force_insert=True)
        except IntegrityError as error:
            if constraint_of(error) != ONE_SCAN:
                raise
            return _known(scan) or scan
        return scan


def to_settle(location: Location) -> list[OfflineScan]:
    """Return the scans that somebody has to look at, the oldest first."""
    return list(OfflineScan.objects.to_settle(location).select_related("ticket__seat", "by"))


def settle(scan_id: int, *, location: Location, by: User, at: datetime) -> None:
    """Take a scan off the list of those to look at; calling it twice changes nothing."""
    OfflineScan.objects.to_settle(location).filter(pk=scan_id).update(settled_at=at, settled_by=by)


def forget_texts(at: datetime) -> int:
    """Delete the texts of scans after 30 days, settled or not, and return how many; the scans stay."""
    return OfflineScan.objects.with_text().filter(received_at__lt=at - TEXT_KEPT).update(read_text="")


def _known(scan: OfflineScan) -> OfflineScan | None:
    known: OfflineScan | None = OfflineScan.objects.filter(token=scan.token).first()
    if known and known.location_id != scan.location_id:
        raise TokenUsed
    return known


def _apply(scan: OfflineScan, *, is_chosen: bool) -> None:
    """Do what the door would have done at the moment of the scan. Raises EntryRefused, NotInside."""
    read, now = read_ticket(scan.location, scan.read_text), scan.received_at
    if read is None:  # a name that was on no list
        raise visits.TicketUnknown
    scan.ticket = ticket = locks.lock_ticket(read[0].pk)
    visits.check_code(ticket, read[0].code_version)
    if scan.is_leaving:
        scan.visit = late_visits.check_out(ticket, by=scan.by, at=scan.scanned_at)
        return
    order = order_of(ticket)
    released_at = _released_at(order, ticket)
    scan.visit = late_visits.check_in(
        ticket,
        scan_id=scan_of(scan.token, ticket.pk),
        source=VisitSource.LIST if is_chosen else read[1],
        by=scan.by,
        at=scan.scanned_at,
        now=now,
        released_at=released_at,
    )
    # The visitor is already inside: the visit is recorded, and a place or the money is asked for.
    if released_at and now < ticket.period.end:
        scan.reason = visits.PlaceReleased.reason
    elif owed_at_door(order, at=now):
        scan.reason = visits.NotPaid.reason


def _released_at(order: Order, ticket: Ticket) -> datetime | None:
    released = order.events.filter(kind=EventKind.PLACE_RELEASED, data__ticket=ticket.pk)
    return released.values_list("at", flat=True).first()
