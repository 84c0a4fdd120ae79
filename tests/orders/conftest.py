"""A shop with an in-memory provider, and an order that waits for its payment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from coworking.models import CancellationStep, Location, Service, Tariff
from orders.domain.online.gateway import OutcomeUnknown
from orders.domain.online.refunds import check_refunds
from orders.models import Order, PaymentAttempt, Refund
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.moments import NOW
from tests.once import once
from tests.orders.steps import open_kinds, pay, refund, send_all

SHOP = "100500"


@pytest.fixture(autouse=True)
def _shop(settings: Any) -> None:
    settings.YOOKASSA_SHOP_ID = SHOP
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]
    settings.YOOKASSA_ENVIRONMENT = "test"


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """Stop the clock on Tuesday, 24 November 2026, 9:00 in Moscow; tests advance it."""
    with time_machine.travel(NOW.astimezone(UTC), tick=False) as traveller:
        yield traveller
    cache.clear()


@pytest.fixture
def gateway(clock: time_machine.Coordinates) -> FakeGateway:
    """The provider, in memory."""
    return FakeGateway(shop_id=SHOP, is_test=True, now=timezone.now)


@dataclass(frozen=True)
class Desk:
    """A location that sells the places of a pool by the hour, with a rental manager."""

    location: Location
    pool: Service
    tariff: Tariff
    manager: User


@pytest.fixture(scope="module")
def capacity() -> int:
    """How many places the pool has."""
    return 1


@pytest.fixture(scope="module")
def _desk(django_db_setup: None, django_db_blocker: DjangoDbBlocker, capacity: int) -> Iterator[Callable[[], Desk]]:
    def make() -> Desk:
        location = make_location(reply_email="desk@example.com")
        pool = make_pool(location=location, name="Опен-спейс", capacity=capacity)
        tariff = make_tariff(service=pool, name="Час", price="300")
        return Desk(location, pool, tariff, make_manager(location=location))

    yield from once(django_db_blocker, make)


@pytest.fixture
def desk(_desk: Callable[[], Desk], db: None) -> Desk:
    """Created once per module; changes by a test are rolled back."""
    return _desk()


@pytest.fixture
def location(desk: Desk) -> Location:
    return desk.location


@pytest.fixture
def pool(desk: Desk) -> Service:
    return desk.pool


@pytest.fixture
def tariff(desk: Desk) -> Tariff:
    return desk.tariff


@pytest.fixture
def manager(desk: Desk) -> User:
    return desk.manager


@pytest.fixture
def policy(pool: Service) -> None:
    """Up to 24 hours before the start everything goes back, later a half, within two hours nothing."""
    for hours_before, percent in ((24, 100), (2, 50)):
        CancellationStep.objects.create(service=pool, hours_before=hours_before, percent=percent)


@pytest.fixture
def order(tariff: Tariff, manager: User, clock: time_machine.Coordinates) -> Order:
    """600 ₽ for Wednesday, 10 to 12, to be paid online by Wednesday, 9:00."""
    return make_order(tariff=tariff, by=manager, payment_method="online")


@pytest.fixture
def desk_order(tariff: Tariff, manager: User, clock: time_machine.Coordinates) -> Order:
    """600 ₽ for Wednesday, 10 to 12, to be paid on site."""
    return make_order(tariff=tariff, by=manager, payment_method="on_site")


def now() -> datetime:
    """Return the moment of the stopped clock."""
    return timezone.now()


@pytest.fixture
def paid(order: Order, gateway: FakeGateway) -> PaymentAttempt:
    return pay(order, gateway)


@pytest.fixture
def pending_refund(order: Order, paid: PaymentAttempt, gateway: FakeGateway, manager: User) -> Refund:
    """100 ₽ that the bank has not decided on."""
    gateway.refunds_stay_pending = True
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    return Refund.objects.get()


@pytest.fixture
def failed_refund(pending_refund: Refund, gateway: FakeGateway, clock: time_machine.Coordinates) -> Refund:
    """100 ₽ that the bank refused to return."""
    gateway.settle_refund(pending_refund.provider_id or "", "canceled", "rejected_by_payee")
    clock.shift(timedelta(hours=1))
    check_refunds(gateway, at=now())
    assert open_kinds() == ["refund_failed"]
    return Refund.objects.get()


@pytest.fixture
def lost_refund(
    order: Order, paid: PaymentAttempt, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> Refund:
    """100 ₽ asked for yesterday: no answer came, and nothing was found."""
    refund(order, gateway, "100", by=manager)
    gateway.fail_next(OutcomeUnknown("no answer"), path="/refunds")
    send_all(gateway)
    clock.shift(timedelta(days=1))
    send_all(gateway)
    assert open_kinds() == ["unknown_outcome"]
    return Refund.objects.get()
