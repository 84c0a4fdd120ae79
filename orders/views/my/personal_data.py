"""What a person asks about their own data."""

from typing import cast

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.views.account import zone_of
from olvery.shared.refusals import Busy, Refused
from orders.documents.personal_data import archive
from orders.domain.desk import erasing
from orders.domain.queries.erasures import standing_of
from orders.domain.queries.personal_data import personal_data
from orders.views.files import attachment
from orders.wording_refusals import refusal_text


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Give a person everything that is kept about them, ten times an hour at most."""
    person, now = cast(User, request.user), timezone.now()
    refused: HttpResponse | None = consume_or_429(request, action="own_export", user=person)
    if refused:
        return refused
    file = archive(personal_data(person), at=now)
    return attachment(file, name=f"my-data-{now:%Y-%m-%d}.zip", content_type="application/zip")


@require_http_methods(["GET", "POST"])
def erasure(request: HttpRequest) -> HttpResponse:
    """Let a person ask to be erased, or take that back, and say what still stands in the way."""
    person, now = cast(User, request.user), timezone.now()
    if request.method == "GET":
        return _show(request, person)
    if "withdraw" in request.POST:
        erasing.withdraw(person, at=now)
        messages.success(request, _("The request is withdrawn, your data stay."))
        return redirect("orders:my-erasure")
    try:
        erasing.ask(person, at=now)
    except (Refused, Busy):
        return _show(request, person, status=422)
    messages.success(request, _("The request is sent. When it is done you are signed out everywhere."))
    return redirect("orders:my-erasure")


def _show(request: HttpRequest, person: User, *, status: int = 200) -> HttpResponse:
    context = {
        "standing": standing_of(person),
        "obstacles": [refusal_text(refusal) for refusal in erasing.obstacles(person)],
        "zone": zone_of(request),
    }
    return render(request, "orders/my/erasure.html", context, status=status)
