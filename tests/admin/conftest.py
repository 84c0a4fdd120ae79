"""A browser of support, and a row of every model."""

from collections.abc import Callable, Iterator

import pytest
from django.db.models import Model
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import User
from tests.admin.pages import make_one_of_each
from tests.once import once

Rows = dict[type[Model], Model]


@pytest.fixture
def support(client: Client) -> Client:
    """Sign in as a superuser."""
    client.force_login(User.objects.create_superuser("support@example.com", last_name="Ким", first_name="Ольга"))
    return client


@pytest.fixture(scope="module")
def _made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], Rows]]:
    yield from once(django_db_blocker, make_one_of_each)


@pytest.fixture
def rows(_made: Callable[[], Rows], db: None) -> Rows:
    """A row of each model, created once for all tests of a module; changes by a test are rolled back."""
    return _made()
