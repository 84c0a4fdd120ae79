"""The last hours of a pass pay for one of several orders; the control shows that they would pay for all."""

import threading
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from olvery.shared.refusals import Refused
from olvery.shared.rows import constraint_of
from orders.domain import locks
from orders.domain.booking.placing import place_order
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker
from orders.domain.desk import cancelling
from orders.domain.money import pass_books
from orders.models import Order, Pass, PassEntry
from tests.factories import (
    make_location,
    make_manager,
    make_order,
    make_pass,
    make_pool,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, without_constraint

ORDERS = 3
pytestmark = pytest.mark.django_db(transaction=True)


def order_at_once() -> list[Any]:
    """Order from a pass of two hours, two hours each, at the same moment; each of a service of its own.

    They do not wait for each other's service lock, only for that of the pass.
    """
    location, customer = make_location(), make_user()
    pools, manager = [make_pool(location=location) for _order in range(ORDERS)], make_manager(location=location)
    also = [pool.pk for pool in pools[1:]]
    bought = make_pass(service=pools[0], customer=customer, by=manager, units=2, also_services=also)
    booker, tariffs = Booker.manager(manager, location), [make_tariff(service=pool) for pool in pools]
    wishes = [make_wish(tariff=tariff, customer=customer, pass_id=bought.pk) for tariff in tariffs]
    return at_once([lambda wish=wish: place_order(wish, booker=booker, at=NOW) for wish in wishes])  # type: ignore[misc]


def use_at_once(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Without its lock, let all look at a pass of two hours before anyone uses them.

    Without orders: the database locks the service of a ticket, so orders would wait for each other anyway.
    """
    everybody, service = threading.Barrier(ORDERS), make_pool()
    bought, tariff = make_pass(service=service, units=2), make_tariff(service=service)
    there = [make_order(tariff=tariff) for _order in range(ORDERS)]
    Order.objects.filter(pk__in=[order.pk for order in there]).update(from_pass=bought)

    def look_and_meet(number: int) -> Pass:
        seen = Pass.objects.get(pk=number)
        everybody.wait(TIMEOUT)
        return seen

    def use(order: Order) -> None:
        with transaction.atomic():
            pass_books.use(order, {tickets_of(order)[0]: 2}, by=None, at=NOW)

    monkeypatch.setattr(locks, "lock_pass", look_and_meet)
    orders = Order.objects.filter(from_pass=bought)
    return at_once([lambda order=order: use(order) for order in orders])  # type: ignore[misc]


def saved() -> tuple[int, int]:
    """Return the uses of the pass, and what is left of it."""
    return PassEntry.objects.filter(kind="used").count(), Pass.objects.get().left


def test_the_rest_of_a_pass_is_used_once() -> None:
    results = order_at_once()
    refused = [one.refusals[0].reason for one in results if isinstance(one, Refused)]
    assert (refused, saved()) == (["pass_too_little"] * (ORDERS - 1), (1, 0))
    assert Order.objects.filter(from_pass__isnull=False).count() == 1


def test_the_database_alone_lets_no_pass_be_overdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    results = use_at_once(monkeypatch)
    assert [constraint_of(one) for one in results if isinstance(one, IntegrityError)] == ["pass_not_overdrawn"] * 2
    assert saved() == (1, 0)


def test_control_without_lock_and_constraint_all_use_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_constraint("orders_pass", "pass_not_overdrawn"):
        assert use_at_once(monkeypatch) == [None] * ORDERS
        assert saved() == (ORDERS, -4)


def cancel_while_used() -> list[Any]:
    """Let a customer book from a pass of two hours while a manager cancels it."""
    location, customer = make_location(), make_user()
    pool, manager = make_pool(location=location), make_manager(location=location)
    bought, tariff = make_pass(service=pool, customer=customer, by=manager, units=2), make_tariff(service=pool)
    wish = make_wish(tariff=tariff, customer=customer, pass_id=bought.pk)
    return at_once(
        [
            lambda: cancelling.cancel_order(bought.pk, by=manager, reason="Планы", at=NOW),
            lambda: place_order(wish, booker=Booker.customer(customer, location), at=NOW),
        ]
    )


def test_a_pass_is_not_both_refunded_and_used() -> None:
    cancel_while_used()
    bought = Pass.objects.get()
    used = Order.objects.filter(from_pass=bought).count()
    # The sale is cancelled in any case: a pass that was used has nothing unused.
    assert (bought.order.status, bought.order.kept) == ("cancelled", 2000 if used else 0)
    assert (bought.left, bought.ended_at) == (0, NOW)


def test_control_without_its_lock_a_pass_is_refunded_that_was_used(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, used = threading.Event(), threading.Event()
    use, terms = pass_books.use, cancelling.terms_of

    def count_and_wait(order: Order, *, at: datetime) -> Any:
        found = terms(order, at=at)
        counted.set()
        used.wait(TIMEOUT)
        return found

    def use_what_was_counted(*args: Any, **wanted: Any) -> None:
        counted.wait(TIMEOUT)
        use(*args, **wanted)
        transaction.on_commit(used.set)

    monkeypatch.setattr(locks, "lock_pass", lambda number: Pass.objects.get(pk=number))
    monkeypatch.setattr(cancelling, "terms_of", count_and_wait)
    monkeypatch.setattr(pass_books, "use", use_what_was_counted)
    cancelled, order = cancel_while_used()
    assert (cancelled.kept, order.from_pass_id) == (0, cancelled.pk)
