"""A location, its administrator, and the administrator's browser."""

import pytest
from django.test import Client

from accounts.models import Role, User
from tests.factories import make_member
from tests.views.pages import World


@pytest.fixture
def administrator(world: World) -> User:
    return make_member(location=world.location, role=Role.LOCATION_ADMINISTRATOR)


@pytest.fixture
def office(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client
