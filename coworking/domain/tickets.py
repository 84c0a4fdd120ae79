"""The only writer of tickets: issuing, activating, restoring, changing and releasing them.

Everything that may free a place queues a look at the waiting list after the commit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.db import connection, transaction

from accounts.models import User
from coworking.domain import waiting
from coworking.domain.capacity import Occupancy, occupancy_of
from coworking.models import BLOCKING, Block, Seat, Service, Tariff, Ticket, TicketStatus
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from olvery.shared.rows import insert_together, refused_as

PERSON_GUARD = "person_not_erased"
# Constraints and triggers that refuse a double booking.
PLACE_GUARDS = (
    "ticket_seat_not_shared",
    "ticket_pool_within_capacity",
    "ticket_not_on_a_block",
    "ticket_over_an_open_block",
    "ticket_over_a_block_it_needs",
    "ticket_not_on_an_archived_seat",
)

CHANGEABLE = (
    "service",
    "tariff",
    "seat",
    "visitor",
    "visitor_name",
    "period",
    "occupied",
    "status",
    "held_until",
    "over_block",
)


class SeatsTaken(Refusal):
    field = "places"


class SeatTaken(SeatsTaken):
    """A seat that was chosen by number is not free."""

    field = "seats"


class NoSuchSeat(Refusal):
    field = "seats"


class VisitorErased(Refusal):
    """The data of the visitor have been erased."""

    reason, field = "visitor_erased", "visitor"


REFUSED: dict[str, Callable[[], Refusal]] = {
    **dict.fromkeys(PLACE_GUARDS, lambda: SeatsTaken("just_taken")),
    PERSON_GUARD: VisitorErased,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Places under one tariff for one period: for each visitor a seat, or None in a pool."""

    tariff: Tariff
    period: Period
    visitors: Sequence[User]
    seats: Sequence[Seat | None]
    over: Sequence[Block | None]  # the block that each place was confirmed over


def issue(
    placements: Sequence[Placement],
    *,
    numbers: Sequence[int],
    status: TicketStatus,
    held_until: datetime | None,
    at: datetime,
) -> list[Ticket]:
    """Take the places and return the tickets, in the order of the placements and their visitors.

    `numbers` are the new ticket numbers from `reserve_keys`; rows that refer to them may already exist.

    Call it within a transaction that holds the locks of the services, after `choose_seats`. Constraints and
    triggers check again: raises SeatsTaken or VisitorErased if they refuse, and then the transaction can only be
    rolled back.
    """
    issued = [
        Ticket(
            service=placement.tariff.service,
            tariff=placement.tariff,
            seat=seat,
            visitor=visitor,
            visitor_name=visitor.full_name,
            period=placement.period,
            occupied=Ticket.occupying(placement.period, placement.tariff.service.buffer),
            status=status,
            held_until=held_until if status == TicketStatus.HELD else None,
            created_at=at,
            over_block=over,
        )
        for placement in placements
        for visitor, seat, over in zip(placement.visitors, placement.seats, placement.over, strict=True)
    ]
    for ticket, number in zip(issued, numbers, strict=True):
        ticket.number = number
    with refused_as(REFUSED):
        insert_together(issued)
    return issued


def restore(
    services: Sequence[Service], numbers: Sequence[int], *, status: TicketStatus, held_until: datetime | None
) -> list[Ticket]:
    """Restore cancelled tickets with their seats, all or none, and return them.

    They take their places with the present buffer, like any new booking: nothing has kept their old one.
    Call it within a transaction that holds the locks of their services. Raises SeatsTaken, SeatTaken,
    NoSuchSeat.
    """
    cancelled = Ticket.objects.filter(number__in=numbers, status=TicketStatus.CANCELLED)
    restored = list(cancelled.select_related("over_block").order_by("number"))
    for service in services:
        own = [ticket for ticket in restored if ticket.service_id == service.pk]
        _check_room(service, own)
        for ticket in own:
            ticket.occupied = Ticket.occupying(ticket.period, service.buffer)
            ticket.status, ticket.held_until = status, held_until
    with refused_as(REFUSED), transaction.atomic():
        Ticket.objects.bulk_update(restored, ("occupied", "status", "held_until"))
    return restored


def _check_room(service: Service, wanted: Sequence[Ticket]) -> None:
    """Check that there is room for tickets of one service, among all others and each other."""
    if not wanted:
        return
    whole = Period.spanning([one.period for one in wanted])
    over = list({one.over_block_id: one.over_block for one in wanted if one.over_block}.values())
    occupancy = occupancy_of(service, whole, over=over)
    for (period, _block), group in groupby(sorted(wanted, key=_time_and_block), key=_time_and_block):
        together = list(group)
        seat_ids = [ticket.seat_id for ticket in together if ticket.seat_id]
        own = (block,) if (block := together[0].over_block) else ()
        seats = choose_seats(replace(occupancy, over=own), period, places=len(together), seat_ids=seat_ids)
        occupancy = occupancy.with_booking(period, seats, [ticket.over_block for ticket in together])


def _time_and_block(ticket: Ticket) -> tuple[Period, int]:
    return ticket.period, ticket.over_block_id or 0


def change(changed: Sequence[Ticket]) -> None:
    """Store the new state of these tickets, including the block they lie over; a cancelled one frees its place.

    A ticket that stays where it is keeps the buffer it was booked with, since others may come right after that.

    All release their places before the first takes its new one, so that two can swap seats.
    Call it within a transaction that holds the locks of their services, old and new. Constraints and triggers check
    again: raises SeatsTaken or VisitorErased if they refuse, and nothing is changed then.
    """
    numbers = [ticket.number for ticket in changed]
    waiting.look_again_after(numbers)
    there = Ticket.objects.in_bulk(numbers)
    for ticket in changed:
        if _place_of(ticket) != _place_of(there[ticket.number]):
            ticket.occupied = Ticket.occupying(ticket.period, ticket.service.buffer)
    with refused_as(REFUSED), transaction.atomic():
        if len(changed) > 1:
            Ticket.objects.filter(number__in=numbers).update(status=TicketStatus.CANCELLED, held_until=None)
        Ticket.objects.bulk_update(changed, CHANGEABLE)


def _place_of(ticket: Ticket) -> tuple[int, int | None, Period]:
    return ticket.service_id, ticket.seat_id, ticket.period


def activate(numbers: Iterable[int]) -> int:
    """Activate the held tickets among these numbers and return how many there were."""
    held = Ticket.objects.filter(number__in=list(numbers), status=TicketStatus.HELD)
    return held.update(status=TicketStatus.ACTIVE, held_until=None)


def hold_until(numbers: Iterable[int], moment: datetime) -> int:
    """Change `held_until` of the held tickets among these numbers and return how many there were."""
    return Ticket.objects.filter(number__in=list(numbers), status=TicketStatus.HELD).update(held_until=moment)


def release(numbers: Iterable[int]) -> int:
    """Cancel the blocking tickets among these numbers and return how many there were."""
    released = list(numbers)
    waiting.look_again_after(released)
    blocking = Ticket.objects.filter(number__in=released, status__in=BLOCKING)
    return blocking.update(status=TicketStatus.CANCELLED, held_until=None)


def mark_no_show(numbers: Iterable[int]) -> int:
    """Mark the active tickets among these numbers as no-shows, which frees their places; return how many there were."""
    missed = list(numbers)
    waiting.look_again_after(missed)
    active = Ticket.objects.filter(number__in=missed, status=TicketStatus.ACTIVE)
    return active.update(status=TicketStatus.NO_SHOW)


def mark_used(numbers: Iterable[int]) -> int:
    """Mark the tickets among these numbers as used whose visitors came after all; return how many there were."""
    closed = Ticket.objects.filter(number__in=list(numbers), status=TicketStatus.NO_SHOW)
    return closed.update(status=TicketStatus.USED)


# In one statement: each location has its own midnight and waiting time. The end is compared again with a row that
# somebody has changed concurrently, so that no visitor loses an hour that was just added.
_CLOSE_FINISHED = """
WITH ended AS (
    SELECT ticket.number, upper(ticket.period) AS ends_at, location.no_show_minutes, (
        location.visits_from IS NULL
        OR lower(ticket.period) < location.visits_from::timestamp AT TIME ZONE location.time_zone
        OR EXISTS (SELECT 1 FROM coworking_visit WHERE ticket_id = ticket.number AND undone_at IS NULL)
    ) AS is_used
    FROM coworking_ticket ticket JOIN coworking_location location ON location.id = ticket.location_id
    WHERE ticket.status = 'active' AND upper(ticket.period) <= %(at)s
)
UPDATE coworking_ticket ticket SET status = CASE WHEN ended.is_used THEN 'used' ELSE 'no_show' END
FROM ended
WHERE ticket.number = ended.number AND ticket.status = 'active' AND upper(ticket.period) <= %(at)s
  AND (ended.is_used OR ended.ends_at + ended.no_show_minutes * interval '1 minute' <= %(at)s)
"""


def close_finished(at: datetime) -> int:
    """Close active tickets whose period has ended and return how many there were.

    A ticket with a visit is used. If visits are recorded, one without a visit becomes a no-show once no late record
    can be expected; otherwise, or for earlier times, nobody knows, and it counts as used.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE_FINISHED, {"at": at})
        return cursor.rowcount


def choose_seats(
    occupancy: Occupancy, period: Period, *, places: int, seat_ids: Sequence[int]
) -> "list[Seat] | list[None]":
    """Return a seat for each place, or as many `None` for a pool.

    Raises SeatsTaken, SeatTaken, NoSuchSeat.
    """
    if not occupancy.service.has_seats:
        if seat_ids:
            raise NoSuchSeat("seats_unnumbered")
        _refuse_if_fewer(occupancy.places_to_be_had(period), places, occupancy)
        return [None] * places
    known = {use.seat.pk: use.seat for use in occupancy.seats if use.seat.is_active}
    if not set(seat_ids) <= known.keys() or len(set(seat_ids)) != len(seat_ids):
        raise NoSuchSeat("seat_unknown")
    if len(seat_ids) > places:
        raise NoSuchSeat("more_seats_than_places")
    to_be_had = occupancy.seats_to_be_had(period)
    taken = [known[pk].label for pk in seat_ids if pk not in to_be_had]
    if taken:
        raise SeatTaken("seats_taken", seats=taken)
    chosen = [known[pk] for pk in seat_ids]
    rest = [seat for seat in occupancy.free_seats(period) if seat.pk not in seat_ids]
    _refuse_if_fewer(len(chosen) + len(rest), places, occupancy)
    return chosen + _side_by_side(rest, places - len(chosen), near=chosen)


def _refuse_if_fewer(free: int, places: int, occupancy: Occupancy) -> None:
    if places > occupancy.capacity:
        raise SeatsTaken("more_than_capacity", capacity=occupancy.capacity)
    if free == 0:
        raise SeatsTaken("all_taken")
    if free < places:
        raise SeatsTaken("fewer_are_free", free=free)


def _side_by_side(free: list[Seat], count: int, *, near: list[Seat]) -> list[Seat]:
    tables: dict[int, list[Seat]] = {}
    for seat in free:
        tables.setdefault(seat.table, []).append(seat)
    wanted = {seat.table for seat in near}

    def fit(table: int) -> tuple[bool, bool, int, int]:
        room = len(tables[table])
        takes_all = room >= count
        # Near the chosen seats; otherwise at a table that fits all and is nearly full, to keep room for groups.
        return table not in wanted, not takes_all, room if takes_all else -room, table

    chosen: list[Seat] = []
    for table in sorted(tables, key=fit):
        chosen += _closest(tables[table], count - len(chosen))
    return chosen


def _closest(seats: list[Seat], count: int) -> list[Seat]:
    if count >= len(seats):
        return seats
    starts = range(len(seats) - count + 1)
    best = min(starts, key=lambda start: seats[start + count - 1].position - seats[start].position if count else 0)
    return seats[best : best + count]
