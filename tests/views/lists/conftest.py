"""What the filter by payment needs: money that moves, and a manager signed in."""

from tests.orders.conftest import (  # noqa: F401 - fixtures
    _desk,
    _shop,
    capacity,
    clock,
    desk,
    gateway,
    location,
    manager,
)
from tests.views.order.conftest import at_desk  # noqa: F401 - fixture
