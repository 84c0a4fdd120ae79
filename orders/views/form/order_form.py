"""The order form: one page, its live fragments, and saving."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.search_limit import SearchLimited
from accounts.models import Screen
from coworking.access import StaffRequest, managers_only
from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.opening import calendar_of
from coworking.domain.rules import RuleBroken
from coworking.domain.waiting import turn_of
from olvery.shared.addresses import fixed_address, own_address
from olvery.shared.forms import as_id, as_ids
from olvery.shared.htmx import with_event
from olvery.shared.refusals import Refusal, Refused
from olvery.shared.search import is_too_short
from orders.domain.booking.placing import OfferRefused, place_order
from orders.domain.booking.waiting import join
from orders.domain.booking.wish import Booker
from orders.domain.queries.cards import order_at
from orders.domain.queries.customers import known_person
from orders.forms import OrderForm, chosen_service_ids
from orders.forms_people import find_people, with_numbers
from orders.models import LineKind, Order
from orders.views.form import typed
from orders.views.form.again import Again, order_again
from orders.views.form.order_screen import OrderScreen
from orders.views.form.persons import person_form, register_from
from orders.views.seen import note_seen
from orders.wording_refusals import refusal_text

TEMPLATE = "orders/form/page.html"
RESULTS = 8
WAIT_FOR_SEATS = "wait-seats"


@never_cache
@require_http_methods(["GET", "POST"])
@managers_only
def create(request: StaffRequest) -> HttpResponse:
    """Show the form, save the order, or answer one of the buttons that work without JavaScript."""
    if request.method == "GET":
        return _show_first(request)
    sent = sent_by(request)
    action = _meant(sent) if sent.get("action") == "enter" else sent.get("action", "")
    if action.startswith("like:"):
        return _show_again(request, sent, as_id(action.removeprefix("like:")))
    if action == "save-person":
        return _save_person(request)
    if action in ("wait", WAIT_FOR_SEATS):
        return _save(request, sent, partial(_stand_in_line, only_seats=action == WAIT_FOR_SEATS))
    if action:
        extra = extra_of(action, request)
        status = 429 if extra.get("limited") else 200
        values = after(action, sent)
        note_choice(request, action, values)
        return _show(request, _screen(request, values), status=status, **extra)
    return _save(request, sent, _place)


def _show_first(request: StaffRequest) -> HttpResponse:
    """Show the form like an earlier order, for the customer of a card, or empty."""
    like = as_id(request.GET.get("like"))
    if like:
        again = _again(request, like)
        return _show(request, _screen(request, again.values), again=again)
    values = _for_customer(request, _opened(request))
    screen, is_chosen = _screen(request, values), "customer" in values
    # As after a choice in the search: first a contact missing in the profile, then the booking.
    lacking = [name for name in ("phone", "email") if is_chosen and not values.get(name)]
    for name in lacking[:1]:
        screen.form.fields[name].widget.attrs["autofocus"] = True
    return _show(request, screen, goes_on_with_service=is_chosen and not lacking)


def _meant(sent: QueryDict) -> str:
    """Return what Enter in a field does before the scripts have loaded: with them it does not save the order either."""
    if "person-target" in sent:
        return "save-person"
    return "search:customer" if sent.get("customer_q") and not sent.get("customer") else "refresh"


def _again(request: StaffRequest, number: int | None) -> Again:
    """Return the form's values for the order to repeat, and log that its customer was shown."""
    try:
        order = order_at({request.location.pk}, number or 0)
    except Order.DoesNotExist as error:
        raise Http404 from error
    again = order_again(order, request.location, timezone.now())
    note_choice(request, "pick:customer:", again.values)
    return again


def _show_again(request: StaffRequest, sent: QueryDict, number: int | None) -> HttpResponse:
    """Fill the form from an earlier order, with the contacts already typed for its customer."""
    again = _again(request, number)
    if sent.get("customer") == again.values["customer"]:
        for name in ("phone", "email", "token"):
            again.values[name] = sent.get(name, "")
    return _show(request, _screen(request, again.values), again=again)


def sent_by(request: StaffRequest) -> QueryDict:
    """Return what the form sent, with the numbers of people instead of their keys."""
    return with_numbers(request.POST, viewer=request.user)


def _opened(request: StaffRequest) -> QueryDict:
    values = QueryDict(mutable=True)
    for name in ("service", "tariff", "day", "start", "end", "over"):
        if request.GET.get(name):
            values[name] = request.GET[name]
    values.setlist("seats", [str(pk) for pk in as_ids(request.GET.getlist("seats"))])
    return values


def _for_customer(request: StaffRequest, values: QueryDict) -> QueryDict:
    """Choose the customer whose card the form was opened from."""
    asked = as_id(request.GET.get("customer"))
    known = known_person(request.access.location_ids, asked, request.location) if asked else None
    if known is None:
        return values
    action = f"pick:customer:{known.pk}"
    values = after(action, values)
    note_choice(request, action, values)
    return values


def after(action: str, data: QueryDict) -> QueryDict:
    verb, _colon, rest = action.partition(":")
    match verb:
        case "pick":
            return typed.pick_person(data, rest)
        case "search":
            return typed.forget_person(data, rest)
        case "take":
            return typed.pick_alternative(data, rest)
        case "fewer":
            return typed.take_fewer(data, rest)
        case "add-booking":
            return typed.add_part(data)
        case "remove-booking":
            return typed.remove_part(data, rest)
    return data


def note_choice(request: StaffRequest, action: str, values: QueryDict) -> None:
    """Log whose contacts the form shows now."""
    verb, _colon, rest = action.partition(":")
    chosen = as_id(values.get(rest.partition(":")[0])) if verb == "pick" else None
    if chosen:
        note_seen(request, [chosen], Screen.ORDER_FORM)


def extra_of(action: str, request: StaffRequest) -> dict[str, Any]:
    verb, _colon, rest = action.partition(":")
    if verb == "search":
        return _found(request, rest)
    if verb == "person":
        target = rest or "customer"
        return {"person_form": person_form(request.POST.get(_query_name(target), "")), "person_target": target}
    return {}


def _save(
    request: StaffRequest, sent: QueryDict, keep: Callable[[StaffRequest, OrderForm, datetime], str]
) -> HttpResponse:
    """Save what was sent, and redirect to the page that shows it."""
    now, facts = timezone.now(), None
    form = form_of(request, sent, now, service_ids=chosen_service_ids(sent))
    if form.is_valid():
        try:
            return HttpResponseRedirect(keep(request, form, now))
        except Refused as refused:
            facts = refused.offer.facts if isinstance(refused, OfferRefused) else None
            _complain(form, refused.refusals)
        except Refusal as busy:
            form.add_error(None, refusal_text(busy))
    form.sell(tariffs_on_sale(request.location, at=now))
    screen = OrderScreen(form, booker=_booker(request), at=now, facts=facts)
    return _show(request, screen, status=422)


def _place(request: StaffRequest, form: OrderForm, now: datetime) -> str:
    order = place_order(form.to_wish(), booker=_booker(request), at=now, tariffs=form.tariffs)
    return _after_saving(request, order)


def _stand_in_line(request: StaffRequest, form: OrderForm, now: datetime, *, only_seats: bool) -> str:
    wish = join(form.to_wish(), booker=_booker(request), at=now, tariffs=form.tariffs, only_seats=only_seats)
    facts = {"name": wish.customer.short_name, "turn": turn_of(wish)}
    messages.success(request, _("%(name)s stands in line, turn %(turn)s.") % facts)
    return reverse("orders:waiting")


def _after_saving(request: StaffRequest, order: Order) -> str:
    """Return the calendar that the form was opened from, with the new bar marked; otherwise the page of the order."""
    back = _back(request)
    if urlsplit(back).path != fixed_address("orders:calendar"):
        return f"{reverse('orders:detail', args=[order.number])}?created=1"
    messages.success(request, _("Order %(number)s is created.") % {"number": order.number})
    ticket = order.lines.filter(kind=LineKind.TARIFF).earliest("pk").ticket_id
    return f"{back}&mark={ticket}#ticket-{ticket}"


def _save_person(request: StaffRequest) -> HttpResponse:
    """Create the person typed into the page itself, without JavaScript and so without a dialog."""
    form, person, known = register_from(request)
    if person:
        return _show(request, _screen(request, typed.pick_person(sent_by(request), f"{_target(request)}:{person.pk}")))
    extra = {"person_form": form, "person_target": _target(request), "known": known}
    return _show(request, _screen(request, sent_by(request)), status=422, **extra)


def form_of(
    request: StaffRequest, data: QueryDict, now: datetime, *, service_ids: Collection[int] | None = None
) -> OrderForm:
    """Return the form with these values for the request's location, selling all or some services. One query."""
    today = request.location.day_at(now)
    on_sale = tariffs_on_sale(request.location, at=now, service_ids=service_ids)
    form = OrderForm(data, tariffs=on_sale, today=today, viewer=request.user)
    for part in form.parts:
        part.offer_times()
    return form


def _complain(form: OrderForm, refusals: list[Refusal]) -> None:
    for refusal in refusals:
        message = refusal_text(refusal)
        if isinstance(refusal, RuleBroken) and refusal.can_override:
            message = _("%(rule)s Write why you insist, or choose another time.") % {"rule": message}
        elif isinstance(refusal, RuleBroken) and refusal.rule:
            message = f"{message} {_('This service allows no exception: choose another time.')}"
        form.complain(refusal, message)


def _booker(request: StaffRequest) -> Booker:
    return Booker.manager(request.user, request.location)


def _target(request: HttpRequest) -> str:
    """Return the search field that the new person is for."""
    return request.POST.get("person-target", "customer")


def _show(request: StaffRequest, screen: OrderScreen, *, status: int = 200, **extra: Any) -> HttpResponse:
    back = _back(request)
    if extra.get("again"):
        screen.parts[0].form.fields["day"].widget.attrs["autofocus"] = True  # everything except the time may stay
    context = {"screen": screen, "form": screen.form, "back": back, "back_name": _name_of(back), **extra}
    return render(request, TEMPLATE, context, status=status)


def _back(request: HttpRequest) -> str:
    """Return the list that the form was opened from."""
    asked = request.POST.get("back") or request.GET.get("back", "")
    return own_address(asked, under="/manage/", otherwise=fixed_address("orders:list"))


def _name_of(address: str) -> str:
    """Return the name of the screen at a URL; empty if there is none."""
    try:
        return str(resolve(urlsplit(address).path).url_name)
    except Resolver404:
        return ""


def _screen(request: StaffRequest, data: QueryDict, *, service_ids: Collection[int] | None = None) -> OrderScreen:
    now, calendar = timezone.now(), None
    values = typed.with_first_values(data)
    if typed.lacks_a_day(values):
        calendar = calendar_of(request.location)
        values = typed.with_day(values, calendar.first_open_day(now))
    for shown in ("shown_total", "shown_left_out", "shown_on"):  # this answer shows different ones
        values.pop(shown, None)
    form = form_of(request, values, now, service_ids=service_ids)
    screen = OrderScreen(form, booker=_booker(request), at=now, calendar=calendar)
    # The page shows a method as chosen before anybody chose, so the offer uses it too.
    values["payment_method"] = screen.method
    form.hide_errors()
    return screen


def _fragment(
    request: StaffRequest, name: str, data: QueryDict | None = None, *, number: int = 0, **extra: Any
) -> HttpResponse:
    values = data if data is not None else sent_by(request)
    # Only the bookings as a whole list the services to choose from.
    screen = _screen(request, values, service_ids=None if name == "bookings" else chosen_service_ids(values))
    part = screen.parts[min(number, len(screen.parts) - 1)]
    return render(request, f"{TEMPLATE}#{name}", {"screen": screen, "form": screen.form, "part": part, **extra})


def _part(request: HttpRequest) -> int:
    asked = request.GET.get("part", "")
    return int(asked) if asked.isdecimal() and len(asked) < 3 else 0


@require_POST
@managers_only
def bookings(request: StaffRequest) -> HttpResponse:
    """Answer all bookings after one was added or removed."""
    sent = sent_by(request)
    action = sent.get("action", "")
    response = _fragment(request, "bookings", after(action, sent), is_new=action == "add-booking")
    return with_event(response, "order-changed")


@require_POST
@managers_only
def details(request: StaffRequest) -> HttpResponse:
    """Answer a new service, tariff or number of places: all sections of the booking below, and the payment."""
    return with_event(_fragment(request, "details", number=_part(request)), "order-changed")


@require_POST
@managers_only
def availability(request: StaffRequest) -> HttpResponse:
    """Answer a new time: availability, and the seat plan."""
    return _fragment(request, "availability-parts", number=_part(request))


@require_POST
@managers_only
def quote(request: StaffRequest) -> HttpResponse:
    """Answer anything that affects the price: lines, total, deadline and the message to the customer."""
    return _fragment(request, "quote")


@require_POST
@managers_only
def pick(request: StaffRequest) -> HttpResponse:
    """Choose a person for the customer or a visitor, or an alternative time."""
    sent = sent_by(request)
    action = sent.get("action", "")
    verb, _colon, rest = action.partition(":")
    values = after(action, sent)
    note_choice(request, action, values)
    if verb in ("take", "fewer"):
        response = _fragment(request, "details", values, number=as_id(rest.partition("|")[0]) or 0)
    elif rest.startswith("customer"):
        response = _fragment(request, "customer-block", values)
    else:
        response = _fragment(request, "visitors", values, number=typed.part_of(rest))
    return with_event(response, "order-changed")


@require_POST
@managers_only
def people(request: StaffRequest) -> HttpResponse:
    """Find people for the customer or a visitor by what was typed."""
    context = _found(request, request.POST.get("for", "customer"))
    return render(request, f"{TEMPLATE}#people", context, status=422 if context["limited"] else 200)


def _query_name(target: str) -> str:
    return "customer_q" if target == "customer" else f"{target}-q"


def _found(request: StaffRequest, target: str) -> dict[str, Any]:
    """Return the context of a search for people; without `options` while it is too short or too frequent."""
    text = request.POST.get(_query_name(target), "").replace("\0", "")[:100]
    found: dict[str, Any] = {"options_for": target, "typed": text, "options": None, "has_more": False, "limited": ""}
    if is_too_short(text):
        return found
    try:
        people, has_more = find_people(text, viewer=request.user, most=RESULTS, at=timezone.now())
    except SearchLimited as refusal:
        return {**found, "limited": refusal_text(refusal)}
    return {**found, "options": people, "has_more": has_more}
