"""The strip of tickets taken off the board, drawn from the numbers that the page sends."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, managers_only
from coworking.domain.opening import Calendar, calendar_of
from coworking.models import Ticket, TicketStatus
from olvery.shared.formats import clock, clock_of_end
from olvery.shared.forms import as_id
from olvery.shared.periods import Period, local_day
from orders.domain.queries.calendar import OrderOfTicket, orders_of_tickets
from orders.forms_rearranging import MOST_MOVES
from orders.views.calendar.asked import asked_for
from orders.views.calendar.axis import COLUMNS_OF_A_DAY
from orders.views.calendar.changing import is_movable
from orders.views.calendar.words import state_words, visitor_words


@dataclass(frozen=True, slots=True)
class Parked:
    """A ticket of the strip. `seen` is the version that the page has shown, empty for one new to the strip."""

    ticket: Ticket
    order: OrderOfTicket | None
    seen: str
    calendar: Calendar

    @property
    def version(self) -> str:
        """A fingerprint of its place and time."""
        ticket = self.ticket
        facts = (ticket.period, ticket.service_id, ticket.tariff_id, ticket.seat_id, ticket.status, ticket.visitor_id)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]

    @property
    def is_movable(self) -> bool:
        """Whether it can still be moved."""
        return is_movable(self.ticket.status, self.order)

    @property
    def is_changed(self) -> bool:
        """Whether somebody has changed it since it was taken off."""
        return self.seen not in ("", self.version)

    @property
    def days(self) -> tuple[date, date]:
        """Its first and its last day."""
        return self.ticket.period.days(self.calendar.zone)

    @property
    def has_hours(self) -> bool:
        """Whether it is moved to hours of a day rather than to days."""
        first, last = self.days
        return first == last and not self.ticket.period.is_whole_days(self.calendar.zone)

    @property
    def hours(self) -> str:
        """Its hours as the board writes them."""
        period, zone = self.ticket.period, self.calendar.zone
        return f"{clock(period.start, zone)} {clock_of_end(period, zone)}"

    @property
    def in_a_week(self) -> str:
        """Its first column and number of columns on the board of a week."""
        first, last = self.days
        if not self.has_hours:
            return f"0 {COLUMNS_OF_A_DAY * ((last - first).days + 1)}"
        period = self.ticket.period
        opened = self.calendar.open_period(first) or local_day(first, self.calendar.zone)
        day = Period(min(opened.start, period.start), max(opened.end, period.end))
        start, end = (
            round(COLUMNS_OF_A_DAY * ((moment - day.start) / (day.end - day.start)))
            for moment in (period.start, period.end)
        )
        start = min(start, COLUMNS_OF_A_DAY - 1)
        return f"{start} {max(end - start, 1)}"

    @property
    def name(self) -> str:
        return visitor_words(self.ticket.visitor_name)

    @property
    def state(self) -> str:
        is_unpaid = self.order is not None and self.order.is_unpaid
        return state_words(TicketStatus(self.ticket.status), is_here=False, is_unpaid=is_unpaid)


@never_cache
@require_safe
@managers_only
def strip(request: StaffRequest) -> HttpResponse:
    """Show the tickets in `?parked=` as they are now, each with the version that the page has seen."""
    at = timezone.now()
    asked = asked_for(request.GET, request.location.day_at(at))
    seen = _seen(request.GET.getlist("parked"))
    tickets = Ticket.objects.filter(location=request.location).select_related("seat", "service").in_bulk(list(seen))
    if tickets.keys() != seen.keys():
        raise Http404
    parked = _parked(tickets.values(), seen, calendar_of(request.location))
    context = {"parked": list(parked), "asked": asked, "zone": request.location.zone}
    return render(request, "orders/calendar/strip_tickets.html", context)


def _parked(tickets: Iterable[Ticket], seen: dict[int, str], calendar: Calendar) -> Iterator[Parked]:
    orders = orders_of_tickets(seen)
    there = {ticket.pk: ticket for ticket in tickets}
    for number, version in seen.items():
        yield Parked(there[number], orders.get(number), version, calendar)


def _seen(sent: Iterable[str]) -> dict[int, str]:
    """Parse «20001.1f2e3d4c» or «20001». Raises Http404 for malformed or too many tickets."""
    pairs = [text.partition(".") for text in sent]
    seen = {as_id(number): version for number, _dot, version in pairs}
    if None in seen or not 0 < len(seen) <= MOST_MOVES:
        raise Http404
    return {number: version for number, version in seen.items() if number is not None}
