"""Letters to the customer: composed when they are sent, in Russian and in the location's time zone."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from coworking.models import Ticket
from olvery.shared.addresses import site_host
from orders.documents.act import print_act
from orders.documents.issued import print_invoice, purpose_of
from orders.documents.ticket import calendar_file, ticket_qr_png
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk.cancelling import settlement_of
from orders.domain.money.balance import balance_of
from orders.domain.online.links import can_be_paid, url_of
from orders.domain.queries.cards import booked
from orders.models import (
    Act,
    EventKind,
    Message,
    MessageKind,
    Order,
    OrderEvent,
    OrderStatus,
    PaymentAttempt,
    PaymentLink,
)
from orders.wording import refund_reason
from orders.wording_changes import ticket_texts

LANGUAGE = "ru"  # customers are written to in Russian, whatever language the manager works in


def compose(message: Message) -> EmailMessage:
    """Build the letter in Russian, in the location's time zone, with a working reply address."""
    order = message.order
    location = order.location
    tickets = list(_tickets_of(order))
    with translation.override(LANGUAGE):
        context = {
            "order": order,
            "balance": balance_of(order),
            "link_url": _link_of(order, at=message.created_at),
            "attaches_tickets": _attaches_tickets(message),
            **_about(message),
            "location": location,
            "customer": order.customer,
            "tickets": tickets,
            "bookings": booked(tickets),
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
    if invoice := context.get("invoice"):
        letter.attach(f"invoice-{invoice.number}.pdf", print_invoice(invoice), "application/pdf")
    if act := context.get("act"):
        letter.attach(f"act-{act.number}.pdf", print_act(act), "application/pdf")
    if _attaches_tickets(message):
        for ticket in tickets:
            letter.attach(f"ticket-{ticket.number}.png", ticket_qr_png(ticket), "image/png")
        letter.attach(f"order-{order.number}.ics", calendar_file(order, tickets), "text/calendar")
    return letter


def _tickets_of(order: Order) -> QuerySet[Ticket]:
    found = Ticket.objects.filter(pk__in=tickets_of(order))
    return found.select_related("service", "tariff", "seat").order_by("number")


def _attaches_tickets(message: Message) -> bool:
    """Whether the letter carries the tickets: once an order, with the first letter after it is confirmed."""
    if message.kind == MessageKind.TICKETS:
        return True
    if message.kind == MessageKind.CHANGED:
        return message.order.status == OrderStatus.CONFIRMED
    return (
        message.kind == MessageKind.PAID
        and message.order.status == OrderStatus.CONFIRMED
        and not Message.objects.filter(order=message.order, kind=MessageKind.TICKETS).exists()
    )


def _about(message: Message) -> dict[str, Any]:
    """Return what the letter tells of beside the order."""
    order = message.order
    if message.kind == MessageKind.INVOICE:
        assert message.invoice  # noqa: S101 - an invoice's letter is written with it alone
        message.invoice.order = order
        return {"invoice": message.invoice, "purpose": purpose_of(message.invoice)}
    if message.kind == MessageKind.ACT:
        return {"act": Act.objects.get(order=order)}
    if message.kind == MessageKind.PAID:
        # As it was when the letter was written: a second payment that goes back would only puzzle.
        then = balance_of(order, recorded_by=message.created_at)
        return {"paid": then.paid, "left": then.due, "receipt_email": _receipt_email(message.attempt)}
    if message.kind == MessageKind.REFUNDED:
        return {"refund": _given_back_by(message)}
    if message.kind == MessageKind.CANCELLED:
        cancelled = order.events.filter(kind=EventKind.STATUS_CHANGED, data__to="cancelled").latest("at")
        return {"cancelled": cancelled, "settlement": settlement_of(cancelled)}
    if message.kind == MessageKind.CHANGED:
        assert message.asked_at  # noqa: S101 - a letter about a change is written with its moment
        return _changed_by(order.events.filter(kind=EventKind.CHANGED, at=message.asked_at).latest("pk"))
    return {}


def _changed_by(event: OrderEvent) -> dict[str, Any]:
    """Return what a letter says of a change: the tickets, and its money, roubles."""
    data = event.data
    sums = {name: Decimal(data[name]) for name in ("difference", "returned_online", "returned_at_desk", "kept")}
    return {
        **sums,
        "less": -sums["difference"],
        "returned": sums["returned_online"] + sums["returned_at_desk"],
        "changed": ticket_texts(data["tickets"], event.order.location.zone),
    }


def _receipt_email(attempt: PaymentAttempt | None) -> str:
    """Return where the receipt of a payment goes; nothing where there is none."""
    return attempt.email if attempt and attempt.receipt_items else ""


def _given_back_by(message: Message) -> dict[str, Any]:
    """Return what a letter says of money that went back: through the provider, or from hand to hand."""
    refund, entry = message.refund, message.entry
    if refund:
        return {"amount": refund.amount, "reason": refund_reason(refund), "online": True}
    assert entry  # noqa: S101 - a letter about money that went back is written with one of the two
    return {"amount": -entry.amount, "reason": entry.reason, "online": False}


def _link_of(order: Order, *, at: datetime) -> str:
    link = PaymentLink.objects.filter(order=order).first()
    return url_of(link) if link and can_be_paid(order, at=at) else ""


def _message_id(message: Message) -> str:
    return f"<message-{message.pk}@{site_host()}>"
