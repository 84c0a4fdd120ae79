"""«Лист ожидания»: a person's places in line, and leaving it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest
from coworking.models import WaitingWish
from olvery.shared.htmx import go_to, render_dialog
from olvery.shared.refusals import refusals_to
from orders.domain.booking import waiting
from orders.domain.queries.waiting import order_of, own_waiting
from orders.forms_refusals import RefusableForm


@require_safe
def waiting_list(request: PersonRequest) -> HttpResponse:
    """Show the person's wishes, their place in line, and the outcome of earlier wishes."""
    standing, closed = own_waiting(request.user)
    return render(request, "orders/my/waiting.html", {"standing": standing, "closed": closed})


@require_safe
def turn(request: PersonRequest, pk: int) -> HttpResponse:
    """Lead to one of the person's wishes, or to the order that it became.

    A letter links to this: an anchor alone would be lost by signing in.
    """
    wish = get_object_or_404(WaitingWish.objects.of_customer(request.user).select_related("waited__order"), pk=pk)
    order = order_of(wish)
    if order:
        return redirect("orders:my-order", order.number)
    return redirect(f"{reverse('orders:my-waiting')}#turn-{wish.pk}")


@require_http_methods(["GET", "POST"])
def leave(request: PersonRequest, pk: int) -> HttpResponse:
    """Explain what leaving the line means, then withdraw one's wish."""
    wishes = WaitingWish.objects.of_customer(request.user).select_related("service__location")
    wish, back = get_object_or_404(wishes, pk=pk), reverse("orders:my-waiting")
    form = RefusableForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_to(form.take):
            waiting.withdraw(wish.pk, by=request.user, at=timezone.now())
            messages.success(request, _("You have left the line."))
            return go_to(request, back)
    context = {"wish": wish, "form": form, "zone": wish.service.location.zone}
    return render_dialog(request, "orders/my/leave_line.html", context, back=back)
