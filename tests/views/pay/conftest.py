"""Fixtures shared by the tests of the payment page."""

import pytest

from orders.models import Order
from tests.gateways.fake import FakeGateway
from tests.views.pay_stages import make_unpaid_order


@pytest.fixture
def order(gateway: FakeGateway) -> Order:
    return make_unpaid_order()
