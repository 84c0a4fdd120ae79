"""Two people save the photos of a service at once: one is refused; the control shows that both would be saved."""

from typing import Any

import pytest

from coworking.domain import locks, photos, pictures
from coworking.domain.pictures import PHOTO_WIDTHS, read_picture
from coworking.domain.settings_history import Change, ChangedMeanwhile, Row
from coworking.models import Photo, PictureFile, Section, Service
from tests.factories import make_pool, make_user
from tests.moments import NOW
from tests.pictures import picture_bytes
from tests.races.guards import at_once, meet_before

pytestmark = pytest.mark.django_db(transaction=True)


def both_add() -> list[Any]:
    service = make_pool()
    read = read_picture(picture_bytes(), PHOTO_WIDTHS)
    row = Row(None, {"alt": "Зал", "is_decorative": False, "picture": read})
    changes = [Change(section=Section.PHOTOS, seen=0, by=make_user(), at=NOW) for _person in range(2)]

    def add(change: Change) -> int:
        return photos.save_photos(service.location_id, service.pk, change, [row])

    return at_once([lambda change=change: add(change) for change in changes])


def test_one_of_two_is_told() -> None:
    results = both_add()
    assert sorted(map(type, results), key=str) == sorted([int, ChangedMeanwhile], key=str)
    assert (Photo.objects.count(), PictureFile.objects.count()) == (1, 1)


def test_control_without_the_lock_both_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "lock_service", lambda pk: Service.objects.select_related("location").get(pk=pk))
    meet_before(monkeypatch, pictures, "store", 2)
    assert both_add() == [1, 1]
    assert Photo.objects.count() == 2
