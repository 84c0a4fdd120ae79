"""Reminders of bookings that begin soon."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from coworking.domain.quiet import due_until
from coworking.models import Location, TicketStatus
from olvery.shared.batches import one_by_one
from orders.domain import locks
from orders.domain.messages import About, write_messages
from orders.models import LineKind, Message, MessageKind, Order, OrderLine, OrderStatus

BATCH = 200  # of a location


def remind_of_bookings(at: datetime) -> int:
    """Queue a reminder for each start of a confirmed order that is near; return how many there were.

    Nobody is reminded in the quiet hours of the location, nor before half of its lead has passed since they ordered,
    nor who wants no reminders.
    """
    due = [pair for location in Location.objects.filter(is_active=True) for pair in _due(location, at)]
    return one_by_one(due, lambda pair, moment: _remind(*pair, at=moment), at=at)


def _due(location: Location, at: datetime) -> list[tuple[int, datetime]]:
    lead, until = timedelta(hours=location.reminder_hours), due_until(location, at)
    if not lead or until is None:
        return []
    told = Message.objects.filter(
        order=OuterRef("order"), kind=MessageKind.REMINDER, starts_at=OuterRef("ticket__period__startswith")
    )
    soon = OrderLine.objects.filter(
        kind=LineKind.TARIFF,
        ticket__location=location.pk,
        ticket__status=TicketStatus.ACTIVE,
        ticket__period__startswith__gt=at,
        ticket__period__startswith__lte=until + lead,
        order__status=OrderStatus.CONFIRMED,
        order__created_at__lte=at - lead / 2,
        order__customer__wants_reminders=True,
    )
    missing = soon.exclude(order__email="").exclude(Exists(told)).annotate(starts_at=F("ticket__period__startswith"))
    return list(missing.order_by("starts_at", "order").values_list("order", "starts_at").distinct()[:BATCH])


def _remind(number: int, starts_at: datetime, *, at: datetime) -> bool:
    with locks.short_waits():
        order = locks.lock_order(number)
        if order.status != OrderStatus.CONFIRMED or not _is_booked(order, starts_at):
            return False
        return bool(write_messages(order, [MessageKind.REMINDER], at=at, about=About(starts_at=starts_at)))


def _is_booked(order: Order, starts_at: datetime) -> bool:
    lines = OrderLine.objects.filter(order=order, ticket__status=TicketStatus.ACTIVE)
    return lines.filter(ticket__period__startswith=starts_at).exists()
