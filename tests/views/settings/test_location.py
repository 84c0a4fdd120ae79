"""«Коворкинг › Настройки»: the administrator changes the location's settings, the manager reads."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Role
from coworking.models import Location, Section, SettingsEvent
from tests.factories import make_location
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/coworking/location/"


def save(client: Client, section: str, **changes: Any) -> Any:
    """Send a section as a browser does, with some fields changed."""
    (form,) = [one for one in read(client.get(PAGE)).forms if one.attrs.get("action") == f"{PAGE}{section}/#{section}"]
    return client.post(f"{PAGE}{section}/", {**form.values, **changes})


def saved() -> list[Any]:
    return [list(Location.objects.order_by("pk").values()), list(SettingsEvent.objects.order_by("pk").values())]


@pytest.mark.parametrize(
    ("section", "changes", "stored", "said"),
    [
        (
            "reminders",
            {"reminder_hours": "48", "quiet_from": "23", "quiet_until": "730"},
            {"reminder_hours": 48, "quiet_from": time(23), "quiet_until": time(7, 30)},
            "22:00 → 23:00",
        ),
        ("reminders", {"quiet_until": "24"}, {"quiet_until": time(0)}, "08:00 → 24:00"),
        ("reminders", {"quiet_from": "", "quiet_until": ""}, {"quiet_from": None, "quiet_until": None}, "08:00 → —"),
        (
            "door",
            {"entry_minutes": "20", "no_show_minutes": "45", "visits_from": "1.12"},
            {"entry_minutes": 20, "no_show_minutes": 45, "visits_from": date(2026, 12, 1)},
            "— → 01.12.2026",
        ),
        (
            "limits",
            {"discount_limit": "35", "approval_limit": "1 150,50 ₽"},
            {"discount_limit": 35, "approval_limit": Decimal("1150.50")},
            "10000 → 1150,50",
        ),
        ("limits", {"approval_limit": ""}, {"approval_limit": None}, "10000 → —"),
    ],
)
def test_a_section_is_saved_by_itself_and_the_history_says_so(
    client: Client, world: World, section: str, changes: dict[str, str], stored: dict[str, Any], said: str
) -> None:
    other = make_location()
    answer = save(client, section, **changes)
    assert answer.headers["Location"] == f"{PAGE}#{section}"
    assert Location.objects.filter(pk=world.location.pk).values(*stored).get() == stored
    assert Location.objects.get(pk=other.pk).reminder_hours == 24
    events = SettingsEvent.objects.values_list("section", "location", "service", "by")
    assert set(events) == {(Section(section), world.location.pk, None, world.manager.pk)}
    assert said in read(client.get(PAGE)).html


@pytest.mark.parametrize(
    ("section", "changes", "field", "said"),
    [
        ("reminders", {"reminder_hours": "-1"}, "reminder_hours", "Не меньше 0"),
        ("reminders", {"quiet_from": "25"}, "quiet_from", "14:00"),
        ("reminders", {"quiet_until": ""}, "quiet_until", "Укажите оба времени или ни одного"),
        ("reminders", {"quiet_until": "22"}, "quiet_until", "начинаются и кончаются в разное время"),
        ("door", {"entry_minutes": "99999"}, "entry_minutes", "Не больше"),
        ("door", {"visits_from": "когда-то"}, "visits_from", "Напишите день"),
        ("limits", {"discount_limit": "101"}, "discount_limit", "Не больше 100"),
        ("limits", {"approval_limit": "много"}, "approval_limit", "сумму в рублях"),
    ],
)
def test_bad_input_is_422_with_a_message_at_its_field_and_nothing_is_saved_or_lost(
    client: Client, world: World, section: str, changes: dict[str, str], field: str, said: str
) -> None:
    before = saved()
    answer = save(client, section, **changes)
    assert (answer.status_code, saved()) == (422, before)
    page = read(answer)
    assert f"{section}-{field}_error" in page.ids
    assert said in page.html
    assert all(value in page.html for value in changes.values())


def test_the_second_of_two_people_is_told_and_another_section_is_not_in_the_way(client: Client, world: World) -> None:
    save(client, "reminders", reminder_hours="48")
    typed = {"entry_minutes": "5", "no_show_minutes": "30", "visits_from": "", "seen": "0"}
    assert client.post(f"{PAGE}door/", typed).status_code == 302
    before = saved()
    typed = {"reminder_hours": "1", "quiet_from": "22", "quiet_until": "8", "seen": "0"}
    answer = client.post(f"{PAGE}reminders/", typed)
    assert (answer.status_code, saved()) == (422, before)
    assert "Раздел тем временем изменён" in answer.content.decode()


def test_the_panel_gets_an_address_another_one_and_none(client: Client, world: World) -> None:
    assert "Открыть табло" not in read(client.get(PAGE)).html
    tokens = [Location.objects.get(pk=world.location.pk).panel_token]
    for changes in ({}, {}, {"off": "1"}):
        save(client, "panel", **changes)
        tokens.append(Location.objects.get(pk=world.location.pk).panel_token)
    assert [bool(token) for token in tokens] == [False, True, True, False]
    assert [Client().get(f"/panel/{token}/").status_code for token in tokens[1:3]] == [404, 404]
    first, second = (f"{token[:6]}…" for token in tokens[1:3])
    told = SettingsEvent.objects.order_by("pk").values_list("section", "old", "new")
    assert list(told) == [("panel", "", first), ("panel", first, second), ("panel", second, "")]
    assert not SettingsEvent.objects.filter(new__contains=tokens[2])


def test_the_address_of_the_panel_that_is_shown_leads_to_it(client: Client, world: World) -> None:
    save(client, "panel")
    token = Location.objects.get(pk=world.location.pk).panel_token
    assert f"http://127.0.0.1:8000/panel/{token}/" in read(client.get(PAGE)).links()
    assert Client().get(f"/panel/{token}/").status_code == 200


def test_a_manager_only_reads(client: Client, world: World) -> None:
    save(client, "panel")
    Membership.objects.filter(user=world.manager, role=Role.LOCATION_ADMINISTRATOR).delete()
    before = saved()
    page = read(client.get(PAGE))
    assert "Сохранить" not in page.html
    assert "Создать новый адрес" not in page.html
    for section in ("reminders", "door", "limits", "panel"):
        assert client.post(f"{PAGE}{section}/", {"seen": "0"}).status_code == 403
    assert saved() == before


def test_it_asks_as_much_with_a_long_history_as_with_a_short_one(
    client: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    for _once in range(4):
        save(client, "panel")
        client.get(PAGE)
        with django_assert_max_num_queries(9):
            client.get(PAGE)
