"""A customer joins the waiting list, from the page of the service to their own list."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coworking.models import Service, Tariff, WaitingWish
from olvery.shared.periods import DAY
from orders.domain.booking import waiting
from orders.domain.desk.cancelling import cancel_order
from orders.models import Order, WaitedOrder
from tests.factories import (
    make_company,
    make_location,
    make_order,
    make_pool,
    make_promo_code,
    make_seats,
    make_tariff,
    make_user,
    make_waiting,
)
from tests.html import text_of
from tests.moments import NOW, WEDNESDAY
from tests.orders.booking.asking import at_hours
from tests.snapshots import saved_rows
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIST = "/my/waiting/"
TEN_TO_TWELVE = {"day": WEDNESDAY.isoformat(), "start": "10:00", "end": "12:00"}


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"


@pytest.fixture
def tariff() -> Tariff:
    return make_tariff(service=make_pool(location=make_location(), name="Опен-спейс", capacity=2), name="Час")


@pytest.fixture
def orders(tariff: Tariff) -> list[Order]:
    """Two places of two on Wednesday, 10 to 12."""
    return [make_order(tariff=tariff) for _two in range(2)]


@pytest.fixture
def customer() -> User:
    return make_user(last_name="Белова", email="belova@example.com")


@pytest.fixture
def browser(customer: User) -> Client:
    client = Client()
    client.force_login(customer)
    return client


def filled(client: Client, service: Service, **chosen: str) -> dict[str, Any]:
    """Return what the browser would send from the summary of what is chosen."""
    page = read(client.get(f"/services/{service.pk}/", {**TEN_TO_TWELVE, **chosen}))
    values = next(form.values for form in page.forms if form.attrs.get("id") == "buy")
    return {name: sent for name, sent in values.items() if name != "csrfmiddlewaretoken"}


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).replace("\u00a0", " ").split())


def test_a_full_time_offers_the_line_and_a_press_stands_in_it(
    browser: Client, customer: User, tariff: Tariff, orders: list[Order]
) -> None:
    make_waiting(tariff=tariff)
    service = tariff.service
    page = words(browser.get(f"/services/{service.pk}/", TEN_TO_TWELVE))
    assert "Очередь на это время" in page
    assert "Перед вами 1 человек." in page
    assert "подержим место 1 ч, пока вы платите" in page
    answer = browser.post(f"/services/{service.pk}/", {**filled(browser, service), "wait": "1"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "Перед вами 1 человек." in words(answer)
    assert "Когда место освободится, напишем на belova@example.com." in words(answer)
    wish = WaitingWish.objects.latest("pk")
    assert (wish.customer, wish.created_by, wish.tariff, wish.places) == (customer, customer, tariff, 1)
    assert (wish.payment_method, wish.period.start.hour) == ("online", 7)
    again = words(browser.get(f"/services/{service.pk}/", TEN_TO_TWELVE))
    assert ("Вы стоите в очереди на это время." in again, "Встать в очередь" in again) == (True, False)
    assert f"{LIST}{wish.pk}/" in read(browser.get(f"/services/{service.pk}/", TEN_TO_TWELVE)).links()


def test_a_time_with_a_free_place_offers_no_line(browser: Client, tariff: Tariff, orders: list[Order]) -> None:
    service = tariff.service
    cancel_order(orders[0].pk, by=orders[0].created_by, reason="Передумал", at=NOW)
    assert "Встать в очередь" not in words(browser.get(f"/services/{service.pk}/", TEN_TO_TWELVE))
    # Two seats with one free can be waited for, three of two never.
    assert "Встать в очередь" in words(browser.get(f"/services/{service.pk}/", {**TEN_TO_TWELVE, "places": "2"}))
    assert "Встать в очередь" not in words(browser.get(f"/services/{service.pk}/", {**TEN_TO_TWELVE, "places": "3"}))


def test_nobody_is_offered_a_line_for_a_company_or_with_a_promo_code(
    browser: Client, customer: User, tariff: Tariff, orders: list[Order]
) -> None:
    company, code = make_company(customer), make_promo_code(location=tariff.service.location)
    for chosen, said in (
        ({"company": str(company.pk)}, "В листе ожидания стоит человек, а не компания: выберите «себя»."),
        ({"promo_code": code.code}, "записывают одну услугу и один период, без повторов, скидки и промокода"),
    ):
        page = words(browser.get(f"/services/{tariff.service_id}/", {**TEN_TO_TWELVE, **chosen}))
        assert (said in page, "Встать в очередь" in page) == (True, False)
        sent, before = {**filled(browser, tariff.service), **chosen, "wait": "1"}, saved_rows()
        answer = browser.post(f"/services/{tariff.service_id}/", sent)
        assert (answer.status_code, said in words(answer), saved_rows()) == (422, True, before)


def test_a_taken_seat_is_waited_for_alone_while_others_are_free(browser: Client, customer: User) -> None:
    seats = make_seats(location=make_location(), labels=["T1", "T2"])
    taken, free = seats.seats.order_by("label")
    tariff, address = make_tariff(service=seats), f"/services/{seats.pk}/"
    make_order(tariff=tariff, seat_ids=(taken.pk,))
    make_waiting(tariff=tariff, places=2)
    chosen = {"seats": str(taken.pk)}
    page = words(browser.get(address, {**TEN_TO_TWELVE, **chosen}))
    assert ("Ждать только это место" in page, "Встать в очередь" in page) == (True, False)
    assert "Перед вами 1 человек." in page
    assert "Ждать только" not in words(browser.get(address, TEN_TO_TWELVE))
    assert "Ждать только" not in words(browser.get(address, {**TEN_TO_TWELVE, "seats": str(free.pk)}))

    sent, before = filled(browser, seats, **chosen), saved_rows()
    assert browser.post(address, {**sent, "wait": "1"}).status_code == 422
    assert browser.post(address, {**sent, "wait": "seats", "seats": ""}).status_code == 422
    assert saved_rows() == before
    answer = browser.post(address, {**sent, "wait": "seats"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "только T1" in words(answer)
    wish = WaitingWish.objects.latest("pk")
    assert (wish.customer, wish.places, wish.seat_ids) == (customer, 1, [taken.pk])


def test_somebody_new_waits_for_a_seat_alone() -> None:
    seats = make_seats(location=make_location(), labels=["T1", "T2"])
    taken = seats.seats.get(label="T1")
    make_order(tariff=make_tariff(service=seats), seat_ids=(taken.pk,))
    client, address = Client(), f"/services/{seats.pk}/"
    person = {"first_name": "Олег", "last_name": "Новый", "phone": "+79161234567", "email": "new@example.com"}
    sent = {**filled(client, seats, seats=str(taken.pk)), **person, "wait": "seats"}
    assert client.post(address, sent).status_code == 422
    [code] = re.findall(r"^[A-Z0-9-]{6,}$", str(mail.outbox[0].body), re.MULTILINE)
    assert client.post(address, {**sent, "code": code}).headers["Location"] == LIST
    assert WaitingWish.objects.get().seat_ids == [taken.pk]


def test_places_that_became_free_meanwhile_are_reported_and_nothing_is_saved(
    browser: Client, tariff: Tariff, orders: list[Order]
) -> None:
    sent = {**filled(browser, tariff.service), "wait": "1"}
    cancel_order(orders[0].pk, by=orders[0].created_by, reason="Передумал", at=NOW)
    before = saved_rows()
    answer = browser.post(f"/services/{tariff.service_id}/", sent)
    assert answer.status_code == 422
    assert "Места уже есть: забронируйте." in words(answer)
    assert saved_rows() == before


def test_somebody_new_gets_a_code_and_stands_in_line(tariff: Tariff, orders: list[Order]) -> None:
    client, address = Client(), f"/services/{tariff.service_id}/"
    person = {"first_name": "Олег", "last_name": "Новый", "phone": "+79161234567", "email": "new@example.com"}
    sent = {**filled(client, tariff.service), **person, "wait": "1"}
    assert client.post(address, sent).status_code == 422
    [code] = re.findall(r"^[A-Z0-9-]{6,}$", str(mail.outbox[0].body), re.MULTILINE)
    answer = client.post(address, {**sent, "code": code})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert WaitingWish.objects.get().email == "new@example.com"


def test_the_own_list_says_what_became_of_a_wish(
    browser: Client, customer: User, tariff: Tariff, orders: list[Order]
) -> None:
    make_waiting(tariff=tariff, customer=customer)
    cancel_order(orders[0].pk, by=orders[0].created_by, reason="Передумал", at=NOW)
    waiting.offer_places(tariff.service_id, at=NOW)
    page = read(browser.get(LIST))
    assert f"/my/orders/{WaitedOrder.objects.get().order_id}/" in page.links()
    assert "Вы не стоите в очереди" in page.html


def test_a_customer_is_asked_before_leaving_the_own_line_alone(
    browser: Client, customer: User, tariff: Tariff, orders: list[Order]
) -> None:
    own, foreign = make_waiting(tariff=tariff, customer=customer), make_waiting(tariff=tariff)
    before = saved_rows()
    assert browser.get(f"{LIST}{foreign.pk}/leave/").status_code == 404
    assert browser.post(f"{LIST}{foreign.pk}/leave/").status_code == 404
    assert f"{LIST}{own.pk}/leave/" in read(browser.get(LIST)).links()
    asked = words(browser.get(f"{LIST}{own.pk}/leave/"))
    assert tariff.service.name in asked
    assert "Место в очереди пропадёт Если встать снова, вы будете в конце очереди." in asked
    assert saved_rows() == before
    answer = browser.post(f"{LIST}{own.pk}/leave/", follow=True)
    assert "Вы вышли из очереди." in words(answer)
    own.refresh_from_db()
    assert (own.status, own.closed_by, own.closed_at) == ("withdrawn", customer, NOW)
    before = saved_rows()
    again = browser.post(f"{LIST}{own.pk}/leave/")
    assert (again.status_code, saved_rows()) == (422, before)
    assert "Этой заявки в очереди уже нет." in words(again)


def test_the_link_of_a_letter_leads_to_the_turn_also_after_signing_in(
    customer: User, tariff: Tariff, orders: list[Order]
) -> None:
    customer.set_password("olvery-demo")
    customer.save()
    own, foreign = make_waiting(tariff=tariff, customer=customer), make_waiting(tariff=tariff)
    turn, client = f"{LIST}{own.pk}/", Client()
    asked = client.get(turn)["Location"]
    assert asked == f"/accounts/login/?next={turn}"
    signed_in = client.post(asked, {"login": customer.email, "password": "olvery-demo", "next": turn})
    assert signed_in["Location"] == turn
    assert client.get(turn)["Location"] == f"{LIST}#turn-{own.pk}"
    assert f"turn-{own.pk}" in read(client.get(LIST)).ids
    assert client.get(f"{LIST}{foreign.pk}/").status_code == 404


def test_the_link_of_a_turn_that_has_come_leads_to_its_order_and_of_one_left_to_where_it_is_told(
    browser: Client, customer: User, tariff: Tariff, orders: list[Order]
) -> None:
    come = make_waiting(tariff=tariff, customer=customer)
    cancel_order(orders[0].pk, by=orders[0].created_by, reason="Передумал", at=NOW)
    waiting.offer_places(tariff.service_id, at=NOW)
    assert browser.get(f"{LIST}{come.pk}/")["Location"] == f"/my/orders/{come.waited.order_id}/"
    left = make_waiting(tariff=tariff, customer=customer, places=2)
    waiting.withdraw(left.pk, by=customer, at=NOW)
    assert browser.get(f"{LIST}{left.pk}/")["Location"] == f"{LIST}#turn-{left.pk}"
    assert f"turn-{left.pk}" in read(browser.get(LIST)).ids


def test_the_own_list_takes_as_many_queries_for_three_as_for_one(
    browser: Client, customer: User, tariff: Tariff, orders: list[Order]
) -> None:
    def queries(ask: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as sent:
            assert ask().status_code == 200
        return len([query for query in sent if "SAVEPOINT" not in query["sql"]])

    make_waiting(tariff=tariff, customer=customer)
    one = queries(lambda: browser.get(LIST))
    for days in (1, 2):
        when = at_hours("10", "12", day=WEDNESDAY + DAY * days)
        make_order(tariff=tariff, when=when, visitor_ids=(None, None))
        make_waiting(tariff=tariff, customer=customer, when=when)
    assert queries(lambda: browser.get(LIST)) == one <= 8
