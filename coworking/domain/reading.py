"""Reading what was scanned or typed at the door: a ticket's code or number, or the name of a visitor of today."""

import re
from datetime import datetime

from django.db.models import Q

from accounts.people_query import names_in
from coworking.domain import ticket_codes
from coworking.domain.day import today_of
from coworking.domain.visits import NobodyExpected, TicketUnknown, check_code
from coworking.models import BLOCKING, Location, Ticket, VisitSource
from olvery.shared.search import as_latin_keys, has_words

LONGEST_NUMBER = 15
SHOWN = 20
OF_NO_NAME = re.compile(r"[\d_]|[a-zа-яё][A-ZА-ЯЁ]")


def read_ticket(location: Location, text: str) -> tuple[Ticket, VisitSource] | None:
    """Return the ticket of this location for a code or a number, and which of these it was; None for a name.

    A scanner types its code in the current keyboard layout. Codes printed before they were signed are
    also accepted. Raises TicketUnknown, CodeAltered, TicketPassedOn.
    """
    text = text.strip().removeprefix("№").strip()
    if signed := ticket_codes.parse(text):
        return _signed_ticket(location, signed), VisitSource.CODE
    tickets = Ticket.objects.filter(location_id=location.pk)
    is_number = text.isascii() and text.isdecimal()
    by_code = tickets.filter(code__in={text, as_latin_keys(text)}).first()
    if by_code:
        return by_code, VisitSource.CODE
    if not is_number:
        if looks_like_a_code(text):
            raise TicketUnknown
        return None
    by_number = tickets.filter(pk=int(text)).first() if len(text) <= LONGEST_NUMBER else None
    if by_number is None:
        raise TicketUnknown
    return by_number, VisitSource.NUMBER


def expected_by_name(location: Location, text: str, *, at: datetime) -> list[Ticket]:
    """Return tickets of today whose visitor's name begins with the text, next ones first, at most SHOWN.

    Raises NobodyExpected if there are none, TicketUnknown if the text is not a name.
    """
    today = today_of(location, at=at).to_range()
    names = Q()
    for name in names_in(text):
        names |= has_words(name.split())
    if not names:
        raise TicketUnknown
    tickets = Ticket.objects.filter(names, location_id=location.pk, status__in=BLOCKING, period__overlap=today)
    found = list(tickets.select_related("service", "seat", "visitor").order_by("period__startswith", "pk")[:SHOWN])
    if not found:
        raise NobodyExpected
    return found


def _signed_ticket(location: Location, code: ticket_codes.SignedCode) -> Ticket:
    if code.location_id != location.pk:
        raise TicketUnknown
    ticket_codes.check(code, location)
    ticket = Ticket.objects.filter(location_id=location.pk, pk=code.number).first()
    if ticket is None:
        raise TicketUnknown
    check_code(ticket, code.version)
    return ticket


def looks_like_a_code(text: str) -> bool:
    """Whether a text is more likely a ticket code than a name; some names have hyphens."""
    return " " not in text and len(text) > 8 and bool(OF_NO_NAME.search(text))
