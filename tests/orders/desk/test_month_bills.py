"""The bill of a month: one invoice and one act for orders on account, and their payments."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import Company, User
from coworking.models import Location, Seller
from orders import tasks
from orders.documents.act import act_contents
from orders.documents.issued import contents_of
from orders.documents.month_bill import bill_contents, print_act_of_bill, print_bill
from orders.domain.desk.cash import MomentRefused, PaymentRefused
from orders.domain.desk.companies import change_company
from orders.domain.desk.invoicing import InvoiceRefused, issue_invoice
from orders.domain.desk.merging_people import links_may_move
from orders.domain.desk.month_bills import BillRefused, issue_due
from orders.domain.money.acts import ActRefused, issue_act
from orders.domain.money.audit import check_balances
from orders.domain.money.credit import billable, comes_on_bill
from orders.models import BilledOrder, BillLetter, LedgerEntry, MoneyCase, MonthBill, Order
from tests.factories import make_company, make_location
from tests.moments import moment
from tests.orders.conftest import now
from tests.orders.desk.bills import FIRST, NOVEMBER, R, dues, issue, over, take, text_of
from tests.snapshots import jobs, saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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


def test_a_manager_takes_nothing_off_the_bill_after_its_company_has_lost_the_limit(
    november: list[Order], company: Company, location: Location, manager: User, clock: time_machine.Coordinates
) -> None:
    over(clock, "2026-11-28 12:00")
    change_company(company.pk, values={"credit_limit": None}, seen=10**9, zone=location.zone, by=manager, at=now())
    before = saved_rows()
    with pytest.raises(ActRefused, match="act_of_the_month"):
        issue_act(november[0].pk, write=act_contents, by=manager, at=now())
    assert saved_rows() == before


def test_what_is_completed_after_its_company_has_lost_the_limit_has_its_own_act(
    november: list[Order], company: Company, location: Location, manager: User, clock: time_machine.Coordinates
) -> None:
    change_company(company.pk, values={"credit_limit": None}, seen=10**9, zone=location.zone, by=manager, at=now())
    over(clock)
    assert [args["order_number"] for name, args in jobs() if name == "orders.issue_act"] == [
        order.pk for order in november
    ]
    acts = [issue_act(order.pk, write=act_contents, by=None, at=now()) for order in november]
    assert [(act.order_id, act.amount) for act in acts] == [(november[0].pk, 300), (november[1].pk, 600)]


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
    with pytest.raises(PaymentRefused) as refused:
        take(bill, "400", manager, token=token)
    assert (refused.value.reason, saved_rows()) == ("token_used", before)


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


def test_a_sum_on_account_becomes_a_debt_once_the_bill_is_late(
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


def test_what_waits_for_its_bill_is_no_debt_whatever_became_of_the_limit(
    november: list[Order], company: Company, manager: User, location: Location, clock: time_machine.Coordinates
) -> None:
    over(clock, "2026-11-28 12:00")
    change_company(company.pk, values={"credit_limit": None}, seen=10**9, zone=location.zone, by=manager, at=now())
    check_balances(at=now())
    assert not MoneyCase.objects.exists()


def test_a_debt_with_an_act_of_its_own_stays_one_when_its_company_gets_a_limit(
    november: list[Order], company: Company, clock: time_machine.Coordinates
) -> None:
    Company.objects.update(credit_limit=None)
    over(clock)
    for order in november:
        issue_act(order.pk, write=act_contents, by=None, at=now())
    check_balances(at=now())
    Company.objects.update(credit_limit=R(9000))
    check_balances(at=now())
    assert [case.order for case in MoneyCase.objects.open().order_by("order")] == november
    assert [comes_on_bill(order) for order in Order.objects.order_by("pk")] == [False, False]


def test_an_issued_bill_is_never_rewritten(bill: MonthBill) -> None:
    before = saved_rows()
    for rewrite in (
        lambda: MonthBill.objects.update(amount=1),
        lambda: BilledOrder.objects.update(due=1),
        lambda: BilledOrder.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite()
    assert saved_rows() == before
