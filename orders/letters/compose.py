"""Letters to the customer: composed when they are sent, in Russian and in the location's time zone."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, Sum
from django.template.loader import render_to_string
from django.utils import translation

from coworking.models import Ticket
from olvery.shared.addresses import site_host
from olvery.shared.money import NO_MONEY
from orders.documents.issued import print_invoice, purpose_of
from orders.documents.ticket import calendar_file, ticket_qr_png
from orders.domain.money.balance import balance_in, balance_of, with_sums
from orders.domain.online.links import can_be_paid, url_of
from orders.models import (
    CaseKind,
    EventKind,
    IssuedInvoice,
    LedgerEntry,
    Message,
    MessageKind,
    MoneyCase,
    Order,
    OrderStatus,
    PaymentAttempt,
    PaymentLink,
    Refund,
)

LANGUAGE = "ru"  # customers are written to in Russian, whatever language the manager works in


def compose(message: Message) -> EmailMessage:
    """Build the letter in Russian, in the location's time zone, with a working reply address."""
    order = message.order
    location = order.location
    now = with_sums(Order.objects.all()).get(pk=order.pk)
    tickets = list(Ticket.objects.filter(lines__order=order).select_related("seat").order_by("number").distinct())
    with translation.override(LANGUAGE):
        context = {
            "order": now,
            "balance": balance_in(now),
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
        then = balance_of(order, recorded_by=message.created_at)
        return {"paid": then.paid, "left": then.due, "receipt_email": _receipt_email(message)}
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


def _message_id(message: Message) -> str:
    return f"<message-{message.pk}@{site_host()}>"
