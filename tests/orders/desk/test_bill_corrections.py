"""Corrections of a monthly bill: new papers with the present sums, under the same number and date."""

import uuid
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import Sum

from accounts.models import Company, User
from coworking.models import Location, Seller, SellerTax, Vat
from orders.documents.month_bill import bill_contents, print_act_of_bill, print_bill
from orders.domain.desk.bill_corrections import correct_bill, with_wrong_sums
from orders.domain.desk.cash import correct_entry
from orders.domain.desk.month_bills import BillRefused
from orders.letters.send import compose_bill
from orders.models import BillCorrection, BillLetter, MonthBill, Order
from tests.factories import make_company
from tests.gateways.fake import FakeGateway
from tests.orders.booking.changes import change, when
from tests.orders.conftest import now
from tests.orders.desk.bills import R, dues, issue, over, take, text_of
from tests.orders.steps import give_back, pay, refund, send_all
from tests.orders.steps import take as take_of_order
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def correct(bill: MonthBill, by: User) -> BillCorrection:
    return correct_bill(bill.pk, write=bill_contents, by=by, at=now())


def papers(bill: MonthBill) -> Any:
    """Return the valid papers of a bill."""
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


def test_money_from_before_the_bill_that_goes_back_is_not_taken_for_its_payment(
    november: list[Order], company: Company, location: Location, manager: User, clock: time_machine.Coordinates
) -> None:
    take_of_order(november[1], "400", by=manager, method="invoice", document="п/п 12")
    over(clock)
    bill = issue(company, location)
    assert (bill.amount, bill.rendered) == (500, 900)
    give_back(november[1], "300", by=manager, method="invoice", document="п/п 40")
    made = correct(bill, manager)
    assert (made.rendered, made.amount, sum(dues(november))) == (600, 500, 500)
    take(bill, "500", manager)
    before = saved_rows()
    with pytest.raises(BillRefused, match="bill_is_right"):
        correct(bill, manager)
    assert (saved_rows(), dues(november)) == (before, [0, 0])


def test_a_correction_and_a_refund_online_are_of_the_payment_that_they_name(
    november: list[Order],
    company: Company,
    location: Location,
    manager: User,
    gateway: FakeGateway,
    clock: time_machine.Coordinates,
) -> None:
    short, long = november
    taken = take_of_order(short, "100", by=manager, method="invoice", document="п/п 12")
    pay(long, gateway)
    change(long, by=manager, when=when("10", "13", day=date(2026, 11, 26)))
    over(clock)
    bill = issue(company, location)
    assert (bill.amount, bill.rendered, dues(november)) == (500, 1200, [200, 300])
    take(bill, "500", manager)
    correct_entry(taken.pk, R("50"), reason="Опечатка", token=uuid.uuid4(), by=manager, at=now())
    refund(long, gateway, "200", by=manager)
    send_all(gateway)
    made = correct(bill, manager)
    # 550 ₽ are due, 500 ₽ have been paid.
    assert (made.rendered, made.amount, dues(november)) == (1000, 550, [50, 0])


def test_a_refund_that_is_under_way_as_the_bill_is_issued_makes_no_sum_wrong(
    november: list[Order],
    company: Company,
    location: Location,
    manager: User,
    gateway: FakeGateway,
    clock: time_machine.Coordinates,
) -> None:
    _short, long = november
    pay(long, gateway)
    change(long, by=manager, when=when("10", "13", day=date(2026, 11, 26)))
    over(clock)
    refund(long, gateway, "200", by=manager)
    bill = issue(company, location)
    wrong = with_wrong_sums([bill])
    send_all(gateway)
    assert (long.attempts.get().refunds.get().status, wrong, with_wrong_sums([bill])) == ("succeeded", set(), set())


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
