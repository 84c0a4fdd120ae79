"""«Мои заказы»: what is due, paid and returned, the way to paying, and the invoices."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from coworking.models import Seller
from olvery.shared.phones import format_phone
from orders.documents.issued import contents_of
from orders.domain.desk.invoicing import issue_invoice
from orders.domain.money.balance import balance_of
from orders.letters.compose import link_of
from orders.models import IssuedInvoice, Order, PaymentLink
from tests.factories import make_order, make_seats, make_tariff, make_user
from tests.gateways.fake import FakeGateway
from tests.html import text_of
from tests.orders.steps import pay, refund, send_all, take
from tests.snapshots import saved_rows
from tests.views import pay_stages as stages
from tests.views.pages import read

pytestmark = pytest.mark.django_db


def own(client: Client, method: str = "online", **fields: Any) -> Order:
    """Save an order of 600 ₽ for Wednesday, 10 to 12, and sign its customer in."""
    tariff = make_tariff(service=make_seats(**fields), name="Час", price="300")
    order = make_order(tariff=tariff, customer=make_user(), payment_method=method)
    client.force_login(order.customer)
    return order


def page_of(order: Order) -> str:
    return f"/my/orders/{order.pk}/"


def offers_to_pay(client: Client, order: Order) -> tuple[bool, bool]:
    """Return whether the list and the order's page link to payment."""
    pages = ("/my/orders/?view=all", page_of(order))
    in_list, in_page = (f"{page_of(order)}pay/" in read(client.get(url)).links() for url in pages)
    return in_list, in_page


def is_in_letters(order: Order) -> bool:
    """Return whether a letter about the order, written now, would link to payment."""
    order.refresh_from_db()
    return bool(link_of(order, balance_of(order), at=timezone.now()))


def issue(order: Order) -> IssuedInvoice:
    """Issue an invoice for what is due."""
    Seller.objects.create(
        location=order.location,
        name="ООО «Три кита»",
        inn="7707083893",
        kpp="773601001",
        address="117312, г. Москва, ул. Вавилова, д. 19",
        bank_name="ПАО «Банк»",
        bic="044525225",
        account="40702810138250123017",
        corr_account="30101810400000000225",
    )
    buyer = {"name": "АО «Север»", "inn": "7810000001", "kpp": "781001001", "address": "г. Санкт-Петербург"}
    at = timezone.now()
    return issue_invoice(order.pk, write=contents_of, **buyer, pay_by=at.date(), by=order.created_by, at=at)


@pytest.mark.parametrize("method", ["online", "on_site", "invoice"])
def test_the_sum_due_can_be_paid_from_the_list_and_from_the_order(
    client: Client, gateway: FakeGateway, method: str
) -> None:
    order = own(client, method)
    assert offers_to_pay(client, order) == (True, True)
    response = client.get(f"{page_of(order)}pay/")
    link = PaymentLink.objects.get(order=order)
    assert (response.status_code, response.headers["Location"]) == (302, f"/pay/{link.token}/")
    assert client.get(f"{page_of(order)}pay/").headers["Location"] == f"/pay/{link.token}/"
    assert "600\u00a0₽" in client.get(page_of(order)).content.decode()


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (stages.payable, "Место держим до 09:00 завтра"),
        (stages.expired_at_the_provider, "Время на оплату вышло"),
        (stages.returning, "Возвращаем 600 ₽"),
        (stages.returned, "Вернули 600 ₽"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_list_says_where_the_money_and_the_place_are(
    client: Client, gateway: FakeGateway, now: Any, stage: Any, words: str
) -> None:
    order = own(client)
    stage(order, gateway)
    shown = " ".join(text_of(client.get("/my/orders/?view=all").content.decode()).split())
    said = {"Место держим", "Время на оплату вышло", "Возвращаем", "Вернули"}
    assert [start for start in said if start in shown] == [start for start in said if words.startswith(start)]
    assert words in shown


@pytest.mark.parametrize("stage", [stages.declined, stages.checking], ids=lambda stage: stage.__name__)
def test_what_may_be_tried_again_is_offered_in_lists_pages_and_letters(
    client: Client, gateway: FakeGateway, stage: Any
) -> None:
    """A customer who came back from the provider's page can go there again."""
    order = own(client)
    stage(order, gateway)
    assert (offers_to_pay(client, order), is_in_letters(order)) == ((True, True), True)
    assert stages.address_of(order, "start/") in stages.open_page(client, order).html


@pytest.mark.parametrize(
    "stage",
    [stages.in_review, stages.paid, stages.returned, stages.expired, stages.cancelled],
    ids=lambda stage: stage.__name__,
)
def test_nothing_offers_to_pay_what_cannot_be_paid_now(client: Client, gateway: FakeGateway, stage: Any) -> None:
    order = own(client)
    stage(order, gateway)
    assert (offers_to_pay(client, order), is_in_letters(order)) == ((False, False), False)
    assert client.get(f"{page_of(order)}pay/").headers["Location"] == page_of(order)
    assert stages.address_of(order, "start/") not in stages.open_page(client, order).html


def test_a_payment_that_is_checked_says_so_wherever_it_was_offered(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    stages.in_review(order, gateway)
    ticket = order.lines.get().ticket_id
    for page in ("/my/orders/", page_of(order), f"/my/bookings/{ticket}/"):
        shown = text_of(client.get(page).content.decode())
        assert "Платёж проверяется: второй раз платить не нужно." in " ".join(shown.split())


def test_without_a_shop_or_where_the_service_does_not_take_it_nothing_is_offered(
    client: Client, gateway: FakeGateway, settings: Any
) -> None:
    at_desk = own(client, "on_site", payment_methods=["on_site"])
    assert offers_to_pay(client, at_desk) == (False, False)
    order = own(client, "on_site")
    settings.YOOKASSA_SHOP_ID = ""
    assert offers_to_pay(client, order) == (False, False)
    before = saved_rows()
    assert client.get(f"{page_of(order)}pay/").headers["Location"] == page_of(order)
    assert saved_rows() == before


def test_nobody_else_is_led_to_the_payment_page(client: Client, gateway: FakeGateway) -> None:
    order = own(client, "on_site")
    for person in (make_user(), order.created_by):
        client.force_login(person)
        assert client.get(f"{page_of(order)}pay/").status_code == 404
    assert not PaymentLink.objects.exists()


def test_a_paid_order_says_what_was_paid(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    pay(order, gateway)
    html = client.get(page_of(order)).content.decode()
    assert "Оплачено" in html
    assert "Осталось оплатить" not in html


def test_an_order_that_was_paid_at_the_desk_says_so(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    take(order, "600", by=order.created_by)
    for url in ("/my/orders/?view=all", page_of(order)):
        page = client.get(url).content.decode()
        assert re.findall(r"data-method=(\w+)", page) == ["on_site"]
        assert "data-badge=payment-paid" in page


def test_a_refund_is_told_of_while_it_is_under_way_and_when_it_is_done(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    stages.returning(order, gateway)
    assert "Возвращаем 600\u00a0₽: Передумал" in client.get(page_of(order)).content.decode()
    send_all(gateway)
    html = client.get(page_of(order)).content.decode()
    assert "Вернули 600\u00a0₽ сегодня\u00a0в\u00a009:00: Передумал" in html
    assert "−600\u00a0₽" in html
    assert "Вернули 600\u00a0₽" in client.get("/my/orders/?view=all").content.decode()


def test_a_part_that_is_left_is_told(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    pay(order, gateway)
    order.lines.create(
        kind="tariff", ticket_id=order.lines.get().ticket_id, title="Ещё час", quantity=1, unit_price=300, amount=300
    )
    assert offers_to_pay(client, order) == (True, True)
    html = client.get(page_of(order)).content.decode()
    assert "Осталось оплатить" in html
    assert "Оплатить 300\u00a0₽" in html
    assert "Осталось 300\u00a0₽" in client.get("/my/orders/").content.decode()


def test_a_refund_in_progress_pays_for_nothing_that_is_left(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    pay(order, gateway)
    order.lines.create(
        kind="tariff", ticket_id=order.lines.get().ticket_id, title="Ещё час", quantity=1, unit_price=300, amount=300
    )
    refund(order, gateway, "200", by=order.created_by)
    html = client.get(page_of(order)).content.decode()
    assert "Возврат в пути −200 ₽ Осталось оплатить 300 ₽" in " ".join(text_of(html).split())
    assert "Оплатить 300\u00a0₽" in html


def test_the_place_is_held_until_the_deadline(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    Order.objects.filter(pk=order.pk).update(deadline_at=timezone.now() + timedelta(minutes=11))
    for url in ("/my/orders/", page_of(order)):
        assert "Место держим до <b>09:11</b>" in client.get(url).content.decode()


def test_an_invoice_opens_as_a_file_for_its_customer_alone(client: Client, gateway: FakeGateway) -> None:
    order, other = own(client, "invoice"), own(client, "invoice")
    invoice = issue(order)
    url = f"{page_of(order)}invoices/{invoice.pk}/"
    assert client.get(url).status_code == 404
    assert client.get(f"{page_of(other)}invoices/{invoice.pk}/").status_code == 404

    client.force_login(order.customer)
    assert url in read(client.get(page_of(order))).links()
    response = client.get(url)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
    assert "Content-Security-Policy" not in response.headers
    assert response.headers["Content-Disposition"] == f'inline; filename="invoice-{invoice.pk}.pdf"'
    assert response.content.startswith(b"%PDF-")
    assert client.get(f"{page_of(order)}invoices/{invoice.pk + 1}/").status_code == 404
    assert client.get(f"{page_of(order)}invoices/{'9' * 30}/").status_code == 404


def test_an_order_by_invoice_says_that_it_is_being_made_until_it_is_there(client: Client, gateway: FakeGateway) -> None:
    order = own(client, "invoice")
    words = "Счёт готовим"
    assert words in client.get(page_of(order)).content.decode()
    issue(order)
    assert words not in client.get(page_of(order)).content.decode()


def test_no_phone_of_the_customer_stands_in_the_list(client: Client, gateway: FakeGateway) -> None:
    order = own(client)
    assert format_phone(order.phone) not in client.get("/my/orders/").content.decode()
