"""The bill of a month is issued once and paid once, whoever else does the same at the same moment."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import Company, User
from coworking.models import Location
from olvery.shared.rows import constraint_of
from orders.documents.month_bill import bill_contents
from orders.domain import locks
from orders.domain.desk import bill_corrections, month_bills
from orders.domain.desk.cash import PaymentRefused
from orders.domain.desk.month_bills import BillRefused
from orders.domain.online.completion import complete_finished
from orders.models import ActSeries, BillCorrection, BilledOrder, LedgerEntry, MonthBill, Order
from tests.factories import make_company, make_location, make_manager, make_order, make_pool, make_seller, make_tariff
from tests.factories import make_user as make_person
from tests.moments import moment
from tests.races.guards import at_once, meet_after, meet_before

DECEMBER = moment("2026-12-01 12:00")
NOVEMBER = date(2026, 11, 1)
World = tuple[Company, Location, User]


@pytest.fixture
def world() -> World:
    """A company with an order of 600 ₽ that was completed in November."""
    location, person = make_location(), make_person()
    make_seller(location=location)
    company, manager = make_company(person, credit_limit=Decimal(9000)), make_manager(location=location)
    tariff = make_tariff(service=make_pool(location=location))
    make_order(tariff=tariff, customer=person, by=manager, company_id=company.pk, payment_method="invoice")
    assert complete_finished(None, DECEMBER) == 1
    return company, location, manager


def issue(world: World) -> MonthBill:
    company, location, manager = world
    return month_bills.issue_bill(company.pk, location, NOVEMBER, write=bill_contents, by=manager, at=DECEMBER)


def pay(world: World, number: int) -> list[LedgerEntry]:
    moved = {"moved_at": DECEMBER, "document": "", "by": world[2], "at": DECEMBER + timedelta(minutes=1)}
    return month_bills.take_payment(number, Decimal(600), token=uuid.uuid4(), **moved)


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "lock_orders", sorted)


def issued_once(results: list[Any]) -> None:
    bill = MonthBill.objects.get()
    assert results == [bill, bill]
    assert (BilledOrder.objects.count(), ActSeries.objects.get().last, bill.act_number) == (1, 1, 1)


def test_two_who_issue_it_get_the_same_bill(world: World) -> None:
    issued_once(at_once([lambda: issue(world)] * 2))


def test_without_locks_the_constraint_has_the_last_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch)
    meet_after(monkeypatch, month_bills, "rendered_now", 2)
    issued_once(at_once([lambda: issue(world)] * 2))


def test_two_payments_of_all_of_it_are_one(world: World) -> None:
    bill = issue(world)
    refused = [one for one in at_once([lambda: pay(world, bill.pk)] * 2) if isinstance(one, PaymentRefused)]
    assert [one.facts for one in refused] == [{"due": 0}]
    assert [entry.amount for entry in LedgerEntry.objects.all()] == [600]
    assert Order.objects.get().due == 0


def test_control_without_locks_both_payments_are_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bill = issue(world)
    without_locks(monkeypatch)
    meet_after(monkeypatch, month_bills, "_parts", 2)
    at_once([lambda: pay(world, bill.pk)] * 2)
    assert [entry.amount for entry in LedgerEntry.objects.all()] == [600, 600]


def correct_at_once(world: World) -> list[Any]:
    """Let two managers correct a bill of which the requisites are others by now."""
    bill = issue(world)
    Company.objects.update(name="ООО «Другое»")
    by = {"write": bill_contents, "by": world[2], "at": DECEMBER}
    return at_once([lambda: bill_corrections.correct_bill(bill.pk, **by)] * 2)


def test_two_who_correct_it_make_one_correction(world: World) -> None:
    refused = [one.reason for one in correct_at_once(world) if isinstance(one, BillRefused)]
    assert (refused, BillCorrection.objects.count()) == (["bill_is_right"], 1)


def test_control_without_locks_the_constraint_has_the_last_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch)
    meet_before(monkeypatch, BillCorrection.objects, "create", 2)
    refused = [constraint_of(one) for one in correct_at_once(world) if isinstance(one, IntegrityError)]
    assert (refused, BillCorrection.objects.count()) == (["bill_correction_has_own_number"], 1)
