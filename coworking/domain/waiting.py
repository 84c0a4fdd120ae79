"""The waiting list: who is next, and checking it whenever a place becomes free.

The first in line whose whole wish fits comes first. A group that does not fit keeps its place in line but does not
hold up others: otherwise free places would stay empty for as long as the group waits.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from coworking.domain.capacity import occupancy_of
from coworking.models import Service, Ticket, WaitingStatus, WaitingWish
from olvery.shared.jobs import each_later
from olvery.shared.periods import Period
from olvery.shared.refusals import Refusal
from olvery.shared.written import Written

OFFER = "orders.offer_places"
# Checked together. Wishes further back are checked once these have gone.
MOST_LOOKED_AT = 500
Place = tuple[int, Period, int | None]  # service, period, seat
_OF_CUSTOMER = Written(
    lambda customer_id, services: WaitingWish.objects.waiting().filter(customer=customer_id, service__pk__any=services),
    customer_id=-1,
    services=[-2],
)


class WaitingOver(Refusal):
    """The wish has left the line: withdrawn, offered, or expired."""

    reason = "waiting_over"


def look_again(service_ids: Collection[int]) -> None:
    """Queue a look at these services as far as somebody waits for them: places have become free. One query."""
    _queue(Q(service__in=service_ids))


def look_again_after(tickets: Collection[int]) -> None:
    """Queue a look at the services of these tickets, before they are released or moved away. One query."""
    _queue(Q(service__tickets__in=tickets))


def _queue(of: Q) -> None:
    if found := services_waited_for(of):
        each_later(OFFER, [{"service_id": pk} for pk in found])


def services_waited_for(of: Q | None = None) -> list[int]:
    """Return the services that somebody waits for, of all or of those that a condition means. One query."""
    waiting = WaitingWish.objects.waiting().filter(of or Q()).order_by("service")
    return list(waiting.values_list("service", flat=True).distinct())


def next_that_fits(service_id: int, *, at: datetime, without: Collection[int] = ()) -> int | None:
    """Return the key of the first in line whose places are all free; None if there is none. Three queries at most.

    Wishes for certain seats are skipped while only other seats are free. A closed location has nothing
    to offer.

    Each period is checked once, because many wait for the same one.
    """
    waiting = WaitingWish.objects.waiting().filter(service=service_id, waits_until__gt=at).exclude(pk__in=without)
    waiting = waiting.filter(service__location__is_active=True)
    line = list(waiting.order_by("pk").values_list("pk", "period", "places", "seat_ids")[:MOST_LOOKED_AT])
    if not line:
        return None
    periods = {period for _pk, period, _places, _seats in line}
    whole = Period.spanning(periods)
    occupancy = occupancy_of(Service.objects.get(pk=service_id), whole)
    free = {period: occupancy.free_places(period) for period in periods}
    insists = {period for _pk, period, _places, seats in line if seats}
    free_seats = {period: {seat.pk for seat in occupancy.free_seats(period)} for period in insists}
    for pk, period, places, seats in line:
        if places <= free[period] and (not seats or free_seats[period].issuperset(seats)):
            return pk
    return None


def turn_of(wish: WaitingWish) -> int:
    """Return the position of a wish in line, from 1, among those for overlapping times. One query."""
    return ahead(wish.service_id, wish.period, wish.seat_ids).filter(pk__lt=wish.pk).count() + 1


def ahead(service_id: int, period: Period, seat_ids: Collection[int] = ()) -> QuerySet[WaitingWish]:
    """Return the wishes ahead of somebody who joins the line for a service and a period now.

    Wishes only for other seats do not count as ahead.
    """
    found = WaitingWish.objects.waiting().filter(service=service_id, period__overlap=period)
    return found.filter(Q(seat_ids=[]) | Q(seat_ids__overlap=list(seat_ids))) if seat_ids else found


def own_wish(person: User, service_id: int, period: Period) -> WaitingWish | None:
    """Return a person's wish in line for exactly this, if any: nobody is in a line twice. One query."""
    own = WaitingWish.objects.waiting().of_customer(person)
    return own.filter(service=service_id, period=period).first()


def turns_of(wishes: Collection[WaitingWish]) -> dict[int, int]:
    """Return the position in line of each of these wishes, by key. One query."""
    lines = WaitingWish.objects.waiting().filter(service__in={wish.service_id for wish in wishes})
    known = list(lines.order_by("pk").only("pk", "service", "period", "seat_ids"))
    return {wish.pk: 1 + sum(_is_before(other, wish) for other in known) for wish in wishes}


def _is_before(other: WaitingWish, wish: WaitingWish) -> bool:
    is_of_same_time = other.service_id == wish.service_id and other.period.overlaps(wish.period)
    wants_others = other.seat_ids and wish.seat_ids and not set(other.seat_ids) & set(wish.seat_ids)
    return other.pk < wish.pk and is_of_same_time and not wants_others


def leave(wish: WaitingWish, status: WaitingStatus, *, by: User | None, at: datetime) -> None:
    """Remove a wish from the line; the second of two callers is refused. Raises WaitingOver."""
    standing = WaitingWish.objects.waiting().filter(pk=wish.pk)
    if not standing.update(status=status, closed_by=by, closed_at=at):
        raise WaitingOver
    wish.status, wish.closed_by, wish.closed_at = status, by, at


def leave_what_is_booked(
    customer_id: int, tickets: Mapping[int, Place | None], *, services: Collection[int], by: User, at: datetime
) -> list[int]:
    """Take a customer out of the lines for the places that these tickets are, and return the keys of the wishes.

    `services` are those of the tickets. Each ticket has the place that it was at before, None if it is new. One query
    if they wait for none.
    """
    there = _OF_CUSTOMER(customer_id=customer_id, services=list(services))
    booked = [wish.pk for wish in there if _is_met(wish, tickets)]
    if booked:
        standing = WaitingWish.objects.waiting().filter(pk__in=booked)
        standing.update(status=WaitingStatus.WITHDRAWN, closed_by=by, closed_at=at)
    return booked


def stand_again(wishes: Collection[int]) -> None:
    """Put wishes back to their turn in line, except where their customers have joined it anew."""
    for pk in wishes:
        left = WaitingWish.objects.filter(pk=pk, status=WaitingStatus.WITHDRAWN)
        # The unique constraint alone sees somebody who joins at this moment.
        with suppress(IntegrityError), transaction.atomic():
            left.update(status=WaitingStatus.WAITING, closed_by=None, closed_at=None)


def _is_met(wish: WaitingWish, moved: Mapping[int, Place | None]) -> bool:
    """Whether tickets now give everybody a wish is for a place there at that time, on the seats that it names."""
    tickets = [number for number, before in moved.items() if before is None or not _is_at(wish, *before)]
    named = dict(wish.visitors.values_list("place", "person"))
    wanted = Counter(named.get(place, wish.customer_id) for place in range(wish.places))
    there = Ticket.objects.filter(pk__in=tickets, service=wish.service_id, period__contains=wish.period)
    held = list(there.values_list("visitor", "seat"))
    return wanted <= Counter(person for person, _seat in held) and {seat for _one, seat in held} >= set(wish.seat_ids)


def _is_at(wish: WaitingWish, service_id: int, period: Period, seat_id: int | None) -> bool:
    """Whether a place is one that a wish is for."""
    is_then = period.start <= wish.period.start and wish.period.end <= period.end
    return service_id == wish.service_id and is_then and (not wish.seat_ids or seat_id in wish.seat_ids)


def overdue(at: datetime) -> list[WaitingWish]:
    """Return the wishes in line that can no longer be booked, in their order."""
    over = WaitingWish.objects.waiting().filter(waits_until__lte=at)
    return list(over.order_by("waits_until", "pk")[:MOST_LOOKED_AT])
