"""Changing a booked ticket: a preview of what it comes to, and saving it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.confirming import confirm_refund
from accounts.domain import access_log
from accounts.models import Screen
from coworking.access import StaffRequest, any_staff
from olvery.shared.htmx import go_to
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking.changing import Plan
from orders.domain.booking.wish import Booker
from orders.domain.desk import change_undoing, changing
from orders.models import EventKind, Order
from orders.views.order.change_screen import ChangeScreen, next_of, screen_of
from orders.views.order.order_page import back_to, is_sent, managed_order, show_dialog, show_order, typed
from orders.wording_refusals import refusal_text

# Buttons that ask for another look, not for saving.
LOOKS = ("look", "alternative")


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
@any_staff
def change_ticket(request: StaffRequest, number: int, ticket: int) -> HttpResponse:
    """Show what a change of a ticket comes to, and carry it out when it is sent."""
    order = managed_order(request, number)
    screen = _screen(request, order, ticket)
    saves = is_sent(request) and not any(name in request.POST for name in LOOKS)
    if saves and _save(request, screen):
        _note_choice(request, screen)
        messages.success(request, _("The booking is changed."))
        address = next_of(request.POST)
        return go_to(request, address) if address else back_to(request, order)
    screen.find_people()
    response = show_dialog(request, "change", order, screen.form, screen=screen)
    response.status_code = 422 if saves else 200
    return response


@require_POST
@any_staff
def change_plan(request: StaffRequest, number: int, ticket: int) -> HttpResponse:
    """Show what a change comes to while it is typed."""
    order = managed_order(request, number)
    screen = _screen(request, order, ticket)
    if screen.asks_for_people:
        screen.find_people()
    context = {"order": order, "screen": screen, "form": screen.form, "zone": order.location.zone}
    return render(request, "orders/order/change.html#change-answer", context)


@require_POST
@any_staff
def undo_change(request: StaffRequest, number: int, change: int) -> HttpResponse:
    """Give the tickets the state back that they had before a change."""
    order = managed_order(request, number)
    if not order.events.filter(pk=change, kind=EventKind.CHANGED).exists():
        raise Http404
    if is_sent(request):
        try:
            change_undoing.undo_change(number, change, by=request.user, at=timezone.now())
        except Refusal as refusal:
            return show_order(request, order, refusal=refusal_text(refusal))
        messages.success(request, _("The change is undone."))
    return back_to(request, order)


def _note_choice(request: StaffRequest, screen: ChangeScreen) -> None:
    """Write down who was found and chosen as a visitor."""
    if chosen := screen.form.visitor_id:
        place, at = screen.order.location_id, screen.at
        access_log.record([chosen], by=request.user, location_id=place, screen=Screen.ORDER_FORM, at=at)


def _screen(request: StaffRequest, order: Order, ticket: int) -> ChangeScreen:
    booker = Booker.manager(request.user, order.location)
    return screen_of(order, ticket, booker, typed(request), request.GET, at=timezone.now())


def _save(request: StaffRequest, screen: ChangeScreen) -> bool:
    """Carry the plan out if it is the one that was shown; what is in the way goes to the form."""
    plan = screen.plan
    if plan is None:
        return False
    if screen.is_stale:
        screen.form.take(changing.PlanStale(plan))
        return False
    if not plan.is_ready:
        _take(screen, plan.refusals)
        return False
    confirm_refund(request, plan.money.returned)
    return _carry_out(screen, plan)


def _carry_out(screen: ChangeScreen, plan: Plan) -> bool:
    try:
        changing.carry_out(plan)
    except changing.PlanStale as stale:
        screen.plan = stale.plan
        screen.form.take(stale)
    except Refused as refused:
        _take(screen, refused.refusals)
    except Refusal as refusal:
        _take(screen, [refusal])
    else:
        return True
    return False


def _take(screen: ChangeScreen, refusals: "list[Refusal] | tuple[Refusal, ...]") -> None:
    for refusal in refusals:
        screen.form.take(refusal)
