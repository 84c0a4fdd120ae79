"""«Коворкинг › Контакты»: the administrator changes them, the manager reads."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Role
from coworking.models import Location, Section, SettingsEvent
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/coworking/contacts/"
TYPED = {
    "name": "Парк на Баумана",
    "city": "Казань",
    "address": "ул. Баумана, 1",
    "directions": "Со двора",
    "phone": "8 (843) 200-10-20",
    "reply_email": "desk@example.com",
    "seen": "0",
}


def saved() -> list[Any]:
    return [list(Location.objects.order_by("pk").values()), list(SettingsEvent.objects.order_by("pk").values())]


def test_contacts_are_saved_each_with_a_row_of_history(client: Client, world: World) -> None:
    reply = world.location.reply_email
    assert client.post(f"{PAGE}contacts/", TYPED).headers["Location"] == f"{PAGE}#contacts"
    location = Location.objects.get(pk=world.location.pk)
    assert {name: str(getattr(location, name)) for name in TYPED if name != "seen"} == {
        **{name: value for name, value in TYPED.items() if name != "seen"},
        "phone": "+78432001020",
    }
    events = SettingsEvent.objects.order_by("pk")
    assert [(one.section, one.location, one.service, one.by) for one in events] == [
        (Section.CONTACTS, world.location, None, world.manager)
    ] * len(events)
    assert (reply, "desk@example.com") in [(one.old, one.new) for one in events]
    assert "8 843 200-10-20" in read(client.get(PAGE)).html or "+7 843 200-10-20" in read(client.get(PAGE)).html


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Обязательное поле"),
        ({"reply_email": ""}, "Обязательное поле"),
        ({"reply_email": "desk"}, "адрес"),
        ({"phone": "12"}, "цифр"),
    ],
)
def test_bad_input_is_422_and_nothing_is_saved_or_lost(
    client: Client, world: World, changes: dict[str, str], said: str
) -> None:
    before = saved()
    answer = client.post(f"{PAGE}contacts/", {**TYPED, **changes})
    assert (answer.status_code, saved()) == (422, before)
    assert said in answer.content.decode()
    (form,) = [form for form in read(answer).forms if "reply_email" in form.values]
    kept = {**TYPED, **changes}
    assert {name: form.values[name] for name in kept if name != "directions"} == {
        name: [value] for name, value in kept.items() if name != "directions"
    }


def test_the_second_of_two_people_is_told(client: Client, world: World) -> None:
    client.post(f"{PAGE}contacts/", TYPED)
    before = saved()
    answer = client.post(f"{PAGE}contacts/", {**TYPED, "city": "Пермь"})
    assert (answer.status_code, saved()) == (422, before)
    assert "Раздел тем временем изменён" in answer.content.decode()
    assert "Пермь" in answer.content.decode()


def test_a_manager_only_reads(client: Client, world: World) -> None:
    Membership.objects.filter(user=world.manager, role=Role.LOCATION_ADMINISTRATOR).delete()
    before = saved()
    page = read(client.get(PAGE))
    assert "Сохранить" not in page.html
    assert client.post(f"{PAGE}contacts/", TYPED).status_code == 403
    assert saved() == before
