"""«Мои бронирования»: the tickets a person comes with."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from coworking.models import Ticket, TicketStatus
from olvery.shared.paging import keyset_page
from orders.domain.queries.cards import order_of_ticket, with_order
from orders.views.my.my_orders import NEWEST, may_pay_own


@require_safe
def booking_list(request: HttpRequest) -> HttpResponse:
    """Show the tickets the person comes with, newest first."""
    user = cast(User, request.user)
    rows = with_order(Ticket.objects.of_visitor(user)).select_related("service__location", "seat")
    page = keyset_page(
        rows, sort=NEWEST, older_than=request.GET.get("after", ""), newer_than=request.GET.get("before", "")
    )
    return render(request, "orders/my/bookings.html", {"page": page})


@require_safe
def booking_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show one own ticket with the code for the door."""
    tickets = Ticket.objects.of_visitor(cast(User, request.user)).select_related("service__location", "seat")
    ticket = tickets.filter(pk=number).first()
    if ticket is None:
        raise Http404
    order = order_of_ticket(ticket)
    context = {
        "ticket": ticket,
        "order": order,
        "zone": ticket.service.location.zone,
        "may_pay": ticket.status == TicketStatus.HELD and may_pay_own(request, order),
    }
    return render(request, "orders/my/booking.html", context)
