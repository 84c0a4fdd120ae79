"""«Коворкинг › Настройки»: what holds for the whole location, beside its hours, contacts and requisites."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import confirm
from coworking.access import StaffRequest, administrators_only, any_staff
from coworking.domain import location_setup
from coworking.domain.settings_history import Change
from coworking.forms_location import LOCATION_FORMS
from coworking.models import Location, Section
from coworking.views.sections import LocationSections, show
from olvery.shared.errors import asks_again

SECTIONS = {section.value: section for section in (*LOCATION_FORMS, Section.PANEL)}


class LocationPage(LocationSections):
    """The sections of the page; the panel has no form."""

    sections = SECTIONS

    def make_forms(self) -> dict[str, Any]:
        """Return the forms of what is stored now: a form writes into the location that it is of."""
        stored = Location.objects.get(pk=self.location.pk)
        return {
            section.value: form(self.sent_to(section.value), instance=stored, auto_id=f"{section}-%s", today=self.today)
            for section, form in LOCATION_FORMS.items()
        }

    def store(self, change: Change) -> None:
        """Save the section, or give the panel an address or none. Raises Refusal."""
        if form := self.forms.get(self.sent):
            location_setup.change_location(self.location.pk, change, form.to_values())
        elif "off" in self.data:
            location_setup.end_panel(self.location.pk, change)
        else:
            location_setup.new_panel_address(self.location.pk, change)

    @property
    def panel_address(self) -> str:
        """Where the lobby panel is, empty where there is none."""
        token = self.location.panel_token
        return settings.SITE_URL + reverse("orders:panel", args=[token]) if token else ""


@require_safe
@any_staff
def location(request: StaffRequest) -> HttpResponse:
    return _show(request, LocationPage(request, timezone.now()))


@require_POST
@administrators_only
def save_location(request: StaffRequest, section: str) -> HttpResponse:
    """Save a section, or show what is wrong with it; who may decide alone is changed after a fresh confirmation."""
    if section not in SECTIONS:
        raise Http404
    page = LocationPage(request, timezone.now(), section)
    if asks_again(request):
        return _show(request, page)
    if section == Section.LIMITS:
        confirm(request)
    if not page.save():
        return _show(request, page)
    messages.success(request, _("“%(section)s” is saved.") % {"section": Section(section).label})
    return redirect(f"{reverse('coworking:location')}#{section}")


def _show(request: StaffRequest, page: LocationPage) -> HttpResponse:
    return show(request, "coworking/location.html", page=page)
