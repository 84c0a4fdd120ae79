"""Releasing the places of no-shows automatically: first a warning, then the release, each with its letter."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from accounts.models import User
from coworking.domain import no_shows, visits
from coworking.domain.opening import calendar_of
from coworking.models import Ticket, Visit
from olvery.shared.batches import one_by_one
from orders.domain import locks
from orders.domain.desk import door
from orders.domain.messages import About, write_messages
from orders.models import EventKind, MessageKind, OrderEvent, OrderLine, OrderStatus

BATCH = 200
# Without an address nobody can be warned: a manager decides. An unpaid order has its own deadline.
WARNED = Q(order__status=OrderStatus.CONFIRMED) & ~Q(order__email="")


def warn_of_release(at: datetime) -> int:
    """Warn the customers of late visitors that the place will be released; return for how many orders."""
    late: list[int] = []
    for location in no_shows.locations_that_release():
        calendar, found = calendar_of(location), no_shows.unwarned(location, at=at)[:BATCH]
        late += [ticket.pk for ticket in found if no_shows.is_to_warn(ticket, calendar, at=at)]
    return one_by_one(_by_order(late), lambda one, moment: _warn(*one, at=moment), at=at)


def release_no_shows(at: datetime) -> int:
    """Release the places of visitors who were warned and did not come; return for how many orders."""
    due = list(no_shows.overdue(at=at).values_list("pk", flat=True)[:BATCH])
    return one_by_one(_by_order(due), lambda one, moment: _release(*one, at=moment), at=at)


def keep_place(number: int, *, by: User, at: datetime) -> None:
    """Exempt the place of a late visitor from automatic release. Raises StillExpected, Busy."""
    with locks.short_waits():
        order = locks.lock_order(door.order_of(Ticket.objects.get(pk=number)).pk)
        if no_shows.keep(locks.lock_ticket(number), by=by, at=at):
            OrderEvent.objects.create(order=order, kind=EventKind.PLACE_KEPT, by=by, at=at, data={"ticket": number})


def _warn(number: int, tickets: list[int], *, at: datetime) -> bool:
    with locks.short_waits():
        order = locks.lock_order(number)
        locked, calendar = [locks.lock_ticket(ticket) for ticket in tickets], calendar_of(order.location)
        known = no_shows.read_latenesses(locked)
        late = [
            ticket
            for ticket in _absent(locked)
            if ticket.pk not in known and no_shows.is_to_warn(ticket, calendar, at=at)
        ]
        if not late or order.status != OrderStatus.CONFIRMED:
            return False
        no_shows.warn(late, calendar, at=at)
        return bool(write_messages(order, [MessageKind.LATE], at=at, about=About(asked_at=at)))


def _release(number: int, tickets: list[int], *, at: datetime) -> bool:
    with locks.short_waits():
        order = locks.lock_order(number)
        locked, calendar = [locks.lock_ticket(ticket) for ticket in tickets], calendar_of(order.location)
        known, released = no_shows.read_latenesses(locked), 0
        for ticket in _absent(locked):
            lateness = known.get(ticket.pk)
            until = no_shows.releases_at(ticket, lateness, calendar, at=at)
            if lateness and lateness.warned_at and until and until <= at and visits.may_release(ticket, at=at):
                door.release_place(order, ticket, by=None, at=at, warned_at=lateness.warned_at.isoformat())
                released += 1
        if released:
            write_messages(order, [MessageKind.RELEASED], at=at, about=About(asked_at=at))
        return bool(released)


def _absent(tickets: list[Ticket]) -> list[Ticket]:
    """Return the tickets on which nobody has come."""
    came = set(Visit.objects.filter(ticket__in=tickets, undone_at=None).values_list("ticket_id", flat=True))
    return [ticket for ticket in tickets if ticket.pk not in came]


def _by_order(tickets: Iterable[int]) -> list[tuple[int, list[int]]]:
    """Group tickets by order, leaving out orders whose customers cannot be warned."""
    orders: dict[int, list[int]] = defaultdict(list)
    lines = OrderLine.objects.filter(WARNED, ticket__in=list(tickets)).order_by("order", "ticket")
    for order, ticket in lines.values_list("order", "ticket").distinct():
        orders[order].append(ticket)
    return list(orders.items())
