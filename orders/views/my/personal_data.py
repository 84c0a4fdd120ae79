"""What a person can do about their own data."""

from allauth.decorators import rate_limit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest
from accounts.views.account import zone_of
from olvery.shared.refusals import Busy, Refused
from orders.documents.personal_data import archive
from orders.domain.desk import erasing
from orders.domain.queries.erasures import standing_of
from orders.domain.queries.personal_data import personal_data
from orders.views.files import attachment
from orders.wording_refusals import refusal_text


@require_POST
@rate_limit(action="own_export")
def export(request: PersonRequest) -> HttpResponse:
    """Return everything stored about a person, at most ten times an hour."""
    now = timezone.now()
    file = archive(personal_data(request.user), at=now)
    return attachment(file, name=f"my-data-{now:%Y-%m-%d}.zip", content_type="application/zip")


@require_http_methods(["GET", "POST"])
def erasure(request: PersonRequest) -> HttpResponse:
    """Let a person request erasure or withdraw the request, and show what still prevents it."""
    now = timezone.now()
    if request.method == "GET":
        return _show(request)
    if "withdraw" in request.POST:
        erasing.withdraw(request.user, at=now)
        messages.success(request, _("The request is withdrawn, your data stay."))
        return redirect("orders:my-erasure")
    try:
        erasing.ask(request.user, at=now)
    except Refused:  # the page itself shows what is open
        return _show(request, status=422)
    except Busy as busy:
        messages.error(request, refusal_text(busy))
    else:
        messages.success(request, _("The request is sent. When it is done you are signed out everywhere."))
    return redirect("orders:my-erasure")


def _show(request: PersonRequest, *, status: int = 200) -> HttpResponse:
    context = {
        "standing": standing_of(request.user),
        "obstacles": [refusal_text(refusal) for refusal in erasing.obstacles(request.user)],
        "zone": zone_of(request),
    }
    return render(request, "orders/my/erasure.html", context, status=status)
