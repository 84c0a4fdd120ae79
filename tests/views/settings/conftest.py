"""A manager who is the location's administrator too."""

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
    """What makes the world of each module here."""
    return make_administered
