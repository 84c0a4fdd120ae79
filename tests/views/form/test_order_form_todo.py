"""The summary of the order form names what is missing, each as a link to its field."""

import re
from typing import Any

import pytest
from django.test import Client

from coworking.models import Rule, Service, Unit
from tests.factories import make_block, make_pool, make_tariff
from tests.moments import WEDNESDAY, hours
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

FORM = "/manage/orders/new/"
TODO = re.compile(r'<p class="hint" id="todo">.*?<span>([^<:]+):?(.*?)</span>', re.DOTALL)
LINK = re.compile(r'<a href="#([^"]+)">([^<]+)</a>')
LEFT, WRONG, READY = "Осталось указать", "Мешает", "Всё заполнено"
Todos = list[tuple[str, str]]


def todo(client: Client, typed: dict[str, Any]) -> tuple[str, Todos]:
    """Return the checklist with its links, after checking that each leads to what can be filled in."""
    answer = client.post(FORM, {**typed, "action": "refresh"})
    page = read(answer)
    hidden = {attrs.get("id") for attrs in page.attrs_of("input", type="hidden")}
    found = TODO.search(answer.content.decode())
    assert found
    said, listed = found[1], found[2]
    links = LINK.findall(listed)
    assert [anchor for anchor, _text in links if anchor not in page.ids - hidden] == []
    assert LINK.sub("", listed).strip(" ,\n") == ""
    return said, [(anchor, text) for anchor, text in links]


def second(world: World, **changes: Any) -> dict[str, Any]:
    """Return a second booking of the same service, of any seat."""
    fields = {"service": world.service.pk, "tariff": world.tariff.pk, "day": WEDNESDAY.isoformat(), "places": "1"}
    fields |= {"start": "14:00", "end": "16:00", **changes}
    return {"parts": "2", **{f"b1-{name}": str(value) for name, value in fields.items()}}


def test_an_empty_form_asks_for_what_it_shows(client: Client, world: World) -> None:
    empty = {"customer": "", "customer_q": "", "phone": "", "service": "", "day": "", "places": "", "discount": "x"}
    assert todo(client, empty) == (
        LEFT,
        [("customer_q", "заказчик"), ("phone", "телефон"), ("service", "услуга")],
    )


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"day": ""}, ("day", "время")),
        ({"start": ""}, ("start", "время")),
        ({"start": "", "end": ""}, ("start", "время")),
        ({"end": ""}, ("end", "время")),
        ({"places": ""}, ("places", "количество мест")),
        ({"payment_method": "online", "email": ""}, ("email", "электронная почта")),
        ({"discount": "5%", "discount_reason": ""}, ("discount_reason", "причина скидки")),
        ({"weekdays": ["2"], "until": ""}, ("until", "до какого дня повторять")),
    ],
    ids=str,
)
def test_what_is_missing_leads_to_its_field(
    client: Client, world: World, changes: dict[str, Any], left: tuple[str, str], settings: Any
) -> None:
    settings.YOOKASSA_SHOP_ID = "123456"
    assert todo(client, world.filled()) == (READY, [])
    assert todo(client, world.filled(**changes)) == (LEFT, [left])


def test_a_tariff_that_the_page_shows_as_chosen_is_not_missing(client: Client, world: World) -> None:
    assert todo(client, world.filled(tariff="")) == (READY, [])


def test_each_of_several_services_is_asked_for_its_own(client: Client, world: World) -> None:
    filled = world.filled()
    assert todo(client, {**filled, **second(world)}) == (READY, [])
    assert todo(client, {**filled, **second(world, service="", day="", places="")}) == (
        LEFT,
        [("b1-service", "услуга (2)")],
    )
    assert todo(client, {**filled, "start": "", "email": "", **second(world, end="")}) == (
        LEFT,
        [("start", "время"), ("b1-end", "время (2)")],
    )


def test_a_mistake_in_a_further_service_leads_there(client: Client, world: World) -> None:
    filled = world.filled(**second(world, start="ночью"))
    assert todo(client, filled) == (WRONG, [("b1-start", "начало (2)")])
    both = world.filled(day="когда-нибудь", **second(world, day="2026-11-29"))
    assert todo(client, both) == (WRONG, [("day", "дата"), ("b1-day", "дата (2)")])


def test_a_visitor_who_was_typed_and_not_chosen_is_asked_for_in_the_search(client: Client, world: World) -> None:
    names = {"places": "2", "seats": [], "visitor-1": "", "visitor-1-q": "Кто-то"}
    assert todo(client, world.filled(**names)) == (WRONG, [("visitor-1-q", "посетитель 2")])


def test_the_reason_is_asked_for_once_where_the_first_rule_is_broken(client: Client, world: World) -> None:
    Service.objects.update(overridable_rules=[Rule.OPENING_HOURS])
    early = second(world, start="06:00", end="07:00")
    assert todo(client, world.filled(**early)) == (LEFT, [("override_reason", "причина отступления от правила")])
    both = world.filled(start="05:00", end="06:00", **early)
    assert todo(client, both) == (LEFT, [("override_reason", "причина отступления от правила")])
    assert todo(client, {**both, "override_reason": "Просьба директора"}) == (READY, [])


def test_a_block_asks_for_a_reason_until_one_is_given(client: Client, world: World) -> None:
    pool = make_pool(location=world.location, capacity=1)
    tariff = make_tariff(service=pool, unit=Unit.HOUR)
    block = make_block(service=pool, period=hours("10", "12"), is_open_to_managers=True)
    over = world.filled(service=pool.pk, tariff=tariff.pk, seats=[], over=block.pk, **{"extra-1": ""})
    assert todo(client, over) == (LEFT, [("override_reason", "причина отступления от правила")])
    assert todo(client, {**over, "override_reason": "Гость директора"}) == (READY, [])


def test_an_emptied_number_of_places_stays_empty_while_it_is_missing(client: Client, world: World) -> None:
    page = read(client.post(FORM, {**world.filled(places=""), "action": "refresh"}))
    assert page.values["places"] == [""]
