"""Orders on account: by invoice for a company with a limit, which their unpaid sum never exceeds."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import Company, User
from coworking.models import Location, PaymentMethod, Service, Tariff
from olvery.shared.refusals import Refused
from orders.documents.issued import contents_of
from orders.domain.desk import change_undoing
from orders.domain.desk.cash import take_payment
from orders.domain.desk.invoicing import issue_invoice
from orders.domain.money.credit import Credit, CreditExceeded, credit_of
from orders.models import Order
from tests.factories import make_company, make_order, make_seller, make_user, make_wish
from tests.moments import WEDNESDAY
from tests.orders.booking.asking import refusals
from tests.orders.booking.changes import change, plan, when
from tests.orders.conftest import now
from tests.snapshots import saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

R = Decimal


@pytest.fixture
def person() -> User:
    return make_user()


@pytest.fixture
def company(person: User) -> Company:
    """A company that may owe 1500 ₽: two and a half orders of 600 ₽."""
    return make_company(person, credit_limit=R(1500))


@pytest.fixture
def wide(pool: Service) -> Service:
    Service.objects.update(capacity=9)
    pool.refresh_from_db()
    return pool


@pytest.fixture
def order(tariff: Tariff, manager: User, person: User, company: Company, wide: Service) -> Order:
    """600 ₽ on account."""
    return place(tariff, manager, person, company)


def place(tariff: Tariff, by: User, person: User, company: Company | None, **fields: Any) -> Order:
    asked = {"payment_method": "invoice", "company_id": company and company.pk, **fields}
    return make_order(tariff=tariff, customer=person, by=by, **asked)


def stands(company: Company) -> Credit | None:
    return credit_of(Company.objects.get(pk=company.pk))


def test_the_unpaid_part_of_orders_by_invoice_counts(
    order: Order, tariff: Tariff, manager: User, person: User, company: Company
) -> None:
    place(tariff, manager, person, company, payment_method="on_site")
    place(tariff, manager, person, None)
    place(tariff, manager, make_user(), None)
    assert stands(company) == Credit(limit=R(1500), owed=R(600))
    moved = {"moved_at": now(), "document": "", "by": manager, "at": now()}
    take_payment(order.pk, R(250), method=PaymentMethod.INVOICE, token=uuid.uuid4(), **moved)
    assert stands(company) == Credit(limit=R(1500), owed=R(350))


def test_an_order_beyond_the_limit_is_refused_at_its_method(
    order: Order, tariff: Tariff, manager: User, person: User, company: Company, location: Location
) -> None:
    place(tariff, manager, person, company)
    wish = make_wish(tariff=tariff, customer=person, payment_method="invoice", company_id=company.pk)
    assert refusals(wish, location=location, by=manager) == [(CreditExceeded, "payment_method")]
    assert place(tariff, manager, person, company, payment_method="on_site").due == 600
    assert stands(company) == Credit(limit=R(1500), owed=R(1200))


def test_the_last_rouble_of_the_limit_may_be_used(
    order: Order, tariff: Tariff, manager: User, person: User, company: Company
) -> None:
    Company.objects.update(credit_limit=R(1200))
    assert place(tariff, manager, person, company).status == "confirmed"
    assert stands(company).left == 0  # type: ignore[union-attr]


def test_a_company_without_a_limit_pays_each_invoice_by_itself(
    order: Order, tariff: Tariff, manager: User, person: User, company: Company
) -> None:
    Company.objects.update(credit_limit=None)
    assert [place(tariff, manager, person, company).due for _ in range(2)] == [600, 600]
    assert stands(company) is None


def test_a_limit_below_what_is_owed_takes_nothing_back(order: Order, company: Company, manager: User) -> None:
    Company.objects.update(credit_limit=R(100))
    assert stands(company).left == 0  # type: ignore[union-attr]
    change(order, by=manager, when=when("12", "14"))
    order.refresh_from_db()
    assert (order.status, order.due) == ("confirmed", 600)


def test_a_surcharge_beyond_the_limit_is_refused_before_and_while_it_is_saved(
    order: Order, company: Company, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"when": when("10", "17")}  # 2100 ₽
    [refusal] = plan(order, by=manager, **wanted).refusals
    assert (type(refusal), refusal.facts) == (CreditExceeded, {"left": R(900)})
    monkeypatch.setattr("orders.domain.booking.changing._refusals_of_limit", lambda order, money: [])
    before = saved_rows()
    with pytest.raises(Refused) as refused:
        change(order, by=manager, **wanted)
    assert [one.facts for one in refused.value.refusals] == [{"left": R(900)}]
    assert saved_rows() == before
    change(order, by=manager, when=when("10", "15"))
    assert stands(company) == Credit(limit=R(1500), owed=R(1500))


def test_undoing_a_change_does_not_go_beyond_the_limit(
    order: Order, tariff: Tariff, manager: User, person: User, company: Company
) -> None:
    made = change(order, by=manager, when=when("10", "11"))
    Company.objects.update(credit_limit=R(300))
    before = saved_rows()
    with pytest.raises(CreditExceeded):
        change_undoing.undo_change(order.pk, made.pk, by=manager, at=now())
    assert saved_rows() == before
    Company.objects.update(credit_limit=R(600))
    change_undoing.undo_change(order.pk, made.pk, by=manager, at=now())
    assert stands(company) == Credit(limit=R(600), owed=R(600))


def test_moving_costs_the_company_nothing_more(order: Order, company: Company, manager: User) -> None:
    Company.objects.update(credit_limit=R(0))
    change(order, by=manager, when=when("14", "16", day=WEDNESDAY))
    assert stands(company) == Credit(limit=R(0), owed=R(600))


def test_what_is_added_to_an_order_with_an_invoice_of_its_own_comes_on_no_bill_of_a_month(
    order: Order, company: Company, location: Location, manager: User
) -> None:
    make_seller(location=location)
    longer = {"when": when("10", "13")}
    assert plan(order, by=manager, **longer).comes_on_bill
    buyer = {"name": company.name, "inn": company.inn, "kpp": company.kpp, "address": "", "pay_by": now().date()}
    issue_invoice(order.pk, **buyer, write=contents_of, by=manager, at=now())
    assert not plan(order, by=manager, **longer).comes_on_bill


def test_an_order_that_costs_nothing_needs_no_limit(
    tariff: Tariff, manager: User, person: User, company: Company, clock: time_machine.Coordinates
) -> None:
    Company.objects.update(credit_limit=R(0))
    Tariff.objects.update(price=0)
    tariff.prices.update(price=0)
    assert place(tariff, manager, person, company).payment_method == "free"
