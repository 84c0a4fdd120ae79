"""What migrations make of rows that were written before."""

from importlib import import_module
from io import BytesIO

import pytest
from django.apps import apps
from PIL import Image

from coworking.domain.pictures import PHOTO_WIDTHS, read_picture, store
from coworking.models import Photo, PictureFile
from tests.factories import make_seats
from tests.pictures import detailed, make_photo

pytestmark = pytest.mark.django_db


def contents() -> dict[tuple[int, int], bytes]:
    return {(file.picture_id, file.width): bytes(file.content) for file in PictureFile.objects.all()}


def test_small_files_of_photos_are_made_anew_where_they_are_too_large() -> None:
    service = make_seats()
    large = store(read_picture(detailed((800, 600)), {**PHOTO_WIDTHS, 360: 6 * 1024}))
    Photo.objects.create(service=service, picture=large, alt="Зал")
    make_photo(service=service, position=2)
    before = contents()
    assert len(before[large.pk, 360]) > PHOTO_WIDTHS[360]

    import_module("coworking.migrations.0059_small_photos").shrink(apps, None)

    small = contents()[large.pk, 360]
    assert len(small) <= PHOTO_WIDTHS[360]
    assert Image.open(BytesIO(small)).size == (360, 270)
    assert contents() == {**before, (large.pk, 360): small}
