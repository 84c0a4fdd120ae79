"""A customer books what the page of a service has shown, however long it stood open."""

from datetime import time
from typing import Any

import pytest
import time_machine
from django.test import Client

from coworking.models import OpeningHours, Service, Tariff, Ticket, Unit
from olvery.shared.clocks import END_OF_DAY
from olvery.shared.periods import local_days
from orders.models import Order
from tests.factories import make_location, make_order, make_seats, make_tariff, make_user, seat_of
from tests.moments import MOSCOW, THURSDAY, WEDNESDAY, hours, moment
from tests.snapshots import saved_rows
from tests.views.pages import read
from tests.views.services.test_services import TEN_TO_TWELVE, address, form_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"


@pytest.fixture
def service() -> Service:
    return make_seats(location=make_location(), name="Тихая зона", labels=["A1", "A2"])


@pytest.fixture
def tariff(service: Service) -> Tariff:
    return make_tariff(service=service, name="Час", price="300")


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


def test_a_day_that_is_typed_is_booked_as_it_was_shown_also_after_midnight(
    tariff: Tariff, service: Service, browser: Client, clock: time_machine.Coordinates
) -> None:
    OpeningHours.objects.update(opens_at=time(0), closes_at=END_OF_DAY)
    page = read(browser.get(address(service, other_day="завтра 10-12")))
    assert "Завтра, 10:00–12:00" in page.html
    clock.move_to(moment("2026-11-25 00:10"))
    answer = browser.post(f"/services/{service.pk}/", form_of(page, "buy"))
    assert (answer.status_code, Order.objects.get().period) == (302, hours("10", "12"))


def test_the_last_day_that_is_typed_is_booked_as_it_was_shown_also_after_midnight(
    service: Service, browser: Client, clock: time_machine.Coordinates
) -> None:
    by_day = make_tariff(service=service, name="День", unit=Unit.DAY, price="1000")
    chosen = {"tariff": str(by_day.pk), "other_day": "завтра", "last_day": "послезавтра"}
    page = read(browser.get(address(service, **chosen)))
    clock.move_to(moment("2026-11-25 00:10"))
    browser.post(f"/services/{service.pk}/", form_of(page, "buy"))
    assert Order.objects.get().period == local_days(WEDNESDAY, THURSDAY, MOSCOW)


@pytest.mark.parametrize(
    ("change", "said", "booked_by"),
    [
        (
            lambda tariff: Tariff.objects.filter(pk=tariff.pk).update(is_active=False),
            "Этого тарифа здесь нет",
            "on_site",
        ),
        (lambda _tariff: Service.objects.update(payment_methods=["online"]), "такого способа оплаты нет", "online"),
    ],
    ids=["tariff", "method"],
)
def test_an_unavailable_choice_is_not_replaced_silently(
    tariff: Tariff, service: Service, browser: Client, change: Any, said: str, booked_by: str
) -> None:
    make_tariff(service=service, name="Час по средам", price="300")
    chosen = {**TEN_TO_TWELVE, "tariff": str(tariff.pk), "payment_method": "on_site"}
    page = read(browser.get(address(service, **chosen)))
    change(tariff)
    before = saved_rows()
    refused = browser.post(f"/services/{service.pk}/", form_of(page, "buy"))
    assert (refused.status_code, saved_rows()) == (422, before)
    assert said in refused.content.decode()
    browser.post(f"/services/{service.pk}/", form_of(read(refused), "buy"))
    assert (Order.objects.get().payment_method, Order.objects.get().total) == (booked_by, 600)


def test_a_payment_method_that_the_page_does_not_offer_is_not_replaced_in_silence(
    tariff: Tariff, service: Service, browser: Client
) -> None:
    sent, before = form_of(read(browser.get(address(service, **TEN_TO_TWELVE))), "buy"), saved_rows()
    refused = browser.post(f"/services/{service.pk}/", {**sent, "payment_method": "invoice"})
    assert (refused.status_code, saved_rows()) == (422, before)


@pytest.mark.parametrize(("chosen", "shown", "booked"), [("A1", "A1", "A1"), ("", "любое свободное место", "A2")])
def test_a_seat_is_named_where_it_is_chosen_and_no_other_is_promised(
    chosen: str, shown: str, booked: str, tariff: Tariff, service: Service, browser: Client
) -> None:
    seats = str(seat_of(service, chosen).pk) if chosen else ""
    page = read(browser.get(address(service, **TEN_TO_TWELVE, seats=seats)))
    assert f"<b>Тихая зона, {shown}</b>" in page.html
    if not chosen:
        make_order(tariff=tariff, seat_ids=(seat_of(service, "A1").pk,))
    browser.post(f"/services/{service.pk}/", form_of(page, "buy"))
    assert seat_of(service, booked) == Ticket.objects.latest("number").seat


JUNK = ("abc", "0", "-1", "9" * 40, "17.5", "١")


@pytest.mark.parametrize("named", ["another service", *JUNK])
def test_a_seat_that_the_service_does_not_have_is_not_kept_in_the_address(
    named: str, tariff: Tariff, service: Service, browser: Client
) -> None:
    other = make_seats(location=service.location, name="Зал", labels=["Z1"])
    seats = str(seat_of(other, "Z1").pk) if named == "another service" else named
    page = read(browser.get(address(service, **TEN_TO_TWELVE, seats=seats)))
    sent = form_of(page, "buy")
    assert "любое свободное место" in page.html
    assert "seats" not in sent
    assert [link for link in page.links() if "seats=" in link] == []
    assert browser.post(f"/services/{service.pk}/", sent).status_code == 302
    assert Ticket.objects.get().seat == seat_of(service, "A1")


def test_a_seat_of_the_service_is_kept_beside_one_of_another(tariff: Tariff, service: Service, browser: Client) -> None:
    other = make_seats(location=service.location, name="Зал", labels=["Z1"])
    own, foreign = seat_of(service, "A2").pk, seat_of(other, "Z1").pk
    page = read(browser.get(f"{address(service, **TEN_TO_TWELVE)}&seats={foreign}&seats={own}"))
    assert form_of(page, "buy")["seats"] == [str(own)]


def test_a_seat_that_the_service_has_no_more_is_refused_once_and_no_other_is_booked_unasked(
    tariff: Tariff, service: Service, browser: Client
) -> None:
    sent = form_of(read(browser.get(address(service, **TEN_TO_TWELVE, seats=str(seat_of(service, "A2").pk)))), "buy")
    seat_of(service, "A2").delete()
    before = saved_rows()
    refused = browser.post(f"/services/{service.pk}/", sent)
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Такого места нет, выберите другое." in refused.content.decode()
    assert browser.post(f"/services/{service.pk}/", form_of(read(refused), "buy")).status_code == 302


def test_an_address_says_neither_who_books_nor_which_form_it_is(
    tariff: Tariff, service: Service, browser: Client
) -> None:
    foreign = {"token": "abc", "phone": "+79990000000", "email": "thief@example.com", "shown_total": "1"}
    page = read(browser.get(address(service, **TEN_TO_TWELVE, **foreign)))
    own, sent = form_of(read(browser.get(address(service, **TEN_TO_TWELVE))), "buy"), form_of(page, "buy")
    assert {**sent, "token": own["token"]} == own
    assert "UUID" not in page.html
    assert browser.post(f"/services/{service.pk}/", sent).status_code == 302


def test_a_form_without_a_real_token_is_refused_in_words(tariff: Tariff, service: Service, browser: Client) -> None:
    sent, before = form_of(read(browser.get(address(service, **TEN_TO_TWELVE))), "buy"), saved_rows()
    refused = browser.post(f"/services/{service.pk}/", {**sent, "token": "abc"})
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Форма устарела" in refused.content.decode()
