"""A gateway for pages on which money moves."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from orders.gateways.fake import FakeGateway
from tests.moments import NOW


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    """Stop the clock on Tuesday, 24 November 2026, 9:00 in Moscow; a test moves it on."""
    with time_machine.travel(NOW.astimezone(UTC), tick=False) as traveller:
        yield traveller
    cache.clear()


@pytest.fixture
def gateway(clock: time_machine.Coordinates, settings: Any, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """The provider, in memory, to which the payment page talks."""
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "100500", "live_key"
    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]
    gateway = FakeGateway(shop_id="100500", now=timezone.now)
    monkeypatch.setattr("orders.views.pay.pay_page.gateway", lambda: gateway)
    return gateway
