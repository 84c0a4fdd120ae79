"""Customers' forms after the session or the CSRF token has expired: nothing typed is lost."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.domain import calendar_feeds
from accounts.models import User
from coworking.models import Service, Tariff
from orders.models import Order
from tests.factories import make_order, make_pass_tariff, make_seats, make_tariff, make_user
from tests.moments import WEDNESDAY
from tests.orders.booking.changes import ticket_of
from tests.snapshots import saved_rows
from tests.views.form.test_order_form_sign_in import HTMX, carried
from tests.views.pages import Form, Page, lost, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
FORMS = {
    "move": {"day": "завтра", "start": "15:00", "end": "17:00"},
    "cancel": {"reason": "Заболел"},
    "hand-over": {"last_name": "Орлова", "first_name": "Анна", "contact": "anna@example.com"},
    "name": {"last_name": "Кимов", "first_name": "Пётр", "company": "ООО «Ветер»"},
    "email": {"email": "new@example.com"},
    "phone": {"phone": "+7 916 000-11-22"},
    "service": {"email": "other@example.com"},
    "pass": {"email": "other@example.com"},
}


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"


@pytest.fixture
def customer() -> User:
    return make_user(email="petr@example.com", phone="+79160001133")


@pytest.fixture
def tariff() -> Tariff:
    return make_tariff(service=make_seats(name="Тихая зона"), name="Час", price="300")


@pytest.fixture
def order(tariff: Tariff, customer: User) -> Order:
    return make_order(tariff=tariff, customer=customer)


@pytest.fixture
def browser(customer: User) -> Client:
    client = Client()
    client.force_login(customer)
    return client


def address(name: str, order: Order) -> str:
    service: Service = order.service
    ticket = f"/my/orders/{order.pk}/tickets/{ticket_of(order).number}"
    chosen = f"day={WEDNESDAY}&start=15:00&end=17:00&payment_method=online"
    return {
        "move": f"{ticket}/move/",
        "hand-over": f"{ticket}/hand-over/",
        "cancel": f"/my/orders/{order.pk}/cancel/",
        "service": f"/services/{service.pk}/?{chosen}",
    }.get(name, f"/my/profile/{name}/")


def sent_form(page: Page, typed: dict[str, str]) -> Form:
    """Return the form that the typed values belong to."""
    return next(form for form in page.forms if form.attrs.get("method") == "post" and set(typed) <= set(form.values))


@pytest.mark.parametrize("name", list(FORMS))
def test_a_form_sent_after_the_sign_in_expired_is_shown_again_before_anything_is_done(
    browser: Client, customer: User, order: Order, name: str
) -> None:
    url = address(name, order)
    if name == "pass":
        url = f"/services/{order.service_id}/passes/{make_pass_tariff(service=order.service).pk}/"
    form = sent_form(read(browser.get(url)), FORMS[name])
    typed = {**form.values, **FORMS[name]}
    target = form.attrs.get("action") or url
    browser.logout()
    before = saved_rows()

    told = browser.post(target, typed)
    assert told.status_code == 422
    assert not lost(carried(told), typed, but=["csrfmiddlewaretoken"])
    if target.startswith("/my/"):
        assert browser.post(target, carried(told)).status_code == 422  # still nobody is signed in
    browser.force_login(customer)
    again = browser.post(target, carried(told))
    assert again.status_code == 200
    shown = sent_form(read(again), FORMS[name]).values
    assert not lost(shown, {**FORMS[name], **({"day": "2026-11-25"} if name == "move" else {})})
    assert "Пока ничего не забронировано" not in again.content.decode()
    assert saved_rows() == before


def test_a_button_pressed_after_the_sign_in_expired_leads_back_to_its_page(order: Order) -> None:
    leave = "/my/waiting/1/leave/"
    answer = Client().post(leave, headers={"Referer": "http://testserver/my/waiting/?page=2"})
    assert (answer.status_code, parse_qs(urlsplit(answer.headers["Location"]).query)) == (
        302, {"next": ["/my/waiting/?page=2"]},
    )  # fmt: skip
    for foreign in ("http://evil.example/my/waiting/", "http://[", ""):
        answer = Client().post(leave, headers={"Referer": foreign})
        assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"next": ["/"]}


def test_a_button_with_a_stale_token_shows_its_page_and_is_not_pressed(customer: User) -> None:
    page = "/my/profile/calendar/"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(customer)
    stale = {"renew": "1", "csrfmiddlewaretoken": "x" * 64}
    answer = strict.post(page, stale, headers={"Referer": f"http://testserver{page}"})
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    assert "Пока ничего не сделано" in strict.get(page).content.decode()
    assert not calendar_feeds.token_of(customer)


def test_values_filled_in_by_another_site_are_not_kept(browser: Client, customer: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    for origin in ("https://evil.example", "null", "https://["):
        answer = strict.post("/my/profile/name/", FORMS["name"], headers={"Origin": origin})
        assert answer.status_code == 400
        assert "Кимов" not in answer.content.decode()


def test_the_plan_of_a_move_says_in_place_that_the_sign_in_expired(browser: Client, order: Order) -> None:
    page = read(browser.get(address("move", order)))
    assert '{"X-Unsaved":"1"}' in [attrs.get("hx-headers") for _tag, attrs in page.tags]
    told = Client().post(address("move", order), FORMS["move"], headers={**HTMX, "X-Unsaved": "1"})
    assert (told.status_code, told.headers["HX-Retarget"]) == (200, "#toasts")
