"""Places wait with the customer while the provider is away."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import User
from orders.domain.booking.deadlines import extend_for_outage
from orders.models import Order
from tests.gateways.fake import FakeGateway
from tests.moments import moment
from tests.orders.conftest import now
from tests.orders.online.test_sending import AWAY, LOST, send, start
from tests.orders.online.test_sending import _no_jitter as _no_jitter  # noqa: PLC0414 - fixtures
from tests.orders.steps import (
    pay,
    refund,
    request_of,
    send_all,
    told_events,
)
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


def test_a_near_deadline_is_extended_while_the_provider_is_away_but_not_longer_than_an_hour(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-25 08:59").astimezone(now().tzinfo))
    attempt = start(order, gateway)
    deadlines = []
    for _try in range(18):
        gateway.fail_next(LOST)
        assert send(attempt, gateway)
        deadlines.append(Order.objects.get().deadline_at)
        clock.shift(timedelta(minutes=4))
    begin = request_of(attempt).created_at
    assert deadlines[0] == begin + timedelta(minutes=10)
    assert deadlines == sorted(deadlines)
    assert max(deadlines) == begin + timedelta(hours=1)
    order.refresh_from_db()
    assert list(order.lines.values_list("ticket__held_until", flat=True)) == [order.deadline_at]
    moves = told_events(order, "deadline_moved")
    assert [move["to"] for move in moves] == [deadline.isoformat() for deadline in sorted(set(deadlines))]


def test_a_deadline_with_time_left_stays_as_it_is(order: Order, gateway: FakeGateway) -> None:
    attempt = start(order, gateway)
    gateway.fail_next(AWAY)
    send(attempt, gateway)
    assert Order.objects.get().deadline_at == order.deadline_at
    assert told_events(order, "deadline_moved") == []


def test_a_silent_refund_moves_no_deadline(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    gateway.fail_next(LOST, path="/refunds")
    send_all(gateway)
    assert told_events(order, "deadline_moved") == []


@pytest.mark.parametrize("status", ["confirmed", "completed", "cancelled", "expired"])
def test_only_an_order_that_waits_is_kept(status: str, order: Order, clock: time_machine.Coordinates) -> None:
    Order.objects.update(status=status)
    clock.move_to(order.deadline_at)
    before = saved_rows()
    extend_for_outage(order.pk, since=now(), at=now())
    assert saved_rows() == before
