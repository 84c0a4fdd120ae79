"""A customer buys a pass of a service."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from coworking.domain.cancelling import policies_of
from coworking.domain.catalogue import passes_on_sale
from coworking.models import PaymentMethod, Service, Tariff
from olvery.shared.errors import carries_on, is_carried_on, keep_typed
from olvery.shared.forms import as_ids, focus_first_error
from olvery.shared.refusals import refusals_to
from orders.domain.booking.payment_terms import MethodOffer, method_shown, methods_of
from orders.domain.booking.self_service import METHODS, buy_own_pass
from orders.domain.booking.terms import terms_now
from orders.domain.booking.wish import Booker
from orders.domain.money.pass_books import term_of
from orders.forms import new_token
from orders.forms_passes import OwnPassForm
from orders.models import OrderStatus
from orders.views.services.letters import may_write
from orders.views.services.newcomer import Newcomer, newcomer_context


@dataclass(frozen=True, slots=True)
class PurchaseScreen:
    """The page that sells a pass to a customer."""

    form: OwnPassForm
    offers: list[MethodOffer]
    at: datetime

    @property
    def tariff(self) -> Tariff:
        return self.form.tariff

    @property
    def service(self) -> Service:
        return self.tariff.service

    @property
    def method(self) -> str:
        """The payment method that is chosen; the first until another is."""
        return method_shown(self.form.data.get("payment_method"), self.offers)

    @property
    def email_required(self) -> bool:
        """Whether the e-mail is marked as required."""
        return self.method == PaymentMethod.ONLINE

    @property
    def last_day(self) -> date:
        """The last day of its validity if it is paid today."""
        zone = self.service.location.zone
        return term_of(self.tariff.pass_days or 0, zone, at=self.at).days(zone)[1]

    @property
    def address(self) -> str:
        return reverse("orders:buy-pass", args=[self.service.pk, self.tariff.pk])


@carries_on
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def buy(request: HttpRequest, pk: int, tariff: int) -> HttpResponse:
    """Show the terms of a pass, or sell it."""
    now = timezone.now()
    service = Service.objects.select_related("location").filter(pk=pk, is_active=True, location__is_active=True).first()
    on_sale = passes_on_sale(service.location, at=now, service_ids=[pk]) if service else []
    found = next((one for one in on_sale if one.pk == tariff), None)
    if service is None or (found is None and request.method == "GET"):
        raise Http404
    if found is None:
        messages.error(request, _("This pass is not on sale any more."))
        return redirect("orders:service", service.pk)
    screen = _screen(request, found, at=now)
    if request.method == "GET" or is_carried_on(request):
        screen.form.errors.clear()
        return _show(request, screen)
    return _sell(request, screen) if request.user.is_authenticated else _enter(request, screen)


def _screen(request: HttpRequest, tariff: Tariff, *, at: datetime) -> PurchaseScreen:
    values = request.POST.copy() if request.method == "POST" else QueryDict(mutable=True)
    values.setdefault("token", new_token())
    customer = request.user if request.user.is_authenticated else User()
    values.setdefault("phone", str(customer.phone or ""))
    values.setdefault("email", customer.email or "")
    offers = [one for one in methods_of([tariff.service]) if one.method in METHODS and one.is_available]
    return PurchaseScreen(OwnPassForm(values, tariff=tariff, customer=customer), offers, at)


def _enter(request: HttpRequest, screen: PurchaseScreen) -> HttpResponse:
    """Send a code to somebody not signed in, or accept it and sell."""
    if Newcomer.was_signed_in(request):
        return keep_typed(request, status=422)
    screen.form.errors.clear()
    newcomer = Newcomer(request, email_required=screen.email_required)
    if not newcomer.proves():
        focus_first_error(newcomer.form)
        return _show(request, screen, status=422, newcomer=newcomer)
    answer = newcomer.sign_in(back_to=screen.address)
    if not request.user.is_authenticated:
        return answer
    return _sell(request, _screen(request, screen.tariff, at=screen.at))


def _sell(request: HttpRequest, screen: PurchaseScreen) -> HttpResponse:
    form = screen.form
    if form.is_valid() and may_write(request, form, form.customer):
        wish = form.to_wish(terms=as_ids(request.POST.getlist("terms")))
        booker = Booker.customer(form.customer, screen.service.location)
        with refusals_to(form.take):
            order = buy_own_pass(wish, booker=booker, at=screen.at)
            waits = order.status == OrderStatus.AWAITING_PAYMENT
            return redirect("orders:my-order-pay" if waits else "orders:my-order", order.number)
    focus_first_error(form)
    return _show(request, screen, status=422)


def _show(request: HttpRequest, screen: PurchaseScreen, *, status: int = 200, **extra: object) -> HttpResponse:
    context = {
        "screen": screen,
        "form": screen.form,
        "service": screen.service,
        "tariff": screen.tariff,
        "terms": terms_now(screen.service.location_id, at=screen.at),
        "policy": policies_of([screen.service], sold_at=screen.at)[0],
        **extra,
    }
    asked = newcomer_context(request, screen.service.location, email_required=screen.email_required, at=screen.at)
    return render(request, "orders/services/pass.html", {**asked, **context}, status=status)
