"""«Коворкинг › Промокоды»: the administrator creates and changes codes, the manager reads, other codes are 404."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import SettingsEvent
from orders.models import Order, PromoCode
from tests.factories import make_location, make_manager, make_order, make_promo_code
from tests.html import text_of
from tests.moments import FRIDAY, WEDNESDAY
from tests.views.pages import Page, World, read
from tests.views.settings.conftest import make_administered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

LIST = "/manage/coworking/promo-codes/"


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    return make_administered


def saved() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (PromoCode, SettingsEvent)]


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def form_of(client: Client, code: PromoCode, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of a code's form, with some fields changed."""
    page = read(client.get(f"{LIST}{code.pk}/"))
    (form,) = [form for form in page.forms if form.attrs.get("action") == f"{LIST}{code.pk}/save/"]
    return {**form.values, **changes}


def kept(page: Page) -> Any:
    """Return the submitted values that the form shows."""
    return next(form.values for form in page.forms if "note" in form.values)


FILLED = {
    "code": "весна 2027",
    "discount": "12,5%",
    "starts_on": WEDNESDAY.isoformat(),
    "ends_on": FRIDAY.isoformat(),
    "weekdays": ["2", "4"],
    "most_uses": "50",
    "most_uses_each": "1",
    "note": "Листовки",
}


def test_a_code_is_made_with_all_it_holds_for(client: Client, world: World) -> None:
    answer = client.post(f"{LIST}new/", {**FILLED, "service_ids": [str(world.service.pk)]})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    code = PromoCode.objects.get()
    assert {name: value for name, value in vars(code).items() if name not in ("_state", "id")} == {
        "location_id": world.location.pk,
        "code": "ВЕСНА-2027",
        "key": "BECHA2027",
        "value": 12.5,
        "is_percent": True,
        "starts_on": WEDNESDAY,
        "ends_on": FRIDAY,
        "service_ids": [world.service.pk],
        "weekdays": [2, 4],
        "most_uses": 50,
        "most_uses_each": 1,
        "note": "Листовки",
        "is_active": True,
        "used": 0,
    }
    event = SettingsEvent.objects.get()
    assert (event.section, event.subject, event.new, event.by) == ("promo", "ВЕСНА-2027", "ВЕСНА-2027", world.manager)


def test_a_code_that_is_not_named_is_made_up(client: Client, world: World) -> None:
    for _twice in range(2):
        client.post(f"{LIST}new/", {"discount": "500"})
    first, second = PromoCode.objects.order_by("pk")
    assert first.code != second.code
    assert {len(first.code), len(second.code)} == {8}
    assert (first.value, first.is_percent) == (500, False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "аб-1"}, "code"),
        ({"code": "скидка!"}, "code"),
        ({"code": "BECHA-10"}, "code"),  # the same letters of the other alphabet
        ({"discount": ""}, "discount"),
        ({"discount": "0"}, "discount"),
        ({"discount": "₽"}, "discount"),
        ({"discount": "101%"}, "discount"),
        ({"ends_on": "2026-11-24"}, "ends_on"),
        ({"starts_on": "когда-нибудь"}, "starts_on"),
        ({"service_ids": ["999999"]}, "service_ids"),
        ({"weekdays": ["7"]}, "weekdays"),
        ({"most_uses": "0"}, "most_uses"),
        ({"most_uses_each": "много"}, "most_uses_each"),
    ],
)
def test_a_wrong_code_is_refused_at_its_field_with_all_that_was_typed(
    client: Client, world: World, changes: dict[str, Any], field: str
) -> None:
    make_promo_code(location=world.location)
    before = saved()
    answer = client.post(f"{LIST}new/", {**FILLED, **changes})
    page = read(answer)
    assert (answer.status_code, list(answer.context["form"].errors), saved()) == (422, [field], before)
    assert f"id_{field}_error" in page.ids
    assert kept(page)["note"] == ["Листовки"]


def test_the_list_says_what_codes_have_given_with_as_many_queries_for_three_as_for_one(
    client: Client, world: World
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as sent:
            assert client.get(LIST).status_code == 200
        return len(sent)

    code = make_promo_code(location=world.location, most_uses=5)
    make_order(tariff=world.tariff, by=world.manager, promo_code=code.code)
    client.get(LIST)
    of_one = queries()
    for name, fields in {"ЛЕТО": {"weekdays": [0]}, "ОСЕНЬ": {"is_active": False}}.items():
        make_promo_code(location=world.location, code=name, **fields)
    make_promo_code(location=make_location(), code="ЧУЖОЙ")
    assert queries() == of_one
    said = words(client.get(LIST))
    assert "ВЕСНА-10 10 % все услуги Использован: 1 из 5 Скидок всего: 60 ₽ Действует" in said
    assert "ОСЕНЬ 10 % все услуги Использован: 0 Скидок всего: 0 ₽ В архиве" in said
    assert "ЧУЖОЙ" not in said


def test_a_change_holds_for_new_orders_and_stands_in_the_history(client: Client, world: World) -> None:
    code = make_promo_code(location=world.location)
    order = make_order(tariff=world.tariff, by=world.manager, promo_code=code.code)
    sent = form_of(client, code, discount="20%", ends_on=FRIDAY.isoformat(), weekdays=["2"])
    answer = client.post(f"{LIST}{code.pk}/save/", sent, follow=True)
    said = words(answer)
    assert "Скидка: 10 → 20" in said
    assert "Последний день: — → 27.11.2026" in said
    assert "Дни недели: любые → ср" in said
    assert f"Заказ {order.pk} промокод применён" in said
    code.refresh_from_db()
    assert (code.value, code.ends_on, code.weekdays, code.used) == (20, FRIDAY, [2], 1)
    assert Order.objects.get().total == 540


def test_what_is_sent_as_it_stands_changes_nothing(client: Client, world: World) -> None:
    code = make_promo_code(location=world.location, value="12.50", weekdays=[1, 2], most_uses=3, ends_on=FRIDAY)
    before = saved()
    assert client.post(f"{LIST}{code.pk}/save/", form_of(client, code)).status_code == 302
    assert saved() == before


@pytest.mark.parametrize(
    ("changes", "field"), [({"most_uses": "1"}, "most_uses"), ({"discount": "100"}, "discount"), ({"seen": "0"}, None)]
)
def test_a_change_that_cannot_be_is_refused(
    client: Client, world: World, changes: dict[str, Any], field: str | None
) -> None:
    code = make_promo_code(location=world.location)
    for _twice in range(2):
        make_order(tariff=world.tariff, by=world.manager, promo_code=code.code)
    client.post(f"{LIST}{code.pk}/save/", form_of(client, code, note="Раньше"))
    sent, before = form_of(client, code, note="Теперь", **changes), saved()
    answer = client.post(f"{LIST}{code.pk}/save/", sent)
    assert (answer.status_code, saved()) == (422, before)
    assert list(answer.context["form"].errors) == [field or "__all__"]
    assert kept(read(answer))["note"] == ["Теперь"]


def test_a_code_goes_to_the_archive_and_comes_back(client: Client, world: World) -> None:
    code = make_promo_code(location=world.location)
    for value, is_active in (("no", False), ("yes", True)):
        answer = client.post(f"{LIST}{code.pk}/sale/", {"is_active": value})
        assert answer.headers["Location"] == f"{LIST}{code.pk}/"
        assert PromoCode.objects.get().is_active is is_active
    assert [event.new for event in SettingsEvent.objects.order_by("pk")] == ["False", "True"]


def test_a_manager_reads_and_changes_nothing(client: Client, world: World) -> None:
    client.force_login(make_manager(location=world.location))
    code = make_promo_code(location=world.location)
    page, before = read(client.get(f"{LIST}{code.pk}/")), saved()
    assert page.attrs_of("fieldset")[0].keys() >= {"disabled"}
    assert "Сохранить" not in page.html
    for address in ("save/", "sale/"):
        assert client.post(f"{LIST}{code.pk}/{address}", {"is_active": "no"}).status_code == 403
    assert saved() == before


def test_a_strangers_code_is_not_there(client: Client, world: World) -> None:
    code = make_promo_code(location=make_location())
    before = saved()
    assert client.get(f"{LIST}{code.pk}/").status_code == 404
    for address in ("save/", "sale/"):
        assert client.post(f"{LIST}{code.pk}/{address}", {"is_active": "no"}).status_code == 404
    assert saved() == before
