"""A rental manager in front of an order's page, with the provider in memory."""

import pytest
from django.test import Client

from accounts.models import User
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import (  # noqa: F401 - fixtures
    _desk,
    _shop,
    capacity,
    clock,
    desk,
    desk_order,
    gateway,
    location,
    manager,
    order,
    pool,
    tariff,
)


@pytest.fixture
def at_desk(client: Client, manager: User, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Client:  # noqa: F811
    """A browser in which the manager is signed in."""
    monkeypatch.setattr("orders.gateways.gateway", lambda: gateway)
    client.force_login(manager)
    return client
