"""«Коворкинг › Контакты»: where the location is, and how it is reached, as letters and tickets say it."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from coworking.access import StaffRequest, administrators_only
from coworking.domain.location_setup import change_location
from coworking.domain.settings_history import Change
from coworking.forms_contacts import ContactsForm
from coworking.models import Location, Section
from coworking.views.photos import Photos
from coworking.views.sections import LocationSections, views_of
from olvery.shared.errors import asks_again


class ContactsPage(LocationSections):
    """The contacts; the photos beside them are saved by a view of their own."""

    template = "coworking/contacts.html"
    address = "coworking:contacts"
    sections = {"contacts": Section.CONTACTS}
    saved = gettext_lazy("The contacts are saved.")

    def make_forms(self) -> dict[str, Any]:
        """Return the form of what is stored now: it writes into the location that it is of."""
        stored = Location.objects.get(pk=self.location.pk)
        return {"contacts": ContactsForm(self.data, instance=stored, auto_id="contacts-%s")}

    def store(self, change: Change) -> None:
        """Save the contacts. Raises Refusal."""
        change_location(self.location.pk, change, self.forms["contacts"].to_values())

    @cached_property
    def photos(self) -> Photos:
        """The photos as they are stored."""
        return Photos(self.location)


contacts, save_contacts = views_of(ContactsPage)


@require_POST
@administrators_only
def save_photos(request: StaffRequest) -> HttpResponse:
    """Save the photos of the location, or show what is wrong with them."""
    page = ContactsPage(request, timezone.now())
    page.photos = Photos(request.location, sent=request)
    if asks_again(request) or not page.photos.save():
        return page.show()
    messages.success(request, _("The photos are saved."))
    return redirect(f"{reverse('coworking:contacts')}#photos")
