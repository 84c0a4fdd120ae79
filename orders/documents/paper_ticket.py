"""Tickets on paper: a page of A4 each, to be shown at the door; always in Russian."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import segno
from django.utils import translation
from django.utils.dateformat import format as format_date

from coworking.domain.cancelling import Policy, policies_of
from coworking.domain.no_shows import wait_of
from coworking.domain.ticket_codes import code_of
from coworking.models import Location, Ticket, TicketStatus
from coworking.wording import policy_text
from olvery.shared.formats import period
from olvery.shared.periods import Period
from olvery.shared.phones import format_phone
from orders.documents.lines import LANGUAGE
from orders.documents.typeset import typeset
from orders.models import Order


def printable(tickets: Iterable[Ticket]) -> list[Ticket]:
    """Return the tickets that admit somebody, now or later."""
    return [ticket for ticket in tickets if ticket.status == TicketStatus.ACTIVE]


def print_tickets(order: Order, tickets: Sequence[Ticket]) -> bytes:
    """Draw tickets of an order: the same tickets give the same bytes. One query.

    Needs the location of the order, and service, tariff and seat of each ticket.
    """
    location = order.location
    for ticket in tickets:
        ticket.service.location = location
    services = [ticket.service for ticket in tickets]
    policies = {policy.service_name: policy for policy in policies_of(services, sold_at=order.created_at)}
    with translation.override(LANGUAGE):
        printed = {
            "title": f"Билет № {tickets[0].number}" if len(tickets) == 1 else f"Билеты заказа № {order.number}",
            "location": location.name,
            "where": ", ".join(filter(None, [location.city, location.address])),
            "directions": location.directions,
            "contacts": _contacts(location),
            "order": str(order.number),
            "tickets": [_printed(ticket, policies[ticket.service.name], location) for ticket in tickets],
        }
    return typeset("paper_ticket.typ", printed, on=location.day_at(order.created_at))


def period_in_full(value: Period, zone: ZoneInfo) -> str:
    """Write a period in full, for paper that is read on any day: «среда, 25 ноября 2026 г., 10:00–12:00»."""
    first, last = value.days(zone)
    if not value.is_whole_days(zone):
        hours = period(value, zone).split(" ", maxsplit=1)[1]
        return f"{_day(first)}, {hours}"
    return f"{_day(first)}, весь день" if first == last else f"{_day(first)} – {_day(last)}"


def _printed(ticket: Ticket, policy: Policy, location: Location) -> dict[str, str]:
    return {
        "number": str(ticket.number),
        "service": ticket.service.name,
        "place": f"Место {ticket.seat.label}" if ticket.seat else "Любое свободное место",
        "visitor": ticket.visitor_name,
        "when": period_in_full(ticket.period, location.zone),
        "entry": _entry(ticket, location),
        "cancelling": _sentence(policy_text(policy.steps)),
        "qr": segno.make(code_of(ticket), error="m", micro=False).svg_inline(border=0),
    }


def _entry(ticket: Ticket, location: Location) -> str:
    if not ticket.tariff.is_hourly:
        return "Вход — в часы работы, в любой день срока."
    minutes, wait = location.entry_minutes, wait_of(ticket.service)
    opens = f"Вход открывается за {minutes} мин. до начала." if minutes else "Вход открывается в час начала."
    if not wait:
        return opens
    return f"{opens} Место ждёт {wait // timedelta(minutes=1)} мин. после начала, потом освобождается."


def _contacts(location: Location) -> str:
    return ", ".join(filter(None, [format_phone(location.phone), location.reply_email]))


def _day(day: date) -> str:
    return f"{format_date(day, 'l, j E Y').lower()} г."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
