"""«Лист ожидания»: where a person stands in line, and leaving it."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from coworking.models import WaitingWish
from orders.domain.booking import waiting
from orders.domain.queries.waiting import own_waiting
from orders.views.told import told


@require_safe
def waiting_list(request: HttpRequest) -> HttpResponse:
    """Show what the person waits for, their place in line, and what became of earlier wishes."""
    standing, closed = own_waiting(cast(User, request.user))
    return render(request, "orders/my/waiting.html", {"standing": standing, "closed": closed})


@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an own wish out of the line."""
    person = cast(User, request.user)
    wish = get_object_or_404(WaitingWish.objects.of_customer(person), pk=pk)
    with told(request):
        waiting.withdraw(wish.pk, by=person, at=timezone.now())
        messages.success(request, _("You have left the line."))
    return redirect("orders:my-waiting")
