"""«Фотографии» of a service, and of the location itself next to its contacts."""

from typing import Any

from coworking.domain.photos import save_photos
from coworking.domain.settings_history import Change
from coworking.forms_photos import PhotoRows
from coworking.models import Photo, Section
from coworking.views.sections import SectionsPage

PHOTOS = Section.PHOTOS.value


class PageWithPhotos(SectionsPage):
    """A page of sections, one of which are photos."""

    def make_photos(self) -> Any:
        """Return the rows of the photos."""
        files = self.request.FILES if self.sent == PHOTOS else None
        stored = Photo.objects.of(self.location, self.service)
        return PhotoRows(self.sent_to(PHOTOS), files, queryset=stored, prefix=PHOTOS)

    def store_photos(self, change: Change) -> None:
        """Save the photos. Raises Refusal."""
        save_photos(self.location.pk, self.service.pk if self.service else None, change, self.forms[PHOTOS].to_rows())
