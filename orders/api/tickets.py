"""Tickets: who comes, and when."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from coworking.models import Ticket
from olvery.shared.periods import FIRST_YEAR, LAST_YEAR, local_days
from orders.api.access import Bearer, token_of
from orders.api.asking import page_of
from orders.api.problems import REFUSALS
from orders.api.shapes import Id, PeriodOut, TicketOut, TicketPage, TicketQuery
from orders.domain.queries.cards import with_order
from orders.domain.queries.lists import TICKET_SORTS
from orders.models import ApiToken, Scope

router = Router(auth=Bearer(Scope.ORDERS_READ), tags=["Tickets"])
BY_NUMBER = TICKET_SORTS[0]


@router.get("/tickets", response={200: TicketPage, **REFUSALS}, summary="Tickets, the newest first")
def tickets(request: HttpRequest, asked: Query[TicketQuery]) -> TicketPage:
    token = token_of(request)
    found = of_location(token)
    if asked.status:
        found = found.filter(status__in=asked.status)
    if asked.day:
        if not FIRST_YEAR <= asked.day.year < LAST_YEAR:
            return TicketPage(items=[], next="")
        found = found.filter(period__overlap=local_days(asked.day, asked.day, token.location.zone))
    page = page_of(found, asked, sort=BY_NUMBER)
    return TicketPage(items=[ticket_out(one) for one in page.rows], next=page.older)


@router.get("/tickets/{number}", response={200: TicketOut, **REFUSALS}, summary="One ticket")
def ticket(request: HttpRequest, number: Id) -> TicketOut:
    return ticket_out(get_object_or_404(of_location(token_of(request)), pk=number))


def of_location(token: ApiToken) -> QuerySet[Ticket]:
    """Return the tickets of the token's location with everything that the API shows."""
    tickets = Ticket.objects.filter(location_id=token.location.pk)
    return with_order(tickets).select_related("service", "tariff", "seat")


def ticket_out(ticket: Any) -> TicketOut:
    """Return a ticket, read with service, tariff, seat and `order_number`, as the API describes it."""
    return TicketOut(
        number=ticket.number,
        order=ticket.order_number,
        service=ticket.service.name,
        tariff=ticket.tariff.name,
        seat=ticket.seat.label if ticket.seat else "",
        visitor=ticket.visitor_name,
        period=PeriodOut.from_orm(ticket.period),
        status=ticket.status,
    )
