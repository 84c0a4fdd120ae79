"""What migrations make of rows that were written before."""

from importlib import import_module
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.db.models import F

from accounts.models import User
from coworking.models import Location
from orders.domain.money.summary import wrong_summaries
from orders.models import Order, OrderFacet
from tests.factories import make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.snapshots import saved_rows
from tests.views.lists.test_payment_filter import Desk, make_orders, make_orders_paid_otherwise

pytestmark = pytest.mark.django_db


def fill() -> None:
    import_module("orders.migrations.0118_fill_paid_by").fill(None, SimpleNamespace(connection=connection))


def test_how_orders_were_paid_is_filled_from_the_ledger(
    location: Location, manager: User, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    desk = Desk(make_tariff(service=make_pool(location=location, capacity=100), price="300"), manager, gateway)
    make_orders(desk, clock)
    make_orders_paid_otherwise(desk)
    Order.objects.update(paid_by=[])
    OrderFacet.objects.exclude(paid_by=[]).delete()
    facets = dict(Order.objects.values_list("pk", "facet"))

    fill()
    filled = saved_rows()
    assert list(wrong_summaries(Order.objects.all())) == []
    assert not Order.objects.exclude(facet__paid_by=F("paid_by")).exists()
    as_booked = [order for order in Order.objects.all() if order.paid_by == [order.payment_method]]
    assert {order.facet_id == facets[order.pk] for order in as_booked} == {True}, "no facet is left that nobody has"

    fill()
    assert saved_rows() == filled
