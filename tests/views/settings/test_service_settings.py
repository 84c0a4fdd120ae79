"""«Коворкинг › Услуги»: the administrator changes sections one by one, the manager reads, other services are 404."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Role
from coworking.models import CancellationStep, Seat, Service, SettingsEvent, Tariff, TariffPrice
from tests.factories import make_location, make_pass_tariff, make_pool, make_seats, make_tariff, make_ticket, seat_of
from tests.html import text_of
from tests.moments import hours
from tests.views.pages import Page, World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LIST = "/manage/coworking/services/"


def address(service: Service, section: str = "") -> str:
    return f"{LIST}{service.pk}/{section + '/' if section else ''}"


def sent(page: Page, service: Service, section: str, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of a section, with some fields changed."""
    (form,) = [form for form in page.forms if form.attrs.get("action") == f"{address(service, section)}#{section}"]
    return {**form.values, **changes}


def saved() -> list[Any]:
    models: tuple[Any, ...] = (Service, Tariff, TariffPrice, Seat, CancellationStep, SettingsEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_what_is_sent_as_it_stands_changes_nothing_in_any_section(client: Client, world: World) -> None:
    CancellationStep.objects.create(service=world.service, hours_before=24, percent=100)
    page, before = read(client.get(address(world.service))), saved()
    for section in ("about", "places", "seats", "tariffs", "prices", "rules", "policy", "methods", "extras"):
        answer = client.post(address(world.service, section), sent(page, world.service, section))
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{address(world.service)}#{section}"), section
        assert saved() == before, section


def test_a_pass_is_given_further_services_by_their_names(client: Client, world: World) -> None:
    studio, away = make_pool(location=world.location, name="Студия"), make_pool(location=make_location())
    hour, of_pass = world.tariff, make_pass_tariff(service=world.service, name="10 часов", position=9)
    form = sent(read(client.get(address(world.service))), world.service, "tariffs")
    before = saved()
    for row, key, told in (
        ("tariffs-1", away.pk, "Выберите корректный вариант"),
        ("tariffs-0", studio.pk, "Другие услуги оплачивает только абонемент."),
    ):
        answer = client.post(address(world.service, "tariffs"), {**form, f"{row}-also_services": [key]})
        assert (answer.status_code, saved()) == (422, before)
        assert told in answer.content.decode()
    answer = client.post(address(world.service, "tariffs"), {**form, "tariffs-1-also_services": [studio.pk]})
    assert answer.status_code == 302
    stored = dict(Tariff.objects.values_list("pk", "also_services"))
    assert (stored[hour.pk], stored[of_pass.pk]) == ([], [studio.pk])
    assert "10 часов · абонемент действует и на: — → Студия" in client.get(address(world.service)).content.decode()


@pytest.mark.parametrize(
    ("section", "changes", "stored", "said"),
    [
        ("about", {"name": "Тихий зал"}, {"name": "Тихий зал"}, "название"),
        ("places", {"buffer_minutes": "15"}, {"buffer_minutes": 15}, "0 → 15"),
        (
            "rules",
            {
                "horizon_days": "30",
                "move_hours": "",
                "release_minutes": "40",
                "override_length": "never",
                "override_opening_hours": "reason",
            },
            {
                "horizon_days": 30,
                "move_hours": None,
                "release_minutes": 40,
                "overridable_rules": ["opening_hours", "lead_time", "horizon"],
            },
            "90 → 30",
        ),
        ("methods", {"payment_methods": ["on_site"]}, {"payment_methods": ["on_site"]}, "→ На месте"),
    ],
)
def test_a_section_is_saved_by_itself_and_the_history_says_so(
    client: Client, world: World, section: str, changes: Any, stored: Any, said: str
) -> None:
    page = read(client.get(address(world.service)))
    answer = client.post(address(world.service, section), sent(page, world.service, section, **changes), follow=True)
    assert Service.objects.filter(pk=world.service.pk).values(*stored).get() == stored
    assert said in answer.content.decode()
    assert set(SettingsEvent.objects.values_list("by", "section")) == {(world.manager.pk, section)}


def test_prices_change_a_tariff_is_added_and_seats_are_numbered_in_a_row(client: Client, world: World) -> None:
    page = read(client.get(address(world.service)))
    row = {"name": "День", "unit": "day", "price": "1 200", "min_units": "1", "max_units": "5"}
    new = {f"tariffs-1-{name}": value for name, value in row.items()}
    changes = {"tariffs-0-price": "350,50", **new}
    client.post(address(world.service, "tariffs"), sent(page, world.service, "tariffs", **changes))
    prices = world.service.tariffs.order_by("pk").values_list("name", "unit", "price")
    assert [(name, str(unit), str(price)) for name, unit, price in prices] == [
        (world.tariff.name, "hour", "350.50"),
        ("День", "day", "1200.00"),
    ]
    changes = {"more-labels": "B8–B10, C1", "more-table": "7"}
    client.post(address(world.service, "seats"), sent(page, world.service, "seats", **changes))
    added = world.service.seats.filter(table=7).order_by("position")
    assert list(added.values_list("label", flat=True)) == ["B8", "B9", "B10", "C1"]


def test_seats_behind_the_last_place_of_a_list_are_last_as_well(client: Client, world: World) -> None:
    page = read(client.get(address(world.service)))
    changes = {"seats-0-position": "32767", "more-labels": "Z1, Z2"}
    answer = client.post(address(world.service, "seats"), sent(page, world.service, "seats", **changes))
    assert answer.status_code == 302
    last = world.service.seats.filter(position=32767).order_by("pk")
    assert list(last.values_list("label", flat=True)) == ["A1", "Z1", "Z2"]


def test_a_price_from_a_day_on_is_saved_shown_and_written_down(client: Client, world: World) -> None:
    page, tariff = read(client.get(address(world.service))), world.tariff
    row = {"tariff": str(tariff.pk), "starts_on": "1.12", "price": "360"}
    values = sent(page, world.service, "prices", **{f"prices-0-{name}": value for name, value in row.items()})
    answer = client.post(address(world.service, "prices"), values, follow=True)
    assert list(TariffPrice.objects.values_list("tariff", "starts_on", "price")) == [
        (tariff.pk, date(2026, 12, 1), Decimal(360))
    ]
    assert f"добавлено: {tariff.name}, 01.12.2026" in answer.content.decode()
    service = client.get(f"/services/{world.service.pk}/").content.decode()
    assert "с 1 декабря — 360" in " ".join(service.replace("\xa0", " ").split())
    # Once in effect, the tariff shows it, and keeps its own price however it is saved.
    TariffPrice.objects.update(starts_on=date(2026, 11, 24))
    page = read(client.get(address(world.service)))
    client.post(address(world.service, "tariffs"), sent(page, world.service, "tariffs", **{"tariffs-0-price": "1"}))
    assert (Tariff.objects.get(pk=tariff.pk).price, TariffPrice.objects.get().price) == (tariff.price, 360)
    assert "360" in client.get(LIST).content.decode()


def test_an_extra_is_a_group_of_fields_and_every_list_to_choose_from_shows_its_arrow(
    client: Client, world: World
) -> None:
    make_pass_tariff(service=world.service)
    answer = client.get(address(world.service)).content.decode()
    names = re.findall(r'<fieldset class="setting-group"[^>]*>\s*<legend class="sr-only">([^<]*)', answer)
    tariffs = [*world.service.tariffs.order_by("position", "pk").values_list("name", flat=True), "Новый тариф"]
    assert names == [*tariffs, world.extra.name, "Новая доп. услуга"]
    assert "Выберите тариф" in answer
    assert answer.count("<select") == len(re.findall(r'<div class="select-wrap">\s*<select', answer)) > 0


def test_an_extra_has_an_icon_a_kind_and_a_rate_of_its_own(client: Client, world: World) -> None:
    page = read(client.get(address(world.service)))
    changes = {"extras-0-icon": "monitor", "extras-0-subject": "commodity", "extras-0-vat": "10"}
    answer = client.post(
        address(world.service, "extras"), sent(page, world.service, "extras", **changes), follow=True
    ).content.decode()
    assert list(world.service.extras.values_list("icon", "subject", "vat")) == [("monitor", "commodity", "10")]
    assert ["Коробка → Монитор" in answer, "— → Товар" in answer, "— → 10" in answer] == [True] * 3


def test_how_many_pieces_of_an_extra_are_free_is_shown_where_it_is_booked(client: Client, world: World) -> None:
    page = read(client.get(address(world.service)))
    client.post(address(world.service, "extras"), sent(page, world.service, "extras", **{"extras-0-stock": "3"}))
    assert "сколько штук есть: — → 3" in client.get(address(world.service)).content.decode()
    chosen = {"tariff": world.tariff.pk, "day": "2026-11-25", "start": "10:00", "end": "12:00"}
    texts = [
        client.get(f"/services/{world.service.pk}/", chosen).content.decode(),
        client.post(
            "/manage/orders/new/availability/?part=0",
            {"service": world.service.pk, **{**chosen, "day": "25.11.2026"}},
        ).content.decode(),
    ]
    for text in texts:
        assert f"Свободно на это время: {world.extra.name} — 3" in " ".join(re.sub(r"<[^>]+>", " ", text).split())


BAD: list[tuple[str, Any, str]] = [
    ("about", {"name": ""}, "Обязательное поле"),
    ("places", {"kind": "pool", "capacity": "0"}, "хотя бы одно место"),
    ("places", {"buffer_minutes": "минута"}, "Введите целое число"),
    ("methods", {"payment_methods": []}, "хотя бы один способ"),
    ("methods", {"deadline_hours": "0"}, "Не меньше 1"),
    ("methods", {"own_order_minutes": "19"}, "Не меньше 20"),
    ("rules", {"release_minutes": "9"}, "не раньше, чем через десять минут"),
    ("rules", {"override_length": "junk"}, "Выберите корректный вариант"),
    ("tariffs", {"tariffs-0-price": "дорого"}, "сумму в рублях"),
    ("tariffs", {"tariffs-0-min_units": "9", "tariffs-0-max_units": "3"}, "Наименьшая длительность больше"),
    ("tariffs", {"tariffs-0-id": "999"}, "Строку тем временем удалили"),
    ("prices", {"prices-0-starts_on": "2026-11-23", "prices-0-price": "1"}, "не раньше сегодняшнего дня"),
    ("prices", {"prices-0-starts_on": "когда-нибудь", "prices-0-price": "1"}, "Напишите день"),
    ("seats", {"seats-0-label": "A2"}, "один номер"),
    ("seats", {"more-labels": "A1–A9999"}, "не больше 100"),
    ("policy", {"policy-0-hours_before": "24", "policy-0-percent": "120"}, "Не больше 100"),
]


def test_bad_input_is_422_with_a_sentence_and_nothing_is_saved_or_lost(client: Client, world: World) -> None:
    page, before = read(client.get(address(world.service))), saved()
    for section, changes, said in BAD:
        answer = client.post(address(world.service, section), sent(page, world.service, section, **changes))
        assert (answer.status_code, saved()) == (422, before), (section, changes)
        assert said in answer.content.decode(), (section, changes)
        kept = sent(read(answer), world.service, section)
        assert {name: kept.get(name) for name in changes if changes[name] not in ("junk", [])} == {
            name: [value] for name, value in changes.items() if value not in ("junk", [])
        }, (section, changes)


def test_the_tickets_in_the_way_are_shown_with_links(client: Client, world: World) -> None:
    ticket = make_ticket(service=world.service, seat=seat_of(world.service, "A1"), period=hours("10", "12"))
    page, before = read(client.get(address(world.service))), saved()
    values = sent(page, world.service, "seats")
    del values["seats-0-is_active"]
    answer = client.post(address(world.service, "seats"), values)
    assert (answer.status_code, saved()) == (422, before)
    assert "Мешает 1 билет" in answer.content.decode()
    assert f"/manage/coworking/tickets/{ticket.number}/" in read(answer).links()
    Membership.objects.filter(user=world.manager, role=Role.RENTAL_MANAGER).delete()
    answer = client.post(address(world.service, "seats"), values)
    assert f"/manage/orders/?q={ticket.number}" in read(answer).links()  # tickets are the manager's


def test_the_second_of_two_people_is_told_and_keeps_what_was_typed(client: Client, world: World) -> None:
    page = read(client.get(address(world.service)))
    first, second = (sent(page, world.service, "about", name=name) for name in ("Первое", "Второе"))
    assert client.post(address(world.service, "about"), first).status_code == 302
    before = saved()
    answer = client.post(address(world.service, "about"), second)
    assert (answer.status_code, saved()) == (422, before)
    assert "Раздел тем временем изменён" in answer.content.decode()
    again = sent(read(answer), world.service, "about")
    assert again["name"] == ["Второе"]
    assert client.post(address(world.service, "about"), again).status_code == 302
    assert Service.objects.get(pk=world.service.pk).name == "Второе"


def test_a_service_is_created_archived_and_sold_again(client: Client, world: World) -> None:
    values = {"name": "Переговорная", "description": "", "kind": "pool", "capacity": "0"}
    before = saved()
    for name in (world.service.name, "Переговорная"):  # a name that is taken, then no place
        refused = client.post(
            f"{LIST}new/", {**values, "name": name, "capacity": "1" if name != "Переговорная" else "0"}
        )
        assert (refused.status_code, saved()) == (422, before)
    client.post(f"{LIST}new/", {**values, "capacity": "4"})
    made = Service.objects.get(name="Переговорная")
    assert (made.location, made.kind, made.capacity, made.is_active) == (world.location, "pool", 4, True)
    assert "нет тарифа" in client.get(LIST).content.decode()
    for is_active, sent_value in ((False, "no"), (True, "yes")):
        client.post(f"{address(made)}sale/", {"is_active": sent_value})
        made.refresh_from_db()
        assert made.is_active is is_active
    assert SettingsEvent.objects.filter(service=made, section="sale").count() == 2


def test_a_service_says_what_it_lacks_before_it_can_be_booked(client: Client, world: World) -> None:
    page = client.post(
        f"{LIST}new/", {"name": "Лекторий", "description": "", "kind": "seats", "capacity": "0"}, follow=True
    )
    made = Service.objects.get(name="Лекторий")
    said = " ".join(text_of(page.content.decode()).split())
    assert "Пока забронировать нельзя Осталось добавить: Места с номерами , Тарифы" in said
    assert {"#seats", "#tariffs"} <= set(read(page).links())
    assert "Схема мест" not in said
    make_tariff(service=made)
    assert client.get(LIST).content.decode().count("Нельзя забронировать") == 1
    Seat.objects.create(service=made, label="Л1", table=1)
    for path in (address(made), LIST):
        shown = client.get(path).content.decode()
        assert ("Пока забронировать нельзя" in shown, "Нельзя забронировать" in shown) == (False, False)


def test_a_manager_reads_and_a_strangers_service_is_not_there(client: Client, world: World) -> None:
    stranger = make_pool(location=make_location())
    assert client.get(address(stranger)).status_code == 404
    assert client.post(address(stranger, "about"), {"name": "Моё"}).status_code == 404
    assert client.post(f"{address(stranger)}sale/", {"is_active": "no"}).status_code == 404
    assert client.post(address(world.service, "nothing"), {}).status_code == 404
    Membership.objects.filter(user=world.manager, role=Role.LOCATION_ADMINISTRATOR).delete()
    before = saved()
    page = read(client.get(address(world.service)))
    assert "Сохранить" not in page.html
    assert len(page.attrs_of("fieldset", disabled="")) == 10
    for path in (address(world.service, "about"), f"{address(world.service)}sale/", f"{LIST}new/"):
        assert client.post(path, {"name": "Моё"}).status_code == 403
    assert saved() == before


def test_the_list_and_the_page_ask_as_much_for_three_as_for_one(client: Client, world: World) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    queries(LIST)  # the session is new
    one = [queries(LIST), queries(address(world.service))]
    for _n in range(2):
        make_tariff(service=make_seats(location=world.location))
        make_tariff(service=world.service)
        Seat.objects.create(service=world.service, label=f"Z{_n}", table=9)
    assert [queries(LIST), queries(address(world.service))] == one
    assert one[0] <= 6
    assert one[1] <= 22
