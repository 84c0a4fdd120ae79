"""«Коворкинг › Услуги»: the services of a location and their settings; managers read, its administrator changes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain import setup
from coworking.domain.service_list import services_with_tariffs
from coworking.forms import NewServiceForm
from coworking.views.sections import shown_by, steps_left, told, views_of
from coworking.views.service_page import ServicePage, own_service
from olvery.shared.errors import asks_again, button, shown_status


@require_safe
@any_staff
def service_list(request: StaffRequest) -> HttpResponse:
    """Show the services of the location, including archived ones."""
    services = services_with_tariffs(request.location, at=timezone.now())
    context = {"services": services, "steps": steps_left(request)}
    return render(request, "coworking/services.html", context)


@require_http_methods(["GET", "POST"])
@administrators_only
def new_service(request: StaffRequest) -> HttpResponse:
    """Ask for the kind and name of a new service, and create it."""
    form = NewServiceForm(request.POST if request.method == "POST" else None)
    if not asks_again(request) and form.is_valid():
        with shown_by(form):
            service = setup.create_service(
                location=request.location, values=form.to_values(), by=request.user, at=timezone.now()
            )
            messages.success(request, _("The service is created."))
            return redirect("coworking:service", service.pk)
    return render(request, "coworking/new_service.html", {"form": form}, status=shown_status(request))


service, save_section = views_of(ServicePage)


@button
@administrators_only
def set_sale(request: StaffRequest, pk: int) -> HttpResponse:
    """Archive a service or put it on sale again."""
    is_active = request.POST.get("is_active") == "yes"
    with told(request):
        setup.set_on_sale(own_service(request, pk).pk, is_active=is_active, by=request.user, at=timezone.now())
        text = _("The service is on sale again.") if is_active else _("The service is archived. Sold tickets stand.")
        messages.success(request, text)
    return redirect("coworking:service", pk)
