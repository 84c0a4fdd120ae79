"""«Коворкинг › Билеты»: the list of tickets and a ticket's card.

The list shows the order of each ticket, so it belongs to the upper of the two apps.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import ListName, Screen
from coworking.access import StaffRequest, managers_only
from coworking.domain import no_shows, visits
from coworking.domain.opening import calendar_of
from coworking.models import Ticket, TicketStatus
from olvery.shared.forms import as_id
from olvery.shared.replica_pages import reads_replica
from orders.documents.paper_ticket import print_tickets, printable
from orders.domain.booking.changing import can_change
from orders.domain.queries.cards import order_of_ticket, ticket_at
from orders.models import Order
from orders.views.files import pdf
from orders.views.lists.list_context import list_context
from orders.views.lists.rows import TicketRows
from orders.views.lists.saved_filters import arranged_context, list_url
from orders.views.seen import note_seen


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@managers_only
@reads_replica
def ticket_list(request: StaffRequest) -> HttpResponse:
    """Show the tickets of the location, newest first, with the card of the one named in `?ticket=`."""
    arranged = arranged_context(request, ListName.TICKETS)
    if arranged["default"] and not request.GET:
        return redirect(list_url(ListName.TICKETS, arranged["default"].query))
    found = list_context(request, ListName.TICKETS)
    chosen = as_id(request.GET.get("ticket"))
    rows = TicketRows(
        zone=request.location.zone,
        hidden=arranged["hidden"],
        ticket_url=_url_of_tickets(request.GET),
        orders_url=reverse("orders:list"),
        chosen=chosen,
    )
    context = {
        **found,
        **arranged,
        "rows": rows.html(found["page"].rows),
        "customer_name": _name_of(found["wanted"].customer, found["page"].rows),
    }
    if request.headers.get("HX-Target") == "tickets":
        return render(request, "orders/lists/tickets.html#tickets", {**context, "is_fragment": True})
    if chosen:
        context.update(card_of(request, chosen))
    return render(request, "orders/lists/tickets.html", context)


def _name_of(customer: int | None, tickets: Sequence[Ticket]) -> str:
    """Return the name of a customer, read from the newest of their own tickets."""
    return next((ticket.visitor_name for ticket in tickets if ticket.visitor_id == customer), "")


def _url_of_tickets(query: QueryDict) -> str:
    """Return the query string of the page up to the number of a ticket, for the links of many rows."""
    kept = query.copy()
    kept.pop("ticket", None)
    return f"?{kept.urlencode()}&ticket=" if kept else "?ticket="


@require_safe
@vary_on_headers("HX-Request")
@managers_only
def ticket_card(request: StaffRequest, number: int) -> HttpResponse:
    """Show a ticket: next to the list for htmx, otherwise as a page of its own."""
    context = card_of(request, number)
    name = "orders/lists/ticket.html#card" if request.headers.get("HX-Request") else "orders/lists/ticket.html"
    return render(request, name, context)


@require_safe
@managers_only
def print_ticket(request: StaffRequest, number: int) -> HttpResponse:
    """Show a ticket as PDF, to give to its visitor."""
    found = Ticket.objects.at_locations(request.access.managed_ids).filter(pk=number)
    tickets = printable(found.select_related("service", "tariff", "seat"))
    if not tickets:
        raise Http404
    order = order_of_ticket(tickets[0])
    note_seen(request, [tickets[0].visitor_id], Screen.TICKET, number=number, location_id=order.location_id)
    return pdf(print_tickets(order, tickets), name=f"ticket-{number}")


def managed_ticket(request: StaffRequest, number: int) -> Ticket:
    """Return a ticket of a location where the person is a manager. Raises Http404."""
    try:
        return ticket_at(request.access.managed_ids, number)
    except Ticket.DoesNotExist as error:
        raise Http404 from error


def card_of(request: StaffRequest, number: int) -> dict[str, object]:
    """Return the context of a ticket's card, and log who has seen whose contacts. Raises Http404."""
    ticket = managed_ticket(request, number)
    order, now = order_of_ticket(ticket), timezone.now()
    people = (ticket.visitor_id, order.customer_id)
    note_seen(request, people, Screen.TICKET, number=number, location_id=order.location_id)
    return {
        "ticket": ticket,
        "order": order,
        "ticket_zone": order.location.zone,
        "token": uuid.uuid4(),
        "may_change": can_change(ticket, order, at=now),
        **_visits(ticket, order, at=now),
    }


def _visits(ticket: Ticket, order: Order, *, at: datetime) -> dict[str, object]:
    """Return the last visits of a ticket, and the actions of its card."""
    found = visits.latest_visits(ticket)
    inside = next((visit for visit in found if visit.is_open and visits.ends_at(visit, ticket) > at), None)
    came = any(visit.undone_at is None for visit in found)
    is_valid = ticket.status == TicketStatus.ACTIVE and visits.opens_at(ticket) <= at < ticket.period.end
    return {
        "visits": found,
        "inside": inside,
        "may_come": is_valid and not inside,
        "may_release": not came and visits.may_release(ticket, at=at),
        "releases_at": None if came else _releases_at(ticket, order, at=at),
    }


def _releases_at(ticket: Ticket, order: Order, *, at: datetime) -> datetime | None:
    """Return when the clock will release the place, once its visitor may come."""
    if ticket.service.release_minutes is None or not order.email or at < visits.opens_at(ticket):
        return None
    return no_shows.releases_at(ticket, no_shows.lateness_of(ticket), calendar_of(order.location), at=at)
