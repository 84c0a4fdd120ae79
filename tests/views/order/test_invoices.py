"""Issuing an invoice from an order's page."""

import io
import re
from decimal import Decimal

import pypdf
import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coworking.models import Location, Seller, Tariff
from orders.letters.compose import compose
from orders.models import IssuedInvoice, Message, Order, OrderEvent
from tests.factories import make_company, make_order, make_pool, make_tariff, make_user
from tests.html import text_of
from tests.moments import NOW
from tests.orders.booking.asking import at_hours
from tests.orders.steps import cancel, seen, take
from tests.snapshots import saved_rows
from tests.views.order.asking import assert_done, assert_refused, opened, page_of, plain, said

pytestmark = pytest.mark.django_db

NEW = "invoices/new/"
BUYER = {
    "name": "АО «Север»",
    "inn": "7810000001",
    "kpp": "781001001",
    "address": "Санкт-Петербург, Невский, 1",
    "pay_by": "2026-11-25",
}
PURPOSE = "Оплата по счёту № {number} от 24.11.2026, заказ № {order}. Без НДС"


@pytest.fixture
def seller(location: Location) -> Seller:
    return Seller.objects.create(
        location=location,
        name="ООО «Три кита»",
        inn="7707083893",
        kpp="773601001",
        address="Москва, ул. Вавилова, 19",
        bank_name="ПАО БАНК",
        bic="044525225",
        account="40702810138250123017",
        corr_account="30101810400000000225",
    )


@pytest.fixture
def order(tariff: Tariff, manager: User, seller: Seller, clock: time_machine.Coordinates) -> Order:
    """600 ₽ for Wednesday, 10 to 12, to be paid by invoice."""
    return make_order(tariff=tariff, by=manager, payment_method="invoice")


@pytest.fixture
def other_order(tariff: Tariff, manager: User) -> Order:
    """Another order of the same location."""
    other = make_tariff(service=make_pool(location=tariff.service.location))
    return make_order(tariff=other, by=manager)


def test_an_issued_invoice_can_be_opened_and_its_purpose_quoted(at_desk: Client, order: Order, manager: User) -> None:
    assert_done(at_desk, order, NEW, BUYER)
    invoice = order.invoices.get()
    assert (invoice.amount, invoice.issued_at, invoice.issued_by) == (Decimal("600.00"), NOW, manager)
    assert (invoice.buyer_name, invoice.buyer_inn, invoice.buyer_kpp) == ("АО «Север»", "7810000001", "781001001")
    assert seen(order).letters == ["created", "tickets", "invoice"]
    event = OrderEvent.objects.get(order=order, kind="invoice_issued")
    assert said(event) == f"№ {invoice.pk} · 600 ₽ · АО «Север»"

    page = at_desk.get(page_of(order)).content.decode()
    address = f"{page_of(order)}invoices/{invoice.pk}.pdf"
    purpose = PURPOSE.format(number=invoice.pk, order=order.pk)
    assert f'href="{address}"' in page
    assert f'data-copy="{purpose}"' in plain(page)
    response = at_desk.get(address)
    assert response.headers["Content-Type"] == "application/pdf"
    assert "Content-Security-Policy" not in response.headers  # it would break the browser's viewer
    assert response.headers["Content-Disposition"] == f'inline; filename="invoice-{invoice.pk}.pdf"'
    text = pypdf.PdfReader(io.BytesIO(response.content)).pages[0].extract_text()
    assert "АО «Север»" in text


def test_the_purpose_is_quoted_as_long_as_money_is_to_come(at_desk: Client, order: Order, manager: User) -> None:
    def quoted() -> tuple[int, int]:
        page = at_desk.get(page_of(order)).content.decode()
        return page.count("Назначение платежа"), page.count("Скопировать назначение")

    assert_done(at_desk, order, NEW, BUYER)
    assert quoted() == (1, 1)
    take(order, "200", by=manager)
    assert quoted() == (1, 1)
    cancel(order, None, by=manager)
    assert quoted() == (0, 0)


def test_the_rest_is_invoiced(at_desk: Client, order: Order, manager: User) -> None:
    take(order, "150", by=manager)
    assert_done(at_desk, order, NEW, BUYER)
    assert order.invoices.get().amount == Decimal("450.00")


def test_requisites_are_read_without_spaces_and_in_capitals(at_desk: Client, order: Order) -> None:
    assert_done(at_desk, order, NEW, {**BUYER, "inn": " 7810 000001 ", "kpp": "7810 aa 001", "address": ""})
    invoice = order.invoices.get()
    assert (invoice.buyer_inn, invoice.buyer_kpp, invoice.buyer_address) == ("7810000001", "7810AA001", "")


def test_the_dialog_knows_the_company_of_the_customer(at_desk: Client, order: Order) -> None:
    order.customer.company = "ООО «Студия Ритм»"
    order.customer.save()
    assert opened(at_desk, order, NEW) == {
        **dict.fromkeys(BUYER, ""),
        "name": "ООО «Студия Ритм»",
        "pay_by": "2026-11-25",
    }
    assert_done(at_desk, order, NEW, BUYER)
    assert opened(at_desk, order, NEW) == BUYER


def test_the_dialog_takes_the_requisites_of_the_company_that_the_order_is_for(
    at_desk: Client, tariff: Tariff, manager: User, seller: Seller, clock: time_machine.Coordinates
) -> None:
    customer = make_user(company="ООО «Студия Ритм»")
    by_invoice = {"tariff": tariff, "by": manager, "customer": customer, "payment_method": "invoice"}
    assert_done(at_desk, make_order(**by_invoice), NEW, {**BUYER, "inn": "7707083893"})
    company = make_company(customer, **{name: value for name, value in BUYER.items() if name != "pay_by"})
    order = make_order(**by_invoice, company_id=company.pk, when=at_hours("13", "15"))
    assert opened(at_desk, order, NEW) == BUYER


WRONG = [
    ({"name": ""}, "Give the company."),
    ({"inn": ""}, "Give the INN."),
    ({"inn": "12345"}, "An INN has 10 digits for a company or 12 for a person."),
    ({"inn": "7810000002"}, "There is no such INN: its check digit does not match."),
    ({"kpp": "781"}, "A KPP has 9 digits."),
    ({"kpp": ""}, "A company has a KPP: enter it."),
    ({"inn": "500100732259"}, "A sole trader has no KPP: leave it empty."),
    ({"pay_by": ""}, "Give the date."),
    ({"pay_by": "2026-11-23"}, "The day to pay by has passed."),
]


def test_wrong_requisites_are_refused_at_their_field(at_desk: Client, order: Order) -> None:
    for changes, message in WRONG:
        assert_refused(at_desk, order, NEW, {**BUYER, **changes}, message)


def test_a_location_without_requisites_says_who_can_help(at_desk: Client, order: Order, seller: Seller) -> None:
    seller.delete()
    message = "The requisites of the location are not filled in: ask the administrator."
    assert_refused(at_desk, order, NEW, BUYER, message)


def test_an_order_that_costs_nothing_any_more_is_not_invoiced(at_desk: Client, order: Order, manager: User) -> None:
    cancel(order, None, by=manager)
    assert at_desk.get(page_of(order) + NEW).headers["Location"] == page_of(order)
    assert_refused(at_desk, order, NEW, BUYER, "There is nothing to pay on this order.")


def test_the_same_invoice_is_issued_once_a_day(at_desk: Client, order: Order, clock: time_machine.Coordinates) -> None:
    assert_done(at_desk, order, NEW, BUYER)
    after = saved_rows()
    assert_done(at_desk, order, NEW, BUYER)
    assert saved_rows() == after
    assert_done(at_desk, order, NEW, {**BUYER, "kpp": "781001002"})
    clock.move_to(NOW.replace(day=25))
    at_desk.force_login(order.created_by)
    assert_done(at_desk, order, NEW, {**BUYER, "kpp": "781001002"})
    assert order.invoices.count() == 3


def test_a_form_carried_on_after_a_new_sign_in_issues_nothing(at_desk: Client, order: Order) -> None:
    assert at_desk.post(page_of(order) + NEW, {**BUYER, "action": "refresh"}).status_code == 200
    assert not IssuedInvoice.objects.exists()


def test_an_invoice_of_another_order_is_not_found(at_desk: Client, order: Order, other_order: Order) -> None:
    assert_done(at_desk, order, NEW, BUYER)
    assert at_desk.get(f"{page_of(other_order)}invoices/{order.invoices.get().pk}.pdf").status_code == 404


def shown_letter(client: Client, order: Order, typed: dict[str, str]) -> str:
    before = saved_rows()
    answer = client.post(f"{page_of(order)}{NEW}letter/", typed, headers={"HX-Request": "true"})
    assert (answer.status_code, saved_rows()) == (200, before)
    return text_of(answer.content.decode()).strip()


def test_the_letter_that_is_shown_is_the_one_that_is_sent_but_for_its_number(at_desk: Client, order: Order) -> None:
    shown = shown_letter(at_desk, order, BUYER)
    assert_done(at_desk, order, NEW, BUYER)
    letter = compose(Message.objects.get(order=order, kind="invoice"))
    sent = re.sub(rf"№\s{order.invoices.get().pk}\b", "№…", f"{letter.subject} {letter.body}")
    assert "".join(shown.split()) == "".join(sent.split())
    assert shown_letter(at_desk, order, BUYER) == "Этот счёт уже отправлен: второго письма не будет."


def test_without_its_date_an_invoice_shows_no_letter(at_desk: Client, order: Order) -> None:
    for typed in ({**BUYER, "pay_by": ""}, {**BUYER, "pay_by": "2026-11-01"}, {}):
        assert shown_letter(at_desk, order, typed) == "Письмо появится вместе с датой."
