"""«Коворкинг › Контакты»: the address and contacts of a location, as used in letters and on tickets."""

from typing import Any

from django.utils.translation import gettext_lazy

from coworking.domain.location_setup import change_location
from coworking.domain.settings_history import Change
from coworking.forms_location import ContactsForm
from coworking.models import Location, Section
from coworking.views.photos import PHOTOS, PageWithPhotos
from coworking.views.sections import views_of


class ContactsPage(PageWithPhotos):
    """The contacts, and the photos of the location."""

    template = "coworking/contacts.html"
    address = "coworking:contacts"
    sections = {"contacts": Section.CONTACTS, PHOTOS: Section.PHOTOS}
    saved = gettext_lazy("“%(section)s” is saved.")
    leads_to_section = True

    def make_forms(self) -> dict[str, Any]:
        """Return the form for stored values, with a location of its own, which the form changes."""
        stored = Location.objects.get(pk=self.location.pk)
        form = ContactsForm(self.sent_to("contacts"), instance=stored, auto_id="contacts-%s")
        return {"contacts": form, PHOTOS: self.make_photos()}

    def store(self, change: Change) -> None:
        """Save the contacts or the photos. Raises Refusal."""
        if self.sent == PHOTOS:
            self.store_photos(change)
        else:
            change_location(self.location.pk, change, self.forms["contacts"].to_values())


contacts, save_contacts = views_of(ContactsPage)
