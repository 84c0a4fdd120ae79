"""«Коворкинг › Контакты»: where the location is, and how it is reached, as letters and tickets say it."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain.location_setup import change_location
from coworking.domain.settings_history import last_event
from coworking.forms_contacts import ContactsForm
from coworking.models import Location, Section
from coworking.views.photos import Photos
from coworking.views.sections import Part, refusal_of, show
from olvery.shared.errors import asks_again
from olvery.shared.refusals import Refusal


@require_safe
@any_staff
def contacts(request: StaffRequest) -> HttpResponse:
    return _show(request, _form(request))


@require_POST
@administrators_only
def save_contacts(request: StaffRequest) -> HttpResponse:
    """Save the contacts, or show what is wrong with them."""
    form = _form(request, request.POST)
    if asks_again(request) or not form.is_valid():
        return _show(request, form)
    save = partial(change_location, request.location.pk, values=form.to_values())
    refusal = refusal_of(save, Section.CONTACTS, request.POST, by=request.user, at=timezone.now())
    if refusal:
        return _show(request, form, refusal)
    messages.success(request, _("The contacts are saved."))
    return redirect("coworking:contacts")


@require_POST
@administrators_only
def save_photos(request: StaffRequest) -> HttpResponse:
    """Save the photos of the location, or show what is wrong with them."""
    photos = Photos(request.location, sent=request)
    if asks_again(request) or not photos.save():
        return _show(request, _form(request), photos=photos)
    messages.success(request, _("The photos are saved."))
    return redirect(f"{reverse('coworking:contacts')}#photos")


def _form(request: StaffRequest, data: Any = None) -> ContactsForm:
    return ContactsForm(data, instance=Location.objects.get(pk=request.location.pk), auto_id="contacts-%s")


def _show(
    request: StaffRequest,
    form: ContactsForm,
    refusal: Refusal | None = None,
    photos: Photos | None = None,
) -> HttpResponse:
    part = Part(Section.CONTACTS, form, last_event(request.location, None, Section.CONTACTS), refusal)
    photos = photos or Photos(request.location)
    return show(request, "coworking/contacts.html", form=form, part=part, photos=photos)
