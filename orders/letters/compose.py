"""Letters to the customer: composed when they are sent, in Russian and in the location's time zone."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation

from accounts.domain.reminders import token_of
from coworking.models import Lateness, Ticket, TicketStatus
from orders.documents.act import print_act
from orders.documents.issued import print_invoice, purpose_of
from orders.documents.lines import LANGUAGE
from orders.documents.ticket import calendar_file, ticket_qr_png
from orders.domain.booking.change_places import TicketState
from orders.domain.booking.changing import Plan
from orders.domain.booking.passes import given_back_at
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk.cancelling import settlement_of
from orders.domain.desk.changing import change_as_json
from orders.domain.desk.handing_over import address_of, passed_on
from orders.domain.money.balance import Balance, balance_of
from orders.domain.online.links import can_be_paid, url_of
from orders.domain.queries.cards import booked
from orders.letters.mail import Text, mail_of, worded
from orders.models import (
    Act,
    EventKind,
    Handover,
    Message,
    MessageKind,
    Order,
    OrderEvent,
    OrderStatus,
    Pass,
    PaymentAttempt,
    WaitedOrder,
)
from orders.wording import refund_reason
from orders.wording_changes import ticket_texts
from orders.wording_passes import pass_texts


def compose(message: Message) -> EmailMultiAlternatives:
    """Build the letter in Russian, as text and as HTML, in the location's time zone, with a working reply address.

    Raises Overtaken if it is no longer true.
    """
    order, tickets = message.order, _tickets_about(message)
    codes = tickets if message.handover_id else _told_with_codes(tickets)
    with translation.override(LANGUAGE):
        context = _context(message, tickets, _about(message, tickets))
        context["attaches_tickets"] &= bool(codes)
        letter = mail_of(
            worded(message.kind, context),
            number=f"message-{message.pk}",
            to=message.to,
            bcc=[address for address in context.get("copies_to", ()) if address != message.to],
            location=order.location,
            link_url=context["link_url"],
            headers=_headers(context),
        )
    if invoice := context.get("invoice"):
        letter.attach(f"invoice-{invoice.number}.pdf", print_invoice(invoice), "application/pdf")
    if act := context.get("act"):
        letter.attach(f"act-{act.number}.pdf", print_act(act), "application/pdf")
    if context["attaches_tickets"]:
        for ticket in codes:
            letter.attach(f"ticket-{ticket.number}.png", ticket_qr_png(ticket), "image/png")
    if codes and (context["attaches_tickets"] or _takes_out_of_calendar(message)):
        noted = [*codes, *_told_with_codes(_given_up(message))]
        file = calendar_file(order, noted, at=message.created_at, is_over=message.kind == MessageKind.GONE)
        letter.attach(f"order-{order.number}.ics", file, "text/calendar")
    return letter


class Overtaken(Exception):
    """The facts that the letter reports have changed since it was queued."""


def preview(order: Order, kind: MessageKind, *, about: dict[str, Any], at: datetime) -> Text:
    """Return the letter that the order's customer would get now; `about` stands in for facts not known in advance."""
    message = Message(order=order, kind=kind, created_at=at)
    with translation.override(LANGUAGE):
        return worded(kind, _context(message, list(_tickets_of(order)), about))


def preview_release(order: Order, ticket: Ticket, *, at: datetime) -> Text:
    """Return the letter that would be sent if the place of a ticket were released now."""
    return preview(order, MessageKind.RELEASED, about=_about_places([ticket]), at=at)


def preview_handed(order: Order, handover: Handover, *, at: datetime) -> Text:
    """Return the letter that the visitor of a passed-on ticket would get now."""
    kind = MessageKind.HANDED
    message = Message(order=order, kind=kind, handover=handover, created_at=at)
    ticket = _tickets_of(order).get(pk=handover.ticket_id)
    with translation.override(LANGUAGE):
        return worded(kind, _context(message, [ticket], _about_handover(handover, ticket)))


def change_letter(plan: Plan) -> Text | None:
    """Return the letter that carrying a plan out now would send; None if it cannot be, or without an e-mail."""
    order, money = copy(plan.order), plan.money
    if not plan.is_ready or not order.email:
        return None
    if plan.confirms:
        order.status = OrderStatus.CONFIRMED  # as it will be
    balance = replace(money.balance, status=order.status, total=money.total)
    with translation.override(LANGUAGE):
        changed = what_changed(change_as_json(plan), order.location.zone)
    about = {
        **changed,
        "balance": balance,
        "tickets": [_ticket(state) for state in plan.states],
        "link_url": link_of(order, balance, at=plan.at),
    }
    return preview(order, MessageKind.CHANGED, about=about, at=plan.at)


def _ticket(state: TicketState) -> Ticket:
    return Ticket(service=state.service, tariff=state.tariff, seat=state.seat, period=state.period)


def _context(message: Message, tickets: list[Ticket], about: dict[str, Any]) -> dict[str, Any]:
    order, location = message.order, message.order.location
    balance, tickets = about.get("balance") or balance_of(order), about.get("tickets", tickets)
    return {
        "order": order,
        "balance": balance,
        "link_url": link_of(order, balance, at=message.created_at),
        "attaches_tickets": _attaches_tickets(message),
        "location": location,
        "customer": order.customer,
        "tickets": tickets,
        "bookings": booked(tickets),
        "seats": _seats(tickets),
        "zone": location.zone,
        "site_url": settings.SITE_URL,
        **about,
    }


def _tickets_of(order: Order) -> QuerySet[Ticket]:
    found = Ticket.objects.filter(pk__in=tickets_of(order))
    return found.select_related("service__location", "tariff", "seat", "visitor").order_by("number")


def _tickets_about(message: Message) -> list[Ticket]:
    """Return the tickets of the order, or the passed-on one. Raises Overtaken.

    One statement reads both its visitor and the secret of its code, so that the code goes to the current visitor.
    """
    if message.handover is None:
        return list(_tickets_of(message.order))
    ticket = _tickets_of(message.order).get(pk=message.handover.ticket_id)
    is_theirs = message.to == address_of(ticket.visitor, message.order) and ticket.status == TicketStatus.ACTIVE
    if is_theirs == (message.kind == MessageKind.GONE):
        raise Overtaken
    return [ticket]


def _told_with_codes(tickets: list[Ticket]) -> list[Ticket]:
    """Return the tickets whose codes the customer may see, too. One query."""
    numbers = passed_on(tickets)
    return [ticket for ticket in tickets if ticket.number not in numbers]


def _attaches_tickets(message: Message) -> bool:
    """Whether the letter carries the tickets: once per order, in the first letter after its confirmation."""
    if message.kind in (MessageKind.TICKETS, MessageKind.HANDED):
        return True
    if message.kind == MessageKind.CHANGED:
        return message.order.status == OrderStatus.CONFIRMED
    return (
        message.kind == MessageKind.PAID
        and message.order.status == OrderStatus.CONFIRMED
        and not Message.objects.filter(order=message.order, kind=MessageKind.TICKETS).exists()
    )


def _takes_out_of_calendar(message: Message) -> bool:
    """Whether the letter cancels calendar entries of an earlier one."""
    if message.kind == MessageKind.GONE:
        return True
    with_calendar = (MessageKind.TICKETS, MessageKind.PAID, MessageKind.CHANGED)
    sent = Message.objects.filter(order=message.order, kind__in=with_calendar, sent_at__isnull=False)
    return message.kind == MessageKind.CANCELLED and sent.exists()


def _given_up(message: Message) -> list[Ticket]:
    """Return the tickets that a change has cancelled, which may be in the customer's calendar."""
    if message.kind != MessageKind.CHANGED:
        return []
    told = _change_of(message).data["tickets"]
    gone = [one["number"] for one in told if one["after"]["status"] == TicketStatus.CANCELLED]
    return list(Ticket.objects.filter(pk__in=gone).select_related("service", "seat").order_by("number"))


def _change_of(message: Message) -> OrderEvent:
    assert message.asked_at  # noqa: S101 - a letter about a change is written with its moment
    return message.order.events.filter(kind=EventKind.CHANGED, at=message.asked_at).latest("pk")


def _cancelled(order: Order) -> dict[str, Any]:
    cancelled = order.events.filter(kind=EventKind.STATUS_CHANGED, data__to="cancelled").latest("at")
    given_back = given_back_at(order, cancelled.at)
    return {"cancelled": cancelled, "settlement": settlement_of(cancelled), "given_back": given_back}


def _about(message: Message, tickets: list[Ticket]) -> dict[str, Any]:
    """Return the facts of the letter besides the order, or instead of it."""
    order = message.order
    if message.kind in (MessageKind.REMINDER, MessageKind.PASS_ENDS):
        return _about_reminder(message, tickets)
    if message.handover:
        return _about_handover(message.handover, tickets[0])
    if message.kind == MessageKind.TICKETS:
        undone = order.events.filter(kind=EventKind.CHANGE_UNDONE, at=message.asked_at) if message.asked_at else None
        return {"new_codes": undone is not None and undone.exists()}
    if message.kind == MessageKind.CREATED:
        return {"waited": WaitedOrder.objects.filter(order=order).exists()}
    if message.kind == MessageKind.INVOICE:
        assert message.invoice  # noqa: S101 - an invoice's letter is written with it alone
        message.invoice.order = order
        return {"invoice": message.invoice, "purpose": purpose_of(message.invoice)}
    if message.kind == MessageKind.ACT:
        return {"act": Act.objects.get(order=order)}
    if message.kind == MessageKind.PAID:
        # As of when the letter was queued: a second payment that goes back would only be confusing.
        then = balance_of(order, recorded_by=message.created_at)
        return {"paid": then.paid, "left": then.due, "receipt_email": _receipt_email(message.attempt)}
    if message.kind == MessageKind.REFUNDED:
        return {"refund": _given_back_by(message)}
    if message.kind == MessageKind.CANCELLED:
        return _cancelled(order)
    if message.kind == MessageKind.LATE:
        return _warned_by(message, tickets)
    if message.kind == MessageKind.RELEASED:
        released = order.events.filter(kind=EventKind.PLACE_RELEASED, at=message.asked_at or message.created_at)
        numbers = set(released.values_list("data__ticket", flat=True))
        return _about_places([ticket for ticket in tickets if ticket.pk in numbers])
    if message.kind == MessageKind.CHANGED:
        return what_changed(_change_of(message).data, order.location.zone)
    return {}


def _about_reminder(message: Message, tickets: list[Ticket]) -> dict[str, Any]:
    """Return the facts of a reminder for its reader: the customer, or the current visitor, who sees no sums."""
    active = (ticket for ticket in tickets if ticket.status == TicketStatus.ACTIVE)
    soon = [ticket for ticket in active if ticket.period.start == message.starts_at]
    reader = message.handover.to if message.handover else message.order.customer
    url = settings.SITE_URL + reverse("reminders-by-link", args=[token_of(reader.pk)])
    choice = {"reader": reader, "reminders_url": url}
    if message.kind == MessageKind.PASS_ENDS:
        return {"of_pass": Pass.objects.with_services().get(pk=message.order_id), **choice}
    about = {"bookings": booked(soon), "seats": _seats(soon), **choice}
    return {**about, "link_url": ""} if message.handover else about


def _about_handover(handover: Handover, ticket: Ticket) -> dict[str, Any]:
    """Return the facts for visitors of a passed-on ticket, without sums and the payment link."""
    is_new = handover.ended_at is None and ticket.visitor_id == handover.to_id
    return {"ticket": ticket, "is_new": is_new, "link_url": ""}


def _warned_by(message: Message, tickets: list[Ticket]) -> dict[str, Any]:
    """Return the facts about late visitors: their places, and when the first of these will be released."""
    warned = Lateness.objects.filter(ticket__in=tickets, warned_at=message.asked_at)
    late = {one.ticket_id: one.release_at for one in warned if one.release_at}
    return {"release_at": min(late.values()), **_about_places([ticket for ticket in tickets if ticket.pk in late])}


def _about_places(tickets: list[Ticket]) -> dict[str, Any]:
    """Return the facts of letters about places; their visitors get a blind copy."""
    addresses = {ticket.visitor.email for ticket in tickets if ticket.visitor.is_active and ticket.visitor.email}
    return {"places": tickets, "copies_to": sorted(addresses)}


def _seats(tickets: list[Ticket]) -> str:
    return ", ".join(ticket.seat.label for ticket in tickets if ticket.seat)


def what_changed(data: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return the facts about a change as the history stores it: the tickets, and its money, roubles."""
    sums = {name: Decimal(data[name]) for name in ("difference", "returned_online", "returned_at_desk", "kept")}
    return {
        **sums,
        "less": -sums["difference"],
        "returned": sums["returned_online"] + sums["returned_at_desk"],
        "changed": ticket_texts(data["tickets"], zone),
        "of_pass": pass_texts(data.get("of_pass")),
        "new_codes": any(one["before"]["visitor"] != one["after"]["visitor"] for one in data["tickets"]),
    }


def _receipt_email(attempt: PaymentAttempt | None) -> str:
    """Return where the receipt of a payment goes; empty if there is none."""
    return attempt.email if attempt and attempt.receipt_items else ""


def _given_back_by(message: Message) -> dict[str, Any]:
    """Return the facts about money that went back, through the provider or by hand."""
    refund, entry = message.refund, message.entry
    if refund:
        return {"amount": refund.amount, "reason": refund_reason(refund), "online": True}
    assert entry  # noqa: S101 - a letter about money that went back is written with one of the two
    return {"amount": -entry.amount, "reason": entry.reason, "online": False}


def link_of(order: Order, balance: Balance, *, at: datetime) -> str:
    """Return the URL of the payment link, empty while the order cannot be paid by it."""
    link = getattr(order, "link", None)  # an order without one raises AttributeError
    return url_of(link) if link and can_be_paid(order, balance, at=at) else ""


def _headers(context: dict[str, Any]) -> dict[str, str]:
    if url := context.get("reminders_url"):  # one-click unsubscribe in the mail program, RFC 8058
        return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return {}
