"""A company on account with its bill of November, and a location whose administrator merges and erases people."""

import pytest
import time_machine

from accounts.models import Company, Role, User
from coworking.models import Location, Seller, Service, Tariff, Vat
from orders.models import MonthBill, Order
from tests.factories import make_company, make_member, make_seller, make_user
from tests.orders.desk.bills import R, issue, over, place
from tests.views.pages import World, make_world


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


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def administrator(world: World) -> User:
    return make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR)


@pytest.fixture
def gone() -> User:
    return make_user(last_name="Петрова", first_name="Ирина", phone="+79265550000", email="old@example.com")


@pytest.fixture
def kept() -> User:
    return make_user(last_name="Петрова", first_name="Ира", phone=None, email="new@example.com")
