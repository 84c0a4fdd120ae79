"""Cancelling an order: the reason, and the refund."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.confirming import confirm_refund
from coworking.access import StaffRequest, any_staff
from olvery.shared.formats import format_money
from olvery.shared.htmx import dialog
from olvery.shared.refusals import refusals_to
from orders.domain.booking.passes import given_back_by_cancelling
from orders.domain.desk.cancelling import cancel_order, terms_of
from orders.forms_money import CancelForm
from orders.gateways import connected_gateway
from orders.models import OrderStatus
from orders.views.order.letters import cancellation_letter
from orders.views.order.order_page import (
    back_to,
    is_sent,
    managed_order,
    may_become,
    show_dialog,
    typed,
)


@dialog
@any_staff
def order_cancel(request: StaffRequest, number: int) -> HttpResponse:
    """Ask for the reason and the refund, then cancel the order and free its places."""
    order, now = managed_order(request, number), timezone.now()
    if not may_become(order, OrderStatus.CANCELLED) and request.method == "GET":
        return back_to(request, order)
    terms = terms_of(order, at=now)
    form = CancelForm(typed(request), paid=terms.balance.at_hand, initial={"amount": terms.by_policy})
    if is_sent(request) and form.is_valid():
        returned = form.cleaned_data.get("amount")
        confirm_refund(request, returned)
        with refusals_to(form.take):
            cancel_order(
                number,
                by=request.user,
                reason=form.cleaned_data["reason"],
                at=now,
                gateway=connected_gateway(),
                returned=returned,
                at_hand=form.cleaned_data["at_hand"],
            )
            messages.success(request, _cancelled(returned))
            return back_to(request, order)
    facts = {"terms": terms, "is_before": order.period.start > now}
    facts["given_back"] = given_back_by_cancelling(order, at=now)
    return show_dialog(request, "cancel", order, form, **facts, **cancellation_letter(order, form, terms, at=now))


def _cancelled(returned: Decimal | None) -> str:
    if not returned:
        return _("The order is cancelled.")
    return _("The order is cancelled, %(sum)s goes back.") % {"sum": format_money(returned)}
