"""«Лист ожидания»: where a person stands in line, and leaving it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest
from coworking.models import WaitingWish
from orders.domain.booking import waiting
from orders.domain.queries.waiting import own_waiting
from orders.views.told import told


@require_safe
def waiting_list(request: PersonRequest) -> HttpResponse:
    """Show what the person waits for, their place in line, and what became of earlier wishes."""
    standing, closed = own_waiting(request.user)
    return render(request, "orders/my/waiting.html", {"standing": standing, "closed": closed})


@require_POST
def leave(request: PersonRequest, pk: int) -> HttpResponse:
    """Take an own wish out of the line."""
    wish = get_object_or_404(WaitingWish.objects.of_customer(request.user), pk=pk)
    with told(request):
        waiting.withdraw(wish.pk, by=request.user, at=timezone.now())
        messages.success(request, _("You have left the line."))
    return redirect("orders:my-waiting")
