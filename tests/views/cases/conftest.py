"""A location with a provider in memory."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coworking.models import Location, Tariff
from orders.models import Order
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_ENVIRONMENT = "100500", "test"
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def manager(client: Client, location: Location) -> User:
    manager = make_manager(location=location)
    client.force_login(manager)
    return manager


@pytest.fixture
def tariff(location: Location) -> Tariff:
    return make_tariff(service=make_pool(location=location, name="Опен-спейс", capacity=100), price="300")


@pytest.fixture
def order(tariff: Tariff, manager: User) -> Order:
    """600 ₽, to be paid online."""
    return make_order(tariff=tariff, by=manager, payment_method="online")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """The provider in memory, as the views reach it."""
    gateway = FakeGateway(now=timezone.now)
    monkeypatch.setattr("orders.gateways.gateway", lambda: gateway)
    yield gateway
    cache.clear()
