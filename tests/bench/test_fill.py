"""The rows for measurements: written by COPY, but the same as the product would have written."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

from bench.fill import guards
from bench.fill.orders import Plan, batches
from bench.fill.run import Size, finish, prepare
from coworking.models import PAYING_METHODS, PaymentMethod, Ticket
from orders.domain.money.summary import wrong_summaries
from orders.models import Order, OrderStatus, PaymentStatus

SIZE = Size(people=400, orders=1_200, seed=12, as_of=date(2026, 11, 24))


@pytest.fixture(scope="module")
def _filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[Plan]:
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            plan = prepare(SIZE, cursor, lambda _parts: None)
            for span in plan.spans():
                for _count, records in batches(plan, span):
                    records.write(cursor)
            finish(cursor)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield plan
        transaction.set_rollback(True)


@pytest.fixture
def filled(_filled: Plan, db: None) -> Plan:
    """Return the database filled once, with every trigger, index and constraint in place."""
    return _filled


def test_the_stored_sums_of_all_orders_are_their_balance(filled: Plan) -> None:
    assert list(wrong_summaries(Order.objects.all())) == []
    assert Order.objects.count() == SIZE.orders


def test_every_status_and_every_way_to_pay_is_there(filled: Plan) -> None:
    seen = {name: set(Order.objects.values_list(name, flat=True)) for name in ("payment_status", "payment_method")}

    assert seen == {"payment_status": set(PaymentStatus), "payment_method": set(PaymentMethod)}
    assert set(Order.objects.values_list("status", flat=True)) == set(OrderStatus)
    assert {tuple(paid_by) for paid_by in Order.objects.values_list("paid_by", flat=True)} == {
        (),
        *((method,) for method in PAYING_METHODS),
    }


def test_orders_are_as_uneven_as_in_life(filled: Plan) -> None:
    late = Order.objects.filter(created_at__gte=filled.at - timedelta(days=90)).count()

    assert late == SIZE.orders * 0.4
    assert Order.objects.filter(period__endswith__gt=filled.at).exists()
    assert Order.objects.filter(booking_count__gt=1, service_ids__len__gt=1).exists()
    assert Ticket.objects.exclude(lines__order__customer=F("visitor")).exists()


def test_rows_a_trigger_would_refuse_are_found_without_it(filled: Plan) -> None:
    ticket = Ticket.objects.blocking().filter(seat=None).first()
    assert ticket
    with connection.cursor() as cursor:
        guards.switch(cursor, on=False)
        everybody = {"service": ticket.service, "seat": None, "period": ticket.period, "occupied": ticket.occupied}
        Ticket.objects.update(status="active", held_until=None, **everybody)
        with pytest.raises(guards.Broken, match="a pool is within its capacity"):
            guards.check(cursor)


def test_the_same_seed_draws_the_same_orders(filled: Plan) -> None:
    [(_count, first)] = batches(filled, (0, 50))
    [(_count, again)] = batches(filled, (0, 50))
    [(_count, other)] = batches(Plan(filled.sites, filled.people, 50, filled.at, seed=8), (0, 30))

    assert first.rows[Order].lines == again.rows[Order].lines
    assert first.rows[Order].lines[:30] != other.rows[Order].lines
