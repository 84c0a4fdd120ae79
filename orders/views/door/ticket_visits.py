"""Recording visits on a ticket's card and on «Сегодня»; and releasing the place of a no-show."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

from coworking.access import StaffRequest, managers_only
from coworking.domain import visits
from coworking.models import Ticket, VisitSource
from olvery.shared.addresses import own_address
from olvery.shared.errors import button
from olvery.shared.htmx import dialog, go_to, render_dialog
from olvery.shared.refusals import refusals_to
from orders.domain.desk import door, no_shows
from orders.forms_refusals import RefusableForm
from orders.letters.compose import preview_release
from orders.views.door import answers
from orders.views.door.pressing import press
from orders.views.door.today import today_context
from orders.views.lists.ticket_list import card_of, managed_ticket
from orders.views.order.order_page import is_sent
from orders.views.told import told

CARD, KEEP = "card", "keep"


@button
@vary_on_headers("HX-Request", "HX-Target")
@managers_only
def visit(request: StaffRequest, number: int) -> HttpResponse:
    """Let the visitor of a ticket in or out, undo the visit, or keep the place; show the page it was pressed on."""
    ticket, now = managed_ticket(request, number), timezone.now()
    with told(request):
        messages.success(request, f"{ticket.visitor_name}: {_done(request, ticket, at=now)}")
    if request.POST.get("part") == CARD and request.headers.get("HX-Request"):
        context = {**card_of(request, number), "closable": "closable" in request.POST}
        return render(request, "orders/door/card_answer.html", context)
    if request.headers.get("HX-Target") == "today":
        return render(request, "orders/door/today_answer.html", today_context(request, at=now))
    return go_to(request, _back_url(request, number))


@dialog
@managers_only
def release(request: StaffRequest, number: int) -> HttpResponse:
    """Explain what releasing the place of a no-show means, then release it."""
    ticket, now = managed_ticket(request, number), timezone.now()
    back, form = _back_url(request, number), RefusableForm(request.POST if request.method == "POST" else None)
    if not visits.may_release(ticket, at=now) and request.method == "GET":
        return go_to(request, back)
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            door.release(number, by=request.user, at=now)
            messages.success(request, _("The place is free, the ticket is not used."))
            return go_to(request, back)
    order, zone = door.order_of(ticket), ticket.service.location.zone
    letter = preview_release(order, ticket, at=now) if order.email else None
    context = {"ticket": ticket, "order": order, "form": form, "zone": zone, "letter": letter}
    return render_dialog(request, "orders/door/release.html", context, back=back)


def _done(request: StaffRequest, ticket: Ticket, *, at: datetime) -> str:
    """Carry out the pressed button, and tell the result. Raises Refusal."""
    if request.POST.get("do") == KEEP:
        no_shows.keep_place(ticket.pk, by=request.user, at=at)
        return _("the place waits for the visitor")
    pressed = press(request.POST, ticket, VisitSource.LIST, by=request.user, at=at)
    return str(answers.of_visit(pressed, ticket, at=at, zone=ticket.service.location.zone).verdict.title)


def _back_url(request: StaffRequest, number: int) -> str:
    asked = request.POST.get("back") or request.GET.get("back", "")
    return own_address(asked, under="/manage/", otherwise=reverse("orders:ticket", args=[number]))
