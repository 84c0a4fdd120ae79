"""«Компания»: its administrators see all its orders, its people, its documents and what it owes; nobody else does."""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessEvent, Company
from coworking.domain.rules import When
from coworking.models import Location
from olvery.shared.periods import DAY, at_local
from orders.documents.month_bill import bill_contents
from orders.domain.booking.changing import UNDO_FOR
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk import merging_companies
from orders.domain.desk.companies import set_administrator
from orders.domain.desk.merging_companies import CompanyMergeWish, seen_as
from orders.domain.desk.month_bills import issue_bill, take_payment
from orders.domain.online.completion import complete_finished
from orders.domain.queries.statements import statement_of
from orders.models import EntryKind, LedgerEntry, MonthBill, Order
from tests.factories import make_booking_wish, make_company, make_location, make_order, make_seller
from tests.html import text_of
from tests.moments import clock as at_clock
from tests.moments import moment
from tests.orders.booking.changes import change
from tests.views.pages import World, make_world, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

R = Decimal
ORDERED, DAYS = moment("2026-11-24 09:00"), [(11, 26), (12, 10)]
BILLED, PAID = moment("2026-12-01 12:00"), moment("2026-12-02 12:00")


@dataclass(frozen=True)
class OnAccount(World):
    """A company of the customer, who is its administrator, and of the visitor, who is not, with a bill.

    The bill is of 600 ₽ in November, of which 250 ₽ came on 2 December; another 300 ₽ follow on 3 December.
    """

    company: Company
    bill: MonthBill


def make_on_account() -> OnAccount:
    world = make_world()
    make_seller(location=world.location)
    company = company_of(world)
    order(world, company, "2026-11-25", "12")
    order(world, company, "2026-12-03", "11")
    with time_machine.travel(BILLED.astimezone(UTC), tick=False):
        complete_finished(None, BILLED)
        bill = issue_bill(company.pk, world.location, date(2026, 11, 1), write=bill_contents, by=None, at=BILLED)
    with time_machine.travel(PAID.astimezone(UTC), tick=False):
        paid = {"moved_at": PAID, "document": "п/п 8", "token": uuid.uuid4(), "by": world.manager, "at": PAID}
        take_payment(bill.pk, R(250), **paid)
    return OnAccount(**vars(world), company=company, bill=bill)


@pytest.fixture(scope="module")
def making() -> Callable[[], OnAccount]:
    return make_on_account


@pytest.fixture
def company(world: OnAccount) -> Company:
    return world.company


@pytest.fixture
def bill(world: OnAccount, clock: time_machine.Coordinates) -> MonthBill:
    """The bill, on the day of its payment."""
    clock.move_to(PAID)
    return world.bill


def company_of(world: World) -> Company:
    """Save a company of the customer, who is its administrator, and of the visitor."""
    company = make_company(world.customer, world.visitor, name="ООО «Вектор»", credit_limit=R(5000))
    member = company.members.get(person=world.customer)
    set_administrator(member, is_administrator=True, by=world.manager, at=ORDERED)
    return company


def order(world: World, company: Company, day: str, end: str) -> Order:
    when = When(day=moment(f"{day} 00:00").date(), start=at_clock("10"), end=at_clock(end))
    asked = {"company_id": company.pk, "payment_method": "invoice", "seat_ids": (world.seat().pk,), "when": when}
    return make_order(tariff=world.tariff, customer=world.visitor, by=world.manager, **asked)


@pytest.fixture
def administrator(client: Client, world: World, bill: MonthBill) -> Client:
    client.force_login(world.customer)
    return client


def addresses(company: Company, bill: MonthBill) -> list[str]:
    own = f"/my/companies/{company.pk}/"
    documents = [f"{own}bills/{bill.pk}/{name}.pdf" for name in ("invoice", "act")]
    return [own, f"{own}orders/", f"{own}statement.csv", *documents]


def printed(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def test_a_statement_carries_what_is_owed_from_month_to_month(bill: MonthBill, company: Company) -> None:
    november, december = (statement_of(company, moment(f"2026-{month}-01 00:00").date()) for month in ("11", "12"))
    assert (november.opening, november.cost, november.paid, november.closing) == (0, 600, 0, 600)
    assert (december.opening, december.cost, december.paid, december.closing) == (600, 300, 250, 650)
    assert [len(one.orders) for one in (november, december)] == [1, 1]


def test_a_statement_has_the_months_of_the_bills_of_each_location_and_shows_its_clock(
    client: Client, world: World
) -> None:
    company = company_of(world)
    # On Niue it is still 30 November when it is 11 o'clock in Moscow.
    made = order(world, company, "2026-12-01", "11")
    at = moment("2026-12-01 13:30")
    LedgerEntry.objects.create(order=made, kind=EntryKind.CHARGE, method="invoice", amount=R(120), at=at)
    Location.objects.filter(pk=world.location.pk).update(time_zone="Pacific/Niue")
    november = moment("2026-11-01 00:00").date()
    there = statement_of(company, november, at=Location.objects.get(pk=world.location.pk))
    whole = statement_of(company, november)
    assert [(one.cost, one.paid) for one in (there, whole)] == [(300, 120)] * 2
    client.force_login(world.customer)
    assert "30.11.2026 23:30" in words(client.get(f"/my/companies/{company.pk}/?month=2026-11"))


def test_an_order_that_came_too_late_for_its_month_s_bill_is_in_the_month_of_the_bill_that_names_it(
    world: World, company: Company, bill: MonthBill, clock: time_machine.Coordinates
) -> None:
    days = (When(day=date(2026, month, day), start=at_clock("10"), end=at_clock("12")) for month, day in DAYS)
    bookings = tuple(make_booking_wish(tariff=world.tariff, when=when) for when in days)
    asked = {"company_id": company.pk, "payment_method": "invoice", "bookings": bookings}
    two = make_order(tariff=world.tariff, customer=world.visitor, by=world.manager, at=ORDERED, **asked)
    months = [date(2026, 11, 1), date(2026, 12, 1)]

    def told() -> list[tuple[Decimal, list[int]]]:
        statements = [statement_of(company, month) for month in months]
        return [(one.closing, [order.pk for order in one.orders]) for one in statements]

    (november, before), (december, _orders) = told()
    assert two.pk not in before
    change(two, by=world.manager, ticket=tickets_of(two)[1], is_cancelled=True, reason="Не нужно")
    clock.shift(UNDO_FOR)
    assert complete_finished(None, timezone.now()) == 1
    assert Order.objects.get(pk=two.pk).period.end == moment("2026-11-26 12:00")
    given_up = told()
    assert given_up[0] == (november, before)
    assert (given_up[1][0], two.pk in given_up[1][1]) == (december - 600, True)
    clock.move_to(at := moment("2027-01-01 12:00"))
    named = issue_bill(company.pk, world.location, months[1], write=bill_contents, by=None, at=at)
    assert two.pk in named.rows.values_list("order", flat=True)
    assert told() == given_up


def test_the_administrator_sees_the_orders_of_others_the_people_and_the_documents(
    administrator: Client, company: Company, bill: MonthBill, world: World
) -> None:
    assert f"/my/companies/{company.pk}/" in read(administrator.get("/my/orders/")).links()
    own, orders, file, invoice, act = (administrator.get(address) for address in addresses(company, bill))
    said = words(own)
    assert "Сверка за декабрь 2026" in said
    assert "На счёт: осталось 4 350 ₽ из 5 000 ₽" in said
    assert "Сальдо на конец 650 ₽" in said
    assert world.visitor.full_name in said
    assert str(world.visitor.phone) not in own.content.decode()
    assert words(orders).count(world.visitor.full_name) == 2
    assert "Сальдо на начало;;;600,00;" in file.content.decode("utf-8-sig")
    assert [one.content[:5] for one in (invoice, act)] == [b"%PDF-"] * 2


def test_the_access_log_says_whom_the_administrator_saw(
    administrator: Client, company: Company, bill: MonthBill, world: World
) -> None:
    for address in addresses(company, bill)[:3]:
        administrator.get(address)
    seen = list(AccessEvent.objects.values_list("by", "person", "location", "screen"))
    assert seen == [(world.customer.pk, world.visitor.pk, world.location.pk, "company")] * 3


def test_the_statement_is_a_pdf_with_the_sums_of_the_screen(
    administrator: Client, company: Company, bill: MonthBill, world: World
) -> None:
    def pdf_of(address: str) -> str:
        return printed(administrator.get(address).content)

    address = f"/my/companies/{company.pk}/statement.pdf"
    december = pdf_of(f"{address}?month=2026-12")
    assert "Сверка расчётов за декабрь 2026 года Компания ООО «Вектор»" in december
    assert "Сальдо на начало 600,00" in december
    assert "Обороты за месяц 300,00 250,00 Сальдо на конец 650,00" in december
    assert "На 31.12.2026 задолженность ООО «Вектор»: 650,00 руб. Шестьсот пятьдесят рублей 00 копеек" in december
    assert world.visitor.full_name in december
    assert "Обороты за месяц 0,00 0,00" in pdf_of(f"{address}?month=2026-10")
    assert "На 31.10.2026 задолженности нет." in pdf_of(f"{address}?month=2026-10")
    administrator.force_login(world.manager)
    november = pdf_of(f"/manage/companies/{company.pk}/bills/{bill.pk}/statement.pdf")
    assert "за ноябрь 2026 года" in november
    assert f"Локации {world.location.name}" in november
    assert "Обороты за месяц 600,00 0,00 Сальдо на конец 600,00" in november
    there = statement_of(company, moment("2026-12-01 00:00").date(), at=world.location)
    away = statement_of(company, moment("2026-12-01 00:00").date(), at=make_location())
    assert (there.opening, there.cost, there.paid) == (600, 300, 250)
    assert (away.opening, away.cost, away.paid) == (0, 0, 0)


def test_nobody_else_sees_anything_of_it(client: Client, company: Company, bill: MonthBill, world: World) -> None:
    other = make_company(world.manager)
    set_administrator(other.members.get(), is_administrator=True, by=world.manager, at=moment("2026-12-01 12:00"))
    for person in (world.visitor, world.manager):
        client.force_login(person)
        assert [client.get(one).status_code for one in addresses(company, bill)] == [404] * 5
    foreign = addresses(other, bill)[3:]
    assert [client.get(one).status_code for one in foreign] == [404, 404]
    assert not AccessEvent.objects.exists()


def test_a_former_administrator_no_longer_sees_it(
    administrator: Client, company: Company, bill: MonthBill, world: World
) -> None:
    member = company.members.get(person=world.customer)
    set_administrator(member, is_administrator=False, by=world.manager, at=moment("2026-12-02 12:00"))
    assert [administrator.get(one).status_code for one in addresses(company, bill)] == [404] * 5
    assert "ООО «Вектор»" not in words(administrator.get("/my/orders/"))


def test_a_month_that_cannot_be_read_is_this_one(administrator: Client, company: Company) -> None:
    for month in ("2026-13", "вчера", "2026-1", "\u0662026-01", ""):
        answer = administrator.get(f"/my/companies/{company.pk}/", {"month": month})
        assert (answer.status_code, "Сверка за декабрь 2026" in words(answer)) == (200, True), month


@pytest.mark.parametrize(("zone", "month"), [("Asia/Kamchatka", "январь 2027"), ("Europe/Kaliningrad", "декабрь 2026")])
def test_this_month_is_that_of_the_first_location_in_which_it_begins(
    client: Client, world: World, bill: MonthBill, clock: time_machine.Coordinates, zone: str, month: str
) -> None:
    Location.objects.update(time_zone=zone)
    clock.move_to(moment("2026-12-31 23:30" if "Kamchatka" in zone else "2027-01-01 00:30"))
    client.force_login(world.customer)
    own = f"/my/companies/{bill.company_id}/"
    assert f"Сверка за {month}" in words(client.get(own))
    page = read(client.get(own, {"month": "2026-12"}))
    assert ("?month=2027-01" in page.html) == (zone == "Asia/Kamchatka")


def test_more_orders_ask_no_more_of_the_database(administrator: Client, company: Company, world: World) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            administrator.get(path)
        return len(queries)

    own = f"/my/companies/{company.pk}/"
    before = [count(own), count(f"{own}orders/")]
    for day in ("2026-12-04", "2026-12-07"):
        order(world, company, day, "11")
    assert [count(own), count(f"{own}orders/")] == before


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka"])
def test_what_is_to_be_paid_comes_before_the_statement(
    administrator: Client, company: Company, bill: MonthBill, clock: time_machine.Coordinates, zone: str
) -> None:
    Location.objects.filter(pk=bill.location_id).update(time_zone=zone)
    address = f"/my/companies/{company.pk}/"
    page = words(administrator.get(address))
    assert page.index("осталось оплатить: 350 ₽") < page.index("Сальдо на начало")
    midnight = at_local(bill.pay_by + DAY, at_clock("0"), ZoneInfo(zone))
    for at, is_over in ((midnight - timedelta(seconds=1), False), (midnight, True)):
        clock.move_to(at)
        assert ("Срок прошёл" in words(administrator.get(address))) == is_over


def test_bills_of_a_company_that_was_merged_are_with_the_one_that_stays(
    administrator: Client, world: World, company: Company, bill: MonthBill
) -> None:
    kept = make_company(world.visitor, name="АО «Юг»", email="buh@example.com")
    order(world, kept, "2026-12-04", "11")
    company.refresh_from_db()  # its limit as it is stored
    wish = CompanyMergeWish(kept_id=kept.pk, gone_id=company.pk, reason="Дубль", seen=seen_as(kept, company))
    merging_companies.merge(wish, by=world.manager, location=world.location, at=moment("2026-12-02 12:00"))

    assert [administrator.get(address).status_code for address in addresses(kept, bill)] == [200] * 5
    assert [administrator.get(address).status_code for address in addresses(company, bill)] == [404] * 5
    december = statement_of(kept, moment("2026-12-01 00:00").date())
    assert (december.opening, december.cost, december.paid, december.closing) == (600, 600, 250, 950)
    administrator.force_login(world.manager)
    own = f"/manage/companies/{kept.pk}/"
    assert [shown.pk for shown in administrator.get(f"{own}bills/").context["card"].bills] == [bill.pk]
    page = administrator.get(f"{own}bills/{bill.pk}/")
    assert (page.status_code, page.context["company"]) == (200, kept)
    assert administrator.post(f"{own}bills/{bill.pk}/send/").status_code == 302
    assert bill.letters.get().to == "buh@example.com"
    assert administrator.get(f"/manage/companies/{make_company().pk}/bills/{bill.pk}/").status_code == 404
