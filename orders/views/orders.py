"""«Обращения и заявки»: the list of orders, an order's page, cancelling."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import StaffRequest, any_staff
from coworking.models import PaymentMethod
from olvery.shared.money import format_money
from olvery.shared.paging import Sort
from olvery.shared.reading import consistent_snapshot
from olvery.shared.refusals import Refusal
from orders.domain.queries import orders_of
from orders.domain.returns import cancel_order, terms_of
from orders.forms_money import CancelForm
from orders.models import OrderStatus, PaymentStatus
from orders.views.filters import order_filter
from orders.views.lists import list_context
from orders.views.order_page import (
    back_to,
    connected_gateway,
    find_order,
    is_sent,
    managed_order,
    may_become,
    show_dialog,
    show_order,
    typed,
)

SORTS = (
    Sort("number", "pk", descending=True),
    Sort("period", "period__startswith", descending=True, is_moment=True),
    Sort("customer", "customer_name"),
)


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@any_staff
def order_list(request: StaffRequest) -> HttpResponse:
    """Show the orders of the location, newest first."""
    zone = request.location.zone
    wanted = order_filter(request.GET, timezone.now().astimezone(zone).date())
    rows = orders_of(request.access, request.location.pk, wanted, zone)
    context = {
        **list_context(request.GET, rows, SORTS, request.location),
        "wanted": wanted,
        "statuses": OrderStatus,
        "methods": PaymentMethod,
        "payment_statuses": PaymentStatus,
    }
    part = "#orders" if request.headers.get("HX-Target") == "orders" else ""
    return render(request, f"orders/list.html{part}", context)


@require_safe
@any_staff
def order_detail(request: StaffRequest, number: int) -> HttpResponse:
    """Show an order with its tickets, money, messages and history, and what to do next."""
    with consistent_snapshot():
        return show_order(request, find_order(request, number))


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
@any_staff
def order_cancel(request: StaffRequest, number: int) -> HttpResponse:
    """Ask for the reason and what goes back, then cancel the order and free its places."""
    order, now = managed_order(request, number), timezone.now()
    if not may_become(order, OrderStatus.CANCELLED) and request.method == "GET":
        return back_to(request, order)
    terms = terms_of(order, at=now)
    form = CancelForm(typed(request), paid=terms.paid, initial={"amount": terms.by_policy})
    if is_sent(request) and form.is_valid():
        reason, returned = form.cleaned_data["reason"], form.cleaned_data.get("amount")
        try:
            cancel_order(number, by=request.user, reason=reason, at=now, gateway=connected_gateway(), returned=returned)
        except Refusal as refusal:
            form.take(refusal)
        else:
            messages.success(request, _cancelled(returned))
            return back_to(request, order)
    return show_dialog(request, "cancel", order, form, terms=terms, is_before=order.time.start > now)


def _cancelled(returned: Decimal | None) -> str:
    if not returned:
        return _("The order is cancelled.")
    return _("The order is cancelled, %(sum)s goes back.") % {"sum": format_money(returned)}


@any_staff
def manage_home(request: StaffRequest) -> HttpResponse:
    """Open the management interface at the list of orders."""
    return redirect("orders:list")
