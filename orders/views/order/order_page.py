"""An order's page and the dialogs over it: finding the order, checking access, showing results."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Role, Screen
from coworking.access import StaffRequest, any_staff
from coworking.domain.visits import read_visits
from olvery.shared.addresses import own_address
from olvery.shared.errors import is_carried_on
from olvery.shared.htmx import go_to, render_dialog
from olvery.shared.reading import consistent_snapshot
from olvery.shared.refusals import Refusal
from orders.documents.issued import purpose_of
from orders.domain.booking.changing import CHANGEABLE, UNDO_FOR, can_change
from orders.domain.booking.transitions import TRANSITIONS
from orders.domain.desk import change_undoing
from orders.domain.queries.cards import accepted_terms, order_at, tickets_in, version_at, version_of
from orders.domain.queries.order_money import money_of
from orders.domain.queries.passes import pass_sold_by, pass_used_by
from orders.models import Order, OrderStatus
from orders.views.seen import note_seen
from orders.wording_refusals import refusal_text


def find_order(request: StaffRequest, number: int) -> Order:
    """Return an order that the person may see. Raises Http404."""
    try:
        return order_at(request.access.location_ids, number)
    except Order.DoesNotExist as error:
        raise Http404 from error


def managed_order(request: StaffRequest, number: int) -> Order:
    """Return an order that the person may change. Raises Http404, PermissionDenied."""
    order = find_order(request, number)
    if not request.access.holds(Role.RENTAL_MANAGER, order.location_id):
        raise PermissionDenied(Role.RENTAL_MANAGER.label)
    return order


def may_become(order: Order, status: OrderStatus) -> bool:
    """Whether the order can be moved to this status."""
    return status in TRANSITIONS[order.status]


def is_sent(request: StaffRequest) -> bool:
    """Whether the submitted form should be carried out now.

    With an action the form was resumed after a new sign-in: ask again before doing anything.
    """
    return request.method == "POST" and not is_carried_on(request)


def typed(request: StaffRequest) -> QueryDict | None:
    """Return what was typed into a form, None when it is only opened."""
    return request.POST if request.method == "POST" else None


def back_to(request: StaffRequest, order: Order) -> HttpResponse:
    """Redirect to the order's page, or to the page that its dialog was opened from."""
    return go_to(request, _back_url(request, order))


def _back_url(request: StaffRequest, order: Order) -> str:
    asked = request.GET.get("back", "")
    return own_address(asked, under="/manage/", otherwise=reverse("orders:detail", args=[order.number]))


def show_order(request: StaffRequest, order: Order, *, refusal: str = "") -> HttpResponse:
    """Show an order with its tickets, money, messages and history, and why something could not be done."""
    is_manager = request.access.holds(Role.RENTAL_MANAGER, order.location_id)
    now = timezone.now()
    money, tickets = money_of(order, at=now), tickets_in(order)
    undoable = change_undoing.undoable(order, at=now) if is_manager else None
    read_visits(tickets)
    context = {
        "order": order,
        "money": money,
        "purpose": purpose_of(money.invoices[0]) if money.invoices and money.takes_money else "",
        "is_manager": is_manager,
        "tickets": tickets,
        "sold_pass": pass_sold_by(order),
        "used_pass": pass_used_by(order),
        "accepted": accepted_terms(order),
        "zone": order.location.zone,
        "created": request.GET.get("created"),
        "can_cancel": is_manager and may_become(order, OrderStatus.CANCELLED),
        "can_reactivate": is_manager and may_become(order, OrderStatus.AWAITING_PAYMENT),
        "takes_tickets": is_manager and not order.sells_pass and order.status in CHANGEABLE,
        "changeable": [one for one in tickets if is_manager and can_change(one, order, at=now)],
        "undoable": undoable,
        "undo_until": undoable.at + UNDO_FOR if undoable else None,
        "refusal": refusal,
        "version": version_of(order),
    }
    return render(request, "orders/order/page.html", context, status=422 if refusal else 200)


def press(request: StaffRequest, number: int, act: Callable[[Order], str]) -> HttpResponse:
    """Do one thing with an order and tell what came of it, or show the order with what is in the way."""
    order = managed_order(request, number)
    if is_sent(request):
        try:
            messages.success(request, act(order))
        except Refusal as refusal:
            return show_order(request, order, refusal=refusal_text(refusal))
    return back_to(request, order)


def show_dialog(
    request: StaffRequest, name: str, order: Order, form: forms.Form | None = None, **context: Any
) -> HttpResponse:
    """Show a dialog over the page, or as a page of its own."""
    # Other parameters of the URL have prefilled the form, and may have been overwritten since.
    kept = f"?{urlencode({'back': request.GET['back']})}" if "back" in request.GET else ""
    context = {"order": order, "zone": order.location.zone, "form": form, "form_url": request.path + kept, **context}
    return render_dialog(request, f"orders/order/{name}.html", context, back=_back_url(request, order))


@require_safe
@any_staff
def order_detail(request: StaffRequest, number: int) -> HttpResponse:
    """Show an order with its tickets, money, messages and history, and what to do next."""
    with consistent_snapshot():
        order = find_order(request, number)
        page = show_order(request, order)
    people = (order.customer_id, *(ticket.visitor_id for ticket in tickets_in(order)))
    note_seen(request, people, Screen.ORDER, number=number, location_id=order.location_id)
    return page


@never_cache
@require_safe
@any_staff
def order_version(request: StaffRequest, number: int) -> HttpResponse:
    """Answer 204 while an order is unchanged since a page has shown it, else 200."""
    try:
        version = version_at(request.access.location_ids, number)
    except Order.DoesNotExist as error:
        raise Http404 from error
    return HttpResponse(status=204 if request.GET.get("seen") == str(version) else 200)
