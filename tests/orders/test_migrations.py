"""What migrations do to existing rows."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from coworking.models import PaymentMethod
from orders.domain.money.audit import check_summaries
from orders.domain.money.summary import wrong_summaries
from orders.models import Order, OrderFacet
from tests.orders.steps import take
from tests.snapshots import saved_rows
from tests.views.lists.test_payment_filter import Desk, _sold, cash, make_orders_paid_otherwise  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


FILLING = import_module("orders.migrations.0118_fill_paid_by")


@pytest.fixture
def unfilled(cash: Desk) -> Desk:  # noqa: F811
    """Orders of every kind as they were before it was stored how they were paid, and who makes more of them."""
    make_orders_paid_otherwise(cash)
    Order.objects.update(paid_by=[])
    OrderFacet.objects.exclude(paid_by=[]).delete()
    return cash


def fill() -> None:
    FILLING.fill(None, SimpleNamespace(connection=connection))


@pytest.mark.usefixtures("unfilled")
def test_how_orders_were_paid_is_filled_from_the_ledger() -> None:
    facets = dict(Order.objects.values_list("pk", "facet"))

    fill()
    filled = saved_rows()
    assert list(wrong_summaries(Order.objects.all())) == []
    assert not Order.objects.exclude(facet__paid_by=F("paid_by")).exists()
    as_booked = [order for order in Order.objects.all() if order.paid_by == [order.payment_method]]
    assert {order.facet_id == facets[order.pk] for order in as_booked} == {True}, "no facet is left that nobody has"

    fill()
    assert saved_rows() == filled


class Killed(Exception):
    """The process has died."""


def test_filling_that_was_killed_goes_on_beside_the_old_code(unfilled: Desk) -> None:
    steps, half = 0, Order.objects.count() // 2

    def dies(execute: Any, sql: str, *args: Any) -> Any:
        nonlocal steps
        steps += sql.startswith("\nUPDATE orders_order ")
        if steps > half:
            raise Killed
        return execute(sql, *args)

    with patch.object(FILLING, "STEP", 1), connection.execute_wrapper(dies), pytest.raises(Killed):
        fill()
    filled = Order.objects.exclude(paid_by=[])
    assert 0 < len(filled) < Order.objects.filter(paid__gt=0).count()
    with_old_code = [filled.filter(due__gt=0)[0], unfilled.order(), unfilled.order("invoice")]
    for order in with_old_code:
        stored = order.paid_by
        take(order, "200", by=unfilled.manager, method=PaymentMethod.INVOICE)
        Order.objects.filter(pk=order.pk).update(paid_by=stored)  # which it does not know of

    fill()
    after = unfilled.order()
    take(after, "600", by=unfilled.manager)
    Order.objects.filter(pk=after.pk).update(paid_by=[])
    check_summaries(at=timezone.now())  # by the worker of the new code, within half an hour

    assert list(wrong_summaries(Order.objects.all())) == []
    assert not Order.objects.exclude(facet__paid_by=F("paid_by")).exists()
