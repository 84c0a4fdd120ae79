"""«Коворкинг › Услуги»: the services of a location and their settings; managers read, its administrator changes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain import setup
from coworking.domain.service_list import services_with_tariffs
from coworking.forms import NewServiceForm
from coworking.models import Section, Service
from coworking.views.photos import Photos
from coworking.views.sections import show, shown_by, steps_left, told
from coworking.views.service_page import ServicePage
from olvery.shared.errors import asks_again, button, shown_status


@require_safe
@any_staff
def service_list(request: StaffRequest) -> HttpResponse:
    """Show what the location sells, and what is archived."""
    services = services_with_tariffs(request.location, at=timezone.now())
    context = {"services": services, "steps": steps_left(request)}
    return render(request, "coworking/services.html", context)


@require_http_methods(["GET", "POST"])
@administrators_only
def new_service(request: StaffRequest) -> HttpResponse:
    """Ask what a new service is, and create it."""
    form = NewServiceForm(request.POST if request.method == "POST" else None)
    if not asks_again(request) and form.is_valid():
        with shown_by(form):
            service = setup.create_service(
                location=request.location, values=form.to_values(), by=request.user, at=timezone.now()
            )
            messages.success(request, _("The service is created."))
            return redirect("coworking:service", service.pk)
    return render(request, "coworking/new_service.html", {"form": form}, status=shown_status(request))


@require_safe
@any_staff
def service(request: StaffRequest, pk: int) -> HttpResponse:
    return _show(request, ServicePage(_own(request, pk), at=timezone.now()))


@require_POST
@administrators_only
def save_section(request: StaffRequest, pk: int, section: str) -> HttpResponse:
    """Save one section, or show what is wrong with it."""
    if section not in Section.values:
        raise Http404
    page = ServicePage(_own(request, pk), at=timezone.now(), section=Section(section), data=request.POST)
    if asks_again(request) or not page.save(by=request.user):
        return _show(request, page)
    messages.success(request, _("“%(section)s” is saved.") % {"section": Section(section).label})
    return redirect(f"{reverse('coworking:service', args=[pk])}#{section}")


@require_POST
@administrators_only
def save_photos(request: StaffRequest, pk: int) -> HttpResponse:
    """Save the photos, or show what is wrong with them."""
    service = _own(request, pk)
    photos = Photos(service.location, service, request)
    if asks_again(request) or not photos.save():
        return _show(request, ServicePage(service, at=timezone.now()), photos)
    messages.success(request, _("The photos are saved."))
    return redirect(f"{reverse('coworking:service', args=[pk])}#photos")


@button
@administrators_only
def set_sale(request: StaffRequest, pk: int) -> HttpResponse:
    """Archive a service or put it on sale again."""
    is_active = request.POST.get("is_active") == "yes"
    with told(request):
        setup.set_on_sale(_own(request, pk).pk, is_active=is_active, by=request.user, at=timezone.now())
        text = _("The service is on sale again.") if is_active else _("The service is archived. Sold tickets stand.")
        messages.success(request, text)
    return redirect("coworking:service", pk)


def _own(request: StaffRequest, pk: int) -> Service:
    """Return a service of the current location; a stranger's is 404."""
    return get_object_or_404(Service.objects.select_related("location"), pk=pk, location=request.location)


def _show(request: StaffRequest, page: ServicePage, photos: Photos | None = None) -> HttpResponse:
    photos = photos or Photos(request.location, page.service)
    facts: dict[str, Any] = {"page": page, "service": page.service, "photos": photos, "steps": steps_left(request)}
    facts["lacking"] = page.lacking if page.service.is_active else []
    return show(request, "coworking/service.html", **facts)
