"""Reminders of bookings that begin soon."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from coworking.domain.quiet import due_until
from coworking.models import Location, TicketStatus
from olvery.shared.batches import one_by_one
from orders.domain import locks
from orders.domain.messages import About, write_messages, write_to
from orders.models import Handover, LineKind, Message, MessageKind, Order, OrderLine, OrderStatus

BATCH = 200  # of a location
STARTS = "ticket__period__startswith"


class Due(NamedTuple):
    """A start to remind of: the order's customer, or the person to whom one of its tickets was passed on."""

    order: int
    starts_at: datetime
    handover: int | None = None


def remind_of_bookings(at: datetime) -> int:
    """Queue a reminder for each start of a confirmed order that is near; return how many there were.

    Nobody is reminded in the quiet hours of the location, nor before half of its lead has passed since they ordered
    or the ticket was passed on to them, nor who wants no reminders.
    """
    due = [one for location in Location.objects.filter(is_active=True) for one in _due(location, at)]
    return one_by_one(due, lambda one, moment: _remind(one, at=moment), at=at)


def _due(location: Location, at: datetime) -> list[Due]:
    lead, until = timedelta(hours=location.reminder_hours), due_until(location, at)
    if not lead or until is None:
        return []
    soon = OrderLine.objects.filter(
        kind=LineKind.TARIFF,
        ticket__location=location.pk,
        ticket__status=TicketStatus.ACTIVE,
        ticket__period__startswith__gt=at,
        ticket__period__startswith__lte=until + lead,
        order__status=OrderStatus.CONFIRMED,
    )
    return [*_due_customers(soon, at - lead / 2), *_due_recipients(soon, at - lead / 2)]


def _due_customers(soon: "QuerySet[OrderLine]", ordered_by: datetime) -> list[Due]:
    told = Message.objects.filter(
        order=OuterRef("order"), kind=MessageKind.REMINDER, starts_at=OuterRef(STARTS), handover=None
    )
    asked = soon.filter(order__created_at__lte=ordered_by, order__customer__wants_reminders=True)
    missing = asked.exclude(order__email="").exclude(Exists(told)).annotate(starts_at=F(STARTS))
    found = missing.order_by("starts_at", "order").values_list("order", "starts_at").distinct()
    return [Due(*one) for one in found[:BATCH]]


def _due_recipients(soon: "QuerySet[OrderLine]", passed_by: datetime) -> list[Due]:
    """Return the reminders due to recipients other than the customer who have an address of their own."""
    standing = FilteredRelation("ticket__handovers", condition=Q(ticket__handovers__ended_at=None))
    told = Message.objects.filter(
        order=OuterRef("order"), kind=MessageKind.REMINDER, starts_at=OuterRef(STARTS), handover=OuterRef("passed")
    )
    passed = soon.annotate(passed=standing).filter(
        passed__at__lte=passed_by,
        passed__to=F("ticket__visitor"),
        ticket__visitor__wants_reminders=True,
        ticket__visitor__is_active=True,
        ticket__visitor__email__isnull=False,
    )
    missing = passed.exclude(ticket__visitor=F("order__customer")).exclude(Exists(told)).order_by(STARTS, "pk")
    return [Due(*one) for one in missing.values_list("order", STARTS, "passed")[:BATCH]]


def _remind(due: Due, *, at: datetime) -> bool:
    with locks.short_waits():
        order = locks.lock_order(due.order)
        if order.status != OrderStatus.CONFIRMED:
            return False
        if due.handover:
            return _remind_recipient(order, due.handover, due.starts_at, at=at)
        if not _is_booked(order, due.starts_at):
            return False
        return bool(write_messages(order, [MessageKind.REMINDER], at=at, about=About(starts_at=due.starts_at)))


def _remind_recipient(order: Order, number: int, starts_at: datetime, *, at: datetime) -> bool:
    valid = Handover.objects.standing().filter(ticket__status=TicketStatus.ACTIVE, ticket__period__startswith=starts_at)
    handover = valid.select_related("to").filter(pk=number).first()
    told = Message.objects.filter(kind=MessageKind.REMINDER, starts_at=starts_at, handover=handover)
    if handover is None or told.exists():
        return False
    about = About(starts_at=starts_at, handover=handover)
    write_to(handover.to.email, order, MessageKind.REMINDER, at=at, about=about)
    return True


def _is_booked(order: Order, starts_at: datetime) -> bool:
    lines = OrderLine.objects.filter(order=order, ticket__status=TicketStatus.ACTIVE)
    return lines.filter(ticket__period__startswith=starts_at).exists()
