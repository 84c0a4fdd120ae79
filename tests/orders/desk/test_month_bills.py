"""The bill of a month: one invoice and one act of what a company ordered on account, and the money for it."""

import io
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pypdf
import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models import Sum

from accounts.models import Company, User
from coworking.domain.rules import When
from coworking.models import Location, Seller, SellerTax, Service, Tariff, Vat
from orders import tasks
from orders.documents.act import act_contents
from orders.documents.issued import contents_of
from orders.documents.month_bill import bill_contents, print_act_of_bill, print_bill
from orders.domain.desk.bill_corrections import correct_bill
from orders.domain.desk.cash import MomentRefused, PaymentRefused
from orders.domain.desk.companies import change_company
from orders.domain.desk.invoicing import InvoiceRefused, issue_invoice
from orders.domain.desk.merging_people import links_may_move
from orders.domain.desk.month_bills import BillRefused, billable, issue_bill, issue_due, take_payment
from orders.domain.money.acts import ActRefused, issue_act
from orders.domain.money.audit import check_balances
from orders.domain.online.completion import complete_finished
from orders.letters.bills import compose_bill
from orders.models import BillCorrection, BilledOrder, BillLetter, LedgerEntry, MoneyCase, MonthBill, Order
from tests.factories import make_company, make_location, make_order, make_seller, make_user
from tests.moments import clock as at_clock
from tests.moments import moment
from tests.orders.conftest import now
from tests.orders.steps import give_back
from tests.snapshots import jobs, saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

R = Decimal
NOVEMBER = date(2026, 11, 1)
FIRST = "2026-12-01 09:10"


@pytest.fixture
def seller(location: Location) -> Seller:
    return make_seller(location=location, taxes={"2026-01-01": Vat.TWENTY_TWO})


@pytest.fixture
def person() -> User:
    return make_user()


@pytest.fixture
def company(person: User) -> Company:
    return make_company(person, name="ООО «Вектор»", agreement="7/26", email="buh@example.com", credit_limit=R(9000))


@pytest.fixture
def november(tariff: Tariff, manager: User, person: User, company: Company, seller: Seller) -> list[Order]:
    """Orders of 300 ₽ and 600 ₽ that are over on 1 December."""
    Service.objects.update(capacity=9)
    return [place(tariff, manager, person, company, day=25, end="11"), place(tariff, manager, person, company, day=26)]


@pytest.fixture
def bill(november: list[Order], company: Company, location: Location, clock: time_machine.Coordinates) -> MonthBill:
    over(clock)
    return issue(company, location)


def place(tariff: Tariff, by: User, person: User, company: Company, *, day: int, end: str = "12") -> Order:
    when = When(day=date(2026, 11, day), start=at_clock("10"), end=at_clock(end))
    asked = {"payment_method": "invoice", "company_id": company.pk, "when": when}
    return make_order(tariff=tariff, customer=person, by=by, **asked)


def over(clock: time_machine.Coordinates, at: str = FIRST) -> None:
    """Let the month end."""
    clock.move_to(moment(at))
    complete_finished(None, now())


def issue(company: Company, location: Location, month: date = NOVEMBER) -> MonthBill:
    return issue_bill(company.pk, location, month, write=bill_contents, by=None, at=now())


def take(bill: MonthBill, amount: str, by: User, **fields: Any) -> list[LedgerEntry]:
    moved = {"moved_at": now(), "document": "п/п 17", "token": uuid.uuid4(), "by": by, "at": now()}
    return take_payment(bill.pk, R(amount), **{**moved, **fields})


def dues(orders: list[Order]) -> list[Decimal]:
    for order in orders:
        order.refresh_from_db()
    return [order.due for order in orders]


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


def test_a_month_has_one_invoice_and_one_act_of_its_orders(bill: MonthBill, november: list[Order]) -> None:
    assert (bill.month, bill.amount, bill.rendered, bill.act_number) == (NOVEMBER, 900, 900, 1)
    assert bill.pay_by == date(2026, 12, 11)
    assert list(bill.rows.order_by("order").values_list("order", "due", "cost")) == [
        (november[0].pk, 300, 300),
        (november[1].pk, 600, 600),
    ]
    titles = [f"Заказ № {order.pk}: Опен-спейс, Час, " for order in november]
    for lines in (bill.contents["lines"], bill.contents["to_pay"]):
        assert all(line["title"].startswith(title) for line, title in zip(lines, titles, strict=True))
        assert [(line["amount"], line["vat_rate"]) for line in lines] == [("300.00", "22"), ("600.00", "22")]
    told = [list(order.events.order_by("pk").values_list("kind", "data__number"))[-2:] for order in november]
    assert told == [[("invoice_issued", bill.pk), ("act_issued", 1)]] * 2


def test_its_documents_say_who_pays_whom_for_what(bill: MonthBill) -> None:
    invoice, act = text_of(print_bill(bill)), text_of(print_act_of_bill(bill))
    assert f"Счёт на оплату № {bill.pk} от 1 декабря 2026 г." in invoice
    assert "Основание Услуги за ноябрь 2026 года по договору № 7/26" in invoice
    purpose = f"Оплата по счёту № {bill.pk} от 01.12.2026, услуги за ноябрь 2026 года. В т. ч. НДС 22 % – 162,30 руб."
    assert purpose in invoice
    assert "Акт № 1 от 30 ноября 2026 г. об оказании услуг" in act
    assert all("ООО «Вектор»" in said and "900,00" in said for said in (invoice, act))


def test_the_company_gets_one_letter_with_both(bill: MonthBill) -> None:
    [queued] = [job for job in jobs() if job[0] == "orders.send_bill"]
    BillLetter.objects.update(sending_until=now() + timedelta(seconds=1))
    tasks.send_bill(**queued[1])  # another sends it
    assert (mail.outbox, jobs().count(queued)) == ([], 2)
    BillLetter.objects.update(sending_until=now())
    for _twice in range(2):
        tasks.send_bill(**queued[1])
    [letter] = [one for one in mail.outbox if one.to == ["buh@example.com"]]
    assert letter.subject == f"Счёт {bill.pk} и акт за ноябрь 2026 года: 900\u00a0₽"
    assert [name for name, _content, _type in letter.attachments] == [f"invoice-{bill.pk}.pdf", "act-1.pdf"]
    assert "ООО «Вектор»" in letter.body


def test_an_order_with_an_invoice_of_its_own_has_its_own_act_and_is_on_no_bill(
    november: list[Order],
    company: Company,
    location: Location,
    manager: User,
    clock: time_machine.Coordinates,
) -> None:
    own, other = november
    buyer = {"name": "ООО «Вектор»", "inn": company.inn, "kpp": company.kpp, "address": "", "pay_by": now().date()}
    issue_invoice(own.pk, **buyer, write=contents_of, by=manager, at=now())
    over(clock)
    assert [args["order_number"] for name, args in jobs() if name == "orders.issue_act"] == [own.pk]
    assert [row.order_id for row in issue(company, location).rows.all()] == [other.pk]


@pytest.mark.parametrize("is_billed", [True, False])
def test_an_order_of_a_month_gets_no_documents_of_its_own(
    is_billed: bool,
    november: list[Order],
    company: Company,
    location: Location,
    manager: User,
    clock: time_machine.Coordinates,
) -> None:
    over(clock)
    if is_billed:
        issue(company, location)
    before = saved_rows()
    with pytest.raises(ActRefused, match="act_of_the_month"):
        issue_act(november[0].pk, write=act_contents, by=manager, at=now())
    if is_billed:
        buyer = {"name": "ООО «Вектор»", "inn": company.inn, "kpp": company.kpp, "address": "", "pay_by": now().date()}
        with pytest.raises(InvoiceRefused, match="billed_by_month"):
            issue_invoice(november[0].pk, **buyer, write=contents_of, by=manager, at=now())
    assert saved_rows() == before


def test_a_month_is_billed_once(bill: MonthBill, company: Company, location: Location) -> None:
    before = saved_rows()
    assert issue(company, location) == bill
    assert saved_rows() == before
    with pytest.raises(IntegrityError, match="month_bill_once_a_month"), transaction.atomic():
        MonthBill.objects.create(**{**fields_of(bill), "number": 10**6, "act_number": 2})


def fields_of(bill: MonthBill) -> dict[str, Any]:
    return {field.name: getattr(bill, field.name) for field in MonthBill._meta.concrete_fields}


@pytest.mark.parametrize(
    ("at", "month", "reason"),
    [
        ("2026-11-30 23:59", NOVEMBER, "month_not_over"),
        (FIRST, date(2026, 10, 1), "nothing_on_account"),
    ],
)
def test_no_bill_of_a_month_that_runs_or_in_which_nothing_was_completed(
    at: str,
    month: date,
    reason: str,
    november: list[Order],
    company: Company,
    location: Location,
    clock: time_machine.Coordinates,
) -> None:
    over(clock, at)
    before = saved_rows()
    with pytest.raises(BillRefused, match=reason):
        issue(company, location, month)
    assert saved_rows() == before


def test_without_requisites_there_is_no_bill_and_what_is_left_over_is_on_the_next(
    november: list[Order], company: Company, location: Location, clock: time_machine.Coordinates, seller: Seller
) -> None:
    over(clock)
    Seller.objects.all().update(location=make_location())
    with pytest.raises(BillRefused, match="requisites_missing"):
        issue(company, location)
    assert issue_due(now(), write=bill_contents) == 0
    Seller.objects.all().update(location=location)
    clock.move_to(moment("2027-01-01 09:10"))
    assert issue_due(now(), write=bill_contents) == 1
    [late] = MonthBill.objects.all()
    assert (late.month, late.amount, late.rows.count()) == (date(2026, 12, 1), 900, 2)


def test_the_job_bills_each_company_once(
    november: list[Order], company: Company, clock: time_machine.Coordinates
) -> None:
    assert issue_due(now(), write=bill_contents) == 0
    over(clock)
    for _again in range(2):
        tasks.issue_bills(timestamp=0)
    assert MonthBill.objects.get().issued_by is None


def test_what_was_completed_under_a_limit_is_billed_whatever_became_of_it(
    november: list[Order], company: Company, manager: User, location: Location, clock: time_machine.Coordinates
) -> None:
    over(clock, "2026-11-28 12:00")
    change_company(company.pk, values={"credit_limit": None}, seen=10**9, zone=location.zone, by=manager, at=now())
    over(clock)
    assert issue_due(now(), write=bill_contents) == 1
    assert [row.order for row in MonthBill.objects.get().rows.order_by("order")] == november


def test_orders_of_a_merged_company_with_a_limit_are_billed_to_the_other(
    november: list[Order], company: Company, manager: User, location: Location, clock: time_machine.Coordinates
) -> None:
    other = make_company()
    over(clock)
    Company.objects.filter(pk=company.pk).update(merged_into=other)
    with links_may_move():
        Order.objects.update(company=other)
    assert issue_due(now(), write=bill_contents) == 1
    assert MonthBill.objects.get().company == other


def test_a_company_that_never_had_a_limit_gets_no_bill_by_itself(
    november: list[Order], company: Company, clock: time_machine.Coordinates
) -> None:
    Company.objects.update(credit_limit=None)
    over(clock)
    assert {order.pk for order in billable()} == {order.pk for order in november}  # their acts are queued
    assert (issue_due(now(), write=bill_contents), MonthBill.objects.exists()) == (0, False)


def test_a_payment_settles_the_oldest_orders_first(bill: MonthBill, november: list[Order], manager: User) -> None:
    entries = take(bill, "500", manager)
    assert [(one.order_id, one.amount, one.method, one.document) for one in entries] == [
        (november[0].pk, 300, "invoice", "п/п 17"),
        (november[1].pk, 200, "invoice", "п/п 17"),
    ]
    assert dues(november) == [0, 400]
    take(bill, "400", manager)
    assert (dues(november), [order.payment_status for order in november]) == ([0, 0], ["paid", "paid"])
    assert not MoneyCase.objects.open().exists()


def test_a_payment_that_is_sent_twice_counts_once(bill: MonthBill, november: list[Order], manager: User) -> None:
    token = uuid.uuid4()
    first = take(bill, "500", manager, token=token)
    before = saved_rows()
    assert take(bill, "500", manager, token=token) == first
    assert saved_rows() == before


def test_more_than_is_due_is_refused_unless_that_is_said(bill: MonthBill, november: list[Order], manager: User) -> None:
    before = saved_rows()
    with pytest.raises(PaymentRefused) as refused:
        take(bill, "1000", manager)
    assert (refused.value.reason, refused.value.facts) == ("beyond_the_bill", {"due": R(900)})
    assert saved_rows() == before
    take(bill, "1000", manager, with_excess=True)
    [case] = MoneyCase.objects.open()
    assert (case.kind, case.order, case.amount) == ("refund_due", november[1], 100)
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 1000


@pytest.mark.parametrize(
    ("amount", "fields", "kind"),
    [("0", {}, PaymentRefused), ("100", {"moved_at": moment("2026-12-02 10:00")}, MomentRefused)],
)
def test_no_money_of_nothing_or_of_tomorrow(
    amount: str, fields: dict[str, Any], kind: type[Exception], bill: MonthBill, manager: User
) -> None:
    before = saved_rows()
    with pytest.raises(kind):
        take(bill, amount, manager, **fields)
    assert saved_rows() == before


def test_what_is_owed_on_account_is_a_debt_once_the_bill_is_late(
    bill: MonthBill, november: list[Order], clock: time_machine.Coordinates
) -> None:
    check_balances(at=now())
    assert not MoneyCase.objects.exists()
    clock.move_to(moment("2026-12-12 00:01"))
    check_balances(at=now())
    cases = MoneyCase.objects.open().order_by("order").values_list("kind", "order", "amount")
    assert list(cases) == [("debt", november[0].pk, 300), ("debt", november[1].pk, 600)]


def test_what_nobody_bills_is_a_debt_in_the_end(
    november: list[Order], company: Company, clock: time_machine.Coordinates
) -> None:
    over(clock)
    check_balances(at=now())
    assert not MoneyCase.objects.exists()
    clock.move_to(moment("2027-01-06 12:00"))
    check_balances(at=now())
    assert set(MoneyCase.objects.open().values_list("kind", flat=True)) == {"debt"}


def test_what_a_bill_says_is_never_rewritten(bill: MonthBill) -> None:
    before = saved_rows()
    for rewrite in (
        lambda: MonthBill.objects.update(amount=1),
        lambda: BilledOrder.objects.update(due=1),
        lambda: BilledOrder.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite()
    assert saved_rows() == before


# Corrections


def correct(bill: MonthBill, by: User) -> BillCorrection:
    return correct_bill(bill.pk, write=bill_contents, by=by, at=now())


def papers(bill: MonthBill) -> Any:
    """Return what holds of a bill."""
    found = MonthBill.objects.get(pk=bill.pk)
    return found.last_correction or found


def cheaper(bill: MonthBill, order: Order, by: User, amount: str = "100.10") -> None:
    """Let the company pay all of it, and give a part of an order back."""
    take(bill, "900", by)
    give_back(order, amount, by=by, method="invoice", document="п/п 40")


def test_what_was_given_back_is_on_the_corrected_papers(bill: MonthBill, november: list[Order], manager: User) -> None:
    cheaper(bill, november[1], manager)
    made = correct(bill, manager)
    assert (made.number, made.rendered, made.amount, made.issued_by) == (
        1,
        R("799.90"),
        R("799.90"),
        manager,
    )
    for lines in (made.contents["lines"], made.contents["to_pay"]):
        assert [line["amount"] for line in lines] == ["300.00", "499.90"]
    stored = MonthBill.objects.get()
    assert (stored.rendered, stored.amount, stored.contents) == (900, 900, bill.contents)
    told = november[1].events.order_by("pk").values_list("kind", "data__number", "data__correction", "data__sum")
    assert list(told)[-2:] == [("invoice_issued", bill.pk, 1, "499.90"), ("act_issued", 1, 1, "499.90")]
    assert dues(november) == [0, 0]


def test_a_payment_after_the_month_changes_no_rate(
    bill: MonthBill, november: list[Order], seller: Seller, manager: User
) -> None:
    SellerTax.objects.create(seller=seller, starts_on="2026-12-01", vat=Vat.TEN)
    cheaper(bill, november[1], manager)
    made = correct(bill, manager)
    rates = [{line["vat_rate"] for line in papers["lines"]} for papers in (bill.contents, made.contents)]
    assert rates == [{"22"}, {"22"}]


def test_the_corrected_papers_keep_number_and_date_and_say_what_they_replace(
    bill: MonthBill, november: list[Order], manager: User
) -> None:
    cheaper(bill, november[1], manager)
    first, act = correct(bill, manager), "Акт № 1 от 30 ноября 2026 г. об оказании услуг"
    instead = "(исправление № 1 от 01.12.2026, взамен ранее выставленного)"
    assert f"{act} {instead}" in text_of(print_act_of_bill(bill, first))
    invoice = text_of(print_bill(bill, first))
    assert f"Счёт на оплату № {bill.pk} от 1 декабря 2026 г. {instead}" in invoice
    assert "799,90" in invoice
    give_back(november[0], "50", by=manager, method="invoice", document="п/п 41")
    second = correct(bill, manager)
    assert "(исправление № 2 от 01.12.2026, взамен исправления № 1)" in text_of(print_act_of_bill(bill, second))
    assert (second.rendered, papers(bill)) == (R("749.90"), second)
    assert "исправление" not in text_of(print_act_of_bill(bill))


def test_the_bills_of_a_company_add_up_to_what_its_orders_cost(
    bill: MonthBill, november: list[Order], company: Company, manager: User
) -> None:
    cheaper(bill, november[0], manager, "0.01")
    for order, amount in ((november[1], "33.33"), (november[0], "166.66"), (november[1], "500")):
        give_back(order, amount, by=manager, method="invoice", document="п/п 41")
        correct(bill, manager)
        cost = Order.objects.filter(company=company).aggregate(sum=Sum("total"))["sum"]
        held = papers(bill)
        of_lines = sum(R(line["amount"]) for line in held.contents["lines"])
        assert held.rendered == of_lines == cost
    assert cost == 200


def test_nothing_is_left_of_a_month_that_is_given_back(bill: MonthBill, november: list[Order], manager: User) -> None:
    cheaper(bill, november[0], manager, "300")
    give_back(november[1], "600", by=manager, method="invoice", document="п/п 41")
    made = correct(bill, manager)
    assert (made.rendered, made.amount, made.contents["lines"]) == (0, 0, [])
    assert "Всего наименований 0, на сумму 0,00 руб." in text_of(print_act_of_bill(bill, made))


def test_requisites_that_were_wrong_are_corrected_and_the_seller_stays(
    bill: MonthBill, seller: Seller, manager: User
) -> None:
    Company.objects.update(name="ООО «Вектор плюс»")
    Seller.objects.filter(pk=seller.pk).update(director="Другой Директор")
    made = correct(bill, manager)
    assert (made.rendered, made.contents["buyer"]["name"]) == (900, "ООО «Вектор плюс»")
    assert made.contents["seller"] == bill.contents["seller"]


def test_the_bill_of_a_merged_company_is_corrected_to_the_one_that_remains(bill: MonthBill, manager: User) -> None:
    other = make_company(name="ООО «Правильное»")
    Company.objects.filter(pk=bill.company_id).update(merged_into=other)
    assert correct(bill, manager).contents["buyer"]["name"] == "ООО «Правильное»"


def test_papers_that_are_right_are_not_issued_again(bill: MonthBill, november: list[Order], manager: User) -> None:
    before = saved_rows()
    with pytest.raises(BillRefused, match="bill_is_right"):
        correct(bill, manager)
    assert saved_rows() == before
    cheaper(bill, november[1], manager)
    correct(bill, manager)
    before = saved_rows()
    with pytest.raises(BillRefused, match="bill_is_right"):
        correct(bill, manager)
    assert saved_rows() == before


def test_the_database_keeps_the_corrections(bill: MonthBill, november: list[Order], manager: User) -> None:
    cheaper(bill, november[1], manager)
    made = correct(bill, manager)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        BillCorrection.objects.update(rendered=1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        made.delete()
    made.pk = None
    with pytest.raises(IntegrityError, match="bill_correction_has_own_number"), transaction.atomic():
        made.save(force_insert=True)


def test_the_letter_brings_the_corrected_papers(bill: MonthBill, november: list[Order], manager: User) -> None:
    cheaper(bill, november[1], manager)
    correct(bill, manager)
    letter = compose_bill(BillLetter.objects.latest("pk"))
    assert letter.subject.replace("\u00a0", " ") == f"Исправленный счёт № {bill.pk} и акт за ноябрь 2026 года: 799,90 ₽"
    assert "Это исправление № 1: присланные ранее счёт и акт больше не действуют." in letter.body
    assert [name for name, _file, _kind in letter.attachments] == [f"invoice-{bill.pk}.pdf", "act-1.pdf"]
