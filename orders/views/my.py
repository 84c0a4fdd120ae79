"""«Мой кабинет»: a person's own orders and bookings."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from coworking.models import Ticket
from olvery.shared.paging import Sort, keyset_page
from orders.domain.letters import calendar_file
from orders.domain.queries import my_orders, order_card, order_of_ticket, tickets_in, with_order
from orders.models import Order

NEWEST = Sort("number", "pk", descending=True)
VIEWS = ("upcoming", "past", "all")


@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    """Show the orders where the person is the customer, whoever made them."""
    user = cast(User, request.user)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "upcoming"
    rows = my_orders(user, view=view, at=timezone.now())
    page = keyset_page(
        rows, sort=NEWEST, older_than=request.GET.get("after", ""), newer_than=request.GET.get("before", ""), size=20
    )
    for order in page.rows:
        order.seat_labels = ", ".join(line.ticket.seat.label for line in order.ticket_lines if line.ticket.seat)  # type: ignore[attr-defined]
    return render(request, "orders/my_orders.html", {"page": page, "view": view})


@require_safe
def order_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show one own order with its tickets and price."""
    order = _order(request, number)
    context = {"order": order, "tickets": tickets_in(order), "zone": order.location.zone}
    return render(request, "orders/my_order.html", context)


@require_safe
def order_calendar(request: HttpRequest, number: int) -> HttpResponse:
    """Give the tickets of an own order as a calendar file."""
    order = _order(request, number)
    response = HttpResponse(calendar_file(order, tickets_in(order)), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="order-{order.number}.ics"'
    return response


@require_safe
def booking_list(request: HttpRequest) -> HttpResponse:
    """Show the tickets the person comes with, newest first."""
    user = cast(User, request.user)
    rows = with_order(Ticket.objects.of_visitor(user)).select_related("service__location", "seat")
    page = keyset_page(
        rows, sort=NEWEST, older_than=request.GET.get("after", ""), newer_than=request.GET.get("before", "")
    )
    return render(request, "orders/my_bookings.html", {"page": page})


@require_safe
def booking_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show one own ticket with the code for the door."""
    tickets = Ticket.objects.of_visitor(cast(User, request.user)).select_related("service__location", "seat")
    ticket = tickets.filter(pk=number).first()
    if ticket is None:
        raise Http404
    context = {"ticket": ticket, "order": order_of_ticket(ticket), "zone": ticket.service.location.zone}
    return render(request, "orders/my_booking.html", context)


def _order(request: HttpRequest, number: int) -> Order:
    try:
        return order_card(Order.objects.of_customer(cast(User, request.user)), number)
    except Order.DoesNotExist as error:
        raise Http404 from error
