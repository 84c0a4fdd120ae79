"""What an empty list says, and what it offers to do next."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coworking.models import Location
from tests.factories import make_user
from tests.views.lists.test_lists import LISTS, ORDERS, add, in_russian, numbers, ticket_of
from tests.views.lists.test_lists import location as location  # noqa: PLC0414 - fixtures
from tests.views.lists.test_lists import manager as manager  # noqa: PLC0414
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def near(client: Client, url: str, **query: Any) -> list[tuple[str, list[int]]]:
    """Return what a list that finds nothing offers to search instead, and what that finds."""
    page = client.get(url, query).content.decode()
    assert "Ничего не нашли" in page
    links = re.findall(r'<a class="btn" href="(\?[^"]*)">\s*<svg.*?</svg>\s*(Искать[^<]*?)\s*</a>', page, re.DOTALL)
    return [(words, numbers(read(client.get(url + unescape(address))))) for address, words in links]


@pytest.mark.parametrize("url", LISTS)
def test_an_empty_list_says_what_comes_next(client: Client, manager: User, url: str) -> None:
    page = read(client.get(url))
    assert "/manage/orders/new/" in page.links()
    assert "table" not in {tag for tag, _attrs in page.tags}
    nothing = read(client.get(f"{url}?q=никого"))
    assert "?all=1" in nothing.links()
    assert page.text["h2"] != nothing.text["h2"] == in_russian("Nothing is found")


@pytest.mark.parametrize("url", LISTS)
def test_a_list_that_finds_nothing_names_filters_only_where_some_are_chosen(
    client: Client, manager: User, location: Location, url: str
) -> None:
    add(manager, location)
    for query, told, button in (
        ({"q": "никого"}, "По запросу «никого» ничего нет.", "Показать все"),
        ({"q": "никого", "status": "cancelled"}, "По запросу «никого» и выбранным фильтрам", "Сбросить фильтры"),
        ({"status": "cancelled"}, "По выбранным фильтрам ничего нет.", "Сбросить фильтры"),
    ):
        page = client.get(url, query).content.decode()
        assert told in page
        assert f'<a class="btn" href="?all=1">{button}</a>' in page


@pytest.mark.parametrize("url", LISTS)
def test_a_slip_in_a_name_leads_to_a_name_that_begins_like_it(
    client: Client, manager: User, location: Location, url: str
) -> None:
    order = add(manager, location, customer=make_user(last_name="Петров", first_name="Иван"))
    add(manager, location, customer=make_user(last_name="Сидоров", first_name="Олег"))
    number = order.pk if url == ORDERS else ticket_of(order)
    assert near(client, url, q="Петрва") == [("Искать «Петр» (1)", [number])]
    assert near(client, url, q="Иванн Петрва") == [("Искать «Иван Петр» (1)", [number])]
    assert near(client, url, q="gtnhdf") == [("Искать «gtnh» (1)", [number])]
    assert near(client, url, q="Петурв") == [("Искать «Пет» (1)", [number])]
    assert near(client, url, q="Петрва", status="cancelled") == []
    for text in ("Ким", "+7 900 111", "ivan@exmaple", "99999"):
        assert near(client, url, q=text) == []
