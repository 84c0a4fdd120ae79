"""Whatever moves money looks at it, and writes, under the lock of its order: the races of all would take minutes."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coworking.models import Service
from orders.domain.booking.changing import UNDO_FOR
from orders.domain.desk.case_actions import refund_again
from orders.domain.desk.cash import correct_entry
from orders.domain.desk.change_undoing import settle_change
from orders.domain.online.refunds import apply_refund
from orders.models import CaseKind, Order, Refund
from tests.factories import make_pass_order, make_pass_tariff
from tests.gateways.fake import FakeGateway
from tests.orders.booking.changes import change, when
from tests.orders.conftest import now
from tests.orders.steps import cancel, case_of, give_back, look, pay, press_pay, refund, send_all, take

pytestmark = pytest.mark.django_db


@contextmanager
def under_lock(of: str = "order") -> Iterator[None]:
    """Let the first balance be read, and the first row be written, after an order, or a pass, was locked."""
    with CaptureQueriesContext(connection) as captured:
        yield
    sqls = [query["sql"] for query in captured.captured_queries]
    locks = [i for i, sql in enumerate(sqls) if f'FROM "orders_{of}"' in sql and "FOR NO KEY UPDATE" in sql]
    looks = [i for i, sql in enumerate(sqls) if '"sum_paid"' in sql or sql.startswith(("INSERT", "UPDATE"))]
    assert locks
    assert locks[0] < looks[0]


def decide(refund: Refund, gateway: FakeGateway, status: str) -> None:
    told = gateway.settle_refund(refund.provider_id or "", status)
    with under_lock():
        apply_refund(refund.pk, told, at=now())


def test_money_is_looked_at_under_the_lock_of_its_order(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    gateway.refunds_stay_pending = True
    with under_lock():
        attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    with under_lock():
        look(attempt, gateway)
    with under_lock():
        refund(order, gateway, "100", by=manager)
    send_all(gateway)
    decide(Refund.objects.get(), gateway, "canceled")
    with under_lock():
        again = refund_again(case=case_of(CaseKind.REFUND_FAILED), by=manager, gateway=gateway, at=now())
    send_all(gateway)
    decide(Refund.objects.get(pk=again.pk), gateway, "succeeded")
    change(order, by=manager, when=when("10", "13"))
    with under_lock():
        entry = take(order, "300", by=manager)
    with under_lock():
        correct_entry(entry.pk, Decimal(290), reason="Опечатка", token=uuid.uuid4(), by=manager, at=now())
    with under_lock():
        give_back(order, "40", by=manager)
    shorter = change(order, by=manager, when=when("10", "11"))
    clock.shift(UNDO_FOR)
    with under_lock():
        assert settle_change(shorter.pk, gateway, at=now())
    with under_lock():
        cancel(order, gateway, by=manager)


def test_nobody_uses_a_pass_whose_money_is_looked_at(
    pool: Service, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    sale = make_pass_order(tariff=make_pass_tariff(service=pool), by=manager, payment_method="online")
    take(sale, "1000", by=manager)
    pay(sale, gateway)
    with under_lock("pass"):
        refund(sale, gateway, "200", by=manager)
    with under_lock("pass"):
        give_back(sale, "200", by=manager)
    with under_lock("pass"):
        cancel(sale, gateway, by=manager)
