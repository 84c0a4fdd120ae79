"""Sending queued messages."""

from datetime import datetime

from django.db import transaction

from orders.letters.compose import compose
from orders.models import EventKind, Message, OrderEvent


def send_message(message_id: int, *, at: datetime) -> bool:
    """Send a queued message once; return whether this call sent it.

    The mail server is asked outside of any transaction. A process killed between the server's answer and
    the mark sends again, with the same Message-ID, by which mail programs show it once.
    """
    message = Message.objects.select_related("order__location", "order__customer").filter(pk=message_id).first()
    if message is None or message.sent_at:  # withdrawn, or sent by an earlier run of the job
        return False
    compose(message).send()
    with transaction.atomic():
        if Message.objects.filter(pk=message.pk, sent_at=None).update(sent_at=at):
            OrderEvent.objects.create(
                order=message.order, kind=EventKind.MESSAGE_SENT, at=at, data={"kind": message.kind, "to": message.to}
            )
    return True
