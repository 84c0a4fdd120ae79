"""What a customer owes at a location, and what is to be returned to them."""

from decimal import Decimal

import pytest

from accounts.models import User
from coworking.models import Location, Service, Tariff
from orders.domain.money.customers import Account, account_of
from tests.factories import make_company, make_order, make_user
from tests.orders.conftest import now
from tests.orders.steps import cancel, give_back, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

R = Decimal


def test_an_account_adds_up_what_is_due_and_what_is_too_much(tariff: Tariff, location: Location, manager: User) -> None:
    person = make_user()
    assert account_of(person.pk, location.pk) == Account(None, R(0), R(0), R(0))
    company = make_company(person)
    Service.objects.update(capacity=9)
    owing = make_order(tariff=tariff, customer=person, by=manager)
    for_company = make_order(tariff=tariff, customer=person, by=manager, company_id=company.pk)
    make_order(customer=person)  # elsewhere
    make_order(tariff=tariff, by=manager)  # of somebody else
    paid = make_order(tariff=tariff, customer=person, by=manager)
    take(paid, str(paid.total), by=manager)
    take(owing, "100", by=manager)
    due = owing.total - 100 + for_company.total
    assert account_of(person.pk, location.pk) == Account(now(), due, for_company.total, R(0))

    cancel(paid, None, by=manager, returned=str(paid.total))
    assert account_of(person.pk, location.pk) == Account(now(), due, for_company.total, paid.total)
    give_back(paid, "100", by=manager)
    assert account_of(person.pk, location.pk).excess == paid.total - 100
