"""Paging through a list: every row once, forward and back, whatever is added in between."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, Unit
from orders.models import Order
from tests.factories import (
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_tariff,
    make_user,
)
from tests.moments import WEDNESDAY
from tests.once import once
from tests.views.lists.test_lists import LISTS, LISTS_WITH_SORTS, ORDERS, found, numbers, ticket_of
from tests.views.pages import Page, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def add_many(manager: User, location: Location, *, count: int) -> list[Order]:
    """Save orders of a pool whose names and days repeat, so that sorting has ties."""
    service = make_pool(location=location, capacity=1000)
    tariff = make_tariff(service=service, unit=Unit.DAY, price="900")
    people = [make_user(last_name=name) for name in ("Ёлкин", "Абрамов", "Яковлев~", "2026-11-24", "Бунин")]
    return [
        make_order(tariff=tariff, by=manager, customer=people[n % 5], when=When(day=WEDNESDAY + timedelta(days=n % 3)))
        for n in range(count)
    ]


@dataclass(frozen=True)
class Busy:
    """A location whose lists have three pages, the last of ten rows."""

    location: Location
    manager: User
    orders: list[Order]


def make_busy() -> Busy:
    """Save the location."""
    location = make_location()
    manager = make_manager(location=location)
    return Busy(location, manager, add_many(manager, location, count=70))


@pytest.fixture(scope="module")
def _busy(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], Busy]]:
    yield from once(django_db_blocker, make_busy)


@pytest.fixture
def busy(_busy: Callable[[], Busy], db: None, now: datetime, client: Client) -> Busy:
    """A location that is made once, with its manager signed in."""
    busy = _busy()
    client.force_login(busy.manager)
    return busy


def links(page: Page) -> dict[str, str]:
    """Return where the pager leads."""
    return {attrs["rel"]: attrs["href"] for attrs in page.attrs_of("a") if attrs.get("rel") in ("prev", "next")}


@pytest.mark.parametrize(("url", "name"), LISTS_WITH_SORTS)
def test_pages_show_each_row_once_in_every_order_forward_and_back(
    client: Client, busy: Busy, url: str, name: str
) -> None:
    everything = sorted(order.number if url == ORDERS else ticket_of(order) for order in busy.orders)
    for sort in ("", "-number", "period", "-period", name, f"-{name}"):
        page = read(client.get(f"{url}?sort={sort}"))
        assert "prev" not in links(page)
        forward = [numbers(page)]
        while "next" in links(page):
            page = read(client.get(url + links(page)["next"]))
            forward.append(numbers(page))
        back = [numbers(page)]
        while "prev" in links(page):
            page = read(client.get(url + links(page)["prev"]))
            back.insert(0, numbers(page))
        assert sorted(chain(*forward)) == everything, sort
        assert [len(rows) for rows in forward] == [30, 30, 10], sort
        assert [*chain(*back)] == [*chain(*forward)], sort


def test_one_page_has_no_buttons_to_turn_it(client: Client, busy: Busy) -> None:
    page = read(client.get(f"{ORDERS}?q={busy.orders[0].number}"))
    assert numbers(page) == [busy.orders[0].number]
    for text in ("Предыдущие", "Следующие"):
        assert text not in page.html
        assert text in read(client.get(ORDERS)).html


def test_new_rows_between_two_pages_move_nothing(client: Client, busy: Busy) -> None:
    first = read(client.get(ORDERS))
    add_many(busy.manager, busy.location, count=5)
    second = read(client.get(ORDERS + links(first)["next"]))
    assert numbers(first) + numbers(second) == [order.number for order in reversed(busy.orders)][:60]
    back = read(client.get(ORDERS + links(second)["prev"]))
    assert numbers(back) == numbers(first)
    assert len(numbers(read(client.get(ORDERS + links(back)["prev"])))) == 5


def test_a_cursor_that_cannot_be_read_shows_the_first_page(client: Client, busy: Busy) -> None:
    assert found(client, before="junk") == found(client, after="junk") == found(client)


def test_a_page_of_thirty_rows_stays_light(client: Client, busy: Busy) -> None:
    for url in LISTS:
        page = client.get(url).content
        assert (len(page) <= 30 * 1024, len(gzip.compress(page, 6)) <= 6 * 1024) == (True, True), url
