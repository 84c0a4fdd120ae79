"""A customer moves their booking to another free time."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import PersonRequest
from coworking.domain.free_days import states_of_days
from coworking.domain.opening import calendar_of
from coworking.domain.rules import when_of
from coworking.models import PaymentMethod
from olvery.shared.errors import carries_on
from olvery.shared.forms import as_id
from orders.domain.booking.changing import can_move_own
from orders.domain.booking.wish import Booker
from orders.forms_changes import values_of
from orders.models import Order
from orders.views.month import show_month, shown_days
from orders.views.my.my_orders import own_order
from orders.views.order.change_screen import ChangeScreen, extras_of, ticket_in

# Only these fields are read: no other tariff, person or override, and nothing about money.
OWN_TO_SAY = ("day", "start", "end", "last_day", "units", "seat", "version", "alternative")
LOOKS = ("look", "alternative", "action")  # the last one after a new sign-in


@carries_on
@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Target")
def move(request: PersonRequest, number: int, ticket: int) -> HttpResponse:
    """Show the effect of moving a ticket; carry it out once that was seen."""
    order, now = own_order(request, number), timezone.now()
    screen = _screen(request, order, ticket, at=now)
    if request.method == "GET" and not can_move_own(screen.ticket, order, at=now):
        return redirect("orders:my-order", number)
    is_fragment = request.headers.get("HX-Target") == "move-plan"
    is_sent = request.method == "POST" and not is_fragment and not any(name in request.POST for name in LOOKS)
    if is_sent and (plan := screen.plan) and screen.carry_out_shown(plan):
        messages.success(request, _("The booking is moved."))
        pays = plan.money.difference > 0 and plan.money.due and plan.method == PaymentMethod.ONLINE
        return redirect("orders:my-order-pay" if pays else "orders:my-order", number)
    context = {"order": order, "screen": screen, "form": screen.form, "zone": order.location.zone}
    part = "#move-plan" if is_fragment else ""
    return render(request, f"orders/my/move.html{part}", context, status=422 if is_sent else 200)


@require_POST
def month(request: PersonRequest, number: int, ticket: int) -> HttpResponse:
    """Answer a month to choose another day for a ticket, with the days that are free for it."""
    order, now = own_order(request, number), timezone.now()
    form, calendar = _screen(request, order, ticket, at=now).form, calendar_of(order.location)
    today, seat = calendar.today(now), as_id(form.data.get("seat"))
    states = states_of_days(
        form.ticket.tariff,
        form.when() if form.is_valid() else when_of(form.ticket.tariff, form.ticket.period, calendar.zone),
        shown_days(request.POST, today),
        places=1,
        seat_ids=[seat] if seat else (),
        calendar=calendar,
        at=now,
        without=[form.ticket.number],
    )
    return show_month(request, request.POST, today, states)


def _screen(request: PersonRequest, order: Order, number: int, *, at: datetime) -> ChangeScreen:
    ticket = ticket_in(order, number)
    extras = extras_of(order, ticket)
    values = values_of(ticket, extras, order.location, {})
    for name in OWN_TO_SAY:
        if name in request.POST:
            values[name] = request.POST[name]
    booker = Booker.customer(request.user, order.location)
    return ChangeScreen(order, ticket, booker, values, extras=extras, at=at)
