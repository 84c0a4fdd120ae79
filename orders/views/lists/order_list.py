"""«Обращения и заявки»: the list of orders, an order's page, cancelling."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import ListName
from coworking.access import StaffRequest, any_staff
from olvery.shared.replica_pages import reads_replica
from orders.domain.queries import lists
from orders.list_filters import order_filter, unread_days
from orders.views.lists.choices import filters_of
from orders.views.lists.list_context import list_context, near_match
from orders.views.lists.rows import OrderRows
from orders.views.lists.saved_filters import arranged_context, list_url


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@any_staff
@reads_replica
def order_list(request: StaffRequest) -> HttpResponse:
    """Show the orders of the location, newest first."""
    arranged = arranged_context(request, ListName.ORDERS)
    if arranged["default"] and not request.GET:
        return redirect(list_url(ListName.ORDERS, arranged["default"].query))
    zone = request.location.zone
    today = request.location.day_at(timezone.now())
    wanted = order_filter(request.GET, today)
    orders = lists.orders_of(request.location.pk, wanted, zone)
    found = list_context(request.GET, orders, lists.ORDER_SORTS, request.location)
    may_tick = request.access.is_manager
    context = {
        **found,
        **arranged,
        "rows": OrderRows(zone=zone, hidden=arranged["hidden"], may_tick=may_tick).html(found["page"].rows),
        "wanted": wanted,
        "near": None
        if found["count"]
        else near_match(request.GET, wanted, lambda near: lists.orders_of(request.location.pk, near, zone)),
        "unread": unread_days(request.GET, today),
        "most_companies": lists.MOST_COMPANIES if orders.leaves_out else None,
        "choice_filters": filters_of(ListName.ORDERS, wanted, request.location),
        "may_tick": may_tick,
    }
    is_fragment = request.headers.get("HX-Target") == "orders"
    part = "#orders" if is_fragment else ""
    return render(request, f"orders/lists/orders.html{part}", {**context, "is_fragment": is_fragment})
