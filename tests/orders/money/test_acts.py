"""The act of a completed order: issued once, under the next number of the company's year, and never changed."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pypdf
import pytest
import time_machine
from django.test import Client

from accounts.models import User
from coworking.domain.rules import When
from coworking.models import Location, Seller, SellerTax, Service, Vat
from orders import tasks
from orders.documents.act import act_contents, print_act
from orders.documents.issued import contents_of
from orders.domain.booking.pricing import Discount
from orders.domain.desk.invoicing import issue_invoice
from orders.domain.money.acts import ActRefused, issue_act
from orders.domain.online.completion import complete_finished
from orders.letters import compose
from orders.models import Act, Message, Order, OrderEvent
from tests.factories import (
    make_company,
    make_extra,
    make_location,
    make_manager,
    make_order,
    make_pool,
    make_seller,
    make_tariff,
    make_user,
)
from tests.gateways.fake import FakeGateway
from tests.moments import moment
from tests.orders.conftest import now
from tests.orders.steps import pay, seen, take
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
BUYER = {"name": "ООО «Ромашка»", "inn": "7736207543", "kpp": "773601001", "address": "Москва, Тверская, 1"}


@pytest.fixture
def seller(location: Location) -> Seller:
    return make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO})


def complete(order: Order, clock: time_machine.Coordinates, gateway: FakeGateway | None = None) -> Act | None:
    """Complete an order by the clock, and run the job of its act."""
    clock.move_to(order.period.end)
    assert complete_finished(gateway, now()) == 1
    queued = [args for name, args in jobs() if name == "orders.issue_act"]
    assert queued in ([], [{"order_number": order.pk}])
    for args in queued:
        tasks.issue_act(**args)
    return Act.objects.filter(order=order).first()


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


def test_a_company_gets_the_act_of_its_order_with_the_rate_of_the_sale(
    pool: Service, seller: Seller, manager: User, clock: time_machine.Coordinates
) -> None:
    book = make_extra(service=pool, name="Книга", price="200", vat=Vat.TEN)
    order = make_order(
        tariff=make_tariff(service=pool, name="Час", price="300"),
        by=manager,
        payment_method="invoice",
        extras={book.pk: 1},
        discount=Discount(Decimal(10), is_percent=True),
        discount_reason="Постоянный",
    )
    invoice = issue_invoice(order.pk, **BUYER, pay_by=now().date(), write=contents_of, by=manager, at=now())
    take(order, "720", by=manager)
    # From the day of the service on, the seller pays 5 %: the sale was earlier.
    SellerTax.objects.create(seller=seller, starts_on="2026-11-25", vat=Vat.FIVE)
    act = complete(order, clock)
    assert act
    assert (act.number, act.series.inn, act.series.year, str(act.issued_on), act.amount) == (
        1,
        seller.inn,
        2026,
        "2026-11-25",
        720,
    )
    text = text_of(print_act(act))
    for words in (
        "Акт № 1 от 25 ноября 2026 г. об оказании услуг Исполнитель ООО «Три кита», ИНН 7707083893, КПП 773601001",
        "Заказчик ООО «Ромашка», ИНН 7736207543, КПП 773601001, Москва, Тверская, 1",
        f"Основание Заказ № {order.pk}, счёт № {invoice.pk} от 24.11.2026",
        "1 Опен-спейс, Час, 25.11.2026 10:00–12:00 2 час 270,00 22 % 97,38 540,00",
        "2 Книга 1 шт 180,00 10 % 16,36 180,00",
        "Итого 720,00 В том числе НДС 22 % 97,38 В том числе НДС 10 % 16,36 Всего наименований 2, на сумму 720,00 руб.",
        "Семьсот двадцать рублей 00 копеек",
    ):
        assert words in text
    letter = compose.compose(Message.objects.get(order=order, kind="act"))
    assert (letter.subject.replace("\u00a0", " "), letter.attachments[0].filename) == (
        f"Акт 1 по заказу {order.pk}: 720 ₽",
        "act-1.pdf",
    )
    assert text_of(letter.attachments[0].content) == text
    assert OrderEvent.objects.get(kind="act_issued").data == {"number": 1, "sum": "720.00"}
    # Once: neither the job nor a manager makes another, and nothing changes what it says.
    before = saved_rows()
    assert issue_act(order.pk, write=act_contents, by=manager, at=now() + DAY) == act
    assert saved_rows() == before
    Seller.objects.update(name="ООО «Другое»", inn="5260998767")
    assert text_of(print_act(Act.objects.get())) == text


@pytest.mark.usefixtures("seller")
def test_a_person_finds_the_act_in_the_cabinet_and_gets_no_letter(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates, client: Client
) -> None:
    pay(order, gateway)
    act = complete(order, clock, gateway)
    assert act
    assert act.contents["buyer"]["name"] == order.customer.full_name
    assert "act" not in seen(order).letters
    for user, page, pdf in (
        (order.customer, f"/my/orders/{order.pk}/", f"/my/orders/{order.pk}/act/"),
        (manager, f"/manage/orders/{order.pk}/", f"/manage/orders/{order.pk}/act.pdf"),
    ):
        client.force_login(user)
        assert f'href="{pdf}"' in client.get(page).text
        response = client.get(pdf)
        assert (response.headers["Content-Type"], response.content) == ("application/pdf", print_act(act))
    client.force_login(make_user())
    assert client.get(f"/my/orders/{order.pk}/act/").status_code == 404


def test_an_order_for_a_company_without_an_invoice_has_its_requisites_on_the_act(
    pool: Service, seller: Seller, manager: User, clock: time_machine.Coordinates
) -> None:
    customer = make_user()
    company = make_company(customer, **BUYER)
    tariff = make_tariff(service=pool, price="300")
    order = make_order(tariff=tariff, by=manager, customer=customer, company_id=company.pk)
    take(order, "600", by=manager)
    act = complete(order, clock)
    assert act
    assert act.contents["buyer"] == BUYER


def test_a_manager_issues_the_act_if_requisites_come_later(
    desk_order: Order, location: Location, manager: User, clock: time_machine.Coordinates, client: Client
) -> None:
    take(desk_order, "600", by=manager)
    assert complete(desk_order, clock) is None
    before = saved_rows()
    with pytest.raises(ActRefused, match="requisites_missing"):
        issue_act(desk_order.pk, write=act_contents, by=manager, at=now())
    assert saved_rows() == before
    make_seller(location=location)
    client.force_login(manager)
    address = f"/manage/orders/{desk_order.pk}/act/"
    assert f'href="{address}"' in client.get(f"/manage/orders/{desk_order.pk}/").text
    shown = client.get(address)
    assert f"Акт … по заказу {desk_order.pk}: 600" in shown.context["letter"].subject.replace("\xa0", " ")
    assert not Act.objects.exists()
    assert client.post(address).status_code == 302
    assert (Act.objects.get().number, seen(desk_order).letters[-1]) == (1, "act")
    assert f'href="{address}"' not in client.get(f"/manage/orders/{desk_order.pk}/").text
    assert client.get(address).headers["Location"] == f"/manage/orders/{desk_order.pk}/"


@pytest.mark.usefixtures("seller")
def test_an_order_that_is_not_completed_or_cost_nothing_has_no_act(
    desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    before = saved_rows()
    with pytest.raises(ActRefused, match="nothing_rendered"):
        issue_act(desk_order.pk, write=act_contents, by=manager, at=now())
    assert saved_rows() == before
    free = make_order(tariff=make_tariff(service=make_pool(location=desk_order.location), price="0"), by=manager)
    clock.move_to(free.period.end)
    complete_finished(None, now())
    assert [args for name, args in jobs() if name == "orders.issue_act"] == [{"order_number": desk_order.pk}]


def test_numbers_begin_anew_each_year_and_are_shared_by_the_locations_of_a_company(
    clock: time_machine.Coordinates,
) -> None:
    acts = []
    for inn, days in (("7707083893", 0), ("7707083893", 1), ("5260998767", 1), ("7707083893", 40)):
        location = make_location(name=f"{len(acts)}")
        make_seller(location=location, inn=inn)
        order = make_order(
            tariff=make_tariff(service=make_pool(location=location), price="300"), payment_method="on_site"
        )
        Order.objects.filter(pk=order.pk).update(status="completed")
        by = make_manager(location=location)
        acts.append(issue_act(order.pk, write=act_contents, by=by, at=order.period.end + days * DAY))
    assert [(act.series.inn, act.series.year, act.number, str(act.issued_on)) for act in acts] == [
        ("7707083893", 2026, 1, "2026-11-25"),
        ("7707083893", 2026, 2, "2026-11-26"),
        ("5260998767", 2026, 1, "2026-11-26"),
        ("7707083893", 2027, 1, "2027-01-04"),
    ]


@pytest.mark.usefixtures("seller")
def test_the_act_of_what_ends_at_24_of_the_last_day_of_a_year_is_of_that_year(
    pool: Service, manager: User, clock: time_machine.Coordinates
) -> None:
    month = make_tariff(service=pool, name="Месяц", unit="month", price="9000", min_units=1, max_units=1)
    order = make_order(tariff=month, by=manager, payment_method="on_site", when=When(day=date(2026, 12, 1)))
    assert order.period.end == moment("2027-01-01 00:00")
    act = complete(order, clock)
    assert act
    assert (str(act.issued_on), act.series.year, act.number, act.issued_at) == ("2026-12-31", 2026, 1, now())
    assert "Акт № 1 от 31 декабря 2026 г." in text_of(print_act(act))
