"""«Что изменилось»: what others did since a manager last looked."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from coworking.models import Location, Tariff
from orders.domain.queries.news import FIRST, LONGEST, OVERLAP, note_look, seen_until
from orders.models import LastLook, OrderEvent
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff, make_user
from tests.html import text_of
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE, SEEN = "/manage/news/", "/manage/news/seen/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def tariff(location: Location) -> Tariff:
    return make_tariff(service=make_pool(location=location))


@pytest.fixture
def manager(location: Location) -> User:
    return make_manager(location=location)


@pytest.fixture
def client(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def shown(client: Client, **headers: str) -> str:
    return " ".join(text_of(client.get(PAGE, headers=headers).content.decode()).split())


def test_actions_of_others_are_news_and_ones_own_are_not(client: Client, tariff: Tariff, manager: User) -> None:
    other = make_manager(location=tariff.service.location, last_name="Белова", first_name="Марина")
    customer = make_user(last_name="Орлова", first_name="Мария")
    news = make_order(tariff=tariff, customer=customer, by=other)
    own = make_order(tariff=tariff, customer=customer, by=manager)
    make_order(tariff=make_tariff(service=make_pool()))  # at another location
    page = shown(client)
    assert f"{news.number} · Орлова Мария" in page
    assert "Заказ создан : 600 ₽ · На месте" in page
    assert "Белова Марина" in page
    assert str(own.number) not in page
    assert page.count("Заказ создан") == 1


def test_what_was_seen_is_no_news_any_more_and_what_came_since_is(client: Client, tariff: Tariff) -> None:
    first = make_order(tariff=tariff, at=NOW - 5 * MINUTE)
    client.post(SEEN, {"shown_at": (NOW - MINUTE).isoformat()})
    second = make_order(tariff=tariff, at=NOW)
    page = shown(client)
    assert str(first.number) not in page
    assert str(second.number) in page


def test_a_payment_is_told_once_and_what_goes_as_planned_not_at_all(client: Client, tariff: Tariff) -> None:
    order = make_order(tariff=tariff)
    OrderEvent.objects.create(order=order, kind="paid", at=NOW, data={"amount": "600.00", "method": "online"})
    for before, after in (("awaiting_payment", "confirmed"), ("confirmed", "completed"), ("confirmed", "cancelled")):
        OrderEvent.objects.create(order=order, kind="status_changed", at=NOW, data={"from": before, "to": after})
    page = shown(client)
    assert page.count("Оплата получена") == 1
    assert page.count("Статус изменён") == 1
    assert "Подтверждён → Отменён" in page


def test_two_tabs_agree_and_an_old_one_takes_nothing_back(manager: User, location: Location) -> None:
    assert seen_until(manager, location, at=NOW) == NOW - FIRST
    note_look(manager, location, shown_at=NOW)
    note_look(manager, location, shown_at=NOW - 60 * MINUTE)
    assert seen_until(manager, location, at=NOW) == NOW - OVERLAP
    assert LastLook.objects.count() == 1
    assert seen_until(manager, location, at=NOW + 2 * LONGEST) == NOW + LONGEST
    assert seen_until(make_manager(location=location), location, at=NOW) == NOW - FIRST


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-11-24T09:00:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_is_none_changes_nothing(client: Client, moment: str) -> None:
    assert client.post(SEEN, {"shown_at": moment}).status_code == 302
    assert not LastLook.objects.exists()


def test_nobody_has_seen_the_future(client: Client, manager: User, location: Location) -> None:
    client.post(SEEN, {"shown_at": (NOW + 60 * MINUTE).isoformat()})
    assert seen_until(manager, location, at=NOW) == NOW - OVERLAP


def test_the_day_shows_the_newest_few_and_the_way_to_all(client: Client, location: Location) -> None:
    tariff = make_tariff(service=make_pool(location=location, capacity=20))
    orders = [make_order(tariff=tariff) for _n in range(8)]
    part = client.get(PAGE, headers={"HX-Request": "true", "HX-Target": "news"}).content.decode()
    assert [order.number for order in orders if str(order.number) in part] == [order.number for order in orders[2:]]
    assert f'href="{PAGE}"' in part
    assert "<html" not in part
    page = client.get(PAGE).content.decode()
    assert all(str(order.number) in page for order in orders)


def test_news_cost_the_same_queries_however_many_there_are(
    client: Client, tariff: Tariff, django_assert_num_queries: object
) -> None:
    shown(client)
    counts = []
    for _n in range(2):
        make_order(tariff=tariff)
        with django_assert_num_queries(4):  # type: ignore[operator]
            counts.append(shown(client).count("Заказ создан"))
    assert counts == [1, 2]
