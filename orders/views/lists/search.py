"""The search of the top bar: an exact number opens at once, anything else shows results by kind."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from coworking.access import StaffRequest, any_staff
from olvery.shared.refusals import refusals_to
from olvery.shared.search import is_too_short
from orders.domain.queries import search as queries
from orders.list_filters import read_text
from orders.wording_refusals import refusal_text

LONGEST = 200  # a ticket code has 132 characters


@require_safe
@any_staff
def search(request: StaffRequest) -> HttpResponse:
    """Open the one order or ticket that matches exactly, or show people, orders and tickets."""
    text, is_manager = read_text(request.GET, longest=LONGEST), request.access.is_manager
    one = queries.exactly(request.location, text, with_tickets=is_manager) if text else None
    if one:
        return redirect("orders:detail" if one.kind == queries.ORDER else "orders:ticket", one.number)
    context: dict[str, Any] = {"text": text, "zone": request.location.zone, "each": queries.EACH}
    if not is_too_short(text):
        with refusals_to(lambda refusal: context.update(limited=refusal_text(refusal))):
            context["found"] = queries.found_by(
                request.location, text, by=request.user, with_tickets=is_manager, at=timezone.now()
            )
    return render(request, "orders/lists/search.html", context, status=422 if "limited" in context else 200)
