"""«Обращения и заявки»: the list of orders, an order's page, cancelling."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import StaffRequest, any_staff
from accounts.models import Role
from coworking.models import PaymentMethod
from olvery.shared.htmx import go_to
from olvery.shared.paging import Sort
from olvery.shared.refusals import Refusal
from orders.domain.moves import MOVES
from orders.domain.queries import order_card, orders_of, tickets_in
from orders.domain.returns import cancel_order
from orders.models import Order, OrderStatus
from orders.views.filters import order_filter
from orders.views.lists import list_context

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
    }
    part = "#orders" if request.headers.get("HX-Target") == "orders" else ""
    return render(request, f"orders/list.html{part}", context)


@require_safe
@any_staff
def order_detail(request: StaffRequest, number: int) -> HttpResponse:
    """Show an order with its tickets, price, messages and history, and what to do next."""
    order = _order(request, number)
    is_manager = request.access.holds(Role.RENTAL_MANAGER, order.location_id)
    context = {
        "order": order,
        "is_manager": is_manager,
        "tickets": tickets_in(order),
        "zone": order.location.zone,
        "created": request.GET.get("created"),
        "can_cancel": is_manager and OrderStatus.CANCELLED in MOVES[OrderStatus(order.status)],
    }
    return render(request, "orders/detail.html", context)


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
@any_staff
def order_cancel(request: StaffRequest, number: int) -> HttpResponse:
    """Ask for the reason, then cancel the order and free its places."""
    order = _order(request, number)
    if not request.access.holds(Role.RENTAL_MANAGER, order.location_id):
        raise PermissionDenied
    if OrderStatus.CANCELLED not in MOVES[OrderStatus(order.status)] and request.method == "GET":
        return go_to(request, reverse("orders:detail", args=[order.number]))
    error, reason = "", request.POST.get("reason", "").replace("\0", "").strip()[:300]
    # With an action the form was carried on after a new sign-in: ask again before anything is done.
    if request.method == "POST" and "action" not in request.POST:
        try:
            cancel_order(order.number, by=request.user, reason=reason, at=timezone.now())
        except Refusal as refusal:
            error = refusal.message
        else:
            return go_to(request, reverse("orders:detail", args=[order.number]))
    context = {"order": order, "zone": order.location.zone, "error": error, "reason": reason}
    name = "orders/cancel.html#dialog" if request.headers.get("HX-Request") else "orders/cancel.html"
    return render(request, name, context, status=422 if error else 200)


def _order(request: StaffRequest, number: int) -> Order:
    try:
        return order_card(Order.objects.visible_to(request.access), number)
    except Order.DoesNotExist as error:
        raise Http404 from error


@any_staff
def manage_home(request: StaffRequest) -> HttpResponse:
    """Open the management interface at the list of orders."""
    return redirect("orders:list")
