"""«Мой кабинет»: a person's own orders, bookings and passes."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from coworking.domain.visits import read_visits
from coworking.models import PaymentMethod, Service, Ticket, TicketStatus
from olvery.shared.forms import as_id
from olvery.shared.paging import Sort, page_asked
from orders.documents.act import print_act
from orders.documents.issued import print_invoice
from orders.documents.paper_ticket import print_tickets, printable
from orders.documents.ticket import calendar_file
from orders.domain.booking.changing import can_move_own, offers_cancelling
from orders.domain.booking.payment_terms import methods_of
from orders.domain.desk.cancelling import can_cancel_own
from orders.domain.desk.change_undoing import refund_waits_until
from orders.domain.desk.handing_over import is_open, passed_on
from orders.domain.money.balance import Balance, balance_of, balances_of
from orders.domain.money.credit import comes_on_bill, waits_for_bill
from orders.domain.online.links import can_be_paid, ensure_link
from orders.domain.queries.cards import (
    accepted_terms,
    my_orders,
    order_card,
    order_of_ticket,
    ticket_lines_of,
    tickets_in,
    with_order,
)
from orders.domain.queries.order_money import act_of
from orders.domain.queries.passes import own_passes, pass_sold_by
from orders.domain.queries.statements import administered_by
from orders.models import Order, OrderLine, Refund
from orders.views.files import CALENDAR, attachment, pdf
from orders.views.form.again import order_again
from orders.views.services.chosen import as_address

NEWEST = Sort("number", "pk", descending=True)
VIEWS = ("upcoming", "past", "all")


@require_safe
def order_list(request: PersonRequest) -> HttpResponse:
    """Show the orders where the person is the customer, whoever made them."""
    user, now = request.user, timezone.now()
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "upcoming"
    page = page_asked(request.GET, my_orders(user, view=view, at=now), sort=NEWEST, size=20)
    balances, lines_of = balances_of(page.rows), ticket_lines_of(page.rows)
    for order in page.rows:
        balance, lines = balances[order.pk], lines_of[order.pk]
        seats = {line.ticket_id: line.ticket.seat for line in lines if line.ticket and line.ticket.seat}
        order.seat_labels = ", ".join(seat.label for seat in seats.values())  # type: ignore[attr-defined]
        order.next_ticket = _next_of(lines, at=now)  # type: ignore[attr-defined]
        order.balance = balance  # type: ignore[attr-defined]
        order.may_pay = _may_pay(order, lines, balance, at=now)  # type: ignore[attr-defined]
    context = {"page": page, "view": view, "companies": administered_by(user), "now": now}
    return render(request, "orders/my/orders.html", context)


@require_safe
def order_detail(request: PersonRequest, number: int) -> HttpResponse:
    """Show one of the person's orders with its tickets, its price and its payments."""
    order, now = own_order(request, number), timezone.now()
    balance, tickets = balance_of(order), tickets_in(order)
    read_visits(tickets)
    others = passed_on(tickets)
    context = {
        "order": order,
        "balance": balance,
        "tickets": tickets,
        "sold_pass": pass_sold_by(order),
        "movable": [ticket.number for ticket in tickets if can_move_own(ticket, order, at=now)],
        "handable": [one.number for one in tickets if is_open(one, at=now) and not one.visits_counted],  # type: ignore[attr-defined]
        "passed_on": others,
        "printable_count": len(printable(one for one in tickets if one.number not in others)),
        "zone": order.location.zone,
        "may_pay": _may_pay(order, order.lines.all(), balance, at=now),
        "may_cancel": can_cancel_own(order, at=now),
        "offers_cancelling": offers_cancelling(order, tickets, at=now),
        "refunds": Refund.objects.standing().filter(attempt__order=order).order_by("pk"),
        "refunded_after": refund_waits_until(order, balance, at=now),
        "invoices": order.invoices.order_by("number"),
        "is_on_account": comes_on_bill(order) or waits_for_bill(order),
        "act": act_of(order),
        "accepted": accepted_terms(order),
    }
    return render(request, "orders/my/order.html", context)


@require_safe
def order_pay(request: PersonRequest, number: int) -> HttpResponse:
    """Redirect to the payment page of one's order; its link is created on first use."""
    order, now = own_order(request, number), timezone.now()
    if not _may_pay(order, order.lines.all(), balance_of(order), at=now):
        return redirect("orders:my-order", number)
    return redirect("orders:pay", ensure_link(order, at=now).token)


@require_safe
def order_invoice(request: PersonRequest, number: int, invoice: int) -> HttpResponse:
    """Return an invoice for one's order as PDF."""
    order = own_order(request, number)
    issued = get_object_or_404(order.invoices, pk=invoice)
    issued.order = order
    return pdf(print_invoice(issued), name=f"invoice-{issued.number}")


@require_safe
def order_act(request: PersonRequest, number: int) -> HttpResponse:
    """Return the act of one's order as PDF."""
    issued = act_of(own_order(request, number))
    if issued is None:
        raise Http404
    return pdf(print_act(issued), name=f"act-{issued.number}")


@require_safe
def order_print(request: PersonRequest, number: int) -> HttpResponse:
    """Return the tickets of one's order as one PDF, a page each, without those that were passed on."""
    order = own_order(request, number)
    tickets = printable(tickets_in(order))
    others = passed_on(tickets)
    tickets = [ticket for ticket in tickets if ticket.number not in others]
    if not tickets:
        raise Http404
    return pdf(print_tickets(order, tickets), name=f"order-{order.number}-tickets")


@require_safe
def order_calendar(request: PersonRequest, number: int) -> HttpResponse:
    """Return the tickets of one's order as a calendar file."""
    order = own_order(request, number)
    file = calendar_file(order, tickets_in(order), at=timezone.now())
    return attachment(file, name=f"order-{order.number}.ics", content_type=CALENDAR)


@require_safe
def repeat(request: PersonRequest, number: int) -> HttpResponse:
    """Redirect to the service of an earlier order with the same choices, on the next free day."""
    order = own_order(request, number)
    again = order_again(order, order.location, timezone.now())
    service = as_id(again.values.get("service")) or 0
    if not Service.objects.filter(pk=service, is_active=True, location__is_active=True).exists():
        messages.info(request, _("What you booked then is not on sale any more. Here is what there is."))
        return redirect("orders:services")
    if again.lost:
        messages.info(request, _("Not on sale any more: %(names)s.") % {"names": ", ".join(again.lost)})
    if again.values["parts"] != "1":
        messages.info(request, _("One service is booked at a time: this is the first of that order."))
    return redirect(f"{reverse('orders:service', args=[service])}?{as_address(again.values)}")


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
    own = None
    if ticket.status == TicketStatus.HELD and order.customer_id == request.user.pk:
        own = own_order(request, order.number)
    context = {
        "ticket": ticket,
        "order": order,
        "zone": ticket.service.location.zone,
        "may_pay": own and _may_pay(own, own.lines.all(), balance_of(own), at=timezone.now()),
        "in_review": own and own.attempts.in_review().exists(),
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


@require_safe
def pass_list(request: PersonRequest) -> HttpResponse:
    """Show the passes of the person."""
    return render(request, "orders/my/passes.html", {"passes": own_passes(request.user)})


def _may_pay(order: Order, lines: Iterable[OrderLine], balance: Balance, *, at: datetime) -> bool:
    """Whether the sum due on one's order can be paid online now."""
    services = [order.service] if order.sells_pass else [line.ticket.service for line in lines if line.ticket]
    offered = {order.payment_method, *(offer.method for offer in methods_of(services))}
    is_offered = bool(settings.YOOKASSA_SHOP_ID) and PaymentMethod.ONLINE in offered
    return is_offered and can_be_paid(order, balance, at=at)


def _next_of(lines: Iterable[OrderLine], *, at: datetime) -> Ticket | None:
    """Return the ticket for the next visit."""
    tickets = [line.ticket for line in lines if line.ticket]
    ahead = [one for one in tickets if one.status == TicketStatus.ACTIVE and one.period.end > at]
    return min(ahead, key=lambda ticket: (ticket.period, ticket.pk), default=None)


def own_order(request: PersonRequest, number: int) -> Order:
    """Return one of the person's orders. Raises Http404."""
    try:
        return order_card(Order.objects.of_customer(request.user), number)
    except Order.DoesNotExist as error:
        raise Http404 from error
