"""An order that waits for its payment at a provider in memory."""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from coworking.models import Tariff
from orders.models import Order
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.moments import NOW

MANAGERS = 4


@pytest.fixture(autouse=True)
def _committed(transactional_db: None) -> None:
    """Commit what each thread writes, so that the others see it."""


@pytest.fixture
def gateway(settings: Any) -> FakeGateway:
    settings.YOOKASSA_SHOP_ID = "100500"
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]
    settings.YOOKASSA_ENVIRONMENT = "test"
    return FakeGateway(shop_id="100500", now=lambda: NOW.astimezone(UTC))


@pytest.fixture
def tariff() -> Tariff:
    return make_tariff(service=make_pool(location=make_location(), capacity=1), price="300")


@pytest.fixture
def managers(tariff: Tariff) -> list[User]:
    return [make_manager(location=tariff.service.location) for _n in range(MANAGERS)]


@pytest.fixture
def order(tariff: Tariff, managers: list[User], gateway: FakeGateway) -> Order:
    """600 ₽ for Wednesday, 10 to 12, to be paid online by Wednesday, 9:00."""
    return make_order(tariff=tariff, by=managers[0], payment_method="online")


@pytest.fixture
def without_locks(transactional_db: None) -> Iterator[Callable[[], None]]:
    """Remove the locks from the triggers that maintain the names of lists, until the end of the test."""
    names = ("coworking_set_list_keys", "coworking_follow_person", "orders_set_list_keys", "orders_follow_person")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = ANY(%s)", [list(names)])
        definitions = [definition for (definition,) in cursor.fetchall()]

    def take_out() -> None:
        with connection.cursor() as cursor:
            for definition in definitions:
                cursor.execute(definition.replace(" FOR KEY SHARE", "").replace(" FOR UPDATE", ""))

    yield take_out
    with connection.cursor() as cursor:
        for definition in definitions:
            cursor.execute(definition)
