"""«Мои абонементы»: what is left of a person's passes, their validity, and how they were used."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from orders.domain.queries.passes import own_passes


@require_safe
def pass_list(request: PersonRequest) -> HttpResponse:
    """Show the passes of the person."""
    return render(request, "orders/my/passes.html", {"passes": own_passes(request.user)})
