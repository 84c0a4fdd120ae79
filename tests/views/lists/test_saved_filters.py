"""Named filters, the default filter of a list, and columns: separate for each person and location."""

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext, override

from accounts.domain import lists
from accounts.models import ListName, SavedFilter, User
from coworking.models import Location
from tests.factories import make_location, make_manager
from tests.views.lists.test_lists import ORDERS, TICKETS, add, numbers, titles
from tests.views.lists.test_lists import location as location  # noqa: PLC0414 - fixtures
from tests.views.lists.test_lists import manager as manager  # noqa: PLC0414
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

NEW = "/manage/filters/orders/new/"
CONFIRMED = "status=confirmed&sort=customer"


def save(client: Client, name: str, query: str = CONFIRMED, *, of: str = "orders", **typed: Any) -> Any:
    """Save a filter as the dialog does."""
    address = f"/manage/filters/{of}/new/?of={query.replace('&', '%26').replace('=', '%3D')}"
    assert client.get(address, headers={"HX-Request": "true"}).status_code == 200
    return client.post(address, {"name": name, **typed})


def current(client: Client, address: str) -> list[str]:
    """Return the addresses of the tabs that are marked as this page."""
    tabs = read(client.get(address)).attrs_of("a", **{"aria-current": "page"})
    return [tab["href"] for tab in tabs if tab["href"].startswith("?")]


def kept() -> list[tuple[Any, ...]]:
    """Return all saved filters."""
    return list(SavedFilter.objects.order_by("pk").values_list("user", "list", "name", "query", "is_default"))


def test_a_filter_is_kept_without_its_page_and_shown_as_the_one_the_list_has(
    client: Client, manager: User, location: Location
) -> None:
    answer = save(client, "Ждут", f"q=&{CONFIRMED}&after=1~&ticket=2")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{ORDERS}?{CONFIRMED}")
    assert kept() == [(manager.pk, "orders", "Ждут", CONFIRMED, False)]
    assert current(client, f"{ORDERS}?{CONFIRMED}&q=") == [f"?{CONFIRMED}"]
    assert current(client, ORDERS) == ["?all=1"]
    assert current(client, f"{ORDERS}?q=1") == []
    fragment = client.get(f"{ORDERS}?{CONFIRMED}", headers={"HX-Request": "true", "HX-Target": "orders"})
    assert 'id="saved" aria-label="Сохранённые фильтры" hx-swap-oob="true"' in fragment.content.decode()
    assert "Ждут" not in client.get(TICKETS).content.decode()


@pytest.mark.parametrize("url", [ORDERS, TICKETS])
def test_the_default_opens_the_list_and_can_be_left(
    client: Client, manager: User, location: Location, url: str
) -> None:
    of = "orders" if url == ORDERS else "tickets"
    save(client, "Первый", "status=cancelled", of=of, is_default="on")
    save(client, "Второй", "status=held", of=of, is_default="on")
    assert [(one.name, one.is_default) for one in SavedFilter.objects.order_by("pk")] == [
        ("Первый", False), ("Второй", True),
    ]  # fmt: skip
    assert client.get(url).headers["Location"] == f"{url}?status=held"
    add(manager, location)
    assert len(numbers(read(client.get(f"{url}?all=1")))) == 1
    assert "?all=1" in read(client.get(f"{url}?status=held")).links()


def test_a_filter_is_renamed_made_the_default_and_deleted(client: Client, manager: User) -> None:
    save(client, "Ждут")
    pk = SavedFilter.objects.get().pk
    client.post(f"/manage/filters/{pk}/", {"name": "Ждут оплаты", "is_default": "on"})
    assert kept() == [(manager.pk, "orders", "Ждут оплаты", CONFIRMED, True)]
    client.post(f"/manage/filters/{pk}/", {"name": "Ждут оплаты", "delete": "1"})
    assert kept() == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "Назовите фильтр."), ("Ждут", "У вас уже есть фильтр с таким названием"), ("я" * 41, "40")],
)
def test_a_name_is_needed_and_one_s_own(client: Client, manager: User, name: str, said: str) -> None:
    save(client, "Ждут")
    before = kept()
    answer = save(client, name, "q=Петров", is_default="on")
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert kept() == before


def test_there_are_no_more_filters_than_one_glance_takes(
    client: Client, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST", 1)
    save(client, "Ждут")
    answer = save(client, "Ещё", "q=1")
    assert (answer.status_code, SavedFilter.objects.count()) == (422, 1)
    assert "сначала удалите ненужный" in answer.content.decode()


def test_filters_of_another_person_or_location_are_not_found(client: Client, manager: User, location: Location) -> None:
    other = make_manager(location=location)
    for user, place in ((other, location), (manager, make_location())):
        theirs = SavedFilter.objects.create(user=user, location=place, list="orders", name="Чужой", query="q=1")
        assert client.get(f"/manage/filters/{theirs.pk}/").status_code == 404
        assert client.post(f"/manage/filters/{theirs.pk}/", {"delete": "1"}).status_code == 404
    assert "Чужой" not in client.get(ORDERS).content.decode()
    assert SavedFilter.objects.count() == 2


def test_columns_that_are_left_out_are_not_sent(client: Client, manager: User, location: Location) -> None:
    add(manager, location)
    all_of_them = titles(client, ORDERS)
    answer = client.post("/manage/columns/orders/?of=q%3D", {"shown": ["what", "pay", "nothing"]})
    assert answer.status_code == 422
    answer = client.post(f"/manage/columns/orders/?of={CONFIRMED.replace('&', '%26')}", {"shown": ["what", "pay"]})
    assert answer.headers["Location"] == f"{ORDERS}?{CONFIRMED}"
    with override("ru"):
        gone = {gettext(name) for name in ("Created", "Tick.", "Cost", "Created by")}
    page = read(client.get(ORDERS))
    assert titles(client, ORDERS) == [title for title in all_of_them if title not in gone]
    assert len(page.text["td"]) == len(page.text["th"]) == 6
    client.post("/manage/columns/tickets/", {"shown": []})
    assert lists.hidden_columns(User.objects.get(pk=manager.pk), ListName.ORDERS) == {"made", "tally", "sum", "by"}
    assert len(titles(client, TICKETS)) == 4
    assert client.get("/manage/columns/people/").status_code == 404
