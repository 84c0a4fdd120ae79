"""Letters to the customer: composed when they are sent, in Russian and in the location's time zone."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import icalendar
import segno
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, Sum
from django.template.loader import render_to_string
from django.utils import translation

from coworking.models import Ticket
from olvery.shared.money import NO_MONEY
from orders.domain.invoicing import print_invoice, purpose_of
from orders.domain.links import can_be_paid, url_of
from orders.models import (
    CaseKind,
    EventKind,
    IssuedInvoice,
    LedgerEntry,
    Message,
    MessageKind,
    MoneyCase,
    Order,
    OrderEvent,
    OrderStatus,
    PaymentAttempt,
    PaymentLink,
    Refund,
)

LANGUAGE = "ru"  # customers are written to in Russian, whatever language the manager works in


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
            "order": Order.objects.with_money().get(pk=order.pk),
            "link_url": _link_of(order, at=message.created_at),
            "attaches_tickets": _attaches_tickets(message),
            **_about(message),
            "location": location,
            "customer": order.customer,
            "tickets": tickets,
            "seats": ", ".join(ticket.seat.label for ticket in tickets if ticket.seat),
            "zone": location.zone,
            "site_url": settings.SITE_URL,
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
    if message.kind == MessageKind.INVOICE:
        invoice = context["invoice"]
        letter.attach(f"invoice-{invoice.number}.pdf", print_invoice(invoice), "application/pdf")
    if _attaches_tickets(message):
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


def _attaches_tickets(message: Message) -> bool:
    """Whether the letter carries the tickets: once an order, with the first letter after it is confirmed."""
    if message.kind == MessageKind.TICKETS:
        return True
    return (
        message.kind == MessageKind.PAID
        and message.order.status == OrderStatus.CONFIRMED
        and not Message.objects.filter(order=message.order, kind=MessageKind.TICKETS).exists()
    )


def _about(message: Message) -> dict[str, Any]:
    """Return what the letter tells of beside the order."""
    order = message.order
    if message.kind == MessageKind.INVOICE:
        invoice = IssuedInvoice.objects.select_related("order__location").get(pk=message.about)
        return {"invoice": invoice, "purpose": purpose_of(invoice)}
    if message.kind == MessageKind.PAID:
        # As it was when the letter was written: a second payment that goes back would only puzzle.
        entries = LedgerEntry.objects.filter(order=order, recorded_at__lte=message.created_at)
        paid = entries.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY
        left = max(Order.objects.with_total().get(pk=order.pk).total - paid, NO_MONEY)
        return {"paid": paid, "left": left, "receipt_email": _receipt_email(message)}
    if message.kind == MessageKind.REFUNDED:
        return {"refund": _refund_named(message.about)}
    if message.kind == MessageKind.CANCELLED:
        cancelled = order.events.filter(kind=EventKind.STATUS_CHANGED, data__to="cancelled").latest("at")
        return {"cancelled": cancelled, **_given_back(order, at=cancelled.at)}
    return {}


def _receipt_email(message: Message) -> str:
    """Return where the receipt of the payment goes that the letter tells of; nothing where there is none."""
    kind, _space, key = message.about.partition(" ")
    attempt = PaymentAttempt.objects.filter(pk=key).exclude(receipt_items=[]).first() if kind == "payment" else None
    return attempt.email if attempt else ""


def _given_back(order: Order, *, at: datetime) -> dict[str, Any]:
    """Return what the cancellation of that moment gives back, whatever went back before it or happened since."""
    refunds = Refund.objects.filter(attempt__order=order, requested_at=at)
    online = refunds.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY
    then = Q(opened_at__lte=at) & (Q(closed_at=None) | Q(closed_at__gt=at))
    by_hand = MoneyCase.objects.filter(then, order=order, kind=CaseKind.REFUND_DUE).order_by("pk").last()
    rest = by_hand.amount if by_hand and by_hand.amount else NO_MONEY
    return {"to_return": online + rest, "returning_online": online > 0}


def _refund_named(about: str) -> dict[str, Any]:
    kind, _space, key = about.partition(" ")
    if kind == "refund":
        refund = Refund.objects.get(pk=key)
        reason = "" if refund.source == Refund.Source.EXTERNAL else refund.reason
        return {"amount": refund.amount, "reason": reason, "online": True}
    entry = LedgerEntry.objects.get(pk=key)
    return {"amount": -entry.amount, "reason": entry.reason, "online": False}


def _link_of(order: Order, *, at: datetime) -> str:
    link = PaymentLink.objects.filter(order=order).first()
    return url_of(link) if link and can_be_paid(order, at=at) else ""


def _host() -> str:
    return settings.SITE_URL.split("//")[-1].split(":")[0].split("/")[0]


def _message_id(message: Message) -> str:
    return f"<message-{message.pk}@{_host()}>"
