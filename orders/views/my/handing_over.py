"""A customer passes a ticket of their order on to somebody else, or takes it back."""

from datetime import datetime

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest
from coworking.domain import sharing
from coworking.domain.visits import has_come
from coworking.models import Ticket
from olvery.shared.errors import carries_on, is_carried_on
from olvery.shared.forms import focus_first_error
from olvery.shared.refusals import refusals_to
from orders.domain.desk import handing_over
from orders.forms_handover import HandOverForm
from orders.models import Order
from orders.views.my.my_orders import own_order
from orders.views.my.sharing import address_of
from orders.views.order.change_screen import ticket_in
from orders.views.told import told


@carries_on
@require_http_methods(["GET", "POST"])
def hand_over(request: PersonRequest, number: int, ticket: int) -> HttpResponse:
    """Explain what passing a ticket on means, and whose it is; then pass it on."""
    order, now = own_order(request, number), timezone.now()
    found = ticket_in(order, ticket)
    form = HandOverForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and not is_carried_on(request) and _is_passed_on(request, form, found, order, at=now):
        messages.success(request, _("The ticket is passed on. Codes from before let nobody in any more."))
        return redirect(request.path)
    focus_first_error(form)
    standing = handing_over.standing_of(found)
    share = sharing.share_of(found)
    is_by_phone = standing and share and share.made_at == standing.at
    context = {
        "order": order,
        "ticket": found,
        "form": form,
        "standing": standing,
        "address": address_of(share) if is_by_phone else "",
        "state": handing_over.state_of(found),
        "is_open": handing_over.is_open(found, at=now) and not has_come(found),
        "zone": order.location.zone,
    }
    return render(request, "orders/my/hand_over.html", context, status=422 if form.errors else 200)


@require_POST
def take_back(request: PersonRequest, number: int, ticket: int) -> HttpResponse:
    """Give a ticket back to its former visitor."""
    order, now = own_order(request, number), timezone.now()
    found = ticket_in(order, ticket)
    with told(request):
        handing_over.take_back(number, found.number, shown=request.POST.get("shown", ""), by=request.user, at=now)
        messages.success(request, _("The ticket is taken back, its code is new."))
    return redirect("orders:my-hand-over", number, ticket)


def _is_passed_on(request: PersonRequest, form: HandOverForm, ticket: Ticket, order: Order, *, at: datetime) -> bool:
    """Pass the ticket on to the person named in the form; refusals go to the form."""
    if not ratelimit.consume(request, action="hand_over", user=request.user):
        form.add_error(None, _("Tickets were passed on very often. Try again in an hour, or call us."))
        return False
    with refusals_to(form.take):
        shown = form.cleaned_data["shown"]
        handing_over.hand_over(order.number, ticket.number, form.recipient, shown=shown, by=request.user, at=at)
        return True
    return False
