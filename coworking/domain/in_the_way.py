"""Tickets that prevent reducing the number of places."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from coworking.models import Block, Seat, Service, Ticket
from olvery.shared.periods import Period, Usage, taken_places
from olvery.shared.refusals import Refusal

MOST_NAMED = 20


class TicketsInTheWay(Refusal):
    """More is booked than would be left: `tickets` are the first of them, `more` is the number of others."""

    reason = "tickets_in_the_way"


def refuse_archiving(seats: Sequence[Seat], *, at: datetime) -> None:
    """Raise TicketsInTheWay if one of these seats is booked now or later. Call it under the service's lock."""
    booked = Ticket.objects.blocking().filter(seat__in=seats, occupied__endswith__gt=at)
    _refuse(booked.select_related("seat").order_by("period__startswith", "pk"), field="is_active")


def refuse_fewer_places(service: Service, *, capacity: int, at: datetime) -> None:
    """Raise TicketsInTheWay if a pool will have more than `capacity` booked at some moment. Call it under the lock."""
    booked = Ticket.objects.blocking().filter(service=service, occupied__endswith__gt=at)
    tickets = list(booked.order_by("period__startswith", "pk"))
    blocks = Block.objects.standing().filter(service=service, period__endswith__gt=at)
    usages = [Usage(ticket.occupied, block=ticket.over_block_id or 0) for ticket in tickets]
    usages += [Usage(block.period, block.places, block=block.pk, is_block=True) for block in blocks]
    full = overfull(usages, capacity)
    found = [ticket for ticket in tickets if any(ticket.occupied.overlaps(period) for period in full)]
    if full and not found:  # a block by itself takes more
        raise TicketsInTheWay("blocks_in_the_way", field="capacity")
    _refuse(found, field="capacity")


def overfull(usages: Iterable[Usage], capacity: int) -> list[Period]:
    """Return when more than `capacity` places are taken, as periods in order. Pure."""
    since, found = None, []
    for moment, taken in taken_places(usages):
        if taken > capacity and since is None:
            since = moment
        elif taken <= capacity and since is not None:
            found.append(Period(since, moment))
            since = None
    return found


def _refuse(tickets: Iterable[Ticket], *, field: str) -> None:
    found = list(tickets)
    if found:
        raise TicketsInTheWay(tickets=found[:MOST_NAMED], more=len(found[MOST_NAMED:]), field=field)
