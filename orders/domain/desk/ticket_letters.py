"""Sending tickets again: to the customer of the order, or to the recipient of a passed-on ticket."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from coworking.models import Ticket
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk.handing_over import address_of, is_open
from orders.domain.messages import About, write_messages, write_to
from orders.domain.online.links import RESEND_GUARD
from orders.models import Handover, Message, MessageKind, Order


class TicketsNotSent(Refusal):
    """There is nothing to send, or nobody to send it to."""


@dataclass(frozen=True, slots=True)
class Post:
    """The letters of some orders: tickets that were passed on, and what was just sent."""

    passed_on: dict[int, Handover]
    just_written: set[tuple[int, int | None]]  # orders, with the ticket of a letter about one

    def address(self, ticket: Ticket, order: Order) -> str:
        """Return the address that the ticket goes to, empty if there is none."""
        return address_of(ticket.visitor, order) if ticket.pk in self.passed_on else order.email

    def check(self, ticket: Ticket, order: Order, *, at: datetime) -> None:
        """Raise TicketsNotSent unless the ticket can be sent now."""
        if not is_open(ticket, at=at):
            raise TicketsNotSent("ticket_not_valid")
        if not self.address(ticket, order):
            raise TicketsNotSent("ticket_without_email")
        if (order.pk, ticket.pk if ticket.pk in self.passed_on else None) in self.just_written:
            raise TicketsNotSent("letter_just_sent")


def post_of(orders: Iterable[int], tickets: Iterable[int], *, at: datetime) -> Post:
    """Read the letters of these orders and their tickets. Two queries."""
    standing = Handover.objects.standing().filter(ticket__in=list(tickets)).exclude(to=F("by")).select_related("to")
    written = Message.objects.filter(
        order__in=list(orders), kind__in=[MessageKind.TICKETS, MessageKind.HANDED], created_at__gt=at - RESEND_GUARD
    )
    return Post(
        passed_on={one.ticket_id: one for one in standing},
        just_written=set(written.values_list("order_id", "handover__ticket_id")),
    )


def send_again(number: int, ticket_numbers: Sequence[int], *, at: datetime) -> None:
    """Send tickets of an order again; passed-on tickets go to their visitors. Raises TicketsNotSent, Busy."""
    with locks.short_waits():
        order = locks.lock_order(number)
        tickets = list(Ticket.objects.filter(pk__in=ticket_numbers).select_related("visitor").order_by("pk"))
        post = post_of([number], ticket_numbers, at=at)
        for ticket in tickets:
            post.check(ticket, order, at=at)
        own = [ticket for ticket in tickets if ticket.pk not in post.passed_on]
        if own:
            write_messages(order, [MessageKind.TICKETS], at=at, about=About(asked_at=at))
        for ticket in tickets:
            if handover := post.passed_on.get(ticket.pk):
                about = About(handover=handover, asked_at=at)
                write_to(post.address(ticket, order), order, MessageKind.HANDED, at=at, about=about)
