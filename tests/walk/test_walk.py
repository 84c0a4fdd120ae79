"""Whatever happens at a location, in any order: no place is sold twice, and the books agree.

`python -m bench walk` takes a long walk, `--seed 7` another one.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
import time_machine
from django.db.models import Count, Max, QuerySet, Sum

from accounts.models import User
from coworking.models import CancellationStep, Service, Ticket, Visit
from orders.domain.booking.transitions import tickets_of
from orders.domain.money.balance import balance_of
from orders.domain.money.standing import standing
from orders.domain.money.summary import wrong_summaries
from orders.models import LedgerEntry, Order, OrderEvent, PaymentAttempt
from tests.factories import make_location, make_manager, make_pool, make_seats, make_tariff, make_user
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import _shop, clock, gateway  # noqa: F401 - fixtures
from tests.walk.deeds import Walk
from tests.walk.paper import Paper

pytestmark = pytest.mark.django_db

STEPS = int(os.environ.get("WALK_STEPS", "150"))
SEED = int(os.environ.get("WALK_SEED", "2026"))
SECOND = timedelta(seconds=1)


@pytest.fixture
def walk(clock: time_machine.Coordinates, gateway: FakeGateway) -> Walk:  # noqa: F811
    """Three seats with half an hour for cleaning and a pool of three, an hour each for 300 ₽."""
    location = make_location(reply_email="desk@example.com")
    seats = make_seats(location=location, labels=["A1", "A2", "A3"], buffer_minutes=30)
    for service in (seats, make_pool(location=location, capacity=3)):
        make_tariff(service=service, name="Час", price="300")
        for hours_before, percent in ((24, 100), (2, 50)):
            CancellationStep.objects.create(service=service, hours_before=hours_before, percent=percent)
    customers: list[User] = [make_user() for _number in range(4)]
    return Walk(Random(SEED), clock, gateway, location, make_manager(location=location), customers)


def test_no_place_is_sold_twice_and_the_books_agree(walk: Walk) -> None:
    done = Counter[str]()
    for number in range(STEPS):
        last = OrderEvent.objects.aggregate(last=Max("pk"))["last"] or 0
        name = walk.step()
        done[name] += 1
        touched = Order.objects.filter(events__pk__gt=last).distinct()
        assert [*places_sold_twice(), *faults(touched, walk.gateway)] == [], f"after step {number}, {name}"
    assert list(faults(Order.objects.all(), walk.gateway)) == []
    assert len(done) > 10
    assert walk.refused < STEPS * 0.7
    assert Order.objects.count() > STEPS / 15


def places_sold_twice() -> Iterator[str]:
    """Yield places taken by two at the same time, and visitors who are inside twice."""
    for service in Service.objects.all():
        yield from Paper.of(service).faults()
    twice = Visit.objects.filter(left_at=None, undone_at=None).values("ticket").annotate(n=Count("pk")).filter(n__gt=1)
    yield from (f"{row} is inside twice" for row in twice)


def faults(orders: QuerySet[Order], gateway: FakeGateway) -> Iterator[str]:  # noqa: F811
    """Yield violated invariants of orders and their money."""
    yield from (f"order {number} shows {told}" for number, told in wrong_summaries(orders.order_by("pk")))
    for order in orders.order_by("pk"):
        yield from _faults_of(order, gateway)


def _faults_of(order: Order, gateway: FakeGateway) -> Iterator[str]:  # noqa: F811
    balance, lines = balance_of(order), list(order.lines.order_by("pk"))
    tickets = list(Ticket.objects.filter(pk__in=tickets_of(order)))
    if order.ticket_count != len(tickets):
        yield f"order {order} has {len(tickets)} tickets and counts {order.ticket_count}"
    if (order.period.start, order.period.end) != (
        min(ticket.period.start for ticket in tickets),
        max(ticket.period.end for ticket in tickets),
    ):
        yield f"order {order} has another period than its tickets"
    if sum((one.amount for one in standing(lines)), Decimal()) != balance.total or balance.total < 0:
        yield f"the lines of order {order} are not its price"
    booked = LedgerEntry.objects.filter(order=order).aggregate(sum=Sum("amount"))["sum"] or Decimal()
    if booked != balance.paid or booked < 0:
        yield f"the ledger of order {order} is {booked}, its balance {balance.paid}"
    for attempt in PaymentAttempt.objects.filter(order=order, status="succeeded"):
        told = gateway.payment(attempt.provider_id or "", patience=SECOND)
        ours = attempt.entries.aggregate(sum=Sum("amount"))["sum"] or Decimal()
        if not ours - balance.returning <= told.amount - told.refunded <= ours:
            yield f"payment {attempt} is {ours} here and {told.amount - told.refunded} there"
