"""«Обращения и заявки»: the list of orders."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import ListName
from coworking.access import StaffRequest, any_staff
from olvery.shared.replica_pages import reads_replica
from orders.views.lists.list_context import list_context
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
    found = list_context(request, ListName.ORDERS)
    may_tick = request.access.is_manager
    rows = OrderRows(zone=request.location.zone, hidden=arranged["hidden"], may_tick=may_tick)
    context = {**found, **arranged, "rows": rows.html(found["page"].rows), "may_tick": may_tick}
    is_fragment = request.headers.get("HX-Target") == "orders"
    part = "#orders" if is_fragment else ""
    return render(request, f"orders/lists/orders.html{part}", {**context, "is_fragment": is_fragment})
