"""What the filter by payment needs: money that moves, and a manager signed in."""

from tests.orders.conftest import _shop, clock, gateway, location, manager  # noqa: F401 - fixtures
from tests.views.order.conftest import at_desk  # noqa: F401 - fixture
