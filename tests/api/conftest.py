"""A program with a token that has all scopes at one location."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from coworking.models import Tariff
from orders.domain.programs.tokens import make_token
from orders.forms_people import key_of
from orders.models import ApiToken, Scope
from tests.factories import make_manager, make_pool, make_tariff, make_user
from tests.moments import NOW

Ask = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def _database(db: None, now: None) -> None:
    """Every test here asks the database, at a moment that stands still."""


@pytest.fixture
def tariff() -> Tariff:
    return make_tariff(service=make_pool(capacity=2), price="300")


@pytest.fixture
def made(tariff: Tariff) -> tuple[ApiToken, str]:
    location = tariff.service.location
    holder = make_manager(location=location)
    return make_token(location=location, holder=holder, name="Сайт", scopes=Scope, expires_at=None, at=NOW)


@pytest.fixture
def token(made: tuple[ApiToken, str]) -> ApiToken:
    return made[0]


@pytest.fixture
def ask(made: tuple[ApiToken, str]) -> Ask:
    """Request a URL of the API; a body is sent as JSON by POST."""
    client = Client(headers={"authorization": f"Bearer {made[1]}"})

    def ask(path: str, body: Any = None, *, key: str = "") -> HttpResponse:
        headers = {"idempotency-key": key} if key else {}
        if body is None:
            return client.get(f"/api/v1/{path}", headers=headers)
        return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    return ask


@pytest.fixture
def wanted(token: ApiToken, tariff: Tariff) -> dict[str, Any]:
    """One place on Wednesday from 10 to 12, paid on site."""
    customer = make_user(last_name="Петров", first_name="Иван", email="petrov@example.org")
    return {
        "customer": key_of(customer.pk, viewer=token.holder),
        "payment_method": "on_site",
        "bookings": [{"tariff": tariff.pk, "day": "2026-11-25", "start": "10:00", "end": "12:00"}],
    }
