"""Changing booked tickets and adding others: a preview, and saving it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.confirming import confirm_refund
from accounts.models import Screen
from coworking.access import StaffRequest, any_staff
from olvery.shared.htmx import dialog, go_to
from orders.domain.booking.wish import Booker
from orders.domain.desk import change_undoing, changing
from orders.letters.compose import change_letter
from orders.models import EventKind, Order
from orders.views.order.add_screen import AddScreen, NothingOnSale
from orders.views.order.change_screen import ChangeScreen, next_of, screen_of
from orders.views.order.order_page import back_to, is_sent, managed_order, press, show_dialog, show_order, typed
from orders.views.order.plan_screen import TicketScreen
from orders.views.seen import note_seen

# Buttons that refresh the preview instead of saving.
LOOKS = ("look", "alternative")


@dialog
@any_staff
def change_ticket(request: StaffRequest, number: int, ticket: int) -> HttpResponse:
    """Show the effect of changing a ticket, and carry it out when the form is sent."""
    order = managed_order(request, number)
    screen = _change_screen(request, order, ticket)
    if _is_saved(request, screen):
        messages.success(request, _("The booking is changed."))
        address = next_of(request.POST)
        return go_to(request, address) if address else back_to(request, order)
    return _show(request, "change", screen)


@require_POST
@any_staff
def change_plan(request: StaffRequest, number: int, ticket: int) -> HttpResponse:
    """Show the effect of a change while it is typed."""
    order = managed_order(request, number)
    return _show_plan(request, "change", _change_screen(request, order, ticket))


@dialog
@any_staff
def add_tickets(request: StaffRequest, number: int) -> HttpResponse:
    """Show the effect of adding tickets, and add them when the form is sent."""
    order = _with_tickets(request, number)
    try:
        screen = _add_screen(request, order)
    except NothingOnSale:
        return show_order(request, order, refusal=_("Nothing is on sale here: set up a tariff first."))
    if _is_saved(request, screen):
        messages.success(request, _("The tickets are added."))
        return back_to(request, order)
    return _show(request, "add", screen)


@require_POST
@any_staff
def add_plan(request: StaffRequest, number: int) -> HttpResponse:
    """Show the effect of adding tickets while they are typed."""
    order = _with_tickets(request, number)
    try:
        screen = _add_screen(request, order)
    except NothingOnSale as nothing:
        raise Http404 from nothing
    return _show_plan(request, "add", screen)


@require_POST
@any_staff
def undo_change(request: StaffRequest, number: int, change: int) -> HttpResponse:
    """Give the tickets the state back that they had before a change."""

    def undo(order: Order) -> str:
        get_object_or_404(order.events, pk=change, kind=EventKind.CHANGED)
        change_undoing.undo_change(number, change, by=request.user, at=timezone.now())
        return _("The change is undone.")

    return press(request, number, undo)


def _with_tickets(request: StaffRequest, number: int) -> Order:
    """Return an order that the person may change. Raises Http404 for the sale of a pass, which has no tickets."""
    order = managed_order(request, number)
    if order.sells_pass:
        raise Http404
    return order


def _change_screen(request: StaffRequest, order: Order, ticket: int) -> ChangeScreen:
    booker = Booker.manager(request.user, order.location)
    return screen_of(order, ticket, booker, typed(request), request.GET, at=timezone.now())


def _add_screen(request: StaffRequest, order: Order) -> AddScreen:
    return AddScreen(order, Booker.manager(request.user, order.location), typed(request), at=timezone.now())


def _saves(request: StaffRequest) -> bool:
    return is_sent(request) and not any(name in request.POST for name in LOOKS)


def _show(request: StaffRequest, name: str, screen: TicketScreen) -> HttpResponse:
    """Show the dialog, with what was in the way of saving."""
    screen.find_people()
    response = show_dialog(request, name, screen.order, screen.form, screen=screen, text=_letter(screen))
    response.status_code = 422 if _saves(request) else 200
    return response


def _show_plan(request: StaffRequest, name: str, screen: TicketScreen) -> HttpResponse:
    if screen.asks_for_people:
        screen.find_people()
    # A refresh while somebody types must not take the focus.
    screen.form.fields["day"].widget.attrs.pop("autofocus", None)
    context = {
        "plan_html": f"orders/order/{name}_plan.html",
        "order": screen.order,
        "screen": screen,
        "form": screen.form,
        "zone": screen.order.location.zone,
        "text": _letter(screen),
    }
    return render(request, "orders/order/plan_answer.html", context)


def _letter(screen: TicketScreen) -> object:
    return change_letter(screen.plan) if screen.plan else None


def _is_saved(request: StaffRequest, screen: TicketScreen) -> bool:
    """Carry the plan out if it was sent and is the one that was shown; refusals go to the form."""
    plan = screen.plan
    if not _saves(request) or plan is None:
        return False
    if screen.is_stale:
        screen.take([changing.PlanStale(plan)])
    elif not plan.is_ready:
        screen.take(plan.refusals)
    else:
        confirm_refund(request, plan.money.returned)
        if screen.carry_out(plan):
            _note_choice(request, screen)
            return True
    return False


def _note_choice(request: StaffRequest, screen: TicketScreen) -> None:
    """Log who was found and chosen as a visitor."""
    if chosen := screen.form.visitor_id:
        note_seen(request, [chosen], Screen.ORDER_FORM, location_id=screen.order.location_id)
