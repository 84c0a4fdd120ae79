"""Photos are saved as one list: added, ordered, described, removed, each with its history."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from coworking.domain.photos import TooManyPhotos, save_photos
from coworking.domain.pictures import PHOTO_WIDTHS, read_picture
from coworking.domain.settings_history import Change, ChangedMeanwhile, Row
from coworking.domain.showcase import bookable_locations
from coworking.models import MOST_PHOTOS, Photo, Picture, PictureFile, Section, Service, SettingsEvent
from tests.factories import make_location, make_pool, make_user
from tests.moments import NOW
from tests.pictures import make_photo, picture_bytes

pytestmark = pytest.mark.django_db

OLIVE, NAVY = (read_picture(picture_bytes(colour=colour), PHOTO_WIDTHS) for colour in ("olive", "navy"))


def save(service: Service, rows: list[Row], seen: int = 0) -> int:
    change = Change(section=Section.PHOTOS, seen=seen, by=make_user(), at=NOW)
    return save_photos(service.location_id, service.pk, change, rows)


def new(read: Any = OLIVE, alt: str = "Зал") -> Row:
    return Row(None, {"alt": alt, "is_decorative": False, "picture": read})


def kept(photo: Photo, **changes: Any) -> Row:
    return Row(photo.pk, {"alt": photo.alt, "is_decorative": photo.is_decorative, **changes})


def stored() -> list[Any]:
    models: tuple[Any, ...] = (Photo, Picture, SettingsEvent)
    files = list(PictureFile.objects.order_by("pk").values_list("picture", "width"))
    return [files, *(list(model.objects.order_by("pk").values()) for model in models)]


def history() -> list[tuple[str, ...]]:
    return list(SettingsEvent.objects.order_by("pk").values_list("section", "subject", "field", "old", "new"))


def test_photos_are_added_in_their_order_each_with_a_row_of_history() -> None:
    service = make_pool()
    assert save(service, [new(OLIVE, "Зал"), new(NAVY, "Кухня")]) == 2
    shown = list(Photo.objects.of(service.location, service))
    assert [(one.alt, one.position, one.picture.digest) for one in shown] == [
        ("Зал", 1, OLIVE.digest),
        ("Кухня", 2, NAVY.digest),
    ]
    assert [(one.picture.width, one.picture.height, one.picture.widths) for one in shown] == [(300, 200, [300])] * 2
    assert bytes(PictureFile.objects.get(picture=shown[0].picture).content) == OLIVE.files[300]
    assert history() == [("photos", "Зал", "", "", "Зал"), ("photos", "Кухня", "", "", "Кухня")]


def test_the_order_and_the_words_are_changed_and_a_removed_photo_leaves_nothing() -> None:
    service = make_pool()
    first, second, third = (
        make_photo(service=service, alt=alt, position=at, colour=colour)
        for at, (alt, colour) in enumerate([("А", "olive"), ("Б", "navy"), ("В", "red")], start=1)
    )
    rows = [kept(third, alt="Г"), Row(first.pk, {}, is_removed=True), kept(second)]
    assert save(service, rows) == 3
    assert [(one.alt, one.position) for one in Photo.objects.of(service.location, service)] == [("Г", 1), ("Б", 2)]
    assert set(Picture.objects.values_list("pk", flat=True)) == {second.picture_id, third.picture_id}
    assert set(PictureFile.objects.values_list("picture", flat=True)) == {second.picture_id, third.picture_id}
    assert history() == [
        ("photos", "А", "", "А", ""),
        ("photos", "", "position", "Б, В", "В, Б"),
        ("photos", "В", "alt", "В", "Г"),
    ]


def test_two_photos_of_the_same_words_change_places() -> None:
    service = make_pool()
    first, second = (
        make_photo(service=service, position=at, colour=colour) for at, colour in ((1, "red"), (2, "navy"))
    )
    assert save(service, [kept(second), kept(first)]) == 0
    assert list(Photo.objects.of(service.location, service)) == [second, first]
    longest = "я" * 100
    assert save(service, [kept(second, alt=longest), kept(first)]) == 1
    second.alt = longest
    rows = [kept(first), kept(second), new(alt=longest)]
    assert save(service, rows, seen=SettingsEvent.objects.latest("pk").pk) == 2


def test_nothing_is_written_where_nothing_was_changed() -> None:
    service = make_pool()
    photo = make_photo(service=service)
    before = stored()
    assert (save(service, [kept(photo)]), stored()) == (0, before)


def test_more_photos_than_are_shown_are_refused() -> None:
    service = make_pool()
    many = [kept(make_photo(service=service, position=number)) for number in range(MOST_PHOTOS)]
    before = stored()
    with pytest.raises(TooManyPhotos):
        save(service, [*many, new()])
    assert stored() == before
    assert save(service, [*many[1:], Row(many[0].key, {}, is_removed=True), new()]) == 2


def test_who_has_not_seen_the_last_change_is_told_and_changes_nothing() -> None:
    service = make_pool()
    save(service, [new()])
    photo, event = Photo.objects.get(), SettingsEvent.objects.get()
    before = stored()
    gone = Row(photo.pk + 1, {}, is_removed=True)
    for rows, seen in (([kept(photo, alt="Иначе")], 0), ([kept(photo), gone], event.pk), ([], event.pk)):
        with pytest.raises(ChangedMeanwhile):
            save(service, rows, seen=seen)
        assert stored() == before
    assert save(service, [kept(photo, alt="Иначе")], seen=event.pk) == 1


def test_a_photo_of_another_service_is_not_touched() -> None:
    service, other = make_pool(), make_photo(service=make_pool())
    before = stored()
    with pytest.raises(ChangedMeanwhile):
        save(service, [Row(other.pk, {}, is_removed=True)])
    assert stored() == before


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"alt": ""}, "photo_described_or_decorative"),
        ({"is_decorative": True}, "photo_described_or_decorative"),
        ({"service": None}, "photo_of_a_service_or_a_location"),
    ],
)
def test_the_database_wants_words_and_an_owner(values: dict[str, Any], constraint: str) -> None:
    photo = make_photo(service=make_pool())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Photo.objects.filter(pk=photo.pk).update(**values)


def test_locations_come_with_their_photos_and_the_first_of_each_service(django_assert_num_queries: Any) -> None:
    location, other = make_location(name="А"), make_location(name="Б")
    service, archived = make_pool(location=location), make_pool(location=location, is_active=False)
    make_photo(service=service, alt="Вторая", position=2, colour="navy")
    make_photo(service=service, alt="Первая", position=1)
    make_photo(service=archived, alt="Нигде")
    make_photo(location=location, alt="Вход")
    with django_assert_num_queries(1):
        first, second = bookable_locations()
    assert [photo.alt for photo in first.own_photos] == ["Вход"]
    assert {key: (photo.alt, photo.picture.widths) for key, photo in first.covers.items()} == {
        service.pk: ("Первая", [300])
    }
    assert (second, second.own_photos, second.covers) == (other, [], {})
