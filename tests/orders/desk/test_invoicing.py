"""Invoices: numbered, and unchanged since the day they were issued."""

import io
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pypdf
import pytest
import time_machine
from django.core.mail import EmailMessage
from django.utils import translation

from accounts.models import User
from coworking.models import Location, Seller, SellerTax, Service, Tariff, Vat
from orders.documents.issued import contents_of, print_invoice, purpose_of
from orders.domain.booking.pricing import Discount
from orders.domain.desk.cash import correct_entry
from orders.domain.desk.invoicing import InvoiceRefused, issue_invoice, last_buyer, usual_pay_by
from orders.domain.online.completion import complete_finished
from orders.letters import send
from orders.models import IssuedInvoice, Message, Order, OrderEvent
from tests.factories import make_extra, make_order, make_pass_order, make_pass_tariff, make_seller
from tests.gateways.fake import FakeGateway
from tests.orders.booking.changes import change, when
from tests.orders.conftest import now
from tests.orders.steps import cancel, due_back, give_back, money, pay, seen, take
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db

TITLE = "Опен-спейс, Час, 25.11.2026 10:00–12:00"

BUYER = {"name": "ООО «Ромашка»", "inn": "7736207543", "kpp": "773601001", "address": "Москва, Тверская, 1"}
DAY = timedelta(days=1)


@pytest.fixture
def seller(location: Location) -> Seller:
    return make_seller(location=location)


def issue(order: Order, by: User, **typed: Any) -> IssuedInvoice:
    typed = {**BUYER, "pay_by": now().date() + DAY, **typed}
    return issue_invoice(order.pk, write=contents_of, **typed, by=by, at=now())


def text_of(invoice: IssuedInvoice) -> str:
    pages = pypdf.PdfReader(io.BytesIO(print_invoice(invoice))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


# Issuing


def test_an_invoice_keeps_lines_requisites_and_buyer(desk_order: Order, manager: User, seller: Seller) -> None:
    invoice = issue(desk_order, manager)
    invoice.refresh_from_db()
    assert (invoice.amount, invoice.issued_at, invoice.issued_by) == (Decimal("600.00"), now(), manager)
    assert [invoice.buyer_name, invoice.buyer_inn, invoice.buyer_kpp, invoice.buyer_address] == list(BUYER.values())
    assert invoice.contents == {
        "seller": {
            "name": seller.name,
            "inn": seller.inn,
            "kpp": seller.kpp,
            "ogrn": seller.ogrn,
            "address": seller.address,
            "bank_name": seller.bank_name,
            "bic": seller.bic,
            "account": seller.account,
            "corr_account": seller.corr_account,
            "director": seller.director,
            "accountant": "",
            "vat_note": "Без НДС",
        },
        "lines": [
            {
                "title": TITLE,
                "quantity": "2",
                "unit": "час",
                "price": "300.00",
                "amount": "600.00",
                "vat_rate": None,
            }
        ],
    }
    event = OrderEvent.objects.get(kind="invoice_issued")
    assert (event.by, event.data) == (manager, {"number": invoice.pk, "sum": "600.00", "to": "ООО «Ромашка»"})
    assert seen(desk_order).letters == ["created", "tickets", "invoice"]
    letter = Message.objects.get(kind="invoice")
    assert (letter.invoice, jobs()[-1]) == (invoice, ("orders.send_message", {"message_id": letter.pk}))


@pytest.mark.usefixtures("seller", "clock")
def test_a_discount_is_inside_of_the_lines_of_the_invoice(pool: Service, manager: User) -> None:
    pool.location.discount_limit = 50
    pool.location.save()
    locker = make_extra(service=pool, name="Локер", price="150")
    order = make_order(
        tariff=pool.tariffs.create(name="Час", unit="hour", price=300),
        by=manager,
        payment_method="invoice",
        extras={locker.pk: 2},
        discount=Discount(amount=Decimal(10), is_percent=True),
        discount_reason="Постоянный клиент",
    )
    invoice = issue(order, manager)
    assert [(row["title"], row["quantity"], row["unit"], row["amount"]) for row in invoice.contents["lines"]] == [
        (TITLE, "2", "час", "540.00"),
        ("Локер", "2", "шт", "270.00"),
    ]
    assert invoice.amount == Decimal("810.00")
    assert "Всего наименований 2, на сумму 810,00 руб." in text_of(invoice)


@pytest.mark.usefixtures("seller")
def test_the_rest_of_a_partly_paid_order_is_one_line(desk_order: Order, manager: User) -> None:
    take(desk_order, "250", by=manager)
    with translation.override("en"):
        invoice = issue(desk_order, manager)
    assert (invoice.amount, invoice.contents["lines"]) == (
        Decimal("350.00"),
        [
            {
                "title": f"Доплата по заказу {desk_order.pk}: {TITLE}",
                "quantity": "1",
                "unit": "шт",
                "price": "350.00",
                "amount": "350.00",
                "vat_rate": None,
            }
        ],
    )


@pytest.mark.usefixtures("seller")
def test_a_changed_order_owes_what_it_became_and_gets_its_next_invoice(
    tariff: Tariff, manager: User, seller: Seller, clock: Any
) -> None:
    order = make_order(tariff=tariff, by=manager, payment_method="invoice")
    first = issue(order, manager)
    change(order, by=manager, when=when("10", "13"))
    second = issue(order, manager)
    assert [one.amount for one in (first, second)] == [Decimal(600), Decimal(900)]
    take(order, "900", by=manager)
    change(order, by=manager, when=when("10", "11"))
    assert (money(order), due_back(order)) == ((300, 900, 0, 600), [600])


@pytest.mark.usefixtures("seller")
def test_a_price_that_was_lowered_and_does_not_divide_is_one_piece(desk_order: Order, manager: User) -> None:
    entry = take(desk_order, "600", by=manager)
    give_back(desk_order, "100.01", by=manager, reason="Шумно")
    correct_entry(entry.pk, Decimal("100.01"), reason="Опечатка", token=uuid.uuid4(), by=manager, at=now())
    invoice = issue(desk_order, manager)
    assert [list(row.values()) for row in invoice.contents["lines"]] == [[TITLE, "1", "усл.", "499.99", "499.99", None]]
    assert invoice.amount == Decimal("499.99")


def test_lines_name_their_own_vat_and_the_rest_of_a_part_one_line_each_rate(
    tariff: Tariff, location: Location, manager: User, clock: time_machine.Coordinates
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO})
    book = make_extra(service=tariff.service, name="Книга", price="300", vat=Vat.TEN)
    order = make_order(tariff=tariff, by=manager, payment_method="invoice", extras={book.pk: 1})
    whole = issue(order, manager)
    text = text_of(whole)
    for words in (
        f"1 {TITLE} 2 час 300,00 22 % 108,20 600,00 2 Книга 1 шт 300,00 10 % 27,27 300,00",
        "В том числе НДС 22 % 108,20 В том числе НДС 10 % 27,27",
        "Оплатить до 25 ноября 2026 г.",
    ):
        assert words in text
    take(order, "300", by=manager)
    rest = issue(order, manager)
    assert [(row["amount"], row["vat_rate"]) for row in rest.contents["lines"]] == [("400.00", "22"), ("200.00", "10")]


@pytest.mark.usefixtures("seller")
def test_nobody_is_asked_to_pay_by_yesterday(desk_order: Order, manager: User, location: Location) -> None:
    before = saved_rows()
    with pytest.raises(InvoiceRefused) as refused:
        issue(desk_order, manager, pay_by=now().date() - DAY)
    assert (refused.value.field, saved_rows()) == ("pay_by", before)
    # The usual day: five days on, but not after the beginning of the period.
    assert usual_pay_by(desk_order, at=now()) == now().date() + DAY
    assert usual_pay_by(desk_order, at=now() - 9 * DAY) == now().date() - 4 * DAY
    assert usual_pay_by(desk_order, at=now() + 9 * DAY) == now().date() + 9 * DAY


def test_a_pass_that_begins_with_its_payment_may_be_paid_for_five_days(
    pool: Service, manager: User, clock: Any
) -> None:
    order = make_pass_order(tariff=make_pass_tariff(service=pool), by=manager, payment_method="invoice")
    assert usual_pay_by(order, at=now()) == now().date() + 5 * DAY


@pytest.mark.usefixtures("seller")
def test_an_order_whose_whole_price_was_returned_has_no_invoice(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    give_back(desk_order, "600", by=manager)
    before = saved_rows()
    with pytest.raises(InvoiceRefused):
        issue(desk_order, manager)
    assert saved_rows() == before


def test_without_the_requisites_of_the_location_there_is_no_invoice(desk_order: Order, manager: User) -> None:
    before = saved_rows()
    with pytest.raises(InvoiceRefused):
        issue(desk_order, manager)
    assert saved_rows() == before


@pytest.mark.usefixtures("seller")
@pytest.mark.parametrize("status", ["cancelled", "expired"])
def test_an_order_that_is_over_has_no_invoice(status: str, desk_order: Order, manager: User) -> None:
    Order.objects.update(status=status, kept=100)
    before = saved_rows()
    with pytest.raises(InvoiceRefused):
        issue(desk_order, manager)
    assert saved_rows() == before


@pytest.mark.usefixtures("seller")
def test_a_paid_order_has_no_invoice(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    before = saved_rows()
    with pytest.raises(InvoiceRefused):
        issue(order, manager)
    assert saved_rows() == before


@pytest.mark.usefixtures("seller")
def test_the_same_invoice_on_the_same_day_is_issued_once(
    desk_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    first = issue(desk_order, manager)
    before = saved_rows()
    clock.shift(timedelta(hours=2))
    assert issue(desk_order, manager) == first
    assert saved_rows() == before
    other_buyer = issue(desk_order, manager, name="ИП Петров", inn="500100732259", kpp="")
    clock.shift(DAY)
    next_day = issue(desk_order, manager, name="ИП Петров", inn="500100732259", kpp="")
    assert first.pk < other_buyer.pk < next_day.pk
    written = [message.invoice for message in Message.objects.filter(kind="invoice").order_by("pk")]
    assert written == [first, other_buyer, next_day]


@pytest.mark.usefixtures("seller")
def test_without_an_e_mail_the_invoice_is_only_printed(desk_order: Order, manager: User) -> None:
    Order.objects.update(email="")
    letters_before = Message.objects.count()
    assert issue(desk_order, manager).pk
    assert Message.objects.count() == letters_before


@pytest.mark.usefixtures("seller")
def test_the_next_invoice_begins_with_the_requisites_of_the_last_one(desk_order: Order, manager: User) -> None:
    assert last_buyer(desk_order) is None
    issue(desk_order, manager)
    second = issue(desk_order, manager, name="ООО «Лютик»")
    assert last_buyer(desk_order) == second


# Printing


@pytest.mark.usefixtures("clock")
def test_an_invoice_is_the_same_whatever_changes_later(desk_order: Order, manager: User, seller: Seller) -> None:
    invoice = issue(desk_order, manager)
    before = print_invoice(invoice)
    Seller.objects.update(name="ООО «Другое»", account="40602810700000000025")
    SellerTax.objects.create(seller=seller, starts_on="2026-01-01", vat=Vat.TWENTY_TWO)
    Order.objects.update(service_name="Другая услуга")
    take(desk_order, "600", by=manager)
    cancel(desk_order, None, by=manager)
    again = IssuedInvoice.objects.get(pk=invoice.pk)
    assert print_invoice(again) == before
    assert before.startswith(b"%PDF")
    text = text_of(again)
    for words in (
        f"Счёт на оплату № {invoice.pk} от 24 ноября 2026 г.",
        f"Заказ № {desk_order.pk}",
        "ООО «Три кита»",
        "ООО «Ромашка», ИНН 7736207543, КПП 773601001, Москва, Тверская, 1",
        "Шестьсот рублей 00 копеек",
        "Без НДС",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("vat", "words"),
    [
        ({}, "Без НДС"),
        ({"taxes": {"2025-01-01": Vat.TWENTY, "2027-01-01": Vat.TWENTY_TWO}}, "В т. ч. НДС 20\u00a0% – 100,00 руб."),
        ({"vat_note": "НДС не облагается (ст. 346.11 НК РФ)"}, "НДС не облагается (ст. 346.11 НК РФ)"),
    ],
)
def test_the_purpose_names_the_invoice_the_order_and_the_vat(
    vat: dict[str, Any], words: str, desk_order: Order, location: Location, manager: User
) -> None:
    make_seller(location=location, **vat)
    invoice = IssuedInvoice.objects.get(pk=issue(desk_order, manager).pk)
    assert purpose_of(invoice) == (f"Оплата по счёту № {invoice.pk} от 24.11.2026, заказ № {desk_order.pk}. {words}")


def test_an_invoice_after_the_service_has_the_vat_of_its_day(
    desk_order: Order, clock: time_machine.Coordinates, location: Location, manager: User
) -> None:
    make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY, "2026-12-01": Vat.TWENTY_TWO})
    clock.move_to(desk_order.period.end)
    assert complete_finished(None, now()) == 1
    clock.shift(10 * DAY)
    issue(Order.objects.get(), manager)
    assert purpose_of(IssuedInvoice.objects.get()).endswith("В т. ч. НДС 20\u00a0% – 100,00 руб.")


@pytest.mark.usefixtures("seller")
def test_the_date_of_an_invoice_is_the_location_s(
    desk_order: Order, clock: time_machine.Coordinates, location: Location, manager: User
) -> None:
    clock.shift(timedelta(hours=14, minutes=30))  # half past eleven in the evening in Moscow
    invoice = IssuedInvoice.objects.get(pk=issue(desk_order, manager).pk)
    assert "от 24.11.2026" in purpose_of(invoice)
    Location.objects.update(time_zone="Asia/Yekaterinburg")
    assert "от 25.11.2026" in purpose_of(IssuedInvoice.objects.get())


# Sending


@pytest.mark.usefixtures("seller")
def test_the_letter_carries_the_invoice(desk_order: Order, manager: User, mailoutbox: list[EmailMessage]) -> None:
    invoice = issue(desk_order, manager)
    assert send.send_message(Message.objects.get(kind="invoice").pk, at=now())
    (letter,) = mailoutbox
    assert letter.subject == f"Счёт №\u00a0{invoice.pk} по заказу {desk_order.pk}: 600\u00a0₽"
    assert letter.attachments == [
        (f"invoice-{invoice.pk}.pdf", print_invoice(IssuedInvoice.objects.get()), "application/pdf")
    ]
    assert f"Назначение платежа: {purpose_of(invoice)}\n" in letter.body
