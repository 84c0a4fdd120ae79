"""«Проход по билетам»: scanned or typed texts, and the door's answers."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client

from coworking.models import Location, Ticket, Visit
from orders.models import Order
from tests.factories import make_order, make_pool, make_seats, make_tariff, make_ticket
from tests.moments import hours, moment
from tests.orders.steps import take
from tests.views.pages import World, make_world, read

pytestmark = pytest.mark.django_db

URL = "/manage/check-in/"
TEN = moment("2026-11-25 10:00")


@pytest.fixture
def door(client: Client) -> Any:
    """A manager at the door on Wednesday at ten."""
    with time_machine.travel(TEN, tick=False):
        yield make_world(client=client)


@pytest.fixture
def order(door: World) -> Order:
    """600 ₽ by invoice for Мария Орлова, on A1 from 10 to 12."""
    return make_order(tariff=door.tariff, customer=door.visitor, by=door.manager, payment_method="invoice")


def ticket_of(order: Order) -> Ticket:
    return Ticket.objects.get(lines__order=order, lines__kind="tariff")


def scan(client: Client, text: object, **values: Any) -> Any:
    return client.post(URL, {"q": text, "token": str(uuid.uuid4()), "do": "in", **values})


def said(answer: Any) -> tuple[int, str, str]:
    """Return the status, the word and the sentence of an answer."""
    given = answer.context["answer"]
    return answer.status_code, str(given.verdict.title), given.text


def test_the_page_waits_for_a_ticket(client: Client, door: World) -> None:
    answer = client.get(URL)
    assert said(answer) == (200, "Сканируйте билет", "")
    (field,) = read(answer).attrs_of("input", name="q")
    assert "autofocus" in field


@pytest.mark.parametrize("what", ["code", "code typed in the Russian layout", "number", "number with a sign"])
def test_a_code_or_a_number_lets_in_at_once(client: Client, door: World, order: Order, what: str) -> None:
    ticket = ticket_of(order)
    Ticket.objects.filter(pk=ticket.pk).update(code="aQz_Wb-7h;JK".replace(";", "L"))
    text = {
        "code": "aQz_Wb-7hLJK",
        "code typed in the Russian layout": "фЙя_Ци-7рДОЛ",
        "number": str(ticket.pk),
        "number with a sign": f" № {ticket.pk} ",
    }[what]
    answer = scan(client, text)
    assert said(answer) == (200, "Проходите", "Билет действует до 12:00")
    visit = Visit.objects.get()
    assert (visit.ticket, visit.arrived_at, visit.let_in_by) == (ticket, TEN, door.manager)
    assert visit.source == ("code" if "code" in what else "number")
    assert "Орлова Мария" in answer.content.decode()


def test_one_form_sent_twice_is_one_visit_and_one_answer(client: Client, door: World, order: Order) -> None:
    token = str(uuid.uuid4())
    first, second = (scan(client, ticket_of(order).pk, token=token) for _ in range(2))
    assert said(first) == said(second) == (200, "Проходите", "Билет действует до 12:00")
    assert Visit.objects.count() == 1


def test_the_next_ticket_under_the_token_of_the_page_before_is_a_visit_of_its_own(
    client: Client, door: World, order: Order
) -> None:
    other = make_order(tariff=door.tariff, customer=door.customer, by=door.manager, payment_method="invoice")
    token = str(uuid.uuid4())
    for one in (order, other):
        assert said(scan(client, ticket_of(one).pk, token=token))[1] == "Проходите"
    assert set(Visit.objects.values_list("ticket", flat=True)) == {ticket_of(order).pk, ticket_of(other).pk}


@pytest.mark.parametrize(
    ("at", "changes", "word", "text"),
    [
        ("2026-11-25 09:30", {}, "Ещё рано", "Вход откроется сегодня\u00a0в\u00a009:45."),
        ("2026-11-24 09:30", {}, "Ещё рано", "Вход откроется завтра\u00a0в\u00a009:45."),
        ("2026-11-25 12:00", {}, "Время вышло", "Билет закончился сегодня\u00a0в\u00a012:00."),
        ("2026-11-25 10:00", {"status": "cancelled"}, "Отменён", "Билет отменён."),
        ("2026-11-25 10:40", {"status": "no_show"}, "Место отдано", "Никто не пришёл вовремя, место освободили."),
        ("2026-11-25 10:00", {"status": "held", "held_until": TEN}, "Не оплачен", "Билет не оплачен."),
    ],
)
def test_a_refusal_says_why(
    client: Client, door: World, order: Order, at: str, changes: dict[str, Any], word: str, text: str
) -> None:
    Ticket.objects.update(**changes)
    with time_machine.travel(moment(at), tick=False):
        client.force_login(door.manager)
        assert said(scan(client, ticket_of(order).pk)) == (422, word, text)
    assert Visit.objects.count() == 0


def test_who_is_inside_is_told_since_when_and_may_leave(client: Client, door: World, order: Order) -> None:
    number = ticket_of(order).pk
    scan(client, number)
    answer = scan(client, number)
    assert said(answer) == (422, "Уже здесь", "Вход отмечен сегодня\u00a0в\u00a010:00, ухода не было.")
    assert [form.values["do"] for form in read(answer).forms if form.values.get("q") == [str(number)]] == [
        ["out"],
        ["undo"],
    ]

    assert said(scan(client, number, do="out")) == (200, "Выход отмечен", "сегодня\u00a0в\u00a010:00")
    assert said(scan(client, number, do="out")) == (200, "Выход отмечен", "сегодня\u00a0в\u00a010:00")
    visit = Visit.objects.get()
    assert (visit.left_at, visit.let_out_by) == (TEN, door.manager)

    assert said(scan(client, number, do="undo"))[:2] == (200, "Отметка отменена")
    assert Visit.objects.get().undone_by == door.manager
    assert said(scan(client, number, do="out"))[:2] == (422, "Не сделано")


def test_money_due_on_site_is_taken_first_or_put_off(client: Client, door: World) -> None:
    order = make_order(tariff=door.tariff, customer=door.visitor, by=door.manager, payment_method="on_site")
    number = ticket_of(order).pk
    answer = scan(client, number)
    assert said(answer) == (422, "Не оплачен", "Билет не оплачен.")
    html = answer.content.decode().replace("\u00a0", " ")
    assert "Не оплачено 600 ₽" in html
    take_url = f"/manage/orders/{order.pk}/payments/new/?back=/manage/check-in/%3Fq%3D{number}"
    assert take_url in html
    assert Visit.objects.count() == 0

    take(order, "600", by=door.manager)
    look = client.get(URL, {"q": number})
    assert said(look) == (200, "Можно впустить", "Билет действует до 12:00")
    assert Visit.objects.count() == 0
    assert said(scan(client, number))[1] == "Проходите"


def test_a_manager_lets_in_unpaid_on_purpose(client: Client, door: World) -> None:
    order = make_order(tariff=door.tariff, customer=door.visitor, by=door.manager, payment_method="on_site")
    answer = scan(client, ticket_of(order).pk, unpaid="1")
    assert said(answer)[:2] == (200, "Проходите")
    assert "Не оплачено" in answer.content.decode()


def test_a_name_finds_those_who_come_today(client: Client, door: World, order: Order) -> None:
    answer = scan(client, "jhk")  # «орл» in the Latin layout
    assert said(answer) == (200, "Кто пришёл?", "")
    assert [ticket.pk for ticket in answer.context["answer"].found] == [ticket_of(order).pk]
    assert Visit.objects.count() == 0
    assert said(scan(client, ticket_of(order).pk, chosen="1"))[1] == "Проходите"
    assert Visit.objects.get().source == "list"


def test_a_name_of_nobody_who_comes_today_leads_to_all_orders(client: Client, door: World, order: Order) -> None:
    for text in ("'; --", "Петров"):
        answer = scan(client, text)
        assert said(answer) == (422, "Не нашли", "Сегодня никого с таким именем не ждём.")
    assert f"/manage/search/?q={quote('Петров')}" in read(answer).links()
    assert Visit.objects.count() == 0


@pytest.mark.parametrize("text", ["999999", "kB7-qq_91abcd23f", "№", "9" * 40])
def test_a_text_without_a_ticket_of_today_is_not_found(client: Client, door: World, order: Order, text: str) -> None:
    answer = scan(client, text)
    assert said(answer) == (422, "Не нашли", "Такого билета здесь нет.")
    assert Visit.objects.count() == 0


def test_a_ticket_of_another_location_is_not_found(client: Client, door: World) -> None:
    foreign = make_ticket(service=make_pool(), period=hours("10", "12"))
    for text in (foreign.pk, foreign.code):
        assert said(scan(client, text)) == (422, "Не нашли", "Такого билета здесь нет.")
    assert said(scan(client, foreign.visitor_name)) == (422, "Не нашли", "Сегодня никого с таким именем не ждём.")
    assert Visit.objects.count() == 0


def test_a_fragment_is_the_answer_alone(client: Client, door: World, order: Order) -> None:
    answer = client.post(
        URL, {"q": ticket_of(order).pk, "token": str(uuid.uuid4()), "do": "out"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert answer.content.decode().lstrip().startswith('<div class="scan" id="scan"')
    checked = [attrs for attrs in read(answer).attrs_of("input", name="do") if "checked" in attrs]
    assert [attrs["value"] for attrs in checked] == ["out"]


def test_a_request_that_was_not_sent_has_no_answer(client: Client, door: World) -> None:
    for text in ("  ", "\x00"):
        assert said(scan(client, text, token="broken")) == (200, "Сканируйте билет", "")


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Asia/Kamchatka"])
def test_the_day_is_that_of_the_location(client: Client, door: World, order: Order, zone: str) -> None:
    Location.objects.update(time_zone=zone)
    late = Ticket.objects.get().period.end - timedelta(minutes=1)
    with time_machine.travel(late, tick=False):
        client.force_login(door.manager)
        assert said(scan(client, "Орлова"))[1] == "Кто пришёл?"


def test_a_name_is_asked_about_in_the_direction_that_was_chosen(client: Client, door: World, order: Order) -> None:
    for do, label in (("in", "Впустить: Орлова Мария"), ("out", "Ушёл: Орлова Мария")):
        page = read(scan(client, "Орлова", do=do))
        [form] = [form for form in page.forms if form.values.get("chosen")]
        assert form.values["do"] == [do]
        assert f'aria-label="{label}"' in page.html


def test_seats_and_pools_are_shown(client: Client, door: World) -> None:
    pool = make_tariff(service=make_pool(location=door.location))
    seats = make_tariff(service=make_seats(location=door.location, labels=("Z9",)))
    for tariff, word in ((pool, "любое свободное"), (seats, "Z9")):
        order = make_order(tariff=tariff, customer=door.visitor, by=door.manager, payment_method="invoice")
        assert word.lower() in scan(client, ticket_of(order).pk).content.decode().lower()
