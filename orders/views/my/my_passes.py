"""«Мои абонементы»: what is left of a person's passes, until when, and what became of the rest."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from orders.domain.queries.passes import own_passes


@require_safe
def pass_list(request: HttpRequest) -> HttpResponse:
    """Show the passes of the person."""
    return render(request, "orders/my/passes.html", {"passes": own_passes(cast(User, request.user))})
