"""The payment link: a page without sign-in that lives as long as its order can be paid."""

from datetime import timedelta
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from olvery.shared.refusals import Busy
from orders.domain import operations
from orders.domain.links import note_opening
from orders.domain.paying import Paying, Stage, paying_of
from orders.domain.payments import NothingToPay, look_for_customer, start_payment
from orders.domain.queries import order_card, tickets_in
from orders.gateways import gateway
from orders.models import Order, Payment, PaymentLink

# The page after «Pay» leaves the site; a browser asks for the form's whole way, redirects included.
MAY_LEAVE = csp_update({"form-action": ["https://yoomoney.ru", "https://*.yoomoney.ru", "https://*.yookassa.ru"]})
LOOK_PATIENCE = timedelta(seconds=4)


@login_not_required
@never_cache
@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what there is to pay, or what became of it."""
    link = _link(token)
    if not request.user.is_authenticated:  # a colleague who looks is no customer who opened it
        note_opening(link, at=timezone.now())
    return _render(request, link, came_back="back" in request.GET)


@login_not_required
@never_cache
@require_POST
def start(request: HttpRequest, token: str) -> HttpResponse:
    """Start a payment, or go on with the running one, and send the customer to the provider's page."""
    link, now = _link(token), timezone.now()
    email = request.POST.get("email", "").strip()
    try:
        validate_email(email)
    except ValidationError:
        return _render(request, link, email=email, error=_("Write an e-mail: the fiscal receipt goes there."))
    try:
        payment = start_payment(link.order_id, gateway(), email=email, at=now)
    except NothingToPay:
        return redirect("orders:pay", token)
    except Busy as busy:
        return _render(request, link, email=email, error=busy.message)
    operation = payment.operation
    operations.send_operation(operation.pk, gateway(), at=now, patience=operations.PATIENCE_OF_A_PERSON)
    payment = Payment.objects.get(pk=payment.pk)
    if payment.status == Payment.Status.PENDING and payment.confirmation_url and not payment.review_reason:
        return redirect(payment.confirmation_url)
    return redirect("orders:pay", token)


@login_not_required
@never_cache
@require_safe
def back(request: HttpRequest, token: str) -> HttpResponse:
    """Take the customer back from the provider: ask once what happened, then show it."""
    link = _link(token)
    look_for_customer(link, gateway(), at=timezone.now(), patience=LOOK_PATIENCE)
    return redirect(reverse("orders:pay", args=[token]) + "?back=1")


@login_not_required
@never_cache
@require_safe
def state(request: HttpRequest, token: str) -> HttpResponse:
    """Tell a waiting page what is new; once the provider's page exists, go there."""
    link, came_back = _link(token), "back" in request.GET
    if came_back:
        look_for_customer(link, gateway(), at=timezone.now(), patience=LOOK_PATIENCE)
    paying = paying_of(link.order, came_back=came_back, at=timezone.now())
    waits = Payment.objects.active().filter(order=link.order_id, status=Payment.Status.PENDING).first()
    if not came_back and waits and paying.stage == Stage.PAYABLE:
        return HttpResponseClientRedirect(waits.confirmation_url)
    return render(request, "pay/page.html#state", _context(link, paying, came_back=came_back))


def _render(
    request: HttpRequest, link: PaymentLink, *, came_back: bool = False, email: str | None = None, error: str = ""
) -> HttpResponse:
    paying = paying_of(link.order, came_back=came_back, at=timezone.now())
    context = _context(link, paying, came_back=came_back)
    context.update(email=link.order.email if email is None else email, error=error)
    return MAY_LEAVE(render)(request, "pay/page.html", context, status=422 if error else 200)


def _context(link: PaymentLink, paying: Paying, *, came_back: bool) -> dict[str, Any]:
    order = order_card(Order.objects.all(), link.order_id)
    return {
        "link": link,
        "order": order,
        "paying": paying,
        "tickets": tickets_in(order),
        "zone": order.location.zone,
        "came_back": came_back,
        "is_test": settings.YOOKASSA_SECRET_KEY.startswith("test_"),
    }


def _link(token: str) -> PaymentLink:
    link = PaymentLink.objects.select_related("order__location").filter(token=token).first()
    if link is None:
        raise Http404
    return link
