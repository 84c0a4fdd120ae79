"""Sharing a booking: its visitor or customer gives others a link to see it, and can withdraw it."""

from datetime import datetime

from accounts.models import User
from coworking.domain import sharing
from coworking.models import BLOCKING, Ticket
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk.door import order_of
from orders.domain.desk.handing_over import passed_on
from orders.models import EventKind, OrderEvent, OrderLine


class ShareRefused(Refusal):
    """The booking cannot be shared now."""


def is_open(ticket: Ticket, *, at: datetime) -> bool:
    """Whether a booking can be shared: it is valid and not over."""
    return ticket.status in BLOCKING and ticket.period.end > at


def may_share(ticket: Ticket, person: User) -> bool:
    """Whether the person may share the booking: they are the visitor, or have ordered it and not passed it on."""
    if ticket.visitor_id == person.pk:
        return True
    return OrderLine.objects.filter(ticket=ticket, order__customer=person).exists() and not passed_on([ticket])


def share(number: int, *, shows_code: bool, by: User, at: datetime) -> None:
    """Create a new link to a booking, with or without the entrance code. Raises ShareRefused, Busy."""
    with locks.short_waits():
        ticket = locks.lock_ticket(number)
        if not may_share(ticket, by):
            raise ShareRefused("ticket_is_elsewhere")
        if not is_open(ticket, at=at):
            raise ShareRefused("booking_not_shared")
        sharing.share(ticket, shows_code=shows_code, at=at)
        _tell(ticket, EventKind.SHARED, by=by, at=at)


def withdraw(number: int, *, by: User, at: datetime) -> None:
    """Withdraw the link to a booking; calling it twice changes nothing. Raises ShareRefused, Busy."""
    with locks.short_waits():
        ticket = locks.lock_ticket(number)
        if not may_share(ticket, by):
            raise ShareRefused("ticket_is_elsewhere")
        if sharing.withdraw(ticket):
            _tell(ticket, EventKind.UNSHARED, by=by, at=at)


def _tell(ticket: Ticket, kind: EventKind, *, by: User, at: datetime) -> None:
    OrderEvent.objects.create(order=order_of(ticket), kind=kind, by=by, at=at, data={"ticket": ticket.pk})
