"""Bulk actions on rows of a list: what would happen to each, with its letter, then what has happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
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
from coworking.models import PaymentMethod, Ticket
from olvery.shared.errors import is_carried_on, shown_status
from olvery.shared.htmx import render_dialog
from olvery.shared.money import NO_MONEY
from orders.domain.desk import bulk, bulk_orders, bulk_tickets
from orders.domain.desk.bulk_plan import Planned
from orders.domain.desk.cancelling import terms_of
from orders.domain.desk.ticket_letters import post_of
from orders.domain.queries.cards import with_order
from orders.domain.queries.order_money import moved_at
from orders.forms_money import BulkCancelForm, BulkForm, BulkPaymentForm, CancelForm
from orders.gateways import connected_gateway
from orders.letters.compose import change_letter, preview, preview_handed
from orders.letters.mail import Text
from orders.list_filters import Listed, meant_by_ticks, numbers_in
from orders.models import BulkAction, BulkKind, BulkState, MessageKind, Order
from orders.views.lists.saved_filters import list_url
from orders.views.order.letters import cancellation_letter
from orders.views.order.order_page import is_sent, managed_order, typed
from orders.wording_refusals import refusal_text

MOST = 100  # rows of one action: as many as a person checks before pressing
HANDFUL = 5  # orders done while the person waits
CANCELLING = (BulkKind.CANCEL, BulkKind.GIVE_UP)


@require_http_methods(["GET", "POST"])
@managers_only
def prepare(request: StaffRequest, name: ListName) -> HttpResponse:
    """Show what would happen with each of the chosen orders or tickets, then have it done."""
    now, kind = timezone.now(), _kind(request, name)
    numbers, is_more = _numbers(request, name, at=now)
    plan = _plan(request, kind, numbers, at=now) if kind and numbers else []
    if not kind or not plan:
        messages.info(request, _("Tick at least one row."))
        return redirect(list_url(name, request.GET.get("of", "")))
    form = _form(request, kind, at=now)
    if is_sent(request) and form.is_valid():
        return _do(request, kind, form.cleaned_data, at=now)
    return _show(request, plan, form, kind=kind, most=MOST if is_more else None)


def _kind(request: StaffRequest, name: ListName) -> BulkKind | None:
    wanted = request.GET.get("do", "")
    kind = BulkKind(wanted) if wanted in BulkKind.values else None
    return kind if kind and _list_of(kind) == name else None


def _list_of(kind: BulkKind) -> ListName:
    return ListName.TICKETS if kind.is_of_tickets else ListName.ORDERS


def _numbers(request: StaffRequest, name: ListName, *, at: datetime) -> tuple[list[int], bool]:
    """Return the ticked numbers, or all that the list has found, and whether there are more than `MOST`."""
    if not request.GET.get("found"):
        ticked = numbers_in(request.GET)
        return list(ticked[:MOST]), len(ticked) > MOST
    listed = Listed(name, meant_by_ticks(request.GET), request.location, at=at)
    page = listed.rows.page(sort=listed.sort, size=MOST)
    return [row.pk for row in page.rows], bool(page.older)


def _plan(request: StaffRequest, kind: BulkKind, numbers: Sequence[int], *, at: datetime) -> list[Planned]:
    """Return what would happen to those of these numbers that belong to the location, in their order."""
    orders = Order.objects.at_locations([request.location.pk]).select_related("link", "location", "from_pass")
    if not kind.is_of_tickets:
        chosen = orders.in_bulk(numbers)
        return bulk_orders.plan(kind, [chosen[number] for number in numbers if number in chosen], at=at)
    tickets = with_order(Ticket.objects.at_locations([request.location.pk]))
    known = tickets.select_related("service__location", "tariff", "seat", "visitor").in_bulk(numbers)
    names = {number: ticket.order_number for number, ticket in known.items()}  # type: ignore[attr-defined]
    of_tickets = orders.in_bulk(set(names.values()))
    pairs = [(known[one], of_tickets[names[one]]) for one in numbers if one in known]
    return bulk_tickets.plan(kind, pairs, by=request.user, at=at)


def _show(request: StaffRequest, plan: list[Planned], form: BulkForm, **context: Any) -> HttpResponse:
    name = _list_of(context["kind"])
    planned = [(one, one.refusal and refusal_text(one.refusal)) for one in plan]
    doable = [one for one, why_not in planned if not why_not]
    context |= {
        "form": form,
        "planned": planned,
        "doable": doable,
        "count": sum(len(one.tickets) or 1 for one in doable),
        "sum": sum((one.amount for one in doable), NO_MONEY),
        "is_cancelling": context["kind"] in CANCELLING,
        "list_label": name.label,
        "list_url": list_url(name, request.GET.get("of", "")),
        "zone": request.location.zone,
        "carried_on": is_carried_on(request),
    }
    return render(request, f"orders/lists/bulk_{name}.html", context, status=shown_status(request))


def _form(request: StaffRequest, kind: BulkKind, *, at: datetime) -> BulkForm:
    if kind in CANCELLING:
        return BulkCancelForm(typed(request))
    if kind != BulkKind.PAYMENT:
        return BulkForm(typed(request))
    today = request.location.day_at(at)
    return BulkPaymentForm(typed(request), today=today, initial={"method": PaymentMethod.ON_SITE})


def _do(request: StaffRequest, kind: BulkKind, values: dict[str, Any], *, at: datetime) -> HttpResponse:
    """Do it: at once for a handful of orders, otherwise by the job, which is queued in any case."""
    shown = values["shown"][:MOST]
    if kind in CANCELLING:
        confirm_refund(request, sum((one.amount for one in shown), NO_MONEY))
    day = values.get("moved_on")
    action = bulk.ask(
        kind,
        shown,
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
    if len(shown) <= HANDFUL:
        bulk.carry_out(action.pk, word=refusal_text, gateway=connected_gateway(), at=at)
    return redirect("orders:tickets-bulk-result" if kind.is_of_tickets else "orders:bulk-result", action.pk)


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@managers_only
def result(request: StaffRequest, pk: int, name: ListName) -> HttpResponse:
    """Show the outcome of each order or ticket; while some wait, the page polls."""
    action = get_object_or_404(BulkAction.objects.of(request.user, request.location.pk), pk=pk)
    if _list_of(action.kind) != name:
        raise Http404
    items = list(action.items.select_related("order").order_by("pk"))
    states = [item.state for item in items]
    not_done = [item for item in items if item.state in (BulkState.REFUSED, BulkState.FAILED)]
    numbers = [number for item in not_done for number in (item.tickets or [item.order_id])]
    again = {"do": action.kind, "pk": numbers, "of": action.query}
    address = reverse("orders:tickets-bulk" if action.kind.is_of_tickets else "orders:bulk")
    context = {
        "action": action,
        "items": items,
        "of_tickets": action.kind.is_of_tickets,
        "has_sums": action.kind in (*CANCELLING, BulkKind.PAYMENT),
        "waiting": states.count(BulkState.WAITING),
        "done": states.count(BulkState.DONE),
        "not_done": not_done,
        "again_url": f"{address}?{urlencode(again, doseq=True)}",
        "list_label": name.label,
        "list_url": list_url(name, action.query),
    }
    part = "#result" if request.headers.get("HX-Target") == "result" else ""
    return render(request, f"orders/lists/bulk_result.html{part}", context)


@require_safe
@vary_on_headers("HX-Request")
@managers_only
def letter(request: StaffRequest, number: int) -> HttpResponse:
    """Show the letter that a bulk action would send about an order, or about tickets to cancel or send again."""
    order, wanted, now = managed_order(request, number), request.GET.get("do", ""), timezone.now()
    if wanted not in (BulkKind.CANCEL, BulkKind.GIVE_UP, BulkKind.LETTER):
        raise Http404
    kind, reason = BulkKind(wanted), request.GET.get("reason", "")
    text = _of_cancelling(order, reason, at=now)
    if kind.is_of_tickets:
        one = _planned(request, kind, order, at=now)
        if kind == BulkKind.LETTER:
            text = _of_tickets(one, at=now)
        elif not one.ends_order:
            text = change_letter(one.change) if one.change else None
    context = {"order": order, "text": text}
    return render_dialog(request, "orders/lists/bulk_letter.html", context, back=list_url(_list_of(kind), ""))


def _planned(request: StaffRequest, kind: BulkKind, order: Order, *, at: datetime) -> Planned:
    """Return what would be done with the tickets in the URL. Raises Http404."""
    numbers = numbers_in(request.GET)
    tickets = Ticket.objects.filter(lines__order=order, pk__in=numbers).distinct()
    read = tickets.select_related("service__location", "tariff", "seat", "visitor")
    plan = bulk_tickets.plan(kind, [(ticket, order) for ticket in read], by=request.user, at=at)
    if not plan:
        raise Http404
    return plan[0]


def _of_cancelling(order: Order, reason: str, *, at: datetime) -> Text | None:
    terms = terms_of(order, at=at)
    form = CancelForm(paid=terms.balance.at_hand, initial={"amount": terms.by_policy, "reason": reason})
    letter: Text | None = cancellation_letter(order, form, terms, at=at).get("letter")
    return letter


def _of_tickets(one: Planned, *, at: datetime) -> Text | None:
    post = post_of([one.order.pk], [ticket.pk for ticket in one.tickets], at=at)
    if one.refusal:
        return None
    if handover := post.passed_on.get(one.tickets[0].pk):
        return preview_handed(one.order, handover, at=at)
    return preview(one.order, MessageKind.TICKETS, about={}, at=at)
