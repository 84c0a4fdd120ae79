"""«Фотографии» of a service and of the location: without a script, by buttons of a form."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Role
from coworking.models import Photo, Picture, PictureFile, SettingsEvent
from tests.factories import make_pool
from tests.pictures import make_photo, picture_bytes, upload
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

CONTACTS = "/manage/coworking/contacts/"


def page_of(world: World) -> str:
    return f"/manage/coworking/services/{world.service.pk}/"


def sent(answer: Any, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of the photos; `photos_0_alt` changes the words of the first."""
    (form,) = [form for form in read(answer).forms if form.attrs.get("id") == "photos"]
    values = {name: value for name, value in form.values.items() if not name.endswith("-picture")}
    return {**values, **{name.replace("_", "-").replace("is-", "is_"): value for name, value in changes.items()}}


def press(client: Client, page: str, **changes: Any) -> Any:
    return client.post(f"{page}photos/", sent(client.get(page), **changes))


def saved() -> list[Any]:
    models: tuple[Any, ...] = (Photo, Picture, SettingsEvent)
    return [PictureFile.objects.count(), *(list(model.objects.order_by("pk").values()) for model in models)]


def shown() -> list[str]:
    return list(Photo.objects.order_by("position").values_list("alt", flat=True))


@pytest.mark.parametrize("owner", ["service", "location"])
def test_photos_are_added_and_stand_in_the_history(client: Client, world: World, owner: str) -> None:
    page = page_of(world) if owner == "service" else CONTACTS
    files = {"photos_0_picture": upload(), "photos_1_picture": upload(picture_bytes(colour="navy"))}
    answer = press(client, page, photos_0_alt="Зал", photos_1_is_decorative="on", **files)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{page}#photos")
    photos = list(Photo.objects.order_by("position"))
    assert [(one.alt, one.is_decorative) for one in photos] == [("Зал", False), ("", True)]
    assert {getattr(one, owner) for one in photos} == {getattr(world, owner)}
    assert set(SettingsEvent.objects.values_list("section", "by", "service")) == {
        ("photos", world.manager.pk, world.service.pk if owner == "service" else None)
    }
    again = client.get(page)
    alts = [image["alt"] for image in read(again).attrs_of("img")]
    assert alts == ["Зал", ""]
    if owner == "service":
        assert "<b>Фотографии</b>: добавлено: Зал" in again.content.decode()


def test_the_buttons_move_and_remove_and_keep_what_was_typed(client: Client, world: World) -> None:
    page = page_of(world)
    first, second = (make_photo(service=world.service, alt=alt, position=at) for at, alt in enumerate("АБ", start=1))
    assert press(client, page, press=f"down:{first.pk}", photos_1_alt="Кухня").status_code == 302
    assert shown() == ["Кухня", "А"]
    assert press(client, page, press=f"up:{second.pk}").status_code == 302  # the first one stays first
    assert shown() == ["Кухня", "А"]
    assert press(client, page, press=f"up:{first.pk}").status_code == 302
    assert press(client, page, press=f"remove:{first.pk}").status_code == 302
    assert (shown(), PictureFile.objects.count(), Picture.objects.count()) == (["Кухня"], 1, 1)
    text = client.get(page).content.decode()
    assert "порядок: А, Б → Б, А" in text
    assert "удалено: А" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"photos_1_picture": b"x", "photos_1_alt": "Кухня"}, "Это не картинка или она повреждена"),
        ({"photos_1_picture": b"", "photos_1_alt": "Кухня"}, "Файл пуст"),
        ({"photos_1_picture": b"\0\0\0\x18ftypheic", "photos_1_alt": "Кухня"}, "HEIC"),
        ({"photos_1_picture": picture_bytes((50, 50)), "photos_1_alt": "Кухня"}, "не меньше 200"),
        ({"photos_1_picture": picture_bytes(), "photos_1_alt": ""}, "Напишите, что на фотографии"),
        ({"photos_1_alt": "Кухня"}, "Выберите файл"),
        ({"photos_0_alt": "  "}, "Напишите, что на фотографии"),
        ({"photos_0_alt": "я" * 101}, "100"),
    ],
)
def test_bad_input_is_422_with_a_sentence_and_nothing_is_saved_or_lost(
    client: Client, world: World, changes: dict[str, Any], said: str
) -> None:
    make_photo(location=world.location)
    before = saved()
    typed = {name: upload(value, "a.jpg") if isinstance(value, bytes) else value for name, value in changes.items()}
    answer = press(client, CONTACTS, **{"photos_0_alt": "Иначе", **typed})
    assert (answer.status_code, saved()) == (422, before)
    assert said in answer.content.decode()
    words = {name: value for name, value in changes.items() if isinstance(value, str)}
    kept = sent(answer)
    for name, value in {"photos_0_alt": "Иначе", **words}.items():
        assert kept[name.replace("_", "-")] == [value]


def test_more_photos_than_are_shown_are_refused_in_words(client: Client, world: World) -> None:
    for number in range(10):
        make_photo(service=world.service, position=number)
    before = saved()
    page = client.get(page_of(world))
    assert not read(page).attrs_of("input", type="file")
    more = {"photos-TOTAL_FORMS": "11", "photos-10-picture": upload(), "photos-10-alt": "Кухня"}
    answer = client.post(f"{page_of(world)}photos/", {**sent(page), **more})
    assert (answer.status_code, saved()) == (422, before)
    assert "не больше 10 фотографий" in answer.content.decode()


def test_the_second_of_two_people_is_told_and_keeps_what_was_typed(client: Client, world: World) -> None:
    make_photo(service=world.service)
    opened = client.get(page_of(world))
    assert client.post(f"{page_of(world)}photos/", sent(opened, photos_0_alt="Первое")).status_code == 302
    before = saved()
    answer = client.post(f"{page_of(world)}photos/", sent(opened, photos_0_alt="Второе"))
    assert (answer.status_code, saved()) == (422, before)
    assert "Раздел тем временем изменён" in answer.content.decode()
    assert sent(answer)["photos-0-alt"] == ["Второе"]


def test_a_photo_that_was_removed_meanwhile_is_named_and_the_rest_stays_typed(client: Client, world: World) -> None:
    gone, _other = (make_photo(service=world.service, alt=alt, position=at) for at, alt in enumerate("АБ", start=1))
    opened = client.get(page_of(world))
    gone.delete()
    before = saved()
    answer = client.post(f"{page_of(world)}photos/", sent(opened, photos_1_alt="Кухня"))
    assert (answer.status_code, saved()) == (422, before)
    assert "Строку тем временем удалили. Откройте страницу заново." in answer.content.decode()
    assert sent(answer)["photos-1-alt"] == ["Кухня"]
    assert [image["alt"] for image in read(answer).attrs_of("img")] == ["Кухня"]


def test_a_manager_only_reads_and_a_stranger_finds_nothing(client: Client, world: World) -> None:
    make_photo(service=world.service)
    stranger = make_pool()
    assert client.post(f"/manage/coworking/services/{stranger.pk}/photos/").status_code == 404
    values, before = sent(client.get(page_of(world))), saved()
    Membership.objects.filter(user=world.manager, role=Role.LOCATION_ADMINISTRATOR).delete()
    for page in (page_of(world), CONTACTS):
        read_page = read(client.get(page))
        assert not read_page.attrs_of("input", type="file")
        assert not read_page.attrs_of("button", name="press")
        assert client.post(f"{page}photos/", values).status_code == 403
    assert saved() == before


def test_more_photos_need_no_more_queries(client: Client, world: World) -> None:
    def queries(page: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert client.get(page).status_code == 200
        return len(context)

    make_photo(service=world.service)
    make_photo(location=world.location)
    pages = (page_of(world), CONTACTS)
    queries(CONTACTS)
    few = [queries(page) for page in pages]
    for number in range(2, 4):
        make_photo(service=world.service, position=number)
        make_photo(location=world.location, position=number)
    assert [queries(page) for page in pages] == few
