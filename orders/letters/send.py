"""Sending queued messages."""

from datetime import datetime
from functools import partial

from coworking.models import Ticket, TicketStatus
from olvery.shared.jobs import later
from orders.domain import messages
from orders.domain.booking.pass_reminders import is_worth_it
from orders.domain.booking.transitions import tickets_of
from orders.letters.compose import Overtaken, compose
from orders.letters.once import send_once
from orders.models import EventKind, Message, MessageKind, OrderEvent


def send_message(message_id: int, *, at: datetime) -> bool:
    """Send a queued message once; return whether this call sent it. What is not true any more is not sent.

    The mail server is asked outside of any transaction. Of a process killed between the server's answer and the mark
    another sends again, with the same Message-ID, by which mail programs show it once.
    """
    message = (
        Message.objects.select_related("order__location", "order__customer", "handover").filter(pk=message_id).first()
    )
    if message is None or message.sent_at:  # withdrawn, or sent by an earlier run of the job
        return False
    try:
        _check(message, at=at)
        letter = compose(message)
    except Overtaken:
        message.delete()
        return False
    again = partial(later, messages.SEND, message_id=message.pk)
    return send_once(message, letter, write_down=partial(_write_down, message, at), again=again, at=at)


def _write_down(message: Message, at: datetime) -> None:
    if Message.objects.filter(pk=message.pk, sent_at=None).update(sent_at=at):
        OrderEvent.objects.create(
            order=message.order, kind=EventKind.MESSAGE_SENT, at=at, data={"kind": message.kind, "to": message.to}
        )


def _check(message: Message, *, at: datetime) -> None:
    """Raise Overtaken if it reminds of a booking that was moved, given up or released since, or of a used up pass."""
    if message.kind == MessageKind.PASS_ENDS and not is_worth_it(message.order, at=at):
        raise Overtaken
    soon = Ticket.objects.filter(period__startswith=message.starts_at, status=TicketStatus.ACTIVE)
    reminded = [message.handover.ticket_id] if message.handover else tickets_of(message.order)
    if message.kind == MessageKind.REMINDER and not soon.filter(pk__in=reminded).exists():
        raise Overtaken
