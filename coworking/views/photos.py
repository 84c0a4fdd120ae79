"""«Фотографии» of a service, and of the location itself beside its contacts."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coworking.access import StaffRequest, administrators_only
from coworking.domain.photos import save_photos
from coworking.domain.pictures import MOST_BYTES
from coworking.domain.settings_history import Change, last_event
from coworking.forms_photos import PhotoRows
from coworking.models import MOST_PHOTOS, Location, Photo, Section, Service
from coworking.views.sections import Part, SectionsPage, refusal_of
from olvery.shared.errors import asks_again
from olvery.shared.refusals import Refusal


class Photos:
    """The photos of a service, or without one of the location itself: as stored, or as sent with a request."""

    most, most_size = MOST_PHOTOS, MOST_BYTES // 1024**2

    def __init__(self, location: Location, service: Service | None = None, sent: StaffRequest | None = None) -> None:
        self.location, self.service, self.sent = location, service, sent
        stored = Photo.objects.of(location, service)
        data: dict[str, Any] = {"data": sent.POST, "files": sent.FILES} if sent else {}
        self.rows = PhotoRows(**data, queryset=stored, prefix="photos")
        self.refusal: Refusal | None = None

    @property
    def part(self) -> Part:
        """What every section of the settings begins with."""
        last = last_event(self.location, self.service, Section.PHOTOS)
        return Part(Section.PHOTOS, self.rows, last, self.refusal)

    def save(self) -> bool:
        """Save what was sent and return whether that went well."""
        sent = self.sent
        if sent is None or not self.rows.is_valid():
            return False
        self.refusal = refusal_of(self._store, Section.PHOTOS, sent.POST, by=sent.user, at=timezone.now())
        return self.refusal is None

    def _store(self, change: Change) -> None:
        save_photos(self.location.pk, self.service.pk if self.service else None, change, self.rows.to_rows())


class PageWithPhotos(SectionsPage):
    """A page of sections with photos, which a view of their own saves."""

    @cached_property
    def photos(self) -> Photos:
        """The photos as they are stored."""
        return Photos(self.location, self.service)

    @property
    def context(self) -> dict[str, Any]:
        """The photos stand beside the page, as in the template that both kinds of page include."""
        return {"photos": self.photos}


def view_of_photos(page: type[PageWithPhotos]) -> Callable[..., HttpResponse]:
    """Return the view that saves the photos of a page, or shows what is wrong with them."""

    @require_POST
    @administrators_only
    def saved(request: StaffRequest, **owner: Any) -> HttpResponse:
        sent = page(request, timezone.now(), **owner)
        sent.photos = Photos(sent.location, sent.service, request)
        if asks_again(request) or not sent.photos.save():
            return sent.show()
        messages.success(request, _("The photos are saved."))
        return redirect(f"{sent.url}#photos")

    return saved
