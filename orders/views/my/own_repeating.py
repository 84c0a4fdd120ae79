"""«Повторить» for a customer: the page of the service, filled from an earlier order."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest
from coworking.models import Service
from olvery.shared.forms import as_id
from orders.views.form.again import order_again
from orders.views.my.my_orders import own_order
from orders.views.services.chosen import as_address


@require_safe
def repeat(request: PersonRequest, number: int) -> HttpResponse:
    """Redirect to the service of an earlier order with the same choices, on the next free day."""
    order = own_order(request, number)
    again = order_again(order, order.location, timezone.now())
    service = as_id(again.values.get("service")) or 0
    if not Service.objects.filter(pk=service, is_active=True, location__is_active=True).exists():
        messages.info(request, _("What you booked then is not on sale any more. Here is what there is."))
        return redirect("orders:services")
    if again.lost:
        messages.info(request, _("Not on sale any more: %(names)s.") % {"names": ", ".join(again.lost)})
    if again.values["parts"] != "1":
        messages.info(request, _("One service is booked at a time: this is the first of that order."))
    return redirect(f"{reverse('orders:service', args=[service])}?{as_address(again.values)}")
