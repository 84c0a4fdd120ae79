"""Messages to the customer: written within the order's transaction, sent by a job after the commit."""

import io
from collections.abc import Iterable
from datetime import datetime

import icalendar
import segno
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from coworking.models import Ticket
from olvery.shared.jobs import later
from orders.models import EventKind, Message, MessageKind, Order, OrderEvent

SEND = "orders.send_message"
LANGUAGE = "ru"  # customers are written to in Russian, whatever language the manager works in


def write_messages(order: Order, kinds: Iterable[MessageKind], *, at: datetime) -> list[Message]:
    """Queue messages to the order's e-mail; without one there is nothing to send.

    Call it within the transaction of the change the messages tell of.
    """
    if not order.email:
        return []
    messages = Message.objects.bulk_create(
        Message(order=order, kind=kind, to=order.email, created_at=at) for kind in kinds
    )
    for message in messages:
        later(SEND, message_id=message.pk)
    return messages


def withdraw_messages(order: Order) -> None:
    """Drop what is not sent yet: after a cancellation a late ticket would mislead."""
    Message.objects.filter(order=order, sent_at=None).delete()


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


def compose(message: Message) -> EmailMessage:
    """Build the letter in Russian, in the location's time zone, with a working reply address."""
    order = message.order
    location = order.location
    tickets = list(Ticket.objects.filter(lines__order=order).select_related("seat").order_by("number").distinct())
    with translation.override(LANGUAGE):
        context = {
            "order": Order.objects.with_total().get(pk=order.pk),
            "location": location,
            "customer": order.customer,
            "tickets": tickets,
            "seats": ", ".join(ticket.seat.label for ticket in tickets if ticket.seat),
            "zone": location.zone,
            "site_url": settings.SITE_URL,
            "cancelled": _cancelled(order) if message.kind == MessageKind.CANCELLED else None,
        }
        text = render_to_string(f"mail/{message.kind}.txt", context)
    subject, _blank, body = text.strip().partition("\n")
    letter = EmailMessage(
        subject=subject.strip(),
        body=body.strip() + "\n",
        to=[message.to],
        reply_to=[location.reply_email],
        headers={"Message-ID": _message_id(message), "Auto-Submitted": "auto-generated"},
    )
    if message.kind == MessageKind.TICKETS:
        for ticket in tickets:
            letter.attach(f"ticket-{ticket.number}.png", ticket_qr_png(ticket), "image/png")
        letter.attach(f"order-{order.number}.ics", calendar_file(order, tickets), "text/calendar")
    return letter


def ticket_qr_png(ticket: Ticket) -> bytes:
    """Return the ticket's QR code as a picture, black on white."""
    out = io.BytesIO()
    segno.make(ticket.code, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


def calendar_file(order: Order, tickets: Iterable[Ticket]) -> bytes:
    """Return the tickets as an iCalendar file (RFC 5545): whole days as dates, hours as moments."""
    zone = order.location.zone
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Olvery//Coworking//RU")
    calendar.add("version", "2.0")
    for ticket in tickets:
        entry = icalendar.Event()
        entry.add("uid", f"ticket-{ticket.number}@{_host()}")
        entry.add("dtstamp", ticket.created_at)
        place = f", {ticket.seat.label}" if ticket.seat else ""
        entry.add("summary", f"{order.service_name}{place}")
        entry.add("location", ", ".join(filter(None, [order.location.name, order.location.address])))
        if ticket.time.is_whole_days(zone):
            entry.add("dtstart", ticket.time.start.astimezone(zone).date())
            entry.add("dtend", ticket.time.end.astimezone(zone).date())
        else:
            entry.add("dtstart", ticket.time.start)
            entry.add("dtend", ticket.time.end)
        calendar.add_component(entry)
    return calendar.to_ical()


def _cancelled(order: Order) -> OrderEvent | None:
    return order.events.filter(kind=EventKind.STATUS_CHANGED, data__to="cancelled").order_by("-at").first()


def _host() -> str:
    return settings.SITE_URL.split("//")[-1].split(":")[0].split("/")[0]


def _message_id(message: Message) -> str:
    return f"<message-{message.pk}@{_host()}>"
