"""Messages to the customer: written within the order's transaction; `letters` sends them after the commit."""

from collections.abc import Iterable
from datetime import datetime

from olvery.shared.jobs import later
from orders.models import Message, MessageKind, Order

SEND = "orders.send_message"
OF_THE_BOOKING = [kind for kind in MessageKind if kind != MessageKind.REFUNDED]


def write_messages(order: Order, kinds: Iterable[MessageKind], *, at: datetime, about: str = "") -> list[Message]:
    """Queue messages to the order's e-mail; without one there is nothing to send.

    Call it within the transaction of the change the messages tell of. `about` names which of several it is:
    the same kind about the same thing is not written twice.
    """
    if not order.email:
        return []
    known = set(Message.objects.filter(order=order, kind__in=list(kinds), about=about).values_list("kind", flat=True))
    messages = Message.objects.bulk_create(
        Message(order=order, kind=kind, about=about, to=order.email, created_at=at)
        for kind in kinds
        if kind not in known
    )
    for message in messages:
        later(SEND, message_id=message.pk)
    return messages


def withdraw_messages(order: Order, kinds: Iterable[MessageKind] = OF_THE_BOOKING) -> None:
    """Delete messages that are not sent yet: a ticket of a cancelled order would mislead, or a link to a paid one.

    By default not those about refunds: they stay true whatever becomes of the order.
    """
    Message.objects.filter(order=order, kind__in=list(kinds), sent_at=None).delete()
