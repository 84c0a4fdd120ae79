"""«Мои бронирования»: the tickets a person comes with."""

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from coworking.models import Ticket, TicketStatus
from olvery.shared.paging import page_asked
from orders.documents.paper_ticket import print_tickets, printable
from orders.domain.desk.handing_over import passed_on
from orders.domain.queries.cards import order_of_ticket, with_order
from orders.models import OrderLine
from orders.views.files import pdf
from orders.views.my.my_orders import NEWEST, may_pay_own


@require_safe
def booking_list(request: PersonRequest) -> HttpResponse:
    """Show the tickets the person comes with, newest first."""
    rows = with_order(Ticket.objects.of_visitor(request.user)).select_related("service__location", "seat")
    return render(request, "orders/my/bookings.html", {"page": page_asked(request.GET, rows, sort=NEWEST)})


@require_safe
def booking_detail(request: PersonRequest, number: int) -> HttpResponse:
    """Show one of the person's tickets with the code for the door."""
    tickets = Ticket.objects.of_visitor(request.user).select_related("service__location", "seat")
    ticket = get_object_or_404(tickets, pk=number)
    order = order_of_ticket(ticket)
    is_own = ticket.status == TicketStatus.HELD and order.customer_id == request.user.pk
    context = {
        "ticket": ticket,
        "order": order,
        "zone": ticket.service.location.zone,
        "may_pay": is_own and may_pay_own(request, order),
        "in_review": is_own and order.attempts.in_review().exists(),
    }
    return render(request, "orders/my/booking.html", context)


@require_safe
def booking_print(request: PersonRequest, number: int) -> HttpResponse:
    """Return a ticket as PDF to its visitor or customer."""
    user = request.user
    ordered = OrderLine.objects.filter(order__customer=user, ticket=number).values("ticket")
    found = Ticket.objects.filter(Q(visitor=user) | Q(pk__in=ordered), pk=number)
    tickets = printable(found.select_related("service", "tariff", "seat"))
    if not tickets or (tickets[0].visitor_id != user.pk and passed_on(tickets)):
        raise Http404
    return pdf(print_tickets(order_of_ticket(tickets[0]), tickets), name=f"ticket-{number}")
