"""Visits and the place of a no-show, from the card of a ticket."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from coworking.models import Lateness, Location, Service, Ticket, Visit
from orders.models import Message, Order, OrderEvent
from tests.factories import make_order
from tests.moments import moment
from tests.snapshots import saved_rows
from tests.views.pages import World, make_world, read

pytestmark = pytest.mark.django_db

TEN = moment("2026-11-25 10:00")
HTMX = {"HX-Request": "true", "HX-Target": "card"}


@pytest.fixture
def world(client: Client) -> Any:
    with time_machine.travel(TEN, tick=False):
        yield make_world(client=client)


@pytest.fixture
def ticket(world: World) -> Ticket:
    """A1 from 10 to 12, by invoice."""
    make_order(tariff=world.tariff, customer=world.visitor, by=world.manager, payment_method="invoice")
    return Ticket.objects.get()


def card(ticket: Ticket) -> str:
    return f"/manage/coworking/tickets/{ticket.pk}/"


def mark(client: Client, ticket: Ticket, do: str, **values: Any) -> Any:
    sent = {"do": do, "token": str(uuid.uuid4()), "part": "card", **values}
    return client.post(f"{card(ticket)}visit/", sent, headers=HTMX)


def buttons(answer: Any) -> list[str]:
    """Return what the buttons of the card would do."""
    return [form.values["do"][0] for form in read(answer).forms if form.attrs.get("action", "").find("/visit/") > 0]


def toast(answer: Any) -> str:
    return str(next(iter(answer.context["messages"])))


def test_the_card_marks_coming_leaving_and_taking_back(client: Client, world: World, ticket: Ticket) -> None:
    assert buttons(client.get(card(ticket))) == ["in"]
    came = mark(client, ticket, "in", closable="1")
    assert (came.status_code, buttons(came), toast(came)) == (200, ["out", "undo"], "Орлова Мария: Проходите")
    assert came.content.decode().count('id="mark-visit"') == 1
    assert Visit.objects.get().source == "list"

    left = mark(client, ticket, "out")
    assert (buttons(left), toast(left)) == (["in"], "Орлова Мария: Выход отмечен")
    undone = mark(client, ticket, "undo")
    assert (buttons(undone), toast(undone)) == (["in"], "Орлова Мария: Отметка отменена")
    assert "отменил" in undone.content.decode()


def test_the_order_tells_of_the_last_visit(client: Client, world: World, ticket: Ticket) -> None:
    url = f"/manage/orders/{Order.objects.get().pk}/"
    for do, what in (("in", "вход"), ("out", "выход")):
        words = f"{what} отмечен сегодня\u00a0в\u00a010:00"
        assert words not in client.get(url).content.decode()
        mark(client, ticket, do)
        assert words in client.get(url).content.decode()
    mark(client, ticket, "undo")
    assert "отмечен сегодня" not in client.get(url).content.decode()


def test_a_refusal_is_said_and_changes_nothing(client: Client, world: World, ticket: Ticket) -> None:
    before = saved_rows()
    answer = mark(client, ticket, "out")
    assert (answer.status_code, toast(answer)) == (200, "По этому билету никто не входил.")
    assert saved_rows() == before


def test_without_htmx_the_way_leads_back(client: Client, world: World, ticket: Ticket) -> None:
    there = f"/manage/coworking/tickets/?ticket={ticket.pk}"
    for back, expected in ((there, there), ("https://elsewhere.test/", card(ticket)), ("", card(ticket))):
        answer = client.post(f"{card(ticket)}visit/", {"do": "in", "back": back})
        assert (answer.status_code, answer.headers["Location"]) == (302, expected)
    assert Visit.objects.count() == 1


def test_before_and_after_its_time_the_card_offers_no_visit(client: Client, world: World, ticket: Ticket) -> None:
    for at in ("2026-11-25 09:44", "2026-11-25 12:00"):
        with time_machine.travel(moment(at), tick=False):
            client.force_login(world.manager)
            assert buttons(client.get(card(ticket))) == []


def test_the_place_of_a_no_show_is_released_after_a_warning(client: Client, world: World, ticket: Ticket) -> None:
    url = f"{card(ticket)}release/"
    assert client.get(url).headers["Location"] == card(ticket)
    with time_machine.travel(TEN + timedelta(minutes=30), tick=False):
        client.force_login(world.manager)
        assert url in client.get(card(ticket)).content.decode()
        asked = client.get(url)
        assert (asked.status_code, Ticket.objects.get().status) == (200, "active")
        assert "Деньги остаются у заказа" in asked.content.decode()

        done = client.post(url)
        assert (done.status_code, done.headers["Location"]) == (302, card(ticket))
        assert (Ticket.objects.get().status, OrderEvent.objects.filter(kind="place_released").count()) == ("no_show", 1)
        order_page = client.get(f"/manage/orders/{Order.objects.get().pk}/").content.decode()
        assert f"билет {ticket.pk}" in order_page

        again = client.post(url)
        assert again.status_code == 422
        assert "Посетитель здесь или ещё может прийти." in again.content.decode()


def test_a_visitor_who_has_come_keeps_the_place(client: Client, world: World, ticket: Ticket) -> None:
    mark(client, ticket, "in")
    with time_machine.travel(TEN + timedelta(minutes=40), tick=False):
        client.force_login(world.manager)
        assert "release/" not in client.get(card(ticket)).content.decode()
        assert client.post(f"{card(ticket)}release/").status_code == 422
    assert Ticket.objects.get().status == "active"


@pytest.fixture
def watched(ticket: Ticket) -> Ticket:
    """The ticket, whose place the clock releases at 10:40."""
    Service.objects.update(release_minutes=40)
    Location.objects.update(visits_from=TEN.date())
    Order.objects.update(email="petrov@example.com")
    return ticket


@pytest.mark.parametrize("part", ["card", ""])
def test_a_manager_keeps_the_place_of_a_late_visitor(client: Client, world: World, watched: Ticket, part: str) -> None:
    with time_machine.travel(TEN + timedelta(minutes=5), tick=False):
        client.force_login(world.manager)
        assert "Освободится в 10:40, если не придёт" in client.get(card(watched)).content.decode()
        assert "Освободится в 10:40, если не придёт" in client.get("/manage/").content.decode()
        headers = HTMX if part else {"HX-Request": "true", "HX-Target": "today"}
        kept = client.post(f"{card(watched)}visit/", {"do": "keep", "part": part}, headers=headers)
        assert (kept.status_code, toast(kept)) == (200, "Орлова Мария: место подождёт")
        assert "свободится в" not in kept.content.decode()
        assert Lateness.objects.get().kept_by == world.manager
        order_page = client.get(f"/manage/orders/{Order.objects.get().pk}/").content.decode()
        assert "Место опоздавшего оставлено" in order_page


def test_the_door_announces_no_release_without_a_warning(client: Client, world: World, watched: Ticket) -> None:
    Order.objects.update(email="")
    with time_machine.travel(TEN + timedelta(minutes=5), tick=False):
        client.force_login(world.manager)
        for url in (card(watched), "/manage/"):
            assert "свободится в" not in client.get(url).content.decode()


def test_the_letter_is_shown_before_a_place_is_released(client: Client, world: World, watched: Ticket) -> None:
    with time_machine.travel(TEN + timedelta(minutes=30), tick=False):
        client.force_login(world.manager)
        asked = client.get(f"{card(watched)}release/").content.decode()
        assert "Никто не пришёл вовремя, место освободили." in asked
        assert "hx-post" not in asked.partition('id="letter"')[2].partition(">")[0]
        client.post(f"{card(watched)}release/")
        message = Message.objects.get(kind="released")
        assert (message.to, message.asked_at) == ("petrov@example.com", TEN + timedelta(minutes=30))
