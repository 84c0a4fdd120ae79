"""«Коворкинг › Настройки»: settings of the whole location, apart from its hours, contacts and requisites."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy

from coworking.domain import location_setup
from coworking.domain.settings_history import Change
from coworking.forms_location import LOCATION_FORMS
from coworking.models import Location, Section
from coworking.views.sections import SectionsPage, views_of


class LocationPage(SectionsPage):
    """The sections of the page; the panel has no form."""

    template = "coworking/location.html"
    address = "coworking:location"
    sections = {section.value: section for section in (*LOCATION_FORMS, Section.PANEL)}
    saved = gettext_lazy("“%(section)s” is saved.")
    leads_to_section = True

    def make_forms(self) -> dict[str, Any]:
        """Return the forms for stored values, each with a location of its own, which the form changes."""
        stored = Location.objects.get(pk=self.location.pk)
        return {
            section.value: form(self.sent_to(section.value), instance=stored, auto_id=f"{section}-%s", today=self.today)
            for section, form in LOCATION_FORMS.items()
        }

    def store(self, change: Change) -> None:
        """Save the section, or set or delete the URL of the panel. Raises Refusal."""
        if form := self.forms.get(self.sent):
            location_setup.change_location(self.location.pk, change, form.to_values())
        elif "off" in self.data:
            location_setup.end_panel(self.location.pk, change)
        else:
            location_setup.new_panel_address(self.location.pk, change)

    @property
    def panel_address(self) -> str:
        """The URL of the lobby panel, empty if there is none."""
        token = self.location.panel_token
        return settings.SITE_URL + reverse("orders:panel", args=[token]) if token else ""


location, save_location = views_of(LocationPage)
