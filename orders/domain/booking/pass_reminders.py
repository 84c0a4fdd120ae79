"""Reminders of passes that end soon with units left."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from coworking.domain.quiet import due_until
from coworking.models import Location
from olvery.shared.batches import one_by_one
from orders.domain import locks
from orders.domain.messages import write_messages
from orders.models import Message, MessageKind, Order, OrderStatus, Pass

BATCH = 200  # of a location
# From the start of the day a week before the last day to the end of the last day.
LEAD = timedelta(days=8)


def remind_of_passes(at: datetime) -> int:
    """Queue one reminder for each pass whose last day is at most a week ahead; return how many there were.

    Nobody is reminded in the quiet hours of the location, nor in the first half of the lead after they bought it, nor
    who wants no reminders, nor where the location reminds nobody.
    """
    due = [number for location in Location.objects.filter(is_active=True) for number in _due(location, at)]
    return one_by_one(due, lambda number, moment: _remind(number, at=moment), at=at)


def _due(location: Location, at: datetime) -> list[int]:
    until = due_until(location, at)
    if not location.reminder_hours or until is None:
        return []
    told = Message.objects.filter(order=OuterRef("pk"), kind=MessageKind.PASS_ENDS)
    soon = Pass.objects.at_locations([location.pk]).usable(at).filter(period__endswith__lte=until + LEAD)
    asked = soon.filter(period__startswith__lte=at - LEAD / 2, owner__is_active=True, owner__wants_reminders=True)
    return list(asked.exclude(order__email="").exclude(Exists(told)).values_list("pk", flat=True)[:BATCH])


def _remind(number: int, *, at: datetime) -> bool:
    with locks.short_waits():
        order = locks.lock_order(number)
        if order.status != OrderStatus.CONFIRMED or not is_worth_it(order, at=at):
            return False
        return bool(write_messages(order, [MessageKind.PASS_ENDS], at=at))


def is_worth_it(order: Order, *, at: datetime) -> bool:
    """Whether units of the pass that an order sold can still be used."""
    return Pass.objects.filter(pk=order.pk).usable(at).exists()
