"""«Коворкинг › Лист ожидания»: who stands in line; a manager offers a place by hand, or takes somebody out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coworking.access import StaffRequest, managers_only
from coworking.models import Service, WaitingWish
from olvery.shared.addresses import own_address
from olvery.shared.days import read_day
from olvery.shared.errors import button
from olvery.shared.forms import as_id
from olvery.shared.htmx import go_to, render_dialog
from olvery.shared.periods import local_days
from olvery.shared.refusals import Refusal, Refused, refusals_to
from orders.domain.booking import waiting
from orders.domain.queries.waiting import waiting_at
from orders.forms_refusals import RefusableForm
from orders.views.order.order_page import is_sent, typed
from orders.wording_refusals import refusal_text


@require_safe
@managers_only
def waiting_list(request: StaffRequest) -> HttpResponse:
    """Show who stands in line at the location, the first first, or who has left it of late."""
    location, zone = request.location, request.location.zone
    day = read_day(request.GET.get("day", "")[:40], today=request.location.day_at(timezone.now()))
    service_id, is_closed = as_id(request.GET.get("service")), request.GET.get("view") == "closed"
    context = {
        "rows": waiting_at(
            location.pk,
            service_id=service_id,
            during=local_days(day, day, zone) if day else None,
            is_closed=is_closed,
        ),
        "services": Service.objects.filter(location=location).order_by("position", "name").values("pk", "name"),
        "service_id": service_id,
        "day": day,
        "is_closed": is_closed,
        "zone": zone,
    }
    return render(request, "orders/lists/waiting.html", context)


@button
@require_POST
@managers_only
def offer(request: StaffRequest, pk: int) -> HttpResponse:
    """Make an order of a wish out of turn, if its places are free."""
    wish = _own(request, pk)
    try:
        order = waiting.offer_by_hand(wish.pk, by=request.user, at=timezone.now())
    except Refused as refused:
        messages.error(request, " ".join(map(refusal_text, refused.refusals)))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, _("Order %(number)s is created.") % {"number": order.number})
        return redirect("orders:detail", order.number)
    return redirect(_back(request))


@require_http_methods(["GET", "POST"])
@managers_only
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what leaving the line costs, then take somebody out of it."""
    wish, form = _own(request, pk), RefusableForm(typed(request))
    if is_sent(request) and form.is_valid():
        with refusals_to(form.take):
            waiting.withdraw(wish.pk, by=request.user, at=timezone.now())
            messages.success(request, _("%(name)s stands in line no more.") % {"name": wish.customer.short_name})
            return go_to(request, _back(request))
    context = {"wish": wish, "form": form, "zone": request.location.zone, "form_url": request.get_full_path()}
    context["carried_on"] = request.method == "POST" and not is_sent(request)
    status = 422 if form.errors else 200
    return render_dialog(request, "orders/lists/withdraw.html", context, back=_back(request), status=status)


def _own(request: StaffRequest, pk: int) -> WaitingWish:
    wishes = WaitingWish.objects.at_locations({request.location.pk}).select_related("customer", "service")
    return get_object_or_404(wishes, pk=pk)


def _back(request: StaffRequest) -> str:
    """Return the list as it was filtered."""
    asked = request.POST.get("back") or request.GET.get("back", "")
    return own_address(asked, under="/manage/coworking/waiting/", otherwise=reverse("orders:waiting"))
