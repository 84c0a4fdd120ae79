"""«Счета за месяцы»: managers issue them, see what is left to pay and take payments; managers elsewhere cannot."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, CompanyMember, Role
from coworking.domain.rules import When
from orders.documents.act import act_contents
from orders.domain.desk.cash import correct_entry
from orders.domain.desk.companies import change_company
from orders.domain.money.acts import issue_act
from orders.domain.online.completion import complete_finished
from orders.models import BillLetter, LedgerEntry, MonthBill, Order
from tests.factories import make_company, make_location, make_manager, make_member, make_order, make_seller
from tests.html import text_of
from tests.moments import WEDNESDAY, moment
from tests.moments import clock as at_clock
from tests.orders.steps import give_back, take
from tests.snapshots import saved_rows
from tests.views.pages import World, make_world, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DECEMBER = moment("2026-12-01 12:00")


def make_with_seller() -> World:
    world = make_world()
    make_seller(location=world.location)
    return world


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    return make_with_seller


@pytest.fixture
def company(world: World) -> Company:
    return make_company(world.customer, name="ООО «Вектор»", credit_limit=Decimal(5000))


@pytest.fixture
def orders(world: World, company: Company, clock: time_machine.Coordinates) -> list[Order]:
    """Two orders of 600 ₽ that are over on 1 December."""
    made = [order_at(world, company, hour) for hour in (10, 12)]
    clock.move_to(DECEMBER)
    complete_finished(None, DECEMBER)
    return made


def order_at(world: World, company: Company, hour: int) -> Order:
    when = When(day=WEDNESDAY, start=at_clock(str(hour)), end=at_clock(str(hour + 2)))
    return make_order(
        tariff=world.tariff,
        customer=world.customer,
        by=world.manager,
        company_id=company.pk,
        payment_method="invoice",
        seat_ids=(world.seat().pk,),
        when=when,
    )


def page_of(company: Company) -> str:
    return f"/manage/companies/{company.pk}/bills/"


def issued(client: Client, company: Company) -> str:
    """Issue the bill and return the address of its page."""
    return client.post(f"{page_of(company)}new/").headers["Location"]


def listed(client: Client, company: Company) -> tuple[bool, bool]:
    """Return whether the list marks a bill as to be corrected, or as having earlier requisites."""
    page = words(client.get(page_of(company)))
    return "Нужно исправить" in page, "Прежние реквизиты" in page


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def test_a_limit_is_given_on_the_page_and_stands_in_the_history(client: Client, world: World) -> None:
    company = make_company(world.customer)
    address = f"/manage/companies/{company.pk}/"
    (form,) = [one.values for one in read(client.get(address)).forms if one.attrs.get("action") == f"{address}save/"]
    typed = {**form, "credit_limit": "20 000", "email": "buh@example.com"}
    assert client.post(f"{address}save/", typed).status_code == 302
    company.refresh_from_db()
    assert (company.credit_limit, company.email) == (20_000, "buh@example.com")
    assert "Лимит заказов на счёт: — → 20 000 ₽" in words(client.get(address))
    wrong = client.post(f"{address}save/", {**typed, "credit_limit": "-5"})
    company.refresh_from_db()
    assert (wrong.status_code, company.credit_limit) == (422, 20_000)


def test_the_form_says_what_is_left_and_refuses_what_is_more(client: Client, world: World, company: Company) -> None:
    sent = world.filled(company=str(company.pk), payment_method="invoice", discount="", discount_reason="")
    assert "На счёт компании: осталось 5 000 ₽ из 5 000 ₽" in words(client.post("/manage/orders/new/quote/", sent))
    Company.objects.update(credit_limit=Decimal(500))
    before = saved_rows()
    answer = client.post("/manage/orders/new/", sent)
    assert (answer.status_code, saved_rows()) == (422, before)
    said = ["Лимита компании не хватает: на счёт можно заказать ещё на 500\u00a0₽."]
    assert answer.context["form"].errors["payment_method"] == said


def test_the_last_month_is_billed_once_and_its_documents_open(
    client: Client, world: World, company: Company, orders: list[Order]
) -> None:
    listed = words(client.get(page_of(company)))
    assert "Выставить счёт и акт за ноябрь 2026" in listed
    address = issued(client, company)
    assert issued(client, company) == address
    bill = MonthBill.objects.get()
    assert (address, bill.issued_by) == (f"{page_of(company)}{bill.pk}/", world.manager)
    assert "Осталось оплатить 1 200 ₽" in words(client.get(address))
    for name in ("invoice", "act"):
        answer = client.get(f"{address}{name}.pdf")
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    of_order = read(client.get(f"/manage/orders/{orders[0].pk}/"))
    assert address in of_order.links()
    assert f"/manage/orders/{orders[0].pk}/invoices/new/" not in of_order.links()
    assert "Выставить счёт" not in words(client.get(page_of(company)))


def test_the_next_bills_are_not_promised_what_has_papers_of_its_own(
    client: Client, world: World, company: Company, clock: time_machine.Coordinates
) -> None:
    Company.objects.update(credit_limit=None)
    own = [order_at(world, company, hour) for hour in (10, 12)]
    assert "Войдёт в следующие счета 0 ₽ 0 заказов" in words(client.get(page_of(company)))
    clock.move_to(own[0].period.end)
    complete_finished(None, own[0].period.end)
    issue_act(own[0].pk, write=act_contents, by=None, at=own[0].period.end)
    Company.objects.update(credit_limit=Decimal(5000))
    client.force_login(world.manager)
    assert "Войдёт в следующие счета 600 ₽ 1 заказ" in words(client.get(page_of(company)))


def test_a_payment_is_taken_on_its_page(client: Client, company: Company, orders: list[Order]) -> None:
    address = issued(client, company)
    (form,) = [one.values for one in read(client.get(address)).forms if one.attrs.get("action", "").endswith("/new/")]
    assert form["amount"] == ["1200"]
    wrong = client.post(f"{address}payments/new/", {**form, "amount": "1300", "document": "п/п 5"})
    assert (wrong.status_code, LedgerEntry.objects.exists()) == (422, False)
    assert "По счёту осталось оплатить 1 200 ₽: если пришло больше, отметьте это." in words(wrong)
    assert wrong.context["form"]["document"].value() == "п/п 5"
    taken = client.post(f"{address}payments/new/", {**form, "amount": "700"}, follow=True)
    assert "Принято 700 ₽" in words(taken)
    assert [order.due for order in Order.objects.order_by("pk")] == [0, 500]


def test_a_part_that_a_colleague_has_taken_for_it_meanwhile_is_not_taken_twice(
    client: Client, company: Company, orders: list[Order]
) -> None:
    address = issued(client, company)
    one, other = (
        next(form.values for form in read(client.get(address)).forms if form.attrs.get("action", "").endswith("/new/"))
        for _manager in range(2)
    )
    client.post(f"{address}payments/new/", {**one, "amount": "700"})
    before = saved_rows()
    refused = client.post(f"{address}payments/new/", {**other, "amount": "500"})
    assert (refused.status_code, saved_rows()) == (422, before)
    assert "Тем временем сумма изменилась: сейчас у нас 700 ₽." in words(refused)
    [here] = read(refused).attrs_of("input", name="paid")
    client.post(f"{address}payments/new/", {**other, "amount": "500", "paid": here["value"]})
    assert [order.due for order in Order.objects.order_by("pk")] == [0, 0]


def test_it_is_sent_once_more_where_the_company_has_an_address(
    client: Client, company: Company, orders: list[Order]
) -> None:
    address = issued(client, company)
    assert "нет почты" in words(client.post(f"{address}send/", follow=True))
    assert not BillLetter.objects.exists()
    Company.objects.update(email="buh@example.com")
    assert "Письмо отправляется" in words(client.post(f"{address}send/", follow=True))
    assert BillLetter.objects.get().to == "buh@example.com"


def test_the_administrator_reads_and_other_locations_see_nothing(
    client: Client, world: World, company: Company, orders: list[Order]
) -> None:
    address = issued(client, company)
    client.force_login(make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR))
    assert [client.get(one).status_code for one in (page_of(company), address)] == [200, 200]
    asked = [f"{page_of(company)}new/", f"{address}payments/new/", f"{address}send/"]
    assert [client.post(one, {"amount": "100"}).status_code for one in asked] == [403] * 3
    client.force_login(make_manager(location=make_location()))
    seen = [client.get(one).status_code for one in (address, f"{address}invoice.pdf", f"{address}act.pdf")]
    assert (seen, client.post(f"{address}payments/new/").status_code) == ([404] * 3, 404)
    assert client.get(page_of(company)).context["card"].bills == []
    assert (MonthBill.objects.count(), LedgerEntry.objects.count(), BillLetter.objects.count()) == (1, 0, 0)


def test_a_person_is_made_administrator_and_dismissed(client: Client, world: World, company: Company) -> None:
    member = CompanyMember.objects.get()
    address = f"/manage/companies/{company.pk}/people/{member.pk}/administrator/"
    for said, is_administrator in (("yes", True), ("yes", True), ("no", False)):
        assert client.post(address, {"is_administrator": said}).status_code == 302
        member.refresh_from_db()
        assert member.is_administrator is is_administrator
    assert list(company.events.order_by("pk").values_list("action", "person")) == [
        ("promoted", world.customer.pk),
        ("demoted", world.customer.pk),
    ]


def test_more_orders_ask_no_more_of_the_database(
    client: Client, world: World, company: Company, clock: time_machine.Coordinates
) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    other = make_company(world.customer, credit_limit=Decimal(5000))
    for whose, hour in ((company, 10), (company, 12), (company, 14), (other, 16)):
        order_at(world, whose, hour)
    clock.move_to(DECEMBER)
    complete_finished(None, DECEMBER)
    client.force_login(world.manager)
    three, one = ([page_of(whose), issued(client, whose)] for whose in (company, other))
    count(one[1])  # what is read once
    assert [count(path) for path in three] == [count(path) for path in one]
    assert max(count(path) for path in three) <= 10


def test_a_manager_corrects_a_bill_and_both_papers_stay(
    client: Client, world: World, company: Company, orders: list[Order]
) -> None:
    here, wrong = issued(client, company), "Исправить счёт и акт"
    assert wrong not in words(client.get(here))
    before = saved_rows()
    assert "исправлять нечего" in words(client.post(f"{here}correct/", follow=True))
    assert saved_rows() == before
    take(orders[0], "600", by=world.manager, method="invoice", document="п/п 1")
    give_back(orders[0], "100", by=world.manager, method="invoice", document="п/п 2")
    assert listed(client, company) == (True, False)
    page = words(client.get(here))
    assert wrong in page
    assert "500 ₽ было 600 ₽" in page
    assert "В счёте" in page
    corrected = words(client.post(f"{here}correct/", follow=True))
    assert wrong not in corrected
    assert "Исправление № 1" in corrected
    assert "В первом счёте" in corrected
    assert "Первоначальные счёт и акт · заменено" in corrected
    assert "Акт 1 1 100 ₽" in corrected
    assert listed(client, company) == (False, False)
    held, first = (client.get(f"{here}act.pdf{query}").content for query in ("", "?correction=0"))
    assert (held == client.get(f"{here}act.pdf?correction=1").content, held == first) == (True, False)
    assert client.get(f"{here}act.pdf?correction=2").status_code == 404
    assert client.get(f"{here}invoice.pdf?correction=x").status_code == 404


def test_an_invoice_that_took_too_much_for_paid_is_offered_to_be_corrected(
    client: Client, world: World, company: Company, orders: list[Order], clock: time_machine.Coordinates
) -> None:
    mistyped = take(orders[0], "500", by=world.manager, method="invoice", document="п/п 1")
    clock.shift(60)
    here, wrong = issued(client, company), "Исправить счёт и акт"
    take(orders[0], "100", by=world.manager, method="invoice", document="п/п 2")
    assert wrong not in words(client.get(here))
    correct_entry(
        mistyped.pk, Decimal(50), reason="Опечатка", token=uuid4(), by=world.manager, at=DECEMBER + timedelta(minutes=1)
    )
    assert wrong in words(client.get(here))
    assert listed(client, company) == (True, False)
    corrected = words(client.post(f"{here}correct/", follow=True))
    assert wrong not in corrected
    assert listed(client, company) == (False, False)
    assert "Счёт оплатить до 11.12.2026 1 150 ₽ Осталось оплатить 1 050 ₽" in corrected


@pytest.mark.parametrize("requisite", ["name", "kpp", "agreement"])
def test_papers_with_a_wrong_requisite_are_offered_to_be_corrected(
    client: Client, company: Company, orders: list[Order], requisite: str
) -> None:
    here, wrong = issued(client, company), "Исправить счёт и акт"
    Company.objects.update(**{requisite: "770101001"})
    assert wrong in words(client.get(here))
    assert listed(client, company) == (False, True)
    assert wrong not in words(client.post(f"{here}correct/", follow=True))
    assert listed(client, company) == (False, False)


def test_what_waits_for_its_bill_is_offered_no_act_whatever_became_of_the_limit(
    client: Client, world: World, company: Company, orders: list[Order]
) -> None:
    client.force_login(world.manager)
    offered, told = "Составить акт", "Войдёт в счёт и акт за месяц."
    seen = {"seen": company.events.latest("pk").pk if company.events.exists() else 0, "zone": world.location.zone}
    change_company(company.pk, values={"credit_limit": None}, **seen, by=world.manager, at=DECEMBER)
    page = words(client.get(f"/manage/orders/{orders[0].pk}/"))
    assert (offered in page, told in page) == (False, True)
    client.force_login(world.customer)
    assert "Компания оплатит по счёту за месяц." in words(client.get(f"/my/orders/{orders[0].pk}/"))


def test_a_customer_sees_who_pays_as_long_as_something_is_due(
    client: Client, world: World, company: Company, orders: list[Order]
) -> None:
    own, told = f"/my/orders/{orders[0].pk}/", "Компания оплатит по счёту за месяц."

    def seen() -> bool:
        client.force_login(world.customer)
        page = words(client.get(own))
        client.force_login(world.manager)
        return told in page

    assert seen()
    issued(client, company)
    Company.objects.update(credit_limit=None)
    assert seen()
    take(orders[0], "600", by=world.manager, method="invoice", document="п/п 1")
    assert (Order.objects.get(pk=orders[0].pk).due, seen()) == (0, False)
