"""«Коворкинг › Лист ожидания»: who stands in line; a manager offers a place by hand, or takes somebody out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coworking.access import StaffRequest, managers_only
from coworking.models import Service, WaitingWish
from olvery.shared.addresses import own_address
from olvery.shared.days import read_day
from olvery.shared.forms import as_id
from olvery.shared.periods import local_days
from olvery.shared.refusals import Refusal, Refused
from orders.domain.booking import waiting
from orders.domain.queries.waiting import waiting_at
from orders.views.told import told
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


@require_POST
@managers_only
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take somebody out of the line."""
    wish = _own(request, pk)
    with told(request):
        waiting.withdraw(wish.pk, by=request.user, at=timezone.now())
        messages.success(request, _("%(name)s stands in line no more.") % {"name": wish.customer.short_name})
    return redirect(_back(request))


def _own(request: StaffRequest, pk: int) -> WaitingWish:
    wishes = WaitingWish.objects.at_locations({request.location.pk}).select_related("customer")
    return get_object_or_404(wishes, pk=pk)


def _back(request: StaffRequest) -> str:
    """Return the list as it was filtered."""
    return own_address(request.POST.get("back", ""), under="/manage/coworking/waiting/") or "orders:waiting"
