"""The real gateway, over HTTP to a sandbox of the test's own; one clock for both, and the books compared at the end."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone

from coworking.models import Tariff
from olvery.yookassa_sandbox import Sandbox
from orders import gateways
from orders.models import Order
from tests.factories import make_location, make_order, make_pool, make_tariff
from tests.moments import NOW
from tests.scenarios.invariants import complaints
from tests.scenarios.scene import SECRET_OF_THE_ADDRESS, Courier, Scene
from tests.scenarios.wire import Wire

SHOP, SECRET = "100500", "test_sandbox"


@pytest.fixture
def clock(transactional_db: None) -> Iterator[time_machine.Coordinates]:
    """Stop the clock on Tuesday, 24 November 2026, 9:00 in Moscow; tests advance it."""
    with time_machine.travel(NOW.astimezone(UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def courier() -> Courier:
    """Deliver the notifications; if this is None, the sandbox sends them itself."""
    return Courier()


@pytest.fixture
def sandbox(clock: time_machine.Coordinates, courier: Courier | None, settings: Any) -> Iterator[Sandbox]:
    """The provider, and the settings that connect the site with it."""
    with Sandbox(shop=SHOP, secret=SECRET, webhooks="manual", deliver=courier, now=timezone.now) as sandbox:
        settings.YOOKASSA_SHOP_ID = SHOP
        settings.YOOKASSA_SECRET_KEY = SECRET
        settings.YOOKASSA_API_URL = sandbox.api_url
        settings.YOOKASSA_WEBHOOK_SECRET = SECRET_OF_THE_ADDRESS
        settings.YOOKASSA_WEBHOOK_NETWORKS = [*settings.YOOKASSA_WEBHOOK_NETWORKS, "127.0.0.0/8"]
        settings.YOOKASSA_CHECKOUT_HOSTS = [urlsplit(sandbox.base_url).netloc]
        settings.YOOKASSA_ENVIRONMENT = "scenario"
        yield sandbox
        gateways.gateway().close()  # type: ignore[attr-defined] # the real one holds connections
        gateways._yookassa.cache_clear()


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    wire.tap(monkeypatch)
    return wire


@pytest.fixture
def tariff(sandbox: Sandbox) -> Tariff:
    """300 ₽ an hour for the only place, which an unpaid order keeps for 24 hours."""
    location = make_location(reply_email="desk@example.com")
    return make_tariff(service=make_pool(location=location, name="Опен-спейс", capacity=1), name="Час", price="300")


@pytest.fixture
def order(tariff: Tariff) -> Order:
    """600 ₽ for Wednesday, 10 to 12, to be paid online by Wednesday, 9:00."""
    return make_order(tariff=tariff, payment_method="online")


@pytest.fixture
def unchecked(order: Order, sandbox: Sandbox, wire: Wire, clock: time_machine.Coordinates) -> Scene:
    """A scene whose books may be wrong at the end."""
    return Scene(order, sandbox, wire, clock)


@pytest.fixture
def scene(unchecked: Scene) -> Iterator[Scene]:
    """A scene whose books are compared at the end of the test."""
    yield unchecked
    assert complaints(unchecked.sandbox, unchecked.wire) == []
