"""«Коворкинг › Настройки»: what holds for the whole location, beside its hours, contacts and requisites."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import confirm
from coworking.access import StaffRequest, any_staff
from coworking.domain import location_setup
from coworking.domain.service_list import events_of_location
from coworking.domain.settings_history import Change, last_events
from coworking.forms_location import LOCATION_FORMS
from coworking.models import Location, Section
from coworking.views.service_page import Part
from coworking.views.service_settings import administrators_only
from coworking.wording_settings import event_text
from olvery.shared.errors import asks_again, shown_status
from olvery.shared.forms import as_id
from olvery.shared.refusals import Refusal

SECTIONS = (*LOCATION_FORMS, Section.PANEL)


class LocationPage:
    """The sections of the page; `sent` is the one that came with `data`."""

    def __init__(self, request: StaffRequest, at: datetime, sent: Section | None = None) -> None:
        self.location, self.at, self.sent, self.by = request.location, at, sent, request.user
        self.data: Any = request.POST if sent else None
        self.refusal: Refusal | None = None
        today, stored = at.astimezone(self.location.zone).date(), Location.objects.get(pk=self.location.pk)
        self.forms = {
            section: form(
                self.data if section == sent else None,
                instance=stored,
                auto_id=f"{section}-%s",
                today=today,
            )
            for section, form in LOCATION_FORMS.items()
        }

    def save(self) -> bool:
        """Save what was sent and return whether that went well."""
        assert self.sent  # noqa: S101 - nothing else is saved
        form = self.forms.get(self.sent)
        if form and not form.is_valid():
            return False
        change = Change(section=self.sent, seen=as_id(self.data.get("seen")) or 0, by=self.by, at=self.at)
        try:
            if form:
                location_setup.change_location(self.location.pk, change, form.to_values())
            elif "off" in self.data:
                location_setup.end_panel(self.location.pk, change)
            else:
                location_setup.new_panel_address(self.location.pk, change)
        except Refusal as refusal:
            self.refusal = refusal
        return self.refusal is None

    @cached_property
    def parts(self) -> list[Part]:
        """The sections with their forms and their last changes."""
        last = last_events(self.location, None, SECTIONS)
        return [
            Part(
                section,
                self.forms.get(section),
                last.get(section),
                self.refusal if section == self.sent else None,
            )
            for section in SECTIONS
        ]

    @property
    def panel_address(self) -> str:
        """Where the lobby panel is, empty where there is none."""
        token = self.location.panel_token
        return settings.SITE_URL + reverse("orders:panel", args=[token]) if token else ""

    @property
    def history(self) -> list[tuple[Any, str]]:
        """The last changes, in words."""
        return [(event, event_text(event)) for event in events_of_location(self.location, SECTIONS)]


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
    page = LocationPage(request, timezone.now(), Section(section))
    if asks_again(request):
        return _show(request, page)
    if section == Section.LIMITS:
        confirm(request)
    if not page.save():
        return _show(request, page)
    messages.success(request, _("“%(section)s” is saved.") % {"section": Section(section).label})
    return redirect(f"{reverse('coworking:location')}#{section}")


def _show(request: StaffRequest, page: LocationPage) -> HttpResponse:
    context = {"page": page, "can_edit": request.access.is_administrator, "zone": request.location.zone}
    return render(request, "coworking/location.html", context, status=shown_status(request))
