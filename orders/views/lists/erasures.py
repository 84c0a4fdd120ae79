"""«Удаление данных»: who asked to be erased, for the location administrator, and the acts of those who were."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirm
from coworking.access import StaffRequest, administrators_only
from olvery.shared.refusals import Refusal, Refused
from orders.domain.desk import erasing
from orders.domain.queries.erasures import erasures_at
from orders.wording_refusals import refusal_text

MOST = 100


@require_safe
@administrators_only
def erasures(request: StaffRequest) -> HttpResponse:
    """Show who waits to be erased, then who was of late."""
    asked = erasures_at(request.location)
    waiting, done = asked.filter(done_at=None), asked.exclude(done_at=None).order_by("-done_at")
    context = {"waiting": waiting[:MOST], "done": done[:MOST], "zone": request.location.zone}
    return render(request, "orders/lists/erasures.html", context)


@require_http_methods(["GET", "POST"])
@administrators_only
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what an erasure takes and what stands in its way; make the person anonymous who has asked for it."""
    erasure = get_object_or_404(erasures_at(request.location).filter(done_at=None), pk=pk)
    if request.method == "GET":
        obstacles = [refusal_text(refusal) for refusal in erasing.obstacles(erasure.person)]
        context = {"erasure": erasure, "obstacles": obstacles, "zone": request.location.zone}
        return render(request, "orders/lists/erase.html", context)
    confirm(request)
    try:
        erasing.erase(erasure, by=request.user, location_id=request.location.pk, at=timezone.now())
    except Refused as refused:
        messages.error(request, " ".join(map(refusal_text, refused.refusals)))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, _("The data are erased, the act has number %(number)s.") % {"number": pk})
    return redirect("orders:erasures")
