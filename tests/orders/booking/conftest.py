"""A pass that a customer has bought."""

from typing import Any

import pytest

from accounts.models import User
from coworking.models import Service
from orders.models import Pass
from tests.factories import make_pass, make_user


@pytest.fixture
def owner() -> User:
    return make_user()


@pytest.fixture
def bought(pool: Service, owner: User, manager: User, clock: Any) -> Pass:
    """Ten hours for 2,000 ₽, to be used within thirty days."""
    return make_pass(service=pool, customer=owner, by=manager)
