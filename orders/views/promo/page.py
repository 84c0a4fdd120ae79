"""«Коворкинг › Промокоды»: the codes of a location; managers read, its administrator creates and changes them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain.settings_history import Change
from coworking.models import Section, Service
from olvery.shared.errors import asks_again, button, shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import refusals_to
from orders.domain.desk import promo_codes
from orders.domain.queries.promo_codes import SHOWN, codes_of, given_by, state_of, uses_shown
from orders.forms_promo import PromoForm
from orders.models import PromoCode
from orders.views.told import told
from orders.wording_promo import change_text


@require_safe
@any_staff
def code_list(request: StaffRequest) -> HttpResponse:
    """Show the codes of the location, their discounts, and the totals they gave."""
    rows = codes_of(request.location, today=request.location.day_at(timezone.now()))
    return render(request, "orders/promo/list.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@administrators_only
def new_code(request: StaffRequest) -> HttpResponse:
    """Ask for the terms of a new code, and create it."""
    form = _form(request, request.POST if request.method == "POST" else None)
    if not asks_again(request) and form.is_valid():
        with refusals_to(form.take):
            made = promo_codes.make_code(
                location=request.location, values=form.to_values(), by=request.user, at=timezone.now()
            )
            messages.success(request, _("Promo code %(code)s can be used now.") % {"code": made.code})
            return redirect("orders:promo-codes")
    return render(request, "orders/promo/new.html", {"form": form}, status=shown_status(request))


@require_safe
@any_staff
def code(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a code, the orders that used it, and who changed it."""
    found = _own(request, pk)
    return _show(request, found, _form(request, code=found))


@require_POST
@administrators_only
def save_code(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a code, or show the errors."""
    found = _own(request, pk)
    form = _form(request, request.POST, code=found)
    if not asks_again(request) and form.is_valid():
        seen = as_id(request.POST.get("seen")) or 0
        change = Change(section=Section.PROMO, seen=seen, by=request.user, at=timezone.now())
        with refusals_to(form.take):
            promo_codes.change_code(found.pk, change, form.to_values())
            messages.success(request, _("“%(section)s” is saved.") % {"section": found.code})
            return redirect("orders:promo-code", pk)
    return _show(request, found, form)


@button
@administrators_only
def set_sale(request: StaffRequest, pk: int) -> HttpResponse:
    """Archive a code or make it usable again."""
    is_active = request.POST.get("is_active") == "yes"
    with told(request):
        promo_codes.set_active(_own(request, pk).pk, is_active=is_active, by=request.user, at=timezone.now())
        text = _("The promo code can be used again.") if is_active else _("The promo code is archived. Orders stand.")
        messages.success(request, text)
    return redirect("orders:promo-code", pk)


def _own(request: StaffRequest, pk: int) -> PromoCode:
    """Return a code of the current location. Raises Http404."""
    return get_object_or_404(PromoCode.objects.at_location(request.location), pk=pk)


def _form(request: StaffRequest, data: Any = None, *, code: PromoCode | None = None) -> PromoForm:
    return PromoForm(data, services=_services(request), today=request.location.day_at(timezone.now()), code=code)


def _services(request: StaffRequest) -> list[Service]:
    return list(Service.objects.filter(location=request.location).order_by("-is_active", "position", "pk"))


def _show(request: StaffRequest, code: PromoCode, form: PromoForm) -> HttpResponse:
    zone = request.location.zone
    names = {service.pk: service.name for service in _services(request)}
    events = list(promo_codes.changes_of(code)[:SHOWN])
    context = {
        "code": code,
        "form": form,
        "state": state_of(code, today=request.location.day_at(timezone.now())),
        "given": given_by(code),
        "uses": uses_shown(code),
        "history": [(event, change_text(event, names)) for event in events],
        "last": events[0] if events else None,
        "can_edit": request.access.is_administrator,
        "zone": zone,
    }
    return render(request, "orders/promo/code.html", context, status=shown_status(request))
