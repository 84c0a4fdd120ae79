"""The page of a service for customers: choosing and booking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.watch import origin_of
from coworking.domain.cancelling import policies_of
from coworking.domain.catalogue import all_on_sale
from coworking.domain.no_shows import wait_of
from coworking.domain.opening import calendar_of
from coworking.domain.showcase import bookable_service
from coworking.models import Photo, Service
from olvery.shared.errors import carries_on, is_carried_on, keep_typed
from olvery.shared.forms import as_ids
from olvery.shared.refusals import refusals_to
from orders.domain.booking.promo_guesses import Guesser, count_guess, refuse_guessing
from orders.domain.booking.self_service import place_own_order
from orders.domain.booking.terms import terms_now
from orders.domain.booking.waiting import join_own
from orders.domain.booking.wish import Booker, Wish
from orders.domain.money.promo_uses import PromoRefused
from orders.forms import OrderForm
from orders.models import OrderStatus
from orders.views.month import show_month, shown_days, states_of
from orders.views.services.chosen import SENT, chosen_values
from orders.views.services.letters import may_write
from orders.views.services.newcomer import Newcomer, newcomer_context
from orders.views.services.service_screen import ServiceScreen
from orders.wording_refusals import refusal_text

TEMPLATE = "orders/services/service.html"
WAIT_FOR_SEATS = "seats"  # what the button «wait» sends then


@carries_on
@login_not_required
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
@require_http_methods(["GET", "POST"])
def service(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a service with the choices made, or book them."""
    found = bookable_service(pk)
    if found is None:
        raise Http404
    sent = request.POST if request.method == "POST" else request.GET
    screen = screen_of(request, found, sent, found.own_photos)
    if request.method == "POST" and not is_carried_on(request):
        return _ask(request, screen) if request.user.is_authenticated else _enter(request, screen)
    screen.form.hide_errors(of_parts=False)
    is_fragment = request.headers.get("HX-Target") == "booking"
    return _show(request, screen, part="#booking-parts" if is_fragment else "")


def screen_of(request: HttpRequest, service: Service, sent: QueryDict, photos: Sequence[Photo]) -> ServiceScreen:
    """Return the page of a service for the values sent. Raises Http404."""
    location, now = service.location, timezone.now()
    tariffs, passes = all_on_sale(service, at=now)
    if not tariffs:
        raise Http404
    calendar = calendar_of(location)
    person = request.user if request.user.is_authenticated else None
    if request.method == "GET":
        sent = sent.copy()
        for name in SENT:
            sent.pop(name, None)  # an address has choices alone: who books is typed here, sums are those of this answer
    values = chosen_values(sent, service, tariffs, calendar, customer=person, at=now)
    booker = Booker.customer(person or User(), location)
    form = OrderForm(values, tariffs=tariffs, today=calendar.today(now), viewer=booker.user)
    if values.get("promo_code"):
        form.refuse_codes(_guessing_refused(request))
    screen = ServiceScreen(form, booker=booker, calendar=calendar, photos=photos, passes_on_sale=passes, at=now)
    values["payment_method"] = screen.method  # the page shows one as chosen before anybody chose
    return screen


def _guesser(request: HttpRequest) -> Guesser:
    return Guesser(request.user.pk, origin_of(request).address)


def _guessing_refused(request: HttpRequest) -> str:
    try:
        refuse_guessing(_guesser(request))
    except PromoRefused as refusal:
        return refusal_text(refusal)
    return ""


def _enter(request: HttpRequest, screen: ServiceScreen) -> HttpResponse:
    """Send a code to somebody not signed in, or accept it and book, or put them on the waiting list."""
    if Newcomer.was_signed_in(request):
        return keep_typed(request, status=422)
    screen.form.hide_errors(of_parts=False)
    newcomer = Newcomer(request, email_required=screen.email_required)
    if not _can(screen, request.POST.get("wait", "")) or not newcomer.proves():
        return _show(request, screen, status=422, newcomer=newcomer)
    answer = newcomer.sign_in(back_to=screen.address)
    if not request.user.is_authenticated:
        return answer
    return _ask(request, screen_of(request, screen.service, request.POST, screen.photos))


def _can(screen: ServiceScreen, wait: str) -> bool:
    """Return whether the page has the button that was pressed."""
    if wait == WAIT_FOR_SEATS:
        return screen.can_wait_for_seats
    return screen.can_wait if wait else screen.can_book


def _ask(request: HttpRequest, screen: ServiceScreen) -> HttpResponse:
    """Carry out the pressed button: book, or join the waiting list."""
    form, refusals = screen.form, screen.not_as_sent(request.POST)
    if form.is_valid() and not refusals and may_write(request, form, screen.booker.user):
        wish = replace(form.to_wish(), terms=as_ids(request.POST.getlist("terms")))
        with refusals_to(refusals.append):
            return _stand_in_line(request, screen, wish) if "wait" in request.POST else _book(screen, wish)
    return _show(request, screen, status=422, refused=[refusal_text(refusal) for refusal in refusals])


def _book(screen: ServiceScreen, wish: Wish) -> HttpResponse:
    order = place_own_order(wish, booker=screen.booker, at=screen.at, tariffs=screen.form.tariffs)
    waits = order.status == OrderStatus.AWAITING_PAYMENT
    return redirect("orders:my-order-pay" if waits else "orders:my-order", order.number)


def _stand_in_line(request: HttpRequest, screen: ServiceScreen, wish: Wish) -> HttpResponse:
    only_seats = request.POST["wait"] == WAIT_FOR_SEATS
    join_own(wish, booker=screen.booker, at=screen.at, tariffs=screen.form.tariffs, only_seats=only_seats)
    messages.success(request, _("You stand in line. We write as soon as a place is free."))
    return redirect("orders:my-waiting")


def _show(
    request: HttpRequest, screen: ServiceScreen, *, part: str = "", status: int = 200, **extra: object
) -> HttpResponse:
    if screen.is_guess:
        count_guess(_guesser(request), screen.form.cleaned_data["promo_code"])
    context = {
        "screen": screen,
        "part": screen.part,
        "form": screen.form,
        "service": screen.service,
        "terms": terms_now(screen.location.pk, at=screen.at),
        "policy": policies_of([screen.service], sold_at=screen.at)[0],
        "wait": wait_of(screen.service) // timedelta(minutes=1) if screen.tariff.is_hourly else 0,
        "zone": screen.location.zone,
        "is_fragment": bool(part),
        **extra,
    }
    asked = newcomer_context(request, screen.location, email_required=screen.email_required, at=screen.at)
    return render(request, f"{TEMPLATE}{part}", {**asked, **context}, status=status)


@login_not_required
@require_POST
def month(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a month to choose a day for a service."""
    found = bookable_service(pk)
    if found is None:
        raise Http404
    screen = screen_of(request, found, request.POST, ())
    screen.form.hide_errors()
    asked, today = request.POST.copy(), screen.calendar.today(screen.at)
    if not asked.get("shown"):
        asked["shown"] = screen.day.isoformat()  # it is chosen in the list of days above
    states = states_of(screen.part.form, shown_days(asked, today), screen.calendar, screen.at)
    return show_month(request, asked, today, states)
