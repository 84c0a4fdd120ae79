"""Photos on the public pages: sized as shown, described, cached by browsers; and private pictures."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.domain.pictures import PHOTO_WIDTHS, read_picture, store
from coworking.models import Photo, Picture, PictureFile, PlanItem, Service
from tests.factories import make_location, make_seats, make_tariff
from tests.pictures import make_photo, make_picture, picture_bytes
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def service() -> Service:
    service = make_seats(location=make_location(name="Парк"), name="Тихая зона")
    make_tariff(service=service)
    return service


def address(picture: Picture, width: int) -> str:
    return f"/pictures/{picture.digest}/{width}.webp"


def images(path: str) -> list[dict[str, str]]:
    return read(Client().get(path)).attrs_of("img")


def test_a_card_shows_the_first_photo_of_its_service_and_the_location_its_own(service: Service) -> None:
    wide = store(read_picture(picture_bytes((900, 600)), PHOTO_WIDTHS))
    Photo.objects.create(service=service, picture=wide, alt="Стол <у окна>", position=1)
    make_photo(service=service, alt="Второе", position=2, colour="navy")
    make_photo(location=service.location, alt="Вход")
    cover, entrance = images("/services/")
    assert cover == {
        "src": address(wide, 360),
        "srcset": f"{address(wide, 360)} 360w, {address(wide, 800)} 800w, {address(wide, 900)} 900w",
        "sizes": "(max-width: 480px) 5.625rem, 22rem",
        "width": "900",
        "height": "600",
        "alt": "Стол <у окна>",
        "loading": "lazy",
        "decoding": "async",
    }
    assert (entrance["alt"], entrance["loading"]) == ("Вход", "lazy")
    first, second = images(f"/services/{service.pk}/")
    assert (first["alt"], first.get("loading")) == ("Стол <у окна>", None)
    assert (second["alt"], second["loading"]) == ("Второе", "lazy")


def test_without_photos_a_page_shows_no_pictures(service: Service) -> None:
    make_photo(service=make_seats())
    for path in ("/services/", f"/services/{service.pk}/"):
        assert images(path + f"?location={service.location_id}") == []


def test_a_picture_is_kept_for_ever_by_whoever_asks(service: Service, client: Client) -> None:
    picture = make_photo(service=service).picture
    answer = client.get(address(picture, 300))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert answer.content == bytes(PictureFile.objects.get(picture=picture).content)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert (answer.cookies, client.cookies) == ({}, {})


def test_no_other_address_gives_a_picture(service: Service) -> None:
    picture = make_photo(service=service).picture
    other = "0" * 32
    for path in (address(picture, 301), f"/pictures/{other}/300.webp", f"/pictures/{picture.digest}/300.png"):
        assert Client().get(path).status_code == 404


def test_the_picture_under_a_plan_is_public_once_order_forms_show_it(service: Service) -> None:
    picture = make_picture()
    spot: dict[str, Any] = {"x": 42, "y": 31, "width": 80, "height": 60}
    item = PlanItem.objects.create(service=service, kind="picture", picture=picture, **spot)
    assert Client().get(address(picture, 300)).status_code == 404
    item.is_in_forms = True
    item.save()
    assert Client().get(address(picture, 300)).status_code == 200


def test_more_photos_need_no_more_queries(service: Service) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert Client().get(path).status_code == 200
        return len(context)

    paths = ("/services/", f"/services/{service.pk}/")
    make_photo(service=service)
    few = [queries(path) for path in paths]
    for number in range(2, 4):
        make_photo(service=service, position=number)
        make_photo(location=service.location, position=number)
    assert [queries(path) for path in paths] == few
    assert few[0] <= 6
