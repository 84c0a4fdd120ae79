"""The order form: one page, its live fragments, and saving."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import StaffRequest, managers_only
from accounts.models import User
from coworking.domain.rules import RuleBroken
from coworking.models import Tariff
from olvery.shared.htmx import with_event
from olvery.shared.refusals import Refusal, Refused
from olvery.shared.search import as_russian_keys, fold
from orders.domain.booking.placing import place_order
from orders.domain.queries.people import people_with_habits
from orders.forms import OrderForm
from orders.views.form.order_screen import OrderScreen, forget_person, pick_alternative, pick_person, with_first_values
from orders.views.form.persons import person_form, register_from

TEMPLATE = "orders/form/page.html"
RESULTS = 8
SHORTEST = 2


@never_cache
@require_http_methods(["GET", "POST"])
@managers_only
def create(request: StaffRequest) -> HttpResponse:
    """Show the form, save the order, or answer a button of the form that works without JavaScript."""
    if request.method == "GET":
        return _show(request, _screen(request, _opened(request)))
    action = request.POST.get("action", "")
    if action == "save-person":
        return _save_person(request)
    if action:
        return _show(request, _screen(request, _after(action, request.POST)), **_extra(action, request))
    return _save(request)


def _opened(request: StaffRequest) -> QueryDict:
    values = QueryDict(mutable=True)
    for name in ("customer", "service", "tariff", "day", "start", "end"):
        if request.GET.get(name):
            values[name] = request.GET[name]
    if values.get("customer"):
        values = pick_person(values, f"customer:{values['customer']}")
    return values


def _after(action: str, data: QueryDict) -> QueryDict:
    verb, _colon, rest = action.partition(":")
    if verb == "pick":
        return pick_person(data, rest)
    if verb == "search":
        return forget_person(data, rest)
    if verb == "move":
        return pick_alternative(data, rest)
    return data


def _extra(action: str, request: StaffRequest) -> dict[str, Any]:
    verb, _colon, rest = action.partition(":")
    if verb == "search":
        typed = request.POST.get(_query_name(rest), "")
        return {"options_for": rest, "options": _options(typed), "typed": typed}
    if verb == "person":
        return {"person_form": person_form(request.POST.get("customer_q", "")), "person_target": "customer"}
    return {}


def _save(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    form = OrderForm(request.POST, tariffs=_tariffs(request))
    if form.is_valid():
        try:
            order = place_order(form.to_request(), location=request.location, by=request.user, at=now)
        except Refused as refused:
            _complain(form, refused.refusals)
        except Refusal as busy:
            form.add_error(None, busy.message)
        else:
            return redirect(f"{reverse('orders:detail', args=[order.number])}?created=1")
    screen = OrderScreen(form, location=request.location, at=now)
    return _show(request, screen, status=422)


def _save_person(request: StaffRequest) -> HttpResponse:
    """Create the person typed into the page itself, where there is no dialog without JavaScript."""
    form, person, known = register_from(request)
    if person:
        return _show(request, _screen(request, pick_person(request.POST, f"customer:{person.pk}")))
    extra = {"person_form": form, "person_target": "customer", "known": known}
    return _show(request, _screen(request, request.POST), status=422, **extra)


def _complain(form: OrderForm, refusals: list[Refusal]) -> None:
    understood = dict(form.cleaned_data)
    for refusal in refusals:
        field, message = refusal.field, refusal.message
        if isinstance(refusal, RuleBroken) and refusal.can_override:
            message = _("%(rule)s Write why you insist, or choose another time.") % {"rule": message}
        form.add_error(field if field in form.fields else None, message)
    # What has the right shape goes on being shown: the seat plan, free places, the reason to override.
    form.cleaned_data = understood


def _show(request: StaffRequest, screen: OrderScreen, *, status: int = 200, **extra: Any) -> HttpResponse:
    context = {"screen": screen, "form": screen.form, "back": _back(request), **extra}
    return render(request, TEMPLATE, context, status=status)


def _back(request: HttpRequest) -> str:
    """Return the list the form was opened from."""
    asked = request.POST.get("back") or request.GET.get("back", "")
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts=None) and asked.startswith("/manage/")
    return asked if safe else reverse("orders:list")


def _tariffs(request: StaffRequest) -> list[Tariff]:
    return list(Tariff.objects.on_sale(request.location))


def _screen(request: StaffRequest, data: QueryDict) -> OrderScreen:
    now = timezone.now()
    values = with_first_values(data, request.location, now)
    form = OrderForm(values, tariffs=_tariffs(request)).hide_errors()
    return OrderScreen(form, location=request.location, at=now)


def _fragment(request: StaffRequest, name: str, data: QueryDict | None = None, **extra: Any) -> HttpResponse:
    screen = _screen(request, data if data is not None else request.POST)
    return render(request, f"{TEMPLATE}#{name}", {"screen": screen, "form": screen.form, **extra})


@require_POST
@managers_only
def details(request: StaffRequest) -> HttpResponse:
    """Answer a new service, tariff or number of places: every section below."""
    return with_event(_fragment(request, "details"), "order-changed")


@require_POST
@managers_only
def availability(request: StaffRequest) -> HttpResponse:
    """Answer a new time: what is free, and the seat plan."""
    return _fragment(request, "availability-parts")


@require_POST
@managers_only
def quote(request: StaffRequest) -> HttpResponse:
    """Answer anything priced: the lines, the total, the deadline and what the customer will be sent."""
    return _fragment(request, "quote")


@require_POST
@managers_only
def pick(request: StaffRequest) -> HttpResponse:
    """Choose a person for the customer or a visitor, or an alternative time."""
    action = request.POST.get("action", "")
    verb, _colon, rest = action.partition(":")
    part = "customer-block" if rest.startswith("customer") else "visitors"
    part = "details" if verb == "move" else part
    response = _fragment(request, part, _after(action, request.POST), focus=part == "customer-block")
    return with_event(response, "order-changed")


@require_POST
@managers_only
def people(request: StaffRequest) -> HttpResponse:
    """Find people for the customer or a visitor by what was typed."""
    target = request.POST.get("for", "customer")
    text = request.POST.get(_query_name(target), "")
    context = {"options_for": target, "options": _options(text), "typed": text}
    return render(request, f"{TEMPLATE}#people", context)


def _query_name(target: str) -> str:
    return "customer_q" if target == "customer" else f"{target}-q"


def _options(text: str) -> list[User] | None:
    """Return the people a text means; nothing at all while it is too short to mean somebody."""
    text = text.replace("\0", "")[:100]
    if max(len(fold(text)), len(fold(as_russian_keys(text)))) < SHORTEST:
        return None
    return people_with_habits(User.objects.found_by(text, limit=RESULTS))
