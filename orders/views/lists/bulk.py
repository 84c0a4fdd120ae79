"""One thing done with many orders of the list: what would happen with each, then what has."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.confirming import confirm_refund
from accounts.models import ListName
from coworking.access import StaffRequest, managers_only
from coworking.models import PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.paging import pick_sort
from orders.domain.desk import bulk
from orders.domain.queries.lists import ORDER_SORTS, orders_of
from orders.domain.queries.order_money import moved_at
from orders.forms_money import BulkCancelForm, BulkForm, BulkPaymentForm
from orders.gateways import connected_gateway
from orders.list_filters import meant_by_ticks, numbers_in, order_filter
from orders.models import BulkAction, BulkKind, BulkState, Order
from orders.views.lists.saved_filters import list_url
from orders.views.order.order_page import is_sent, typed
from orders.wording_refusals import refusal_text

MOST = 100  # orders of one action: as many as a person looks through before pressing
HANDFUL = 5  # orders that are done while the person waits


@require_http_methods(["GET", "POST"])
@managers_only
def prepare(request: StaffRequest) -> HttpResponse:
    """Show what would happen with each of the chosen orders, then have it done."""
    now, wanted = timezone.now(), request.GET.get("do", "")
    orders, is_more = _chosen(request, at=now)
    if wanted not in BulkKind.values or not orders:
        messages.info(request, _("Tick at least one order."))
        return redirect(list_url(ListName.ORDERS, request.GET.get("of", "")))
    kind = BulkKind(wanted)
    form = _form(request, kind, at=now)
    if is_sent(request) and form.is_valid():
        return _do(request, kind, form.cleaned_data, at=now)
    return _show(request, bulk.plan(kind, orders, at=now), form, kind=kind, most=MOST if is_more else None)


def _show(request: StaffRequest, plan: list[bulk.Planned], form: BulkForm, **context: Any) -> HttpResponse:
    planned = [(one, one.refusal and refusal_text(one.refusal)) for one in plan]
    doable = [one for one, why_not in planned if not why_not]
    context |= {
        "form": form,
        "planned": planned,
        "doable": doable,
        "sum": sum((one.amount for one in doable), NO_MONEY),
        "list_url": list_url(ListName.ORDERS, request.GET.get("of", "")),
        "zone": request.location.zone,
        "carried_on": request.method == "POST" and not is_sent(request),
    }
    return render(request, "orders/lists/bulk.html", context, status=422 if is_sent(request) else 200)


def _chosen(request: StaffRequest, *, at: datetime) -> tuple[list[Order], bool]:
    """Return the orders that were ticked, or all that the list has found, and whether there are more than `MOST`."""
    zone, place = request.location.zone, request.location.pk
    if request.GET.get("found"):
        query = meant_by_ticks(request.GET)
        rows = orders_of(place, order_filter(query, at.astimezone(zone).date()), zone)
        page = rows.page(sort=pick_sort(ORDER_SORTS, query.get("sort", "")), size=MOST)
        numbers, is_more = [order.pk for order in page.rows], bool(page.older)
    else:
        ticked = numbers_in(request.GET)
        numbers, is_more = list(ticked[:MOST]), len(ticked) > MOST
    orders = Order.objects.at_locations([place]).select_related("link", "location").in_bulk(numbers)
    return [orders[number] for number in numbers if number in orders], is_more


def _form(request: StaffRequest, kind: BulkKind, *, at: datetime) -> BulkForm:
    if kind == BulkKind.CANCEL:
        return BulkCancelForm(typed(request))
    if kind == BulkKind.LINK:
        return BulkForm(typed(request))
    today = at.astimezone(request.location.zone).date()
    return BulkPaymentForm(typed(request), today=today, initial={"method": PaymentMethod.ON_SITE})


def _do(request: StaffRequest, kind: BulkKind, values: dict[str, Any], *, at: datetime) -> HttpResponse:
    """Have it done: at once with a handful of orders, else by the job, which is queued in any case."""
    amounts: dict[int, Decimal] = dict(list(values["shown"].items())[:MOST])
    if kind == BulkKind.CANCEL:
        confirm_refund(request, sum(amounts.values(), NO_MONEY))
    day = values.get("moved_on")
    action = bulk.ask(
        kind,
        amounts,
        token=values["token"],
        by=request.user,
        location=request.location,
        reason=values.get("reason", ""),
        method=values.get("method", ""),
        moved_at=moved_at(day, request.location.zone, at=at) if day else None,
        document=values.get("document", ""),
        query=request.GET.get("of", ""),
        language=get_language() or "ru",
        asked_at=at,
    )
    if len(amounts) <= HANDFUL:
        bulk.carry_out(action.pk, word=refusal_text, gateway=connected_gateway(), at=at)
    return redirect("orders:bulk-result", action.pk)


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@managers_only
def result(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what became of each order; while some wait, the page asks again."""
    action = get_object_or_404(BulkAction.objects.of(request.user, request.location.pk), pk=pk)
    items = list(action.items.select_related("order").order_by("pk"))
    states = [item.state for item in items]
    not_done = [item for item in items if item.state in (BulkState.REFUSED, BulkState.FAILED)]
    again = {"do": action.kind, "pk": [item.order_id for item in not_done], "of": action.query}
    context = {
        "action": action,
        "items": items,
        "waiting": states.count(BulkState.WAITING),
        "done": states.count(BulkState.DONE),
        "not_done": not_done,
        "again_url": f"{reverse('orders:bulk')}?{urlencode(again, doseq=True)}",
        "list_url": list_url(ListName.ORDERS, action.query),
    }
    part = "#result" if request.headers.get("HX-Target") == "result" else ""
    return render(request, f"orders/lists/bulk_result.html{part}", context)
