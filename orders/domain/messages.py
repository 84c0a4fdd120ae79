"""Messages to the customer: written within the order's transaction; `letters` sends them after the commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from olvery.shared.jobs import later
from orders.models import Handover, IssuedInvoice, LedgerEntry, Message, MessageKind, Order, PaymentAttempt, Refund

SEND = "orders.send_message"
OF_THE_BOOKING = [kind for kind in MessageKind if kind != MessageKind.REFUNDED]


@dataclass(frozen=True, kw_only=True)
class About:
    """What a message is about besides its order: one of these, or nothing if an order has only one such message."""

    attempt: PaymentAttempt | None = None
    entry: LedgerEntry | None = None
    refund: Refund | None = None
    invoice: IssuedInvoice | None = None
    deadline_at: datetime | None = None
    asked_at: datetime | None = None
    starts_at: datetime | None = None
    handover: Handover | None = None


def write_messages(
    order: Order, kinds: Iterable[MessageKind], *, at: datetime, about: About | None = None
) -> list[Message]:
    """Queue messages to the order's e-mail; without one nothing is sent.

    Call it within the transaction of the change that the messages report. The same kind about the same
    thing is not written twice.
    """
    if not order.email:
        return []
    keys = vars(about or About())
    known = set(Message.objects.filter(order=order, kind__in=list(kinds), **keys).values_list("kind", flat=True))
    messages = Message.objects.bulk_create(
        Message(order=order, kind=kind, to=order.email, created_at=at, **keys) for kind in kinds if kind not in known
    )
    if messages:
        later(SEND, **sending(messages))
    return messages


def write_to(
    email: str | None, order: Order, kind: MessageKind, *, at: datetime, about: About, until: datetime | None = None
) -> None:
    """Queue a message to an address, not to be sent before `until`; without an address there is none.

    Call it within the transaction of the change that it reports.
    """
    if email:
        message = Message.objects.create(order=order, kind=kind, to=email, created_at=at, **vars(about))
        later(SEND, at=until, message_id=message.pk)


def new_messages(order: Order, kinds: Iterable[MessageKind], *, keys: Iterable[int], at: datetime) -> list[Message]:
    """Return the messages of a new order, to be inserted together with it and the job that sends them.

    Without an e-mail there are none.
    """
    if not order.email:
        return []
    return [
        Message(pk=key, order=order, kind=kind, to=order.email, created_at=at)
        for kind, key in zip(kinds, keys, strict=False)
    ]


def sending(messages: Sequence[Message]) -> dict[str, Any]:
    """Return the arguments of the job that sends these messages of one order, all to one address."""
    first, *rest = [message.pk for message in messages]
    return {"message_id": first, "also": rest} if rest else {"message_id": first}


def withdraw_messages(order: Order, kinds: Iterable[MessageKind] = OF_THE_BOOKING) -> None:
    """Delete messages that are not sent yet: a ticket of a cancelled order would mislead.

    Messages about refunds stay by default: they are true whatever happens to the order.
    """
    Message.objects.filter(order=order, kind__in=list(kinds), sent_at=None).delete()
