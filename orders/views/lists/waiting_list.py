"""«Коворкинг › Лист ожидания»: people in line; a manager offers a place by hand, or removes somebody."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coworking.access import StaffRequest, managers_only
from coworking.domain.waiting import turn_of
from coworking.models import Service, WaitingWish
from olvery.shared.addresses import own_address
from olvery.shared.days import read_day
from olvery.shared.forms import as_id
from olvery.shared.htmx import go_to, render_dialog
from olvery.shared.periods import local_day
from olvery.shared.refusals import refusals_to
from orders.domain.booking import offering, waiting
from orders.domain.queries.price_rows import price_rows
from orders.domain.queries.waiting import waiting_at
from orders.forms_refusals import RefusableForm
from orders.views.order.order_page import is_sent, typed


@require_safe
@managers_only
def waiting_list(request: StaffRequest) -> HttpResponse:
    """Show the people in line at the location, first in line first, or those who left it recently."""
    location, zone = request.location, request.location.zone
    day = read_day(request.GET.get("day", "")[:40], today=request.location.day_at(timezone.now()))
    service_id, is_closed = as_id(request.GET.get("service")), request.GET.get("view") == "closed"
    context = {
        "rows": waiting_at(
            location.pk,
            service_id=service_id,
            during=local_day(day, zone) if day else None,
            is_closed=is_closed,
        ),
        "services": Service.objects.filter(location=location).order_by("position", "name").values("pk", "name"),
        "service_id": service_id,
        "day": day,
        "is_closed": is_closed,
        "zone": zone,
    }
    return render(request, "orders/lists/waiting.html", context)


class OfferForm(RefusableForm):
    """The order as it was shown: a version, and until when it is held."""

    version = forms.CharField(required=False)
    until = forms.DateTimeField(required=False)


@require_http_methods(["GET", "POST"])
@managers_only
def offer(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the order that a wish would become, then place it, out of turn."""
    wish, form, now = _own(request, pk), OfferForm(typed(request)), timezone.now()
    if is_sent(request) and not form.is_valid():  # of hidden fields, which no browser spoils
        form.take(offering.OfferStale())
    elif is_sent(request):
        with refusals_to(form.take):
            order = offering.offer_by_hand(wish.pk, **form.cleaned_data, by=request.user, at=now)
            messages.success(request, _("Order %(number)s is created.") % {"number": order.number})
            return go_to(request, reverse("orders:detail", args=[order.number]))
    becomes = offering.out_of_turn(wish, at=now)
    price = becomes.offer.price
    context = {"becomes": becomes, "lines": price_rows(price.lines if price else ()), "ahead": turn_of(wish) - 1}
    return _dialog(request, "orders/lists/offer.html", wish, form, **context)


@require_http_methods(["GET", "POST"])
@managers_only
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Explain what leaving the line means, then remove somebody from it."""
    wish, form = _own(request, pk), RefusableForm(typed(request))
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            waiting.withdraw(wish.pk, by=request.user, at=timezone.now())
            messages.success(request, _("%(name)s stands in line no more.") % {"name": wish.customer.short_name})
            return go_to(request, _back(request))
    return _dialog(request, "orders/lists/withdraw.html", wish, form)


def _own(request: StaffRequest, pk: int) -> WaitingWish:
    wishes = WaitingWish.objects.at_locations({request.location.pk})
    return get_object_or_404(wishes.select_related("customer", "service__location", "tariff"), pk=pk)


def _dialog(
    request: StaffRequest, template: str, wish: WaitingWish, form: RefusableForm, **context: Any
) -> HttpResponse:
    context |= {"wish": wish, "form": form, "zone": request.location.zone}
    return render_dialog(request, template, context, back=_back(request))


def _back(request: StaffRequest) -> str:
    """Return the list as it was filtered."""
    asked = request.POST.get("back") or request.GET.get("back", "")
    return own_address(asked, under="/manage/coworking/waiting/", otherwise=reverse("orders:waiting"))
