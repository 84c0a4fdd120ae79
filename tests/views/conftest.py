"""A location whose pages are opened, and a gateway for pages that move money."""

from collections.abc import Callable, Iterator
from datetime import UTC
from http.cookies import SimpleCookie
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from tests.gateways.fake import FakeGateway
from tests.moments import NOW
from tests.once import once
from tests.views.pages import World, make_world, signed_in


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    """The factory of a module's world; a module or folder that needs more overrides it."""
    return make_world


@pytest.fixture(scope="module")
def _world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, making: Callable[[], World]
) -> Iterator[Callable[[], tuple[World, SimpleCookie]]]:
    yield from once(django_db_blocker, lambda: signed_in(making()))


@pytest.fixture
def world(_world: Callable[[], tuple[World, SimpleCookie]], db: None, client: Client) -> World:
    """A location with its people, whose manager is signed in; changes by a test are rolled back."""
    world, client.cookies = _world()
    return world


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """Stop the clock on Tuesday, 24 November 2026, 9:00 in Moscow; tests advance it."""
    with time_machine.travel(NOW.astimezone(UTC), tick=False) as traveller:
        yield traveller
    cache.clear()


@pytest.fixture
def gateway(clock: time_machine.Coordinates, settings: Any, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """The provider, in memory, used by the payment page."""
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "100500", "live_key"
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]
    gateway = FakeGateway(shop_id="100500", now=timezone.now)
    monkeypatch.setattr("orders.gateways.gateway", lambda: gateway)
    return gateway
