"""A customer's promo code: in the URL, in the price, refused at its field, and safe from guessing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coworking.models import Location, Service, Tariff
from orders.domain.booking.promo_guesses import (
    MOST_OF_A_PERSON,
    MOST_OF_AN_ADDRESS,
    Guesser,
    count_guess,
    refuse_guessing,
)
from orders.domain.money.promo_uses import PromoRefused
from orders.models import Order, PromoUse
from tests.factories import make_location, make_order, make_pool, make_promo_code, make_tariff, make_user
from tests.html import text_of
from tests.moments import NOW
from tests.snapshots import saved_rows
from tests.views.pages import read
from tests.views.services.test_services import TEN_TO_TWELVE, address, booked, form_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CHOSEN = {**TEN_TO_TWELVE, "payment_method": "on_site"}


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def service(location: Location) -> Service:
    return make_pool(location=location, name="Тихая зона")


@pytest.fixture
def tariff(service: Service) -> Tariff:
    return make_tariff(service=service, price="300")


def signed_in(customer: User) -> Client:
    client = Client()
    client.force_login(customer)
    return client


@pytest.fixture
def customer() -> User:
    return make_user(email="petr@example.com")


@pytest.fixture
def browser(customer: User) -> Client:
    return signed_in(customer)


def problem(answer: Any) -> str:
    """Return the error at the field of the code."""
    return str(answer.context["screen"].promo_problem)


def test_a_link_with_a_code_shows_the_lower_price_and_books_it(
    location: Location, tariff: Tariff, service: Service, browser: Client
) -> None:
    code = make_promo_code(location=location)
    answer = browser.get(address(service, **CHOSEN, promo_code="весна 10"))
    said = " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")
    assert "Промокод ВЕСНА-10 10 % −60 ₽ К оплате 540 ₽" in said
    assert form_of(read(answer), "buy")["promo_code"] == ["весна 10"]
    assert booked(browser, service, **CHOSEN, promo_code="весна 10").status_code == 302
    order = Order.objects.get()
    assert (order.total, order.promo_code, PromoUse.objects.get().order) == (540, code, order)
    mine = " ".join(text_of(browser.get(f"/my/orders/{order.pk}/").content.decode()).split())
    assert "Промокод ВЕСНА-10" in mine


def test_a_code_that_makes_all_free_books_without_paying(
    location: Location, tariff: Tariff, service: Service, browser: Client
) -> None:
    make_promo_code(location=location, value="100")
    assert booked(browser, service, **CHOSEN, promo_code="ВЕСНА-10").status_code == 302
    order = Order.objects.get()
    assert (order.status, order.payment_method, order.total) == ("confirmed", "free", 0)


def test_a_code_that_the_customer_has_used_is_refused_at_its_field(
    location: Location, tariff: Tariff, service: Service, browser: Client, customer: User
) -> None:
    code = make_promo_code(location=location, most_uses_each=1)
    sent = form_of(read(browser.get(address(service, **CHOSEN, promo_code=code.code))), "buy")
    make_order(tariff=tariff, customer=customer, promo_code=code.code)
    before = saved_rows()
    answer = browser.post(f"/services/{service.pk}/", sent)
    page = read(answer)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert problem(answer) == "Промокод уже использован: не больше 1 раза на заказчика."
    assert (
        page.attrs_of("input", id="promo_code")[0] | {"value": code.code, "aria-invalid": "true"}
        == (page.attrs_of("input", id="promo_code")[0])
    )
    assert "promo_code_error" in page.ids


def test_trying_many_codes_is_stopped(location: Location, tariff: Tariff, service: Service, browser: Client) -> None:
    make_promo_code(location=location)
    for _again in range(3):  # the page asks for the same code with every change
        assert problem(browser.get(address(service, **CHOSEN, promo_code="НЕТ-ТАКОГО"))).startswith("Такого промокода")
    for number in range(1, MOST_OF_A_PERSON):
        browser.get(address(service, **CHOSEN, promo_code=f"КОД-{number}"))
    refused = "Слишком много неверных промокодов. Забронируйте без него или подождите час."
    right = address(service, **CHOSEN, promo_code="ВЕСНА-10")
    assert problem(browser.get(right)) == refused
    sent = {**form_of(read(browser.get(address(service, **CHOSEN))), "buy"), "promo_code": "ВЕСНА-10"}
    answer = browser.post(f"/services/{service.pk}/", sent)
    assert (answer.status_code, problem(answer), Order.objects.count()) == (422, refused, 0)
    assert problem(signed_in(make_user()).get(right)) == ""
    assert booked(browser, service, **CHOSEN).status_code == 302  # without a code


def test_nobody_guesses_from_one_address_under_many_names(location: Location, tariff: Tariff, service: Service) -> None:
    make_promo_code(location=location)
    for number in range(MOST_OF_AN_ADDRESS):
        Client().get(address(service, **CHOSEN, promo_code=f"КОД-{number}"))
    refused = problem(signed_in(make_user()).get(address(service, **CHOSEN, promo_code="ВЕСНА-10")))
    assert refused.startswith("Слишком много неверных промокодов.")


def test_a_guess_is_kept_in_mind_for_an_hour() -> None:
    guesser = Guesser(7, None)
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(MOST_OF_A_PERSON):
            count_guess(guesser, f"КОД-{number}")
        clock.shift(timedelta(minutes=59))
        with pytest.raises(PromoRefused, match="promo_guessed_too_often"):
            refuse_guessing(guesser)
        clock.shift(timedelta(minutes=2))
        refuse_guessing(guesser)


def test_addresses_of_one_household_are_counted_together() -> None:
    near = [list(Guesser(None, f"2001:db8:1:2::{end}").limits) for end in ("1", "ffff")]
    assert near[0] == near[1] == [("address-2001:db8:1:2::", MOST_OF_AN_ADDRESS)]
    assert list(Guesser(7, "192.0.2.1").limits) == [("person-7", MOST_OF_A_PERSON), ("address-192.0.2.1", 30)]
