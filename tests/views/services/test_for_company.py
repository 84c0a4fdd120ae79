"""«Заказ для» of a customer: a member of a company books for it, by invoice if it orders on account."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Company, User
from coworking.models import Service
from orders.models import Order
from tests.factories import make_company, make_seats, make_tariff, make_user
from tests.html import text_of
from tests.moments import WEDNESDAY
from tests.snapshots import saved_rows
from tests.views.pages import Page, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"


@pytest.fixture
def service() -> Service:
    service = make_seats(name="Тихая зона", labels=["A1", "A2", "A3"])
    make_tariff(service=service, name="Час", price="300")
    return service


@pytest.fixture
def customer() -> User:
    return make_user(email="petr@example.com")


@pytest.fixture
def company(customer: User) -> Company:
    return make_company(customer, name="ООО «Вектор»", credit_limit=Decimal(1000))


@pytest.fixture
def browser(customer: User) -> Client:
    client = Client()
    client.force_login(customer)
    return client


def opened(client: Client, service: Service, **chosen: str) -> Page:
    times = {"day": WEDNESDAY.isoformat(), "start": "10:00", "end": "12:00"}
    return read(client.get(f"/services/{service.pk}/", {**times, **chosen}))


def offered(page: Page, name: str) -> list[str]:
    return [radio.get("value", "") for radio in page.attrs_of("input", type="radio", name=name)]


def press(client: Client, page: Page, service: Service) -> Any:
    values = next(form.values for form in page.forms if form.attrs.get("id") == "buy")
    return client.post(f"/services/{service.pk}/", values)


def words(html: str) -> str:
    return " ".join(text_of(html).split()).replace("\u00a0", " ")


def test_a_customer_without_a_company_is_asked_nothing(service: Service, browser: Client, customer: User) -> None:
    assert offered(opened(browser, service), "company") == []
    assert offered(opened(Client(), service), "company") == []


def test_a_company_on_account_is_booked_for_by_invoice(service: Service, browser: Client, company: Company) -> None:
    page = opened(browser, service)
    assert (offered(page, "company"), offered(page, "payment_method")) == (["", str(company.pk)], ["online", "on_site"])
    page = opened(browser, service, company=str(company.pk), payment_method="invoice")
    assert offered(page, "payment_method") == ["online", "on_site", "invoice"]
    assert "На счёт компании: осталось 1 000 ₽ из 1 000 ₽" in words(page.html)
    answer = press(browser, page, service)
    order = Order.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/my/orders/{order.pk}/")
    assert (order.company, order.payment_method, order.status, order.due) == (company, "invoice", "confirmed", 600)
    assert "Компания оплатит по счёту за месяц." in words(browser.get(answer.headers["Location"]).content.decode())


def test_beyond_the_limit_it_is_said_and_nothing_is_booked(service: Service, browser: Client, company: Company) -> None:
    chosen = {"company": str(company.pk), "payment_method": "invoice"}
    page = opened(browser, service, **chosen)
    Company.objects.update(credit_limit=Decimal(500))
    before = saved_rows()
    answer = press(browser, page, service)
    assert (answer.status_code, saved_rows()) == (422, before)
    said = "Лимита компании не хватает: на счёт можно заказать ещё на 500 ₽."
    assert said in words(answer.content.decode())
    assert said in words(opened(browser, service, **chosen).html)


def test_a_company_without_a_limit_or_of_others_gives_no_invoice(
    service: Service, browser: Client, customer: User
) -> None:
    own, foreign = make_company(customer), make_company(make_user(), credit_limit=Decimal(9000))
    for company in (own, foreign):
        page = opened(browser, service, company=str(company.pk), payment_method="invoice")
        assert offered(page, "payment_method") == ["online", "on_site"]
    assert "Этот человек не заказывает для этой компании." in words(page.html)
    before = saved_rows()
    assert (press(browser, page, service).status_code, saved_rows()) == (422, before)
    assert press(browser, opened(browser, service, company=str(own.pk)), service).status_code == 302
    assert (Order.objects.get().company, Order.objects.get().payment_method) == (own, "online")
