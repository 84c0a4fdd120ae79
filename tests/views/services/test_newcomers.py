"""Somebody who is not signed in books with a code by e-mail, whether known or not."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import SecurityEvent, User
from coworking.models import Service, Tariff, Ticket
from orders.models import Order
from tests.factories import make_location, make_order, make_seats, make_tariff, make_user
from tests.snapshots import saved_rows
from tests.views.pages import Page, read
from tests.views.services.test_services import TEN_TO_TWELVE, address, form_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

EMAIL = "olga@example.com"
OLGA = {"last_name": "Ким", "first_name": "Ольга", "phone": "8 921 555-44-33", "email": " Olga@Example.com"}


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    cache.clear()


@pytest.fixture
def service() -> Service:
    service = make_seats(location=make_location(), name="Тихая зона", labels=["A1", "A2"])
    make_tariff(service=service, name="Час", price="300")
    return service


@pytest.fixture
def tariff(service: Service) -> Tariff:
    return service.tariffs.get()


def code() -> str:
    found = re.search(r"^[A-Z0-9-]{6,}$", str(mail.outbox[-1].body), re.MULTILINE)
    return found[0] if found else ""


def typed(client: Client, service: Service, **changes: str) -> dict[str, Any]:
    """Return what the form sends once somebody has chosen a time and typed who they are."""
    return {**form_of(read(client.get(address(service, **TEN_TO_TWELVE))), "buy"), **OLGA, **changes}


def press(client: Client, service: Service, sent: dict[str, Any], **changes: str) -> Any:
    return client.post(f"/services/{service.pk}/", {**sent, **changes})


def kept(answer: Any) -> tuple[list[str], ...]:
    """Return the values that the form still has."""
    values, chosen = form_of(read(answer), "buy"), form_of(read(answer), "booking")
    return (*(values[name] for name in OLGA), chosen["start"], chosen["end"])


def test_a_newcomer_books_with_a_code_and_no_password(client: Client, service: Service) -> None:
    before, sent = saved_rows(), typed(client, service)
    asked = press(client, service, sent)
    assert (asked.status_code, saved_rows()) == (422, before)
    assert "Отправили письмо с кодом на olga@example.com" in asked.content.decode()
    assert "Ещё не забронировано" not in asked.content.decode()  # nothing is wrong
    assert read(asked).attrs_of("button", **{"name": "again", "data-busy": "Отправляем"})  # a second one ends the first
    assert [attrs["id"] for _tag, attrs in read(asked).tags if "autofocus" in attrs] == ["id_code"]
    assert kept(asked) == (["Ким"], ["Ольга"], ["8 921 555-44-33"], [" Olga@Example.com"], ["10:00"], ["12:00"])

    sent = {**form_of(read(asked), "buy"), "code": code()}
    sent.pop("again", None)
    booked = press(client, service, sent)

    order, person = Order.objects.get(), User.objects.get(email=EMAIL)
    assert (booked.status_code, booked.headers["Location"]) == (302, f"/my/orders/{order.pk}/pay/")
    assert (order.customer, order.created_by, order.email, str(order.phone)) == (person, person, EMAIL, "+79215554433")
    assert (person.full_name, str(person.phone), person.created_by) == ("Ким Ольга", "+79215554433", None)
    assert (person.has_usable_password(), Ticket.objects.get().visitor) == (False, person)
    assert client.get("/my/orders/").status_code == 200
    assert SecurityEvent.objects.filter(person=person).values_list("kind", "method").get() == ("signed_in", "code")


def test_a_person_known_by_e_mail_books_in_their_account(client: Client, service: Service) -> None:
    by_manager = make_user(last_name="Ким", first_name="Ольга Петровна", phone="+79210000000", email=EMAIL)
    sent = typed(client, service)
    press(client, service, sent)
    press(client, service, sent, code=code())
    order = Order.objects.get()
    assert (order.customer, str(order.phone)) == (by_manager, "+79215554433")
    by_manager.refresh_from_db()
    assert (by_manager.first_name, str(by_manager.phone)) == ("Ольга Петровна", "+79210000000")  # only the order's


def test_a_stranger_does_not_learn_who_is_known(service: Service) -> None:
    make_user(email="known@example.com", phone="+79215554433")
    pages = []
    for email in ("known@example.com", "other@example.com"):
        client = Client()
        page: Page = read(press(client, service, typed(client, service, email=email)))
        pages.append(re.sub(r'(name="(csrfmiddlewaretoken|token)" value)="[^"]+"', "", page.html).replace(email, "…"))
    assert pages[0] == pages[1]
    letters = [letter.body.replace(code(), "…") for letter in mail.outbox]
    assert re.sub(r"(?m)^[A-Z0-9-]{6,}$", "…", letters[0]) == re.sub(r"(?m)^[A-Z0-9-]{6,}$", "…", letters[1])


def test_a_phone_of_somebody_else_stays_in_the_order(client: Client, service: Service) -> None:
    other = make_user(phone="+79215554433", email=None)
    sent = typed(client, service)
    press(client, service, sent)
    press(client, service, sent, code=code())
    order = Order.objects.get()
    assert (order.customer.phone, str(order.phone), order.customer != other) == (None, "+79215554433", True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"last_name": ""}, "Укажите фамилию"),
        ({"first_name": "<b>"}, "русскими или латинскими буквами"),
        ({"first_name": "Сайт casino.com"}, "Поставьте пробел после точки"),
        ({"phone": "8 921"}, "Не хватает"),
        ({"email": ""}, "Укажите электронную почту"),
        ({"email": "olga@"}, "правильный адрес"),
    ],
)
def test_what_is_wrong_is_said_before_a_letter_goes_out(
    client: Client, service: Service, changes: dict[str, str], said: str
) -> None:
    before = saved_rows()
    answer = press(client, service, typed(client, service, **changes))
    assert (answer.status_code, saved_rows(), mail.outbox) == (422, before, [])
    html = answer.content.decode()
    assert (html.count(said), "%(" in html) == (1, False)
    assert form_of(read(answer), "booking")["start"] == ["10:00"]


def test_a_wrong_code_keeps_everything_and_the_third_one_ends_it(client: Client, service: Service) -> None:
    sent = typed(client, service)
    press(client, service, sent)
    right, before = code(), saved_rows()
    for wrong in ("", "AAAAAA", "AAAAAA"):
        answer = press(client, service, sent, code=wrong)
        assert (answer.status_code, kept(answer)[0], saved_rows()) == (422, ["Ким"], before)
        assert [attrs["id"] for _tag, attrs in read(answer).tags if "autofocus" in attrs] == ["id_code"]
    press(client, service, sent, code="AAAAAA")
    press(client, service, sent, code=right)  # no code is pending any more: this sends another
    assert (Order.objects.count(), len(mail.outbox)) == (0, 2)
    press(client, service, sent, code=code())
    assert Order.objects.count() == 1


def test_a_code_is_for_one_e_mail_in_one_browser(client: Client, service: Service) -> None:
    make_user(email="boss@example.com")
    sent = typed(client, service)
    press(client, service, sent)
    first = code()
    press(client, service, sent, email="boss@example.com", code=first)
    press(Client(), service, sent, code=first)
    assert Order.objects.count() == 0
    assert [letter.to for letter in mail.outbox] == [[EMAIL], ["boss@example.com"], [EMAIL]]


def test_letters_are_counted(client: Client, service: Service) -> None:
    sent = typed(client, service)
    answers = [press(client, service, sent, again="1") for _ in range(4)]
    assert len(mail.outbox) == 3
    assert "Слишком много писем" in answers[-1].content.decode()


def test_a_place_that_was_taken_meanwhile_is_said_to_whoever_is_signed_in_by_then(
    client: Client, service: Service, tariff: Tariff
) -> None:
    sent = typed(client, service)
    press(client, service, sent)
    make_order(tariff=tariff, visitor_ids=(None, None))
    answer = press(client, service, sent, code=code())
    assert (answer.status_code, Order.objects.count()) == (422, 1)
    assert "В это время всё занято." in answer.content.decode()
    assert mail.outbox  # the code is still pending, as nothing could be booked with it
    free = press(client, service, sent, start="14:00", end="15:00", code=code(), shown_total="300")
    assert (free.status_code, Order.objects.count()) == (302, 2)


def test_a_second_factor_is_asked_for_and_leads_back(client: Client, service: Service) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(make_user(email=EMAIL), secret)
    sent = typed(client, service)
    press(client, service, sent)
    asked = press(client, service, sent, code=code())
    assert (asked.headers["Location"], client.get("/my/orders/").status_code) == (
        "/accounts/factors/authenticate/",
        302,
    )
    of_app = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    back = urlsplit(client.post(asked.headers["Location"], {"code": of_app}).headers["Location"])
    assert (back.path, parse_qs(back.query)["start"]) == (f"/services/{service.pk}/", ["10:00"])
    assert (client.get("/my/orders/").status_code, Order.objects.count()) == (200, 0)


def test_the_sign_in_comes_back_to_what_was_chosen(client: Client, service: Service) -> None:
    links = read(client.get(address(service, **TEN_TO_TWELVE))).links()
    nexts = [parse_qs(urlsplit(link).query).get("next", [""])[0] for link in links]
    [back] = [urlsplit(one) for one in nexts if "start=" in one and "email" not in one][-1:]
    assert (back.path, parse_qs(back.query)["start"]) == (f"/services/{service.pk}/", ["10:00"])


texts: list[tuple[str, str]] = []


def keep_text(phone: str, text: str) -> None:
    texts.append((phone, text))


@pytest.fixture
def by_text(settings: Any) -> dict[str, str]:
    texts.clear()
    settings.SMS_SENDER = f"{__name__}.keep_text"
    return {"code_to": "phone"}


def texted() -> str:
    return re.findall(r"\d{6}", texts[-1][1])[-1]


def test_a_newcomer_books_with_a_code_by_text_message(
    client: Client, service: Service, by_text: dict[str, str]
) -> None:
    before, sent = saved_rows(), typed(client, service, **by_text)
    asked = press(client, service, sent)
    assert (asked.status_code, saved_rows() == before, mail.outbox) == (422, True, [])
    assert "СМС с кодом отправлена на +7" in asked.content.decode()
    press(client, service, sent, code=texted())
    order, person = Order.objects.get(), User.objects.get(phone="+79215554433")
    assert (order.customer, order.email, str(order.phone)) == (person, EMAIL, "+79215554433")
    # Nobody has proved the e-mail: it belongs only to the order.
    assert (person.email, person.phone_is_claim, [phone for phone, _text in texts]) == (None, False, ["+79215554433"])


def test_a_person_known_by_phone_books_in_their_account(
    client: Client, service: Service, by_text: dict[str, str]
) -> None:
    known = make_user(phone="+79215554433", email="other@example.com")
    sent = typed(client, service, **by_text)
    press(client, service, sent)
    press(client, service, sent, code=texted())
    assert (Order.objects.get().customer, User.objects.get(pk=known.pk).email) == (known, "other@example.com")


def test_nobody_enters_an_account_whose_phone_is_only_claimed(
    client: Client, service: Service, by_text: dict[str, str]
) -> None:
    make_user(phone="+79215554433", phone_is_claim=True)
    before, sent = saved_rows(), typed(client, service, **by_text)
    press(client, service, sent)
    answer = press(client, service, sent, code=texted())
    assert (answer.status_code, saved_rows() == before, "_auth_user_id" in client.session) == (422, True, False)
    assert "Номер указан в другой учётной записи и не подтверждён" in answer.content.decode()


def test_a_phone_that_came_with_a_proved_e_mail_is_a_claim(client: Client, service: Service) -> None:
    sent = typed(client, service)
    press(client, service, sent)
    press(client, service, sent, code=code())
    assert User.objects.get(email=EMAIL).phone_is_claim


def test_an_online_payment_asks_for_the_e_mail_of_the_receipt(
    client: Client, service: Service, by_text: dict[str, str]
) -> None:
    answer = press(client, service, typed(client, service, email="", **by_text))
    assert (answer.status_code, texts, "Укажите электронную почту" in answer.content.decode()) == (422, [], True)
