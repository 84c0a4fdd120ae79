"""A customer pays for a booking with hours of their pass, and first sees what it uses and returns."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from coworking.models import CancellationStep, Service, Tariff
from orders.models import Order, Pass
from tests.factories import (
    make_extra,
    make_location,
    make_order,
    make_pass,
    make_pool,
    make_promo_code,
    make_tariff,
    make_user,
)
from tests.html import text_of
from tests.moments import WEDNESDAY
from tests.orders.booking.changes import when
from tests.snapshots import saved_rows
from tests.views.pages import read
from tests.views.services.test_services import TEN_TO_TWELVE, address, form_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"


@pytest.fixture
def service() -> Service:
    return make_pool(location=make_location(), name="Опен-спейс", capacity=2)


@pytest.fixture
def tariff(service: Service) -> Tariff:
    return make_tariff(service=service, name="Час")


@pytest.fixture
def bought(tariff: Tariff) -> Pass:
    """Ten hours of the open space."""
    customer = make_user(email="petr@example.com")
    return make_pass(service=tariff.service, customer=customer, name="Десятка", position=5)


@pytest.fixture
def browser(bought: Pass) -> Client:
    client = Client()
    client.force_login(bought.owner)
    return client


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def chosen(bought: Pass, **more: str) -> str:
    """Return the address of the service with a time and a pass chosen."""
    return address(bought.service, **{**TEN_TO_TWELVE, "pass_id": str(bought.pk), **more})


def filled(client: Client, bought: Pass, **more: str) -> dict[str, list[str]]:
    """Return what the summary would send."""
    return form_of(read(client.get(chosen(bought, **more))), "buy")


def problem(answer: Any) -> str:
    """Return the error at the field of the pass."""
    assert "pass_id_error" in read(answer).ids
    return str(answer.context["screen"].pass_problem)


def test_the_summary_says_what_is_used_and_that_is_saved(browser: Client, bought: Pass) -> None:
    number = bought.pk
    assert f"Десятка, № {number} осталось 10 часов, по 23.12.2026" in words(
        browser.get(address(bought.service, **TEN_TO_TWELVE))
    )
    page = browser.get(chosen(bought))
    assert f"С абонемента № {number}: 2 часа, останется 8 часов" in words(page)
    assert "К оплате 0 ₽" in words(page)
    answer = browser.post(f"/services/{bought.service_id}/", form_of(read(page), "buy"))
    order = Order.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (302, f"/my/orders/{order.pk}/")
    assert (order.from_pass, order.total, order.status, order.created_by) == (bought, 0, "confirmed", bought.owner)
    assert Pass.objects.get().left == 8


def test_a_further_service_is_paid_from_the_pass_too(browser: Client, bought: Pass) -> None:
    studio = make_pool(location=bought.service.location, name="Студия")
    make_tariff(service=studio)
    Pass.objects.update(also_services=[studio.pk])
    page = browser.get(address(studio, **{**TEN_TO_TWELVE, "pass_id": str(bought.pk)}))
    assert "осталось 10 часов, по 23.12.2026 Опен-спейс, Студия" in words(page)
    browser.post(f"/services/{studio.pk}/", form_of(read(page), "buy"))
    assert (Order.objects.latest("pk").from_pass, Pass.objects.get().left) == (bought, 8)
    assert "Оплачивает Опен-спейс, Студия" in words(browser.get("/my/passes/"))


def test_extras_are_paid_beside_the_pass(browser: Client, bought: Pass) -> None:
    extra = make_extra(service=bought.service)
    sent = filled(browser, bought, **{f"extra-{extra.pk}": "1", "payment_method": "online"})
    answer = browser.post(f"/services/{bought.service_id}/", sent)
    order = Order.objects.latest("pk")
    assert answer["Location"] == f"/my/orders/{order.pk}/pay/"
    assert (order.from_pass, order.total, order.deadline_at) == (bought, 150, order.created_at + timedelta(minutes=20))


def test_units_that_went_meanwhile_are_refused_at_the_field(browser: Client, bought: Pass, tariff: Tariff) -> None:
    sent = filled(browser, bought)
    make_order(tariff=tariff, customer=bought.owner, pass_id=bought.pk, when=when("9", "18"))
    before = saved_rows()
    answer = browser.post(f"/services/{bought.service_id}/", sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert problem(answer) == "На абонементе не хватает: нужно 2 часа, осталось 1 час."
    assert form_of(read(answer), "booking")["start"] == ["10:00"]


def test_another_rest_than_was_shown_is_shown_first(browser: Client, bought: Pass, tariff: Tariff) -> None:
    sent = filled(browser, bought)
    make_order(tariff=tariff, customer=bought.owner, pass_id=bought.pk, when=when("14", "15"))
    before = saved_rows()
    answer = browser.post(f"/services/{bought.service_id}/", sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "Абонемент тем временем использован: останется 7 часов." in words(answer)
    assert browser.post(f"/services/{bought.service_id}/", form_of(read(answer), "buy")).status_code == 302
    assert Pass.objects.get().left == 7


def test_a_pass_that_does_not_fit_says_why(browser: Client, bought: Pass, service: Service) -> None:
    daily = make_tariff(service=service, name="День", unit="day")
    make_promo_code(location=service.location)
    other = make_pass(service=service)
    told = {
        chosen(bought, tariff=str(daily.pk)): "Абонемент почасовой: выберите почасовой тариф.",
        chosen(bought, promo_code="ВЕСНА-10"): "В заказе по абонементу нет скидки и промокода.",
        chosen(bought, pass_id=str(other.pk)): "Такого абонемента здесь нет.",
        chosen(bought, day="2026-12-24"): "Абонемент действует по 23\u00a0декабря.",
    }
    assert {where: problem(browser.get(where)) for where in told} == told
    for junk in ("x", "-1", "9" * 30):
        assert browser.get(chosen(bought, pass_id=junk)).status_code == 200


def test_visitors_without_sign_in_are_offered_no_pass(client: Client, bought: Pass) -> None:
    page = client.get(chosen(bought))
    assert "pass" not in read(page).ids
    assert "600 ₽" in words(page)
    client.force_login(make_user())
    assert problem(client.get(chosen(bought))) == "Такого абонемента здесь нет."


def test_nobody_stands_in_line_with_a_pass(browser: Client, bought: Pass, tariff: Tariff) -> None:
    make_order(tariff=tariff, visitor_ids=(None, None))
    page = browser.get(chosen(bought))
    assert "С абонементом в лист ожидания не встать: уберите абонемент." in words(page)
    assert "wait" not in form_of(read(page), "buy")
    assert "Очередь на это время" in words(browser.get(chosen(bought, pass_id="")))


def test_the_refund_is_compared_with_the_one_shown(
    browser: Client, bought: Pass, tariff: Tariff, settings: Any, clock: time_machine.Coordinates
) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    CancellationStep.objects.create(service=bought.service, hours_before=24, percent=100)
    order = make_order(tariff=tariff, customer=bought.owner, pass_id=bought.pk)
    cancel = f"/my/orders/{order.pk}/cancel/"
    page = read(browser.get(cancel))
    assert "2 часа вернутся в абонемент" in words(browser.get(cancel))
    [sent] = [form.values for form in page.forms if "shown_kept" in form.values]
    clock.shift(timedelta(hours=2))  # less than a day is left
    before = saved_rows()
    answer = browser.post(cancel, {**sent, "reason": "Заболел"})
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "Условия отмены тем временем изменились: 2 часа останутся списанными." in words(answer)
    [sent] = [form.values for form in read(answer).forms if "shown_kept" in form.values]
    assert (sent["shown_returned"], sent["shown_kept"], sent["reason"]) == (["0"], ["2"], ["Заболел"])
    assert browser.post(cancel, sent).status_code == 302
    assert (Order.objects.get(pk=order.pk).status, Pass.objects.get().left) == ("cancelled", 8)


def test_a_move_says_what_it_uses_more_and_gives_back(
    browser: Client, bought: Pass, tariff: Tariff, clock: time_machine.Coordinates
) -> None:
    CancellationStep.objects.create(service=bought.service, hours_before=24, percent=100)
    order = make_order(tariff=tariff, customer=bought.owner, pass_id=bought.pk)
    Service.objects.update(move_hours=1)
    ticket = order.lines.get().ticket_id
    move = f"/my/orders/{order.pk}/tickets/{ticket}/move/"
    wanted = {"day": WEDNESDAY.isoformat(), "start": "10:00", "look": "1"}
    assert "Ещё с абонемента: 3 часа" in words(browser.post(move, {**wanted, "end": "15:00"}))
    shorter = browser.post(move, {**wanted, "end": "11:00"})
    assert "1 час вернётся в абонемент" in words(shorter)
    version = read(shorter).attrs_of("input", name="version")[0]["value"]
    sent = {"day": WEDNESDAY.isoformat(), "start": "10:00", "end": "11:00", "version": version}
    clock.shift(timedelta(hours=2))  # less than a day is left
    before = saved_rows()
    answer = browser.post(move, sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "1 час останется списанным" in words(answer)


def test_the_e_mail_is_asked_for_only_where_something_is_paid_online(browser: Client, bought: Pass) -> None:
    def star(url: str, **headers: str) -> bool:
        (attrs,) = read(browser.get(url, headers=headers)).attrs_of("span", id="email-star")
        return "hidden" not in attrs

    for headers in ({}, {"HX-Request": "true"}):
        assert star(address(bought.service, **TEN_TO_TWELVE, payment_method="online"), **headers)
        assert not star(address(bought.service, **TEN_TO_TWELVE, payment_method="on_site"), **headers)
        assert not star(chosen(bought, payment_method="online"), **headers)
