"""A manager who is also the location's administrator."""

from collections.abc import Callable

import pytest

from accounts.models import Membership, Role
from tests.views.pages import World, make_world


def make_administered() -> World:
    """Save a location whose manager may change its settings."""
    world = make_world()
    Membership.objects.create(user=world.manager, location=world.location, role=Role.LOCATION_ADMINISTRATOR)
    return world


@pytest.fixture(scope="module")
def making() -> Callable[[], World]:
    """The factory of each module's world here."""
    return make_administered
