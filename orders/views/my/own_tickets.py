"""A customer cancels some tickets of their order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from accounts.access import PersonRequest
from coworking.domain.cancelling import policies_of
from coworking.models import Ticket
from olvery.shared.errors import carries_on
from orders.domain.booking.changing import offers_cancelling, plan_of
from orders.domain.booking.own_tickets import refusals_to_cancel
from orders.domain.booking.wish import Booker
from orders.domain.queries.cards import valid_tickets_in
from orders.forms_own_tickets import CancelTicketsForm
from orders.models import Order
from orders.views.my.my_orders import own_order
from orders.views.order.plan_screen import PlanScreen
from orders.wording_refusals import refusal_text

LOOKS = ("look", "action")  # the last one after a new sign-in


class OwnTicketsScreen(PlanScreen):
    """The tickets of an order, which of them the customer ticked, and the resulting plan unless these are all."""

    form: CancelTicketsForm

    def __init__(self, order: Order, booker: Booker, data: Mapping[str, Any] | None, *, at: datetime) -> None:
        super().__init__(order, at=at)
        self.tickets = valid_tickets_in(order)
        refusals = refusals_to_cancel(order, self.tickets, at=at)
        texts = {number: refusal_text(refusal) for number, refusal in refusals.items()}
        self.form = CancelTicketsForm(data, why_not={one.number: texts.get(one.number, "") for one in self.tickets})
        if self.form.chosen and not self.form.takes_all:
            self.plan = plan_of(order, self.form.to_wish(), booker=booker, at=at, alternatives=False)

    @property
    def rows(self) -> list[tuple[Ticket, str, bool]]:
        """Each ticket, why it cannot be cancelled, and whether it is chosen."""
        form = self.form
        return [(one, form.why_not[one.number], one.number in form.chosen) for one in self.tickets]

    @property
    def is_possible(self) -> bool:
        """Whether any of the tickets can be cancelled."""
        return not all(self.form.why_not.values())


@carries_on
@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Target")
def cancel_tickets(request: PersonRequest, number: int) -> HttpResponse:
    """Show what cancelling the ticked tickets comes to; carry it out once that was seen."""
    order, now = own_order(request, number), timezone.now()
    if request.method == "GET" and not offers_cancelling(order, valid_tickets_in(order), at=now):
        return redirect("orders:my-order", number)
    sent = request.POST if request.method == "POST" else None
    screen = OwnTicketsScreen(order, Booker.customer(request.user, order.location), sent, at=now)
    is_fragment = request.headers.get("HX-Target") == "cancel-plan"
    is_sent = request.method == "POST" and not is_fragment and not any(name in request.POST for name in LOOKS)
    if is_sent and screen.form.is_valid():
        if screen.form.takes_all:
            return redirect("orders:my-order-cancel", number)
        if screen.plan and screen.carry_out_shown(screen.plan):
            messages.success(request, _done(len(screen.form.chosen)))
            return redirect("orders:my-order", number)
    context = {
        "order": order,
        "screen": screen,
        "form": screen.form,
        "policies": policies_of((one.service for one in screen.tickets), sold_at=order.created_at),
        "is_fragment": is_fragment,
        "zone": order.location.zone,
    }
    part = "#cancel-plan" if is_fragment else ""
    return render(request, f"orders/my/cancel_tickets.html{part}", context, status=422 if is_sent else 200)


def _done(count: int) -> str:
    return ngettext("%(count)s ticket is cancelled.", "%(count)s tickets are cancelled.", count) % {"count": count}
