"""The letter about one order that a bulk action would send, given the state of its page."""

from datetime import datetime

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import ListName
from coworking.access import StaffRequest, managers_only
from coworking.models import Ticket
from olvery.shared.htmx import render_dialog
from orders.domain.desk import bulk_tickets
from orders.domain.desk.bulk_plan import Planned
from orders.domain.desk.cancelling import terms_of
from orders.domain.desk.ticket_letters import post_of
from orders.forms_money import CancelForm
from orders.letters.compose import change_letter, preview, preview_handed
from orders.letters.mail import Text
from orders.list_filters import numbers_in
from orders.models import BulkKind, MessageKind, Order
from orders.views.lists.saved_filters import list_url
from orders.views.order.letters import cancellation_letter
from orders.views.order.order_page import managed_order


@require_safe
@vary_on_headers("HX-Request")
@managers_only
def letter(request: StaffRequest, number: int) -> HttpResponse:
    """Show the letter about an order to cancel, or about tickets to cancel or send again."""
    order, wanted, now = managed_order(request, number), request.GET.get("do", ""), timezone.now()
    if wanted not in (BulkKind.CANCEL, BulkKind.GIVE_UP, BulkKind.LETTER):
        raise Http404
    kind, reason = BulkKind(wanted), request.GET.get("reason", "")
    name = ListName.TICKETS if kind.is_of_tickets else ListName.ORDERS
    text = _of_cancelling(order, reason, at=now)
    if kind.is_of_tickets:
        one = _planned(request, kind, order, at=now)
        if kind == BulkKind.LETTER:
            text = _of_tickets(one, at=now)
        elif not one.ends_order:
            text = change_letter(one.change) if one.change else None
    context = {"order": order, "text": text}
    return render_dialog(request, "orders/lists/bulk_letter.html", context, back=list_url(name, ""))


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
