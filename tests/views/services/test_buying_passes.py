"""A customer buys a pass on the page of a service."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.domain.documents import publish
from accounts.models import ACCEPTED, User
from coworking.models import Service, Tariff
from orders.models import AcceptedTerms, Order, Pass
from tests.factories import make_location, make_pass_tariff, make_pool, make_tariff, make_user
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.moments import NOW
from tests.orders.steps import pay, take
from tests.snapshots import saved_rows
from tests.views.pages import read
from tests.views.services.test_services import form_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = "100500"
    cache.clear()


@pytest.fixture
def service() -> Service:
    service = make_pool(location=make_location(), name="Опен-спейс")
    make_tariff(service=service, name="Час")
    return service


@pytest.fixture
def tariff(service: Service) -> Tariff:
    return make_pass_tariff(service=service, name="Десятка")


@pytest.fixture
def customer() -> User:
    return make_user(email="petr@example.com")


@pytest.fixture
def browser(customer: User) -> Client:
    client = Client()
    client.force_login(customer)
    return client


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def address(tariff: Tariff) -> str:
    return f"/services/{tariff.service_id}/passes/{tariff.pk}/"


def filled(client: Client, tariff: Tariff, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of the page of a pass."""
    return {**form_of(read(client.get(address(tariff))), "buy"), **changes}


def test_a_customer_buys_a_pass_and_has_it_once_it_is_paid(
    browser: Client, customer: User, tariff: Tariff, gateway: FakeGateway
) -> None:
    shown = browser.get(f"/services/{tariff.service_id}/")
    assert "Абонемент: 10 часов на 30 дней, 2 000 ₽" in words(shown)
    assert address(tariff) in read(shown).links()
    page = words(browser.get(address(tariff)))
    assert "Места «Опен-спейс» по часам, начатый час считается целым." in page
    assert "30 дней со дня оплаты: если оплатить сегодня, по 23 декабря." in page
    answer = browser.post(address(tariff), filled(browser, tariff))
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/my/orders/{order.number}/pay/")
    assert (order.customer, order.created_by, order.email) == (customer, customer, "petr@example.com")
    assert "Абонементов нет" in words(browser.get("/my/passes/"))
    pay(order, gateway)
    assert f"Абонемент № {order.number} Осталось 10 часов" in words(browser.get("/my/passes/"))


def test_a_newcomer_buys_a_pass_with_a_code(client: Client, tariff: Tariff) -> None:
    olga = {"last_name": "Ким", "first_name": "Ольга", "phone": "8 921 555-44-33", "email": "olga@example.com"}
    sent, before = filled(client, tariff, payment_method="on_site", **olga), saved_rows()
    asked = client.post(address(tariff), sent)
    assert (asked.status_code, saved_rows()) == (422, before)
    assert "Оформим абонемент, как только вы введёте код." in words(asked)
    code = re.search(r"^[A-Z0-9-]{6,}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    again = {**form_of(read(asked), "buy"), "code": code[0]}
    again.pop("again", None)
    answer = client.post(address(tariff), again)
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/my/orders/{order.number}/")
    assert (order.customer.full_name, str(order.phone), order.payment_method) == (
        "Ким Ольга",
        "+79215554433",
        "on_site",
    )


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(client: Client, tariff: Tariff) -> None:
    client.force_login(make_user(phone=None, email="petr@example.com"))
    sent = filled(client, tariff, phone="123", email="", payment_method="online")
    before = saved_rows()
    answer = client.post(address(tariff), sent)
    page = read(answer)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert "phone_error" in page.ids
    assert [attrs["id"] for _tag, attrs in page.tags if "autofocus" in attrs] == ["phone"]
    answer = client.post(address(tariff), {**sent, "phone": "8 916 000-11-22"})
    page = read(answer)
    assert (answer.status_code, saved_rows(), "email_error" in page.ids) == (422, before, True)
    kept = form_of(page, "buy")
    assert (kept["token"], kept["payment_method"]) == (sent["token"], ["online"])


def test_other_terms_than_were_shown_are_shown_before_anything_is_sold(browser: Client, tariff: Tariff) -> None:
    sent = filled(browser, tariff)
    for changed, told in (
        ({"price": 2500}, "Стоимость изменилась: была 2 000 ₽, теперь 2 500 ₽."),
        ({"pass_days": 20}, "Условия абонемента изменились: было 10 часов на 30 дней, 2 000 ₽,"),
    ):
        Tariff.objects.filter(pk=tariff.pk).update(**changed)
        before = saved_rows()
        answer = browser.post(address(tariff), sent)
        assert (answer.status_code, saved_rows()) == (422, before)
        assert told in words(answer)
    assert browser.post(address(tariff), form_of(read(answer), "buy")).status_code == 302
    assert Order.objects.get().total == 2500


def test_the_page_of_a_further_service_sells_the_pass_and_takes_it(
    browser: Client, service: Service, tariff: Tariff
) -> None:
    studio = make_pool(location=service.location, name="Студия")
    make_tariff(service=studio)
    Tariff.objects.filter(pk=tariff.pk).update(also_services=[studio.pk])
    assert address(tariff) in browser.get(f"/services/{studio.pk}/").content.decode()
    page = browser.get(address(tariff))
    assert "Действует и на: Студия." in words(page)
    sent = form_of(read(page), "buy")
    Tariff.objects.filter(pk=tariff.pk).update(also_services=[])
    before, answer = saved_rows(), browser.post(address(tariff), sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert f"теперь он действует на «{service.name}»" in words(answer)
    Tariff.objects.filter(pk=tariff.pk).update(also_services=[studio.pk])
    assert browser.post(address(tariff), sent).status_code == 302
    assert Order.objects.get().also_services == [studio.pk]


def test_junk_buys_nothing(browser: Client, tariff: Tariff) -> None:
    sent, before = filled(browser, tariff), saved_rows()
    for junk in ({"shown_total": "NaN"}, {"shown_units": "9" * 400}, {"token": "x"}, {"payment_method": "invoice"}):
        assert browser.post(address(tariff), {**sent, **junk}).status_code == 422
    assert saved_rows() == before


def test_what_is_not_on_sale_is_not_bought(browser: Client, service: Service, tariff: Tariff) -> None:
    hourly, other = service.tariffs.get(name="Час"), make_pass_tariff(service=make_pool(location=service.location))
    for pk in (hourly.pk, other.pk):
        assert browser.get(f"/services/{service.pk}/passes/{pk}/").status_code == 404
    sent = filled(browser, tariff)
    Tariff.objects.filter(pk=tariff.pk).update(is_active=False)
    answer = browser.post(address(tariff), sent, follow=True)
    assert answer.redirect_chain == [(f"/services/{service.pk}/", 302)]
    assert "Этот абонемент больше не продаётся." in words(answer)
    assert not Order.objects.exists()


def test_a_service_that_is_paid_by_invoice_alone_sends_to_a_manager(browser: Client, tariff: Tariff) -> None:
    Service.objects.update(payment_methods=["invoice"])
    page = browser.get(address(tariff))
    assert "спросите о нём менеджера по аренде" in words(page)
    assert not [one for one in read(page).attrs_of("button", type="submit") if "data-busy" in one]


def test_the_terms_that_were_accepted_are_kept_with_the_order(browser: Client, tariff: Tariff) -> None:
    for kind in ACCEPTED:
        publish(kind=kind, text="Текст", changes="", by=None, at=NOW)
    sent = filled(browser, tariff)
    publish(kind=ACCEPTED[0], text="Другой", changes="", by=None, at=NOW)
    before = saved_rows()
    answer = browser.post(address(tariff), sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    assert browser.post(address(tariff), form_of(read(answer), "buy")).status_code == 302
    assert AcceptedTerms.objects.filter(order=Order.objects.get()).count() == len(ACCEPTED)


def test_the_customer_gives_a_pass_up_until_it_is_granted(browser: Client, tariff: Tariff, settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    sent = filled(browser, tariff, payment_method="on_site")
    browser.post(address(tariff), sent)
    order = Order.objects.get()
    cancel = f"/my/orders/{order.pk}/cancel/"
    assert cancel in read(browser.get(f"/my/orders/{order.pk}/")).links()
    assert "возвращать нечего" in words(browser.get(cancel))
    take(order, "2000", by=make_user())
    before = saved_rows()
    refused = browser.post(cancel, {"shown": "2000.00"})
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Абонементом уже можно пользоваться: позвоните нам." in words(refused)
    assert cancel not in read(browser.get(f"/my/orders/{order.pk}/")).links()
    browser.post(address(tariff), filled(browser, tariff, payment_method="on_site"))
    other = Order.objects.latest("pk")
    assert browser.post(f"/my/orders/{other.pk}/cancel/", {"shown": "0.00"}).status_code == 302
    assert (Order.objects.get(pk=other.pk).status, Pass.objects.count()) == ("cancelled", 1)
