"""A browser of support, and a row of everything to look at."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Model
from django.test import Client

from accounts.models import User
from tests.admin.pages import make_one_of_each
from tests.moments import NOW

Rows = dict[type[Model], Model]


@pytest.fixture
def support(client: Client) -> Client:
    """Sign in as a superuser."""
    client.force_login(User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга"))
    return client


@pytest.fixture(scope="module")
def _made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rows]:
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW.astimezone(UTC), tick=False):
            made = make_one_of_each()
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def rows(_made: Rows, db: None) -> Rows:
    """A row of each model, made once for all tests of a module; what a test changes is rolled back."""
    return dict(_made)
