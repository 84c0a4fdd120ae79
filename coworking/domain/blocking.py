"""Taking places out of sale for a time, and giving them back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from accounts.models import User
from coworking.domain import locks, waiting
from coworking.domain.capacity import occupancy_of
from coworking.models import Block, Seat, Service, Ticket
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from olvery.shared.rows import refused_as

MOST_NAMED = 3


class PlacesBooked(Refusal):
    """Somebody has booked what the block would take; `taken` tells who, where and when."""

    field = "targets"


class NothingToBlock(Refusal):
    field = "targets"


@dataclass(frozen=True, slots=True)
class Target:
    """A seat, or some places of a pool; of numbered seats without a seat, all of them."""

    service: Service
    seat: Seat | None = None
    places: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A ticket that is in the way."""

    place: str
    visitor_name: str
    period: Period


def block(
    targets: Sequence[Target],
    periods: Sequence[Period],
    *,
    reason: str,
    by: User,
    at: datetime,
    is_open_to_managers: bool = False,
) -> list[Block]:
    """Block each target for each of the periods, all or none, and return the blocks.

    Numbered seats already blocked alike stay as they are: sent twice, it is one block. In a pool it blocks further
    places. Raises PlacesBooked, NothingToBlock, Busy.
    """
    if not targets or not periods:
        raise NothingToBlock("nothing_to_block")
    made = [
        Block(
            service=one.service,
            seat=one.seat,
            places=one.places,
            period=period,
            reason=reason,
            is_open_to_managers=is_open_to_managers,
            created_by=by,
            created_at=at,
        )
        for one, period in product(targets, periods)
    ]
    with refused_as({"block_not_on_a_ticket": lambda: PlacesBooked("just_taken")}), locks.short_waits():
        locks.lock_services({one.service.pk for one in targets})
        _check(targets, periods)
        there = _blocked_alike(targets, periods)
        Block.objects.bulk_create(one for one in made if _alike(one) not in there)
        return [there.get(_alike(one), one) for one in made]


def _blocked_alike(targets: Sequence[Target], periods: Sequence[Period]) -> dict[tuple[object, ...], Block]:
    """Return the open blocks of numbered seats for these periods, keyed by what makes two of them equal."""
    services = {one.service.pk for one in targets if one.service.has_seats}
    standing = Block.objects.standing().filter(service__in=services, period__in=periods)
    return {_alike(one): one for one in standing}


def _alike(block: Block) -> tuple[object, ...]:
    return block.service_id, block.seat_id, block.period, block.reason, block.is_open_to_managers


def lift(blocks: Iterable[int], *, location_ids: Iterable[int], by: User, at: datetime) -> int:
    """Lift the open blocks among these of the locations and return how many. They are kept as history.

    Raises Busy.
    """
    standing = Block.objects.standing().filter(pk__in=list(blocks), service__location__in=list(location_ids))
    with locks.short_waits():
        waiting.look_again(set(standing.values_list("service", flat=True)))
        return standing.update(lifted_by=by, lifted_at=at)


def _check(targets: Sequence[Target], periods: Sequence[Period]) -> None:
    """Refuse everything that somebody has booked, with one check per service."""
    whole = Period.spanning(periods)
    tickets = Ticket.objects.blocking().filter(service__in={one.service.pk for one in targets})
    tickets = tickets.filter(occupied__overlap=whole).select_related("seat").order_by("period", "number")
    in_the_way = dict[int, Ticket]()
    pools = {one.service.pk: occupancy_of(one.service, whole) for one in targets if not one.service.has_seats}
    for target, period in product(targets, periods):
        found = [ticket for ticket in tickets if _meets(ticket, target, period)]
        if not target.service.has_seats:
            occupancy = pools[target.service.pk]
            if target.places > occupancy.capacity:
                raise PlacesBooked("more_than_capacity", capacity=occupancy.capacity)
            # Without the buffer of a booking: somebody may come right after a block.
            free = occupancy.capacity - occupancy.taken_places(period)
            if free >= target.places:
                continue
            if not found:  # only other blocks are in the way
                raise PlacesBooked("fewer_are_free", free=max(free, 0))
        in_the_way |= {ticket.number: ticket for ticket in found}
    if in_the_way:
        taken = [Taken(one.seat.label if one.seat else "", one.visitor_name, one.period) for one in in_the_way.values()]
        zone = targets[0].service.location.zone
        raise PlacesBooked("places_booked", taken=taken[:MOST_NAMED], more=len(taken) - MOST_NAMED, zone=zone)


def _meets(ticket: Ticket, target: Target, period: Period) -> bool:
    is_there = ticket.service_id == target.service.pk and (target.seat is None or ticket.seat_id == target.seat.pk)
    return is_there and ticket.occupied.overlaps(period)
