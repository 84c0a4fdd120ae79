"""The payment page after the customer was at the provider's: coming back, waiting, going on."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from orders.domain.online.gateway import OutcomeUnknown
from orders.models import Order
from tests.gateways.fake import FakeGateway
from tests.orders.steps import look, pay, seen
from tests.snapshots import saved_rows
from tests.views import pay_stages as stages
from tests.views.pages import read
from tests.views.pay_stages import BACK, EMAIL, address_of, ask, open_page, press, provider_id

pytestmark = pytest.mark.django_db

Clock = time_machine.Coordinates


# Returning


def test_the_way_back_takes_the_news(client: Client, order: Order, gateway: FakeGateway) -> None:
    gateway.pay(provider_id(press(client, order)))
    assert seen(order).status == "awaiting_payment"
    response = client.get(address_of(order, "return/"))
    assert (response.status_code, response.headers["Location"]) == (302, address_of(order) + BACK)
    assert (seen(order).status, seen(order).letters) == ("confirmed", ["created", "paid"])
    page = open_page(client, order, BACK)
    assert "Чек придёт на электронную почту" in page.html
    assert EMAIL not in page.html
    assert len(page.attrs_of("svg", role="img")) == 1


def test_the_receipt_is_told_of_once_it_is_registered(
    client: Client, order: Order, gateway: FakeGateway, clock: Clock
) -> None:
    attempt = pay(order, gateway)
    clock.shift(timedelta(seconds=2))
    look(attempt, gateway)
    assert "Чек отправлен на электронную почту" in open_page(client, order).html


def test_coming_back_before_paying_waits_and_offers_to_go_on(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    press(client, order)
    assert client.get(address_of(order, "return/")).headers["Location"] == address_of(order) + BACK
    page = open_page(client, order, BACK)
    assert "Проверяем" in page.text["h1"][0]
    assert address_of(order) in page.links()
    assert "К оплате" in open_page(client, order).text["h1"][0]
    assert seen(order).payments == ["pending"]


def test_coming_back_without_having_been_away_shows_what_is_to_pay(client: Client, order: Order) -> None:
    before = saved_rows()
    client.get(address_of(order, "return/"))
    assert "К оплате" in open_page(client, order, BACK).text["h1"][0]
    assert saved_rows() == before


def test_a_silent_provider_is_no_news(client: Client, order: Order, gateway: FakeGateway) -> None:
    attempt = provider_id(press(client, order))
    gateway.pay(attempt)
    gateway.fail_next(OutcomeUnknown("silence"))
    client.get(address_of(order, "return/"))
    page = open_page(client, order, BACK)
    assert "Проверяем" in page.text["h1"][0]
    assert seen(order).payments == ["pending"]


def test_a_hundred_openings_ask_the_provider_once_in_three_seconds(
    client: Client, order: Order, gateway: FakeGateway, clock: Clock
) -> None:
    press(client, order)
    for _ in range(50):
        client.get(address_of(order, "return/"))
        ask(client, order, "checking", back=1)
    assert sum(sent.method == "GET" for sent in gateway.journal) == 1
    clock.shift(timedelta(seconds=3))
    client.get(address_of(order, "return/"))
    assert sum(sent.method == "GET" for sent in gateway.journal) == 2


# Waiting


def test_a_waiting_page_is_told_to_wait_on_and_asks_ever_more_slowly(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    stages.checking(order, gateway)
    page = open_page(client, order, BACK)
    waits = []
    [poller] = page.attrs_of("p", id="state")
    for _ in range(80):
        waits.append(poller["hx-trigger"])
        answer = client.get(poller["hx-get"], headers={"HX-Request": "true"})
        [poller] = read(answer).attrs_of("p", id="state")
    assert waits == ["every 3s"] * 20 + ["every 10s"] * 54 + ["every 30s"] * 6


def test_a_waiting_page_goes_on_by_itself(client: Client, order: Order, gateway: FakeGateway, clock: Clock) -> None:
    attempt = provider_id(press(client, order))
    assert ask(client, order, "checking", back=1).status_code == 200
    gateway.pay(attempt)
    clock.shift(timedelta(seconds=3))
    answer = ask(client, order, "checking", back=1)
    assert (answer.headers["HX-Redirect"], answer.content) == (address_of(order) + BACK, b"")
    assert "Оплачено" in open_page(client, order, BACK).text["h1"][0]


@pytest.mark.parametrize("asked", ["-1", "x", "٣", "9" * 30, ""])
def test_junk_in_the_question_is_answered(client: Client, order: Order, gateway: FakeGateway, asked: str) -> None:
    stages.checking(order, gateway)
    assert ask(client, order, "checking", back=1, asked=asked).status_code == 200
    assert ask(client, order, asked, back=1).headers["HX-Redirect"] == address_of(order) + BACK


def test_a_browser_that_opens_the_state_itself_sees_the_page(
    client: Client, order: Order, gateway: FakeGateway
) -> None:
    stages.checking(order, gateway)
    answer = client.get(address_of(order, "state/"), {"stage": "checking", "back": 1})
    assert (answer.status_code, answer.headers["Location"]) == (302, address_of(order) + BACK)
