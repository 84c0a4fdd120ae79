"""«Коворкинг › Лист ожидания», and putting a customer at the phone on it."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import Tariff, WaitingWish
from olvery.shared.periods import DAY
from orders.domain.desk.cancelling import cancel_order
from orders.models import Order, WaitedOrder
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff, make_user, make_waiting
from tests.html import text_of
from tests.moments import NOW, WEDNESDAY
from tests.orders.booking.asking import at_hours
from tests.snapshots import saved_rows
from tests.views.pages import World, make_world, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIST = "/manage/coworking/waiting/"


@pytest.fixture
def tariff() -> Tariff:
    return make_tariff(service=make_pool(location=make_location(), name="Опен-спейс", capacity=1), name="Час")


@pytest.fixture
def order(tariff: Tariff, client: Client) -> Order:
    """The only place on Wednesday, 10 to 12, and the manager who sold it signed in."""
    order = make_order(tariff=tariff)
    client.force_login(order.created_by)
    return order


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).replace("\u00a0", " ").split())


def test_the_list_says_who_waits_in_which_turn_and_shows_little_of_them(
    client: Client, tariff: Tariff, order: Order
) -> None:
    make_waiting(tariff=tariff, customer=make_user(last_name="Первый", phone="+79161112233"))
    second = make_user(last_name="Второй")
    make_waiting(tariff=tariff, customer=second, by=order.created_by)
    answer = client.get(LIST)
    page = words(answer)
    assert f"/manage/people/{second.pk}/" in read(answer).links()
    assert "Первый Иван …22-33 № 1" in page
    assert re.search(r"Второй Иван …\S+ № 2", page)
    assert "111-22-33" not in page
    assert order.created_by.short_name in page  # wrote the second down
    other = make_tariff(service=make_pool(location=tariff.service.location))
    assert "Первый" not in words(client.get(LIST, {"service": other.service_id}))
    assert "Первый" in words(client.get(LIST, {"day": WEDNESDAY.isoformat(), "service": tariff.service_id}))
    assert "Первый" not in words(client.get(LIST, {"day": (WEDNESDAY + DAY).isoformat()}))


def test_a_manager_sees_the_order_before_it_is_made_out_of_turn(client: Client, tariff: Tariff, order: Order) -> None:
    make_waiting(tariff=tariff)
    wish, back = make_waiting(tariff=tariff), f"{LIST}?day={WEDNESDAY.isoformat()}"
    offer = f"{LIST}{wish.pk}/offer/?{urlencode({'back': back})}"
    assert f"{LIST}{wish.pk}/offer/?back={LIST}" in read(client.get(LIST)).links()
    before = saved_rows()
    full = client.get(offer)
    assert "В это время всё занято" in words(full)
    assert (back in read(full).links(), "Создать заказ" in words(full)) == (True, False)
    refused = client.post(offer, {"version": "x"})
    assert (refused.status_code, words(refused).count("В это время всё занято")) == (422, 1)
    cancel_order(order.pk, by=order.created_by, reason="Передумал", at=NOW)
    before = saved_rows()
    asked = client.get(offer)
    assert "Вне очереди: впереди 1 человек." in words(asked)
    assert f"Заказчик {wish.customer.full_name}" in words(asked)
    assert "На месте заказ подтверждается сразу" in words(asked)
    assert "К оплате 600 ₽" in words(asked)
    sent = next(form.values for form in read(asked).forms if "version" in form.values)
    for stale in ({}, {"version": "x"}, {**sent, "until": "вчера"}):
        again = client.post(offer, stale)
        assert (again.status_code, "проверьте и сохраните ещё раз" in words(again)) == (422, True)
    carried = client.post(offer, {**sent, "action": "go on"})
    assert "Пока ничего не сделано" in words(carried)
    assert saved_rows() == before
    answer = client.post(offer, sent, follow=True)
    made = WaitedOrder.objects.get().order
    assert answer.redirect_chain == [(f"/manage/orders/{made.pk}/", 302)]
    assert "Оформлен из листа ожидания" in words(answer)
    assert "в очереди с 24.11.2026 09:00" in words(answer)
    assert f"/manage/orders/{made.pk}/" in read(client.get(LIST, {"view": "closed"})).links()


def test_a_manager_takes_somebody_off_at_the_own_location_alone(client: Client, tariff: Tariff, order: Order) -> None:
    wish = make_waiting(tariff=tariff)
    foreigner = Client()
    foreigner.force_login(make_manager(location=make_location()))
    before = saved_rows()
    assert [foreigner.post(f"{LIST}{wish.pk}/{act}/").status_code for act in ("offer", "withdraw")] == [404, 404]
    assert saved_rows() == before
    assert wish.customer.full_name not in words(foreigner.get(LIST))
    asked = client.get(f"{LIST}{wish.pk}/withdraw/")
    assert wish.customer.full_name in words(asked)
    assert "Кого запишут снова, тот встанет последним." in words(asked)
    carried_on = client.post(f"{LIST}{wish.pk}/withdraw/", {"action": "go on"})
    assert "Пока ничего не сделано" in words(carried_on)
    assert saved_rows() == before
    answer = client.post(f"{LIST}{wish.pk}/withdraw/", {"back": "https://evil.example/"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    wish.refresh_from_db()
    assert (wish.status, wish.closed_by) == ("withdrawn", order.created_by)
    before = saved_rows()
    assert "Этой заявки в очереди уже нет." in words(client.post(f"{LIST}{wish.pk}/withdraw/", follow=True))
    assert saved_rows() == before


def test_the_calendar_and_the_service_lead_to_the_list(client: Client, tariff: Tariff, order: Order) -> None:
    assert LIST in read(client.get("/manage/coworking/calendar/")).links()
    page = read(client.get(f"/manage/coworking/services/{tariff.service_id}/"))
    assert f"{LIST}?service={tariff.service_id}" in page.links()


def test_today_counts_the_list(client: Client, tariff: Tariff, order: Order) -> None:
    assert LIST not in read(client.get("/manage/")).links()
    make_waiting(tariff=tariff)
    assert LIST in read(client.get("/manage/")).links()


def test_it_takes_as_many_queries_for_three_as_for_one(client: Client, tariff: Tariff, order: Order) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as sent:
            assert client.get(LIST).status_code == 200
        return len([query for query in sent if "SAVEPOINT" not in query["sql"]])

    make_waiting(tariff=tariff)
    client.get(LIST)  # queries made once per process are made before
    one = queries()
    make_order(tariff=tariff, when=at_hours("14", "16"))
    for when in (at_hours("10", "12"), at_hours("14", "16")):
        make_waiting(tariff=tariff, when=when)
    assert queries() == one <= 9


# From the order form


@pytest.fixture
def world(client: Client) -> World:
    world = make_world(client=client)
    everybody = (None,) * world.service.seats.count()
    make_order(tariff=world.tariff, by=world.manager, visitor_ids=everybody)
    return world


FORM = "/manage/orders/new/"
# A discount belongs to the order.
PLAIN = {"visitor-0": None, "visitor-0-q": None, "discount": None, "discount_reason": None}


def test_a_manager_puts_a_customer_at_the_phone_on_the_list(client: Client, world: World) -> None:
    page = words(client.post(FORM, world.filled(action="refresh")))
    assert "Записать в лист ожидания" in page
    answer = client.post(FORM, world.filled(action="wait", **PLAIN), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    wish = WaitingWish.objects.get()
    assert (wish.customer, wish.created_by, wish.service) == (world.customer, world.manager, world.service)
    assert f"{world.customer.short_name} в листе ожидания, очередь: 1." in words(answer)


def test_the_refusal_of_a_wish_is_shown_at_its_field(client: Client, world: World) -> None:
    before = saved_rows()
    answer = client.post(FORM, world.filled(action="wait", email="", comment="У окна", **PLAIN))
    assert answer.status_code == 422
    assert "Укажите почту: на неё придёт письмо, когда место освободится." in words(answer)
    assert read(answer).values["comment"] == ["У окна"]
    assert saved_rows() == before


def test_refusals_of_the_whole_order_are_shown_in_words(client: Client, world: World) -> None:
    before = saved_rows()
    answer = client.post(FORM, world.filled(action="wait"))
    assert answer.status_code == 422
    assert "без повторов, скидки" in words(answer)
    assert saved_rows() == before


def test_visitors_are_named_and_seats_insisted_on(client: Client, world: World) -> None:
    named = {"discount": None, "discount_reason": None}
    assert "Ждать только это место" in words(client.post(FORM, world.filled(action="refresh", **named)))
    answer = client.post(FORM, world.filled(action="wait-seats", **named), follow=True)
    wish = WaitingWish.objects.get()
    assert (wish.seat_ids, wish.visitors.get().person) == ([world.seat().pk], world.visitor)
    assert "только A1" in words(answer)
    assert f"посетители: {world.visitor.short_name}" in words(answer)
    WaitingWish.objects.update(seat_ids=[10**9])  # the seat is deleted
    assert "только удалённое место" in words(client.get(LIST))
    client.force_login(world.customer)
    assert "только удалённое место" in words(client.get("/my/waiting/"))
    client.force_login(world.manager)
    before = saved_rows()
    fewer = client.post(FORM, world.filled(action="wait-seats", places="2", **named))
    assert (fewer.status_code, saved_rows()) == (422, before)
    assert "Выберите место для каждого" in words(fewer)


def test_several_bookings_are_not_waited_for(client: Client, world: World) -> None:
    several = {**world.filled(), "parts": "2"}
    assert "Записать в лист ожидания" not in words(client.post(FORM, {**several, "action": "refresh"}))
