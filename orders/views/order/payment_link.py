"""The payment link of an order at the desk: sending, showing, extending the deadline, reactivating."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from coworking.access import StaffRequest, any_staff
from olvery.shared.formats import moment_until
from olvery.shared.htmx import dialog
from orders.domain.booking.deadlines import extend_deadline, reactivate_order, reactivation_of
from orders.domain.booking.transitions import TransitionRefused
from orders.domain.online.links import resend_link
from orders.domain.queries.order_money import money_of
from orders.letters.compose import preview
from orders.models import MessageKind, Order, OrderStatus
from orders.views.order.letters import reactivation_letter
from orders.views.order.order_page import back_to, is_sent, managed_order, may_become, press, show_dialog, show_order
from orders.wording_refusals import refusal_text


@require_POST
@any_staff
def send_link(request: StaffRequest, number: int) -> HttpResponse:
    """Send the payment link again."""

    def send(order: Order) -> str:
        resend_link(order.number, at=timezone.now())
        return _("The link goes to %(email)s.") % {"email": order.email}

    return press(request, number, send)


@require_safe
@vary_on_headers("HX-Request")
@any_staff
def link_qr(request: StaffRequest, number: int) -> HttpResponse:
    """Show the payment link as a QR code for the customer's phone, and the letter that would carry it."""
    order, now = managed_order(request, number), timezone.now()
    money = money_of(order, at=now)
    if money.link is None:
        raise Http404
    sends = order.email and money.can_be_paid
    text = preview(order, MessageKind.LINK, about={"balance": money.balance}, at=now) if sends else None
    return show_dialog(request, "link_qr", order, money=money, text=text)


@require_POST
@any_staff
def extend(request: StaffRequest, number: int) -> HttpResponse:
    """Give an unpaid order its whole time to pay again."""
    return press(request, number, lambda order: _held(extend_deadline, request, order))


@dialog
@any_staff
def reactivate(request: StaffRequest, number: int) -> HttpResponse:
    """Show the letter to the customer, then restore the places of an order that was not paid in time."""
    if is_sent(request):
        return press(request, number, lambda order: _held(reactivate_order, request, order))
    order, now = managed_order(request, number), timezone.now()
    if not may_become(order, OrderStatus.AWAITING_PAYMENT):
        return back_to(request, order)
    try:
        becomes, letter = reactivation_of(order, at=now), reactivation_letter(order, at=now)
    except TransitionRefused as refusal:
        return show_order(request, order, refusal=refusal_text(refusal))
    return show_dialog(request, "reactivate", order, becomes=becomes, leads_away=True, **letter)


def _held(hold: Callable[..., Order], request: StaffRequest, order: Order) -> str:
    held = hold(order.number, by=request.user, at=timezone.now())
    if held.status == OrderStatus.CONFIRMED and held.sells_pass:
        return _("The order is paid: the pass can be used.")
    if held.status == OrderStatus.CONFIRMED:
        return _("The places are taken again: the order is paid.")
    deadline = held.deadline_at
    assert deadline  # noqa: S101 - of an order that waits, see its constraint
    moment = {"moment": moment_until(deadline, order.location.zone)}
    if held.sells_pass:
        return _("The pass waits for its payment until %(moment)s.") % moment
    return _("The places are held until %(moment)s.") % moment
