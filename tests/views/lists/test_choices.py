"""The choices of a filter are loaded when its menu opens, and without scripts as a page."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils.html import strip_tags

from accounts.models import User
from coworking.models import Location, TicketStatus
from orders.models import OrderStatus
from tests.factories import make_location, make_pool
from tests.views.lists.test_lists import ORDERS, TICKETS
from tests.views.lists.test_lists import location as location  # noqa: PLC0414 - fixtures
from tests.views.lists.test_lists import manager as manager  # noqa: PLC0414
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HTMX = {"HX-Request": "true"}
STATUS = "/manage/choices/orders/status/"


def boxes(client: Client, url: str, name: str, **headers: str) -> list[str]:
    """Return what can be ticked for a filter."""
    page = read(client.get(url, headers=headers))
    return [box["value"] for box in page.attrs_of("input", type="checkbox", name=name)]


@pytest.mark.parametrize(
    ("url", "name", "statuses"), [(ORDERS, "orders", OrderStatus.values), (TICKETS, "tickets", TicketStatus.values)]
)
def test_a_menu_leads_to_its_choices_until_one_of_them_is_chosen(
    client: Client, manager: User, location: Location, url: str, name: str, statuses: list[str]
) -> None:
    address = f"/manage/choices/{name}/status/"
    assert boxes(client, url, "status") == []
    assert [address in one for one in read(client.get(url)).links()].count(True) == 1
    assert boxes(client, address, "status", **HTMX) == boxes(client, address, "status") == statuses
    assert boxes(client, f"{url}?status={statuses[0]}", "status") == statuses


def test_services_of_other_locations_cannot_be_chosen(client: Client, manager: User, location: Location) -> None:
    own = make_pool(location=location)
    make_pool(location=make_location())
    assert boxes(client, "/manage/choices/orders/service/", "service", **HTMX) == [str(own.pk)]


def test_without_a_script_a_choice_is_added_to_the_other_filters(
    client: Client, manager: User, location: Location
) -> None:
    page = read(client.get(STATUS, {"of": "method=free&method=invoice&status=cancelled&q=%3Cb%3E&after=1~"}))
    form = next(form for form in page.forms if form.values.get("method"))
    assert (form.attrs["action"], form.values) == (ORDERS, {"all": ["1"], "method": ["free", "invoice"], "q": ["<b>"]})
    assert read(client.get(f"{ORDERS}?method=free")).links().count(f"{STATUS}?of=method%3Dfree") == 1


@pytest.mark.parametrize("path", ["orders/created/", "tickets/method/", "people/status/"])
def test_other_filters_have_no_choices(client: Client, manager: User, path: str) -> None:
    assert client.get(f"/manage/choices/{path}").status_code == 404


def chip(html: str, name: str) -> str:
    """Return the text on the button of a filter, from a page or its fragment."""
    words = re.search(rf'(?:id="{name}-words"|hx-swap-oob="innerHTML:#{name}-words")>(.*?)</span>', html, re.DOTALL)
    assert words
    return " ".join(strip_tags(unescape(words[1])).split())


@pytest.mark.parametrize("target", ["", "tickets"])
@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([], "Статус"),
        (["active"], "Статус: Активен"),
        (["held", "active"], "Статус: Забронирован, Активен"),
        (["held", "active", "used", "no_show"], "Статус: Забронирован, Активен +2"),
    ],
)
def test_the_button_of_a_filter_says_in_words_what_is_chosen(
    client: Client, manager: User, location: Location, chosen: list[str], words: str, target: str
) -> None:
    service = make_pool(location=location, name="Опенспейс")
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    html = client.get(TICKETS, {"status": chosen, "service": service.pk}, headers=headers).content.decode()
    assert (chip(html, "status"), chip(html, "service")) == (words, "Услуга: Опенспейс")


def test_the_buttons_of_the_calendar_say_in_words_what_is_chosen(
    client: Client, manager: User, location: Location
) -> None:
    service = make_pool(location=location, name="Опенспейс")
    html = client.get("/manage/coworking/calendar/", {"state": "held", "service": service.pk}).content.decode()
    assert (chip(html, "state"), chip(html, "service")) == ("Статус: Забронирован", "Услуга: Опенспейс")


def test_the_button_of_creation_says_by_whom(client: Client, manager: User, location: Location) -> None:
    html = client.get(ORDERS, {"created": "24.11.2026", "by": "manager"}).content.decode()
    assert chip(html, "created") == "Создан: 24.11.2026, менеджером"
    assert chip(client.get(ORDERS, {"by": "manager"}).content.decode(), "created") == "Создан: менеджером"
