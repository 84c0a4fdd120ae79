"""A pool of places on sale, and the two people of an order."""

from typing import Any

import pytest

from accounts.models import User
from coworking.models import Location, Service, Tariff
from tests.factories import (
    make_location,
    make_manager,
    make_pool,
    make_tariff,
    make_user,
)


@pytest.fixture
def _shop() -> None:
    """No provider is connected here, unless a test asks for `shop`."""


@pytest.fixture
def location() -> Location:
    return make_location(discount_limit=20)


@pytest.fixture
def pool(location: Location) -> Service:
    return make_pool(location=location, name="Опен-спейс", capacity=4)


@pytest.fixture
def tariff(pool: Service) -> Tariff:
    return make_tariff(service=pool, name="Час", price="300")


@pytest.fixture
def manager(location: Location) -> User:
    return make_manager(location=location)


@pytest.fixture
def customer() -> User:
    return make_user(last_name="Петров", first_name="Иван", middle_name="Андреевич", email="petrov@example.com")


@pytest.fixture
def shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "123456", "test_key"
