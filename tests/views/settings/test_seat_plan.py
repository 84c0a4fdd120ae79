"""«Схема мест» without scripts: the list of seats and of items around them, saved together."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import Picture, PictureFile, PlanItem, Seat, Service, SettingsEvent
from tests.factories import make_pool, make_seats, make_ticket
from tests.moments import hours
from tests.pictures import make_picture, picture_bytes, upload
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def address(service: Service) -> str:
    return f"/manage/coworking/services/{service.pk}/plan/"


def saving(service: Service) -> str:
    return f"{address(service)}plan/"


def sent(answer: Any, **changes: str) -> dict[str, Any]:
    """Return what a browser sends of the plan, with some fields changed."""
    (form,) = [form for form in read(answer).forms if form.attrs.get("id") == "plan"]
    return {**form.values, **changes}


def saved() -> list[Any]:
    models: tuple[Any, ...] = (Seat, PlanItem, Picture, SettingsEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


def with_item(prefix: str = "items-0", **values: str) -> dict[str, str]:
    item = {"kind": "wall", "text": "", "x": "40", "y": "2", "width": "80", "height": "1", "turn": "0", **values}
    return {f"{prefix}-{name}": value for name, value in item.items()}


def test_seats_are_offered_spots_and_saved_with_a_wall_and_a_new_seat(client: Client, world: World) -> None:
    new = {"seats-4-label": "A9", "seats-4-x": "50", "seats-4-y": "50", "seats-4-turn": "90"}
    values = sent(client.get(address(world.service)), **{"seats-0-x": "30"}, **new, **with_item())
    answer = client.post(saving(world.service), values)
    assert (answer.status_code, answer.headers["Location"]) == (302, address(world.service))
    spots = {label: spot for label, *spot in world.service.seats.values_list("label", "x", "y", "turn")}
    assert (spots["A1"], spots["A9"]) == ([30, 5, 0], [50, 50, 90])
    assert all(None not in spot for spot in spots.values())
    assert list(world.service.plan_items.values_list("kind", "x", "width")) == [("wall", 40, 80)]
    before = saved()
    again = client.get(address(world.service))
    assert client.post(saving(world.service), sent(again)).status_code == 302
    assert saved() == before
    page = client.get(f"/manage/coworking/services/{world.service.pk}/").content.decode()
    assert "изменено на схеме: A1" in page
    client.post(saving(world.service), sent(again, **{"items-0-DELETE": "on"}))
    assert not PlanItem.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seats-0-y": ""}, "нужны оба расстояния"),
        ({"seats-0-x": "84"}, "Не больше 82"),
        ({"seats-0-turn": "20"}, "шагами по 15°"),
        ({"seats-0-label": ""}, "Обязательное поле"),
        ({"seats-0-label": "A2"}, "один номер"),
        (with_item(kind="window"), "Выберите корректный вариант"),
        (with_item(width="0"), "Не меньше 1"),
    ],
)
def test_bad_input_is_422_with_a_sentence_and_nothing_is_saved_or_lost(
    client: Client, world: World, changes: dict[str, str], said: str
) -> None:
    values, before = sent(client.get(address(world.service)), **{"seats-1-x": "44"}, **changes), saved()
    answer = client.post(saving(world.service), values)
    assert (answer.status_code, saved()) == (422, before)
    assert said in answer.content.decode()
    kept = sent(answer)
    assert {name: kept.get(name) for name in ("seats-1-x", *changes) if changes.get(name) != "window"} == {
        name: [value] for name, value in {"seats-1-x": "44", **changes}.items() if value != "window"
    }


def test_a_sold_seat_is_marked_and_its_tickets_are_named_when_it_is_taken_away(client: Client, world: World) -> None:
    ticket = make_ticket(service=world.service, seat=world.seat(), period=hours("10", "12"))
    shown = client.get(address(world.service))
    assert f'data-sold="{world.seat().pk}"' in shown.content.decode()
    values, before = sent(shown), saved()
    del values["seats-0-is_active"]
    answer = client.post(saving(world.service), values)
    assert (answer.status_code, saved()) == (422, before)
    assert f"/manage/coworking/tickets/{ticket.number}/" in read(answer).links()


def test_the_second_of_two_people_is_told_and_keeps_what_was_moved(client: Client, world: World) -> None:
    shown = client.get(address(world.service))
    assert client.post(saving(world.service), sent(shown, **{"seats-0-x": "30"})).status_code == 302
    before = saved()
    answer = client.post(saving(world.service), sent(shown, **{"seats-0-x": "60"}))
    assert (answer.status_code, saved()) == (422, before)
    assert "Раздел тем временем изменён" in answer.content.decode()
    assert client.post(saving(world.service), sent(answer)).status_code == 302
    assert world.seat().x == 60


def test_a_pool_and_a_stranger_have_no_plan_here(client: Client, world: World) -> None:
    for service in (make_pool(location=world.location), make_seats()):
        assert client.get(address(service)).status_code == 404
        assert client.post(saving(service)).status_code == 404


def lay(client: Client, service: Service, data: bytes | None = None, **values: str) -> Any:
    """Upload a picture as the form below the plan does."""
    return client.post(f"{address(service)}picture/", {"seen": "0", "picture": upload(data), **values})


def test_a_picture_is_laid_under_the_seats_as_large_as_fits_and_then_adjusted(client: Client, world: World) -> None:
    answer = lay(client, world.service, picture_bytes((840, 420)))
    assert (answer.status_code, answer.headers["Location"]) == (302, address(world.service))
    assert "Картинка лежит под местами." in client.get(address(world.service)).content.decode()
    item = PlanItem.objects.get()
    assert (item.kind, item.x, item.y, item.width, item.height, item.opacity, item.is_in_forms) == (
        "picture",
        42,
        31,
        84,
        42,
        40,
        False,
    )
    assert list(SettingsEvent.objects.values_list("section", "new")) == [("seats", "Фоновая картинка")]
    page = client.get(address(world.service))
    image = client.get(f"{address(world.service)}picture.webp")
    assert (image.headers["Content-Type"], image.content) == ("image/webp", bytes(PictureFile.objects.get().content))
    adjusted = {"picture-0-x": "40", "picture-0-width": "60", "picture-0-opacity": "25", "picture-0-is_in_forms": "on"}
    assert client.post(saving(world.service), sent(page, **adjusted)).status_code == 302
    item.refresh_from_db()
    assert (item.x, item.width, item.opacity, item.is_in_forms) == (40, 60, 25, True)
    assert SettingsEvent.objects.filter(field="plan", subject__contains="Фоновая картинка").count() == 1


def test_another_picture_takes_the_place_of_the_first_and_a_removed_one_leaves_nothing(
    client: Client, world: World
) -> None:
    lay(client, world.service)
    seen = str(SettingsEvent.objects.latest("pk").pk)
    assert lay(client, world.service, seen=seen).status_code == 302  # repeating it changes nothing
    assert SettingsEvent.objects.count() == 1
    assert lay(client, world.service, picture_bytes(colour="navy"), seen=seen).status_code == 302
    assert (PlanItem.objects.count(), Picture.objects.count(), PictureFile.objects.count()) == (1, 1, 1)
    page = client.get(address(world.service))
    assert client.post(saving(world.service), sent(page, **{"picture-0-DELETE": "on"})).status_code == 302
    assert not any(model.objects.exists() for model in (PlanItem, Picture, PictureFile))


@pytest.mark.parametrize(
    ("data", "values", "said"),
    [
        (b"no picture", {}, "Это не картинка или она повреждена"),
        (None, {"picture": ""}, "Выберите файл"),
    ],
)
def test_only_pictures_are_laid_under_the_seats(
    client: Client, world: World, data: bytes | None, values: dict[str, str], said: str
) -> None:
    before = saved()
    answer = lay(client, world.service, data, **values)
    assert (answer.status_code, saved()) == (422, before)
    assert said in answer.content.decode()
    [plan] = [form for form in read(answer).forms if form.attrs.get("id") == "plan"]
    moved = client.post(plan.attrs["action"], sent(answer, **{"seats-0-x": "30"}))
    assert (moved.status_code, world.seat().x) == (302, 30)


def test_a_picture_is_not_laid_over_a_change_that_nobody_saw(client: Client, world: World) -> None:
    client.post(saving(world.service), sent(client.get(address(world.service)), **{"seats-0-x": "30"}))
    before = saved()
    answer = lay(client, world.service)
    assert (answer.status_code, saved()) == (422, before)
    assert "Раздел тем временем изменён" in answer.content.decode()


def test_nobody_invents_a_picture_or_takes_that_of_another_service(client: Client, world: World) -> None:
    other = make_seats()
    picture = make_picture()
    PlanItem.objects.create(service=other, kind="picture", picture=picture, x=42, y=31, width=80, height=60)
    before = saved()
    assert client.get(f"{address(other)}picture.webp").status_code == 404
    assert client.get(f"{address(world.service)}picture.webp").status_code == 404
    forged = with_item(kind="picture")
    assert client.post(saving(world.service), sent(client.get(address(world.service)), **forged)).status_code == 422
    assert saved() == before


def test_more_seats_and_items_need_no_more_queries(client: Client, world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            assert client.get(address(world.service)).status_code == 200
        return len(context)

    queries()
    few = queries()
    for number in range(3):
        Seat.objects.create(service=world.service, label=f"Z{number}", table=9)
        PlanItem.objects.create(service=world.service, kind="table", x=10, y=10)
    assert queries() == few


def test_the_order_form_draws_the_part_of_the_room_in_which_something_stands(client: Client, world: World) -> None:
    Seat.objects.filter(label="A1").update(x=20, y=30, turn=90)
    PlanItem.objects.create(service=world.service, kind="door", text="Вход", x=40, y=30, width=8, height=8)
    page = read(client.get(f"/services/{world.service.pk}/"))
    (drawing,) = page.attrs_of("svg", width="280")
    assert (drawing["viewbox"], drawing["height"]) == ("170 250 280 100", "100")
    (placed,) = page.attrs_of("label", **{"class": "seat x1 y3"})
    assert placed["title"].startswith("A1")
    boxes = {attrs["value"] for attrs in page.attrs_of("input", name="seats")}
    assert boxes == {"", *(str(seat.pk) for seat in world.service.seats.all())}


@pytest.mark.parametrize("is_in_forms", [True, False])
def test_the_order_form_shows_the_picture_where_it_is_wanted(client: Client, world: World, is_in_forms: bool) -> None:
    Seat.objects.filter(label="A1").update(x=20, y=30)
    picture = make_picture()
    spot: dict[str, Any] = {"x": 42, "y": 31, "width": 80, "height": 60, "opacity": 25, "is_in_forms": is_in_forms}
    PlanItem.objects.create(service=world.service, kind="picture", picture=picture, **spot)
    page = read(client.get(f"/services/{world.service.pk}/"))
    assert page.attrs_of("svg", viewbox="170 270 60 60")  # cut to the seats, as without a picture
    drawn = [(one["href"], one["transform"], one["width"], one["opacity"]) for one in page.attrs_of("image")]
    wanted = (f"/pictures/{picture.digest}/300.webp", "translate(420 310) rotate(0)", "800", "0.25")
    assert drawn == [wanted] * is_in_forms
