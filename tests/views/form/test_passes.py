"""Selling a pass at the desk, paying an order from it, and what its owner sees of it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coworking.models import CancellationStep, Tariff, TariffPrice
from orders.domain.online.expiry import expire_overdue
from orders.forms_people import key_of
from orders.letters.compose import compose
from orders.models import Message, Order, Pass
from tests.factories import (
    make_company,
    make_order,
    make_pass,
    make_pass_order,
    make_pass_tariff,
    make_tariff,
    make_user,
)
from tests.html import text_of
from tests.moments import NOW
from tests.orders.booking.changes import when
from tests.snapshots import saved_rows
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

SELL = "/manage/orders/new/pass/"


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def filled(client: Client, world: World, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of the form that sells a pass."""
    (form,) = [form for form in read(client.get(SELL)).forms if form.attrs.get("id") == "order"]
    customer = make_user(last_name="Орлова", first_name="Мария")
    return {
        **form.values,
        "customer": key_of(customer.pk, viewer=world.manager),
        "phone": "8 916 000-11-22",
        "email": "",
        "payment_method": "on_site",
        **changes,
    }


def test_a_manager_sells_a_pass(client: Client, world: World) -> None:
    tariff = make_pass_tariff(service=world.service, name="10 часов")
    assert "10 часов на 30 дней, 2 000 ₽" in words(client.get(SELL))
    answer = client.post(SELL, filled(client, world, tariff=tariff.pk))
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/manage/orders/{order.number}/")
    assert (order.customer_name, str(order.phone), order.total) == ("Орлова Мария", "+79160001122", 2000)
    assert "сразу после оплаты" in words(client.get(answer["Location"]))


def test_the_only_pass_on_sale_is_chosen(client: Client, world: World) -> None:
    only = make_pass_tariff(service=world.service)
    assert read(client.get(SELL)).values["tariff"] == [str(only.pk)]
    make_pass_tariff(service=world.service, name="10 часов")
    assert "tariff" not in read(client.get(SELL)).values


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(client: Client, world: World) -> None:
    make_pass_tariff(service=world.service)
    sent = filled(client, world, customer="", tariff="", phone="123", comment="Для Ольги")
    answer = client.post(SELL, sent)
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert "Выберите абонемент." in words(answer)
    (form,) = [form for form in read(answer).forms if form.attrs.get("id") == "order"]
    names = ("phone", "comment", "token")
    assert [form.values[name] for name in names] == [["123"], ["Для Ольги"], sent["token"]]


def test_another_price_than_was_shown_is_shown_before_anything_is_sold(client: Client, world: World) -> None:
    tariff, other = (make_pass_tariff(service=world.service, name=name) for name in ("10 часов", "Ещё 10"))
    sent = filled(client, world, tariff=tariff.pk, comment="Для Ольги")
    TariffPrice.objects.create(tariff=tariff, starts_on=NOW.date(), price=2500)
    before = saved_rows()
    answer = client.post(SELL, sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "Стоимость изменилась: была 2 000 ₽, теперь 2 500 ₽." in words(answer)
    (form,) = [form for form in read(answer).forms if form.attrs.get("id") == "order"]
    names = (f"shown_total-{tariff.pk}", f"shown_total-{other.pk}", "comment", "token")
    assert [form.values[name] for name in names] == [["2500.00"], ["2000.00"], ["Для Ольги"], sent["token"]]
    for junk in ("NaN", "9" * 400):
        assert client.post(SELL, {**sent, f"shown_total-{tariff.pk}": junk}).status_code == 422
    assert saved_rows() == before
    assert client.post(SELL, {**sent, **form.values, "tariff": tariff.pk}).status_code == 302
    assert Order.objects.get().total == 2500


def test_other_terms_than_were_shown_are_shown_before_anything_is_sold(client: Client, world: World) -> None:
    tariff = make_pass_tariff(service=world.service)
    sent = filled(client, world, tariff=tariff.pk)
    Tariff.objects.filter(pk=tariff.pk).update(pass_units=8, pass_days=1, price=1900)
    before = saved_rows()
    answer = client.post(SELL, sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    told = "Условия абонемента изменились: было 10 часов на 30 дней, 2 000 ₽, теперь 8 часов на 1 день, 1 900 ₽."
    assert told in words(answer)
    (form,) = [form for form in read(answer).forms if form.attrs.get("id") == "order"]
    assert client.post(SELL, {**sent, **form.values, "tariff": tariff.pk}).status_code == 302
    assert Order.objects.get().pass_units == 8


def test_choosing_who_buys_asks_nothing_that_only_an_order_needs(client: Client, world: World) -> None:
    own = make_pass(service=world.service, by=world.manager)
    make_company(own.owner)
    action = f"pick:customer:{key_of(own.owner_id, viewer=world.manager)}"
    answer = client.post(SELL, {"action": action}, headers={"HX-Request": "true"})
    page = read(answer)
    assert (answer.status_code, page.text.get("h1")) == (200, None)
    assert set(page.values) == {"customer", "customer_q", "phone", "email"}
    assert page.values["phone"] == [own.owner.phone.as_international]


def test_an_online_payment_asks_for_an_e_mail(client: Client, world: World, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    tariff = make_pass_tariff(service=world.service)
    answer = client.post(SELL, filled(client, world, tariff=tariff.pk, payment_method="online"))
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert 'id="email_error"' in answer.content.decode()
    client.post(SELL, filled(client, world, tariff=tariff.pk, payment_method="online", email="orlova@example.com"))
    sale = f"/manage/orders/{Order.objects.get().number}/"
    assert "Ожидает оплаты" in words(client.get(sale))


def test_without_passes_on_sale_the_page_says_where_they_come_from(client: Client, world: World) -> None:
    assert "Абонементов в продаже нет" in words(client.get(SELL))


def test_the_order_form_offers_the_passes_of_its_customer(client: Client, world: World) -> None:
    own = make_pass(service=world.service, customer=make_user(), by=world.manager)
    make_pass(service=world.service, by=world.manager)
    key = key_of(own.owner_id, viewer=world.manager)
    answer = client.post("/manage/orders/new/pick/", {"action": f"pick:customer:{key}"})
    page = words(answer)
    assert f"№ {own.number}: осталось 10 часов, по 23.12.2026" in page
    assert page.count("осталось") == 1


def test_the_owner_sees_what_is_left_and_what_became_of_the_rest(client: Client, world: World) -> None:
    own = make_pass(service=world.service, by=world.manager)
    order = make_order(tariff=make_tariff(service=world.service), customer=own.owner, pass_id=own.pk)
    client.force_login(own.owner)
    page = words(client.get("/my/passes/"))
    assert f"Абонемент № {own.number} Осталось 8 часов" in page
    assert f"−2 Использован 24.11.2026 09:00, заказ {order.number} +10 Продан" in page
    assert f"/my/orders/{order.number}/" in read(client.get("/my/passes/")).links()
    listed = words(client.get("/my/orders/"))
    assert f"Абонемент № {own.number}" in listed
    assert "Бесплатно" not in listed
    for number in (own.number, order.number):
        assert f"№ {own.number}" in words(client.get(f"/my/orders/{number}/"))
    client.force_login(make_user())
    assert "Абонементов нет" in words(client.get("/my/passes/"))


def test_the_page_of_an_order_says_what_it_has_used_of_its_pass(client: Client, world: World) -> None:
    own = make_pass(service=world.service, by=world.manager)
    order = make_order(tariff=make_tariff(service=world.service), customer=own.owner, pass_id=own.pk)
    page = words(client.get(f"/manage/orders/{order.number}/"))
    assert f"Абонемент {own.number} , использовано: 2 часа" in page
    assert f"Заказ создан : 0 ₽ · абонемент № {own.number}" in page
    assert "Бесплатно" not in page
    letter = compose(Message.objects.get(order=order, kind="created")).body.replace("\u00a0", " ")
    assert f"место A1\nМеста оплачены абонементом № {own.number}\n" in letter


def test_the_pages_of_the_sale_read_the_same_with_more_entries(client: Client, world: World) -> None:
    own = make_pass(service=world.service, by=world.manager)
    tariff = make_tariff(service=world.service)
    client.get(f"/manage/orders/{own.number}/")  # queries made once per process
    counts = []
    for _more in range(2):
        make_order(tariff=tariff, customer=own.owner, pass_id=own.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(f"/manage/orders/{own.number}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_sale_is_shown_cancelled_and_paid_like_any_order(client: Client, world: World) -> None:
    order = make_pass_order(tariff=make_pass_tariff(service=world.service), by=world.manager)
    assert "до 23.12.2026" not in words(client.get(f"/manage/orders/{order.number}/cancel/"))
    assert "по 23.12.2026" in words(client.get("/manage/orders/"))
    client.post(f"/manage/orders/{order.number}/cancel/", {"reason": "Передумали"})
    assert (Order.objects.get().status, Pass.objects.count()) == ("cancelled", 0)


def test_a_sale_that_was_not_paid_in_time_is_made_again(client: Client, world: World, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    customer = make_user(email="belova@example.com")
    sold = {"customer": customer, "by": world.manager, "payment_method": "online"}
    order = make_pass_order(tariff=make_pass_tariff(service=world.service, name="Десятка"), **sold)
    Order.objects.update(deadline_at=NOW)
    assert expire_overdue(None, NOW) == 1
    page = f"/manage/orders/{order.number}/"
    assert "Возобновить продажу…" in words(client.get(page))
    dialog = words(client.get(f"{page}reactivate/"))
    assert "Цена прежняя, 2 000 ₽. Оплату ждём до" in dialog
    assert "вот ссылка на оплату абонемента: Опен-спейс" in dialog
    answer = client.post(f"{page}reactivate/", follow=True)
    assert "Абонемент ждёт оплаты до" in words(answer)
    assert Order.objects.get().status == "awaiting_payment"


def test_units_that_come_back_to_the_pass_are_shown_before_and_after(client: Client, world: World) -> None:
    pool = world.service
    CancellationStep.objects.create(service=pool, hours_before=1, percent=50)
    customer = make_user(email="belova@example.com")
    bought = make_pass(service=pool, customer=customer, by=world.manager)
    wanted = {"customer": customer, "pass_id": bought.pk, "by": world.manager, "when": when("10", "13")}
    order = make_order(tariff=make_tariff(service=pool), **wanted)
    told = "1 час вернётся в абонемент, 2 часа останутся списанными"
    nothing = "возвращать нечего"
    assert told in words(client.get(f"/manage/orders/{order.number}/cancel/"))
    client.force_login(customer)
    page = words(client.get(f"/my/orders/{order.number}/cancel/"))
    assert (told in page, nothing in page) == (True, False)
    client.post(
        f"/my/orders/{order.number}/cancel/", {"shown": "0.00", "shown_returned": "1", "shown_kept": "2", "reason": ""}
    )
    letter = compose(Message.objects.get(order=order, kind="cancelled")).body.replace("\u00a0", " ")
    assert (told in letter, nothing in letter, Pass.objects.get().left) == (True, False, 8)
