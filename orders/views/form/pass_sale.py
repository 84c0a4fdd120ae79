"""Selling a pass at the desk."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from coworking.access import StaffRequest, managers_only
from coworking.domain.catalogue import passes_on_sale
from coworking.models import PaymentMethod
from olvery.shared.forms import as_id
from olvery.shared.refusals import refusals_to
from orders.domain.booking.pass_selling import sell_pass
from orders.domain.booking.payment_terms import MethodOffer, method_shown, methods_of
from orders.domain.booking.wish import Booker
from orders.forms import new_token
from orders.forms_passes import PassForm
from orders.views.form.order_form import after, extra_of, note_choice, sent_by

PAGE = "orders/form/pass_sale.html"


@dataclass(frozen=True, slots=True)
class PassScreen:
    """The screen that the customer section of the order form expects."""

    form: PassForm
    customer: User | None
    method: str
    offers: list[MethodOffer]
    passes: tuple[()] = ()

    @property
    def email_required(self) -> bool:
        """Whether the e-mail is marked as required."""
        return self.method == PaymentMethod.ONLINE


@never_cache
@require_http_methods(["GET", "POST"])
@managers_only
def sell(request: StaffRequest) -> HttpResponse:
    """Ask for the customer and the pass, and sell it."""
    if request.method == "GET":
        return _show(request, QueryDict(f"token={new_token()}"))
    sent = sent_by(request)
    action = sent.get("action", "")
    if action:
        values = after(action, sent)
        note_choice(request, action, values)
        if request.headers.get("HX-Request"):
            return _show(request, values, template="orders/form/customer.html")
        return _show(request, values, **extra_of(action, request))
    form = PassForm(sent, tariffs=passes_on_sale(request.location, at=timezone.now()), viewer=request.user)
    if form.is_valid():
        with refusals_to(form.take):
            booker = Booker.manager(request.user, request.location)
            order = sell_pass(form.to_wish(), booker=booker, at=timezone.now())
            return redirect("orders:detail", order.number)
    return _render(request, form, status=422)


def _show(request: StaffRequest, values: QueryDict, *, template: str = PAGE, **extra: Any) -> HttpResponse:
    """Show the form while it is being filled in: missing values are not errors yet."""
    form = PassForm(values, tariffs=passes_on_sale(request.location, at=timezone.now()), viewer=request.user)
    form.full_clean()
    form.errors.clear()
    return _render(request, form, template=template, **extra)


def _render(
    request: StaffRequest, form: PassForm, *, template: str = PAGE, status: int = 200, **extra: Any
) -> HttpResponse:
    chosen = as_id(form.data.get("customer"))
    customer = User.objects.filter(is_active=True, pk=chosen).first() if chosen else None
    services = {tariff.service_id: tariff.service for tariff in form.tariffs}
    offers = list({one.method: one for service in services.values() for one in methods_of([service])}.values())
    screen = PassScreen(form, customer, method_shown(form.data.get("payment_method"), offers), offers)
    return render(request, template, {"form": form, "screen": screen, **extra}, status=status)
