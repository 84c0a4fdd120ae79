"""Places: each order has its tickets, and nothing is sold twice."""

from collections import defaultdict

from coworking.models import Service, Ticket
from olvery.shared.periods import Period, Usage, peak_usage
from orders.models import BulkItem, BulkKind, BulkState, Order, OrderStatus

EXPECTED = {
    OrderStatus.AWAITING_PAYMENT: {"held"},
    OrderStatus.CONFIRMED: {"active"},
    OrderStatus.COMPLETED: {"used"},
    OrderStatus.CANCELLED: {"cancelled"},
    OrderStatus.EXPIRED: {"cancelled"},
}


def differences() -> list[str]:
    """Return what is wrong about tickets, seats and pools, a line each."""
    return [*_tickets(), *_seats(), *_pools()]


def _tickets() -> list[str]:
    """Every order has as many tickets as it says, for its own time, and all in the state that it is in."""
    found = []
    items = BulkItem.objects.filter(action__kind=BulkKind.GIVE_UP, state=BulkState.DONE, ends_order=False)
    given_up = {ticket for tickets in items.values_list("tickets", flat=True) for ticket in tickets}
    for order in Order.objects.filter(pass_units=None).order_by("pk"):
        tickets = list(Ticket.objects.filter(lines__order=order).exclude(pk__in=given_up).distinct())
        if len(tickets) != order.ticket_count:
            found.append(f"order {order.pk} has {len(tickets)} tickets instead of {order.ticket_count}")
        if tickets and order.period != Period.spanning([ticket.period for ticket in tickets]):
            found.append(f"order {order.pk} has tickets of another time")
        statuses = {str(ticket.status) for ticket in tickets}
        if statuses != EXPECTED.get(order.status):
            found.append(f"order {order.pk} is {order.status}, its tickets are {sorted(statuses)}")
    return found


def _seats() -> list[str]:
    """No seat is sold twice at one time."""
    taken = Ticket.objects.blocking().filter(seat__isnull=False).order_by("number")
    return [
        f"seat {ticket.seat_id} is sold twice"
        for ticket in taken
        if taken.filter(seat=ticket.seat_id, occupied__overlap=ticket.occupied).exclude(pk=ticket.pk).exists()
    ]


def _pools() -> list[str]:
    """At no moment is more taken of a pool than there is."""
    usages: dict[Service, list[Usage]] = defaultdict(list)
    for ticket in Ticket.objects.blocking().filter(seat=None).select_related("service"):
        usages[ticket.service].append(Usage(ticket.occupied))
    found = []
    for service, used in usages.items():
        whole = Period.spanning([one.period for one in used])
        peak = peak_usage(used, whole)
        if service.capacity and peak > service.capacity:
            found.append(f"pool {service.pk} holds {peak} instead of {service.capacity}")
    return found
