"""«Услуги»: a customer sees what is free and books it online."""

import re
from datetime import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import Client

from accounts.domain.documents import publish
from accounts.models import ACCEPTED, DocumentKind, User
from coworking.models import Location, OpeningHours, Service, Tariff, Ticket
from olvery.shared.clocks import END_OF_DAY
from orders.models import Order, PaymentLink
from tests.factories import (
    make_extra,
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    seat_of,
)
from tests.html import text_of
from tests.moments import FRIDAY, NOW, WEDNESDAY, hours
from tests.snapshots import saved_rows
from tests.views.form.test_month import days, is_chosen
from tests.views.pages import Page, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = WEDNESDAY.isoformat()


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"


@pytest.fixture
def location() -> Location:
    return make_location(name="Парк Тест")


@pytest.fixture
def service(location: Location) -> Service:
    return make_seats(location=location, name="Тихая зона", labels=["A1", "A2"])


@pytest.fixture
def tariff(service: Service) -> Tariff:
    return make_tariff(service=service, name="Час", price="300")


@pytest.fixture
def customer() -> User:
    return make_user(email="petr@example.com")


@pytest.fixture
def browser(customer: User) -> Client:
    client = Client()
    client.force_login(customer)
    return client


def address(service: Service, **chosen: str | list[str]) -> str:
    return f"/services/{service.pk}/?{urlencode(chosen, doseq=True)}"


def form_of(page: Page, name: str) -> dict[str, list[str]]:
    """Return what a browser would send from a form."""
    values = next(form.values for form in page.forms if form.attrs.get("id") == name)
    return {name: sent for name, sent in values.items() if name != "csrfmiddlewaretoken"}


def booked(client: Client, service: Service, **chosen: str) -> Any:
    """Open the page with some choices and press «Забронировать», with some values changed."""
    changes = {name: chosen.pop(name) for name in ("email", "shown_total", "token") if name in chosen}
    page = read(client.get(address(service, **chosen)))
    return client.post(f"/services/{service.pk}/", {**form_of(page, "buy"), **changes})


TEN_TO_TWELVE = {"day": DAY, "start": "10:00", "end": "12:00"}


# Choosing


def test_the_first_press_of_an_hour_begins_and_the_second_ends(tariff: Tariff, service: Service) -> None:
    def after(at: str | list[str], **chosen: str) -> tuple[list[str], list[str]]:
        values = form_of(read(Client().get(address(service, day=DAY, at=at, **chosen))), "booking")
        return values["start"], values["end"]

    assert after("10:00") == (["10:00"], ["11:00"])
    assert after("12:00", start="10:00", end="11:00") == (["10:00"], ["13:00"])
    assert after("15:00", start="10:00", end="13:00") == (["15:00"], ["16:00"])
    assert after("09:00", start="10:00", end="11:00") == (["09:00"], ["10:00"])
    assert after("junk", start="10:00", end="11:00") == (["10:00"], ["11:00"])
    assert after(["10:00", "12:00"]) == (["10:00"], ["13:00"])
    assert after(["10:00", "12:00", "15:00"]) == (["15:00"], ["16:00"])
    assert after("23:00") == (["23:00"], ["24:00"])
    assert after("23:00", start="20:00", end="21:00") == (["20:00"], ["24:00"])
    assert after("22:00", start="23:00", end="24:00") == (["22:00"], ["23:00"])
    typed = Client().get(address(service, day=DAY, start="20", end="0"))
    assert '<b class="num">20:00–24:00</b>' in typed.content.decode()


def test_round_the_clock_the_hours_begin_with_the_night(tariff: Tariff, service: Service) -> None:
    OpeningHours.objects.update(opens_at=time(0), closes_at=END_OF_DAY)
    page = read(Client().get(address(service, day=DAY)))
    assert [one["value"] for one in page.attrs_of("button", name="at")] == [f"{hour:02}:00" for hour in range(24)]
    assert re.findall(r"\b(Ночь|Утро|День|Вечер)\s+(\d\d:\d\d)", text_of(page.html)) == [
        ("Ночь", "00:00"),
        ("Утро", "06:00"),
        ("День", "13:00"),
        ("Вечер", "18:00"),
    ]


def test_the_shortest_booking_is_chosen_by_one_press(service: Service) -> None:
    make_tariff(service=service, name="Час", min_units=2)
    values = form_of(read(Client().get(address(service, day=DAY, at="10:00"))), "booking")
    assert (values["start"], values["end"]) == (["10:00"], ["12:00"])


def test_the_page_shows_price_seat_and_deadline_of_what_is_chosen(
    tariff: Tariff, service: Service, browser: Client
) -> None:
    make_extra(service=service, name="Монитор", price="150")
    extra = service.extras.get()
    html = browser.get(address(service, **TEN_TO_TWELVE, **{f"extra-{extra.pk}": "1"})).content.decode()
    text = " ".join(text_of(html).split()).replace("\u00a0", " ")
    assert "Тихая зона, любое свободное место" in text
    assert "К оплате 750 ₽" in text
    assert "Место держим за вами 20 мин" in text
    assert "Оплатить 750 ₽" in text


def test_a_bar_leads_to_the_summary_once_there_is_something_to_book(
    tariff: Tariff, service: Service, browser: Client
) -> None:
    leads = 'href="#buy"'
    assert leads not in browser.get(address(service)).content.decode()
    assert leads in browser.get(address(service, **TEN_TO_TWELVE)).content.decode()


def test_a_fragment_is_the_choices_and_the_summary(tariff: Tariff, service: Service, browser: Client) -> None:
    answer = browser.get(address(service, **TEN_TO_TWELVE), headers={"HX-Request": "true", "HX-Target": "booking"})
    page = read(answer)
    assert not page.attrs_of("html")
    assert {"booking", "summary"} <= page.ids
    assert page.attrs_of("div", id="summary")[0]["hx-swap-oob"] == "true"


def test_a_time_that_is_taken_offers_what_is_near(tariff: Tariff, service: Service, browser: Client) -> None:
    for label in ("A1", "A2"):
        make_ticket(service=service, period=hours("10", "12"), seat=seat_of(service, label))
    page = read(browser.get(address(service, **TEN_TO_TWELVE)))
    assert "В это время всё занято." in page.html
    assert "token" not in form_of(page, "booking")
    near = [parse_qs(urlsplit(link).query) for link in page.links() if "start=" in link]
    times = [(one["day"], one["start"], one["end"]) for one in near if "at" not in one]
    assert ([DAY], ["12:00"], ["14:00"]) in times
    assert "Забронировать" not in page.html


@pytest.mark.parametrize(
    "query",
    [
        "tariff=x",
        "tariff=999",
        "day=32.13",
        "start=25:00",
        "start=10:00&end=11:00&at=11:00Z",
        "places=0",
        "places=999",
        "seats=999",
        "extra-x=1",
        "extra-9=1",
    ],
)
def test_junk_in_the_address_shows_the_page(tariff: Tariff, service: Service, browser: Client, query: str) -> None:
    assert browser.get(f"/services/{service.pk}/?{query}").status_code == 200


# Booking


def test_a_booking_is_held_and_leads_to_the_payment(
    tariff: Tariff, service: Service, browser: Client, customer: User
) -> None:
    answer = booked(browser, service, **TEN_TO_TWELVE, seats=str(seat_of(service, "A2").pk))
    order, ticket = Order.objects.get(), Ticket.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/my/orders/{order.pk}/pay/")
    assert (order.customer, order.created_by, order.status, order.total) == (
        customer,
        customer,
        "awaiting_payment",
        600,
    )
    assert (ticket.period, ticket.seat, ticket.status) == (hours("10", "12"), seat_of(service, "A2"), "held")
    paying = browser.get(answer["Location"])
    assert paying["Location"] == f"/pay/{PaymentLink.objects.get().token}/"


def test_an_order_paid_on_site_leads_to_its_page(tariff: Tariff, service: Service, browser: Client) -> None:
    answer = booked(browser, service, **TEN_TO_TWELVE, payment_method="on_site")
    order = Order.objects.get()
    assert (order.status, answer["Location"]) == ("confirmed", f"/my/orders/{order.pk}/")


def test_pressing_twice_makes_one_order(tariff: Tariff, service: Service, browser: Client) -> None:
    sent = form_of(read(browser.get(address(service, **TEN_TO_TWELVE))), "buy")
    answers = [browser.post(f"/services/{service.pk}/", sent) for _twice in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Order.objects.count() == 1


def test_fields_not_meant_for_customers_are_not_read(
    tariff: Tariff, service: Service, browser: Client, customer: User
) -> None:
    other = make_user()
    sent = form_of(read(browser.get(address(service, **TEN_TO_TWELVE))), "buy")
    forged = {
        "customer": str(other.pk),
        "discount": "100%",
        "discount_reason": "Я так хочу",
        "override_reason": "Надо",
        "internal_note": "Тайна",
        "visitor-0": str(other.pk),
        "visitor-0-q": other.full_name,
        "parts": "3",
    }
    browser.post(f"/services/{service.pk}/", {**sent, **forged})
    order = Order.objects.get()
    assert (order.customer, order.total, order.internal_note, order.payment_method) == (customer, 600, "", "online")
    assert Ticket.objects.get().visitor == customer


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"email": ""}, "Нужна для чека ЮKassa"),
        ({"email": "не почта"}, "адрес электронной почты"),
        ({"shown_total": "1"}, "Стоимость изменилась"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    tariff: Tariff, service: Service, browser: Client, changes: dict[str, str], message: str
) -> None:
    before = saved_rows()
    answer = booked(browser, service, **TEN_TO_TWELVE, **changes)
    assert (answer.status_code, saved_rows()) == (422, before)
    html = answer.content.decode()
    assert message in html
    assert read(answer).attrs_of("p", role="alert", autofocus="")
    assert form_of(read(answer), "booking")["start"] == ["10:00"]


def test_letters_go_to_e_mails_of_others_so_often_alone(
    tariff: Tariff, service: Service, browser: Client, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "letters_to_others": "1/h/user"}
    extra = make_tariff(service=service, name="10 часов", pass_units=10, pass_days=30)
    other = {"email": "sestra@example.com"}
    assert booked(browser, service, **TEN_TO_TWELVE, **other).status_code == 302
    before = saved_rows()
    page = f"/services/{service.pk}/passes/{extra.pk}/"
    sent = form_of(read(browser.get(page)), "buy")
    for answer in (booked(browser, service, **TEN_TO_TWELVE, **other), browser.post(page, {**sent, **other})):
        assert (answer.status_code, "слишком часто" in answer.content.decode()) == (422, True)
    assert saved_rows() == before
    assert booked(browser, service, **TEN_TO_TWELVE, email="Petr@example.com").status_code == 302


def test_a_place_that_was_just_taken_is_refused_with_what_is_near(
    tariff: Tariff, service: Service, browser: Client
) -> None:
    sent = form_of(read(browser.get(address(service, **TEN_TO_TWELVE))), "buy")
    make_order(tariff=tariff, visitor_ids=(None, None))  # both seats, from 10 to 12
    before = saved_rows()
    answer = browser.post(f"/services/{service.pk}/", sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "В это время всё занято." in answer.content.decode()
    assert "Что есть рядом:" in answer.content.decode()


def test_the_catalogue_asks_as_much_for_three_services_as_for_one(
    tariff: Tariff, location: Location, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(6):
        Client().get("/services/")
    for number in range(2):
        make_tariff(service=make_pool(location=location, name=f"Зал {number}"))
    with django_assert_num_queries(6):
        Client().get("/services/")


def test_the_page_of_a_service_asks_little(
    tariff: Tariff, service: Service, browser: Client, django_assert_max_num_queries: Any
) -> None:
    browser.get(address(service, **TEN_TO_TWELVE))
    with django_assert_max_num_queries(14):
        browser.get(address(service, **TEN_TO_TWELVE))


def test_the_terms_that_were_shown_are_kept_with_the_order(tariff: Tariff, service: Service, browser: Client) -> None:
    offer, rules = (publish(kind=kind, text="…", changes="", by=None, at=NOW) for kind in ACCEPTED)
    publish(kind=DocumentKind.POLICY, text="…", changes="", by=None, at=NOW)
    page = read(browser.get(address(service, **TEN_TO_TWELVE)))
    assert "публичная оферта" in page.html
    sent = form_of(page, "buy")
    latest = publish(kind=DocumentKind.OFFER, text="Иначе", changes="", by=None, at=NOW)
    before = saved_rows()
    refused = browser.post(f"/services/{service.pk}/", sent)
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "условия изменились" in refused.content.decode()

    browser.post(f"/services/{service.pk}/", form_of(read(refused), "buy"))
    order = Order.objects.get()
    assert [row.document for row in order.accepted_terms.order_by("pk")] == [latest, rules]
    assert "/legal/offer/2/" in read(browser.get(f"/my/orders/{order.pk}/")).links()
    manager = Client()
    manager.force_login(make_manager(location=service.location))
    assert "/legal/offer/2/" in read(manager.get(f"/manage/orders/{order.pk}/")).links()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        order.accepted_terms.update(document=offer)


def test_how_long_a_place_waits_is_said_before_it_is_booked(browser: Client, tariff: Tariff, service: Service) -> None:
    words = "Если не прийти в течение 40 минут после начала, место освободится"
    assert words not in text_of(browser.get(address(service, **TEN_TO_TWELVE)).content.decode())
    Service.objects.update(release_minutes=40)
    Location.objects.update(visits_from=WEDNESDAY)
    assert words in text_of(browser.get(address(service, **TEN_TO_TWELVE)).content.decode())


# The month


def test_the_month_of_a_service_tells_anybody_which_days_are_free(tariff: Tariff, service: Service) -> None:
    for label in ("A1", "A2"):
        make_ticket(service=service, period=hours("10", "12", day=FRIDAY), seat=seat_of(service, label))
    asked = {"tariff": str(tariff.pk), **TEN_TO_TWELVE, "places": "1", "field": "other_day"}
    html = Client().post(f"/services/{service.pk}/month/", asked).content.decode()
    found = days(html)
    assert (found["2026-11-23"], found["2026-11-26"], found["2026-11-27"]) == ("shut", "free", "full")
    assert is_chosen(html, DAY)  # nothing is typed: the day that is chosen above
    typed = Client().post(f"/services/{service.pk}/month/", {**asked, "shown": "1 дек"}).content.decode()
    assert is_chosen(typed, "2026-12-01")


def test_the_month_leaves_the_address_of_the_page_alone(tariff: Tariff, service: Service) -> None:
    """The form around it replaces the URL of the page with each of its own answers."""
    form = read(Client().get(address(service))).attrs_of("form", id="booking")[0]
    month = Page(render_to_string("ui/parts.html", {"manage": False})).attrs_of("span", role="dialog")[0]
    assert (form["hx-replace-url"], month["hx-replace-url"], month["hx-push-url"]) == ("true", "false", "false")


def test_another_day_is_typed_as_everywhere(tariff: Tariff, service: Service) -> None:
    page = Client().get(address(service, day=DAY, other_day="послезавтра"))
    assert page.context["screen"].day.isoformat() == "2026-11-26"
    fields = read(page).attrs_of("input", name="other_day")
    assert [(one["type"], "data-day" in one) for one in fields] == [("date", True)]
    wrong = Client().get(address(service, day=DAY, other_day="каждый день"))
    assert "Напишите день" in wrong.content.decode()
    field = read(wrong).attrs_of("input", name="other_day")[0]
    assert (field["data-typed"], field["aria-describedby"]) == ("каждый день", "other_day_error")


@pytest.mark.parametrize(
    ("chosen", "field", "message"),
    [
        ({"places": "0"}, "places", "Не меньше 1."),
        ({"places": ""}, "places", "Укажите количество мест числом."),
        ({"start": "25:00"}, "start", "Укажите время, например 14:00."),
        ({"other_day": "32.13"}, "other_day", "Напишите день: «28.11», «завтра» или «пт»."),
        ({"extra-1": "100"}, "extra-1", "Не больше 99."),
    ],
)
def test_what_cannot_be_read_is_said_once_at_its_field(
    tariff: Tariff, service: Service, browser: Client, chosen: dict[str, str], field: str, message: str
) -> None:
    make_extra(service=service, pk=1)
    html = browser.get(address(service, **{**TEN_TO_TWELVE, **chosen})).content.decode()
    [wrong] = [attrs for attrs in Page(html).attrs_of("input", name=field) if attrs.get("type") != "hidden"]
    error = wrong["aria-describedby"].split()[0]
    assert (html.count(message), f'id="{error}"' in html, "%(" in html) == (1, True, False)
    assert "Исправьте то, что отмечено." in html
    assert not Page(html).attrs_of("button", **{"data-busy": "Сохраняем"})
