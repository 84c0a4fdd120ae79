"""A customer cancels tickets of an order twice at once, or while somebody comes in on one of them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from coworking.models import Ticket, Visit, VisitSource
from orders.domain import locks
from orders.domain.booking.change_wish import ChangeWish
from orders.domain.booking.changing import plan_of
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker
from orders.domain.desk import changing, door
from orders.models import Message, MessageKind, Order, OrderEvent
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.moments import NOW, moment
from tests.races.guards import at_once, meet_after, unlock
from tests.races.paying import kinds, pay

QUARTER_TO_TEN = moment("2026-11-25 09:45")


@pytest.fixture
def pair(gateway: FakeGateway) -> Order:
    """Two places for Wednesday, 10 to 12, 1,200 ₽ paid online."""
    tariff = make_tariff(service=make_pool(location=make_location()), price="300")
    order = make_order(tariff=tariff, payment_method="online", visitor_ids=(None, None))
    pay(order, gateway)
    return Order.objects.select_related("location", "customer").get()


def give_up(order: Order, *numbers: int, at: Any = NOW) -> Callable[[], OrderEvent]:
    """Plan for the customer to cancel these tickets, and return the call that carries it out."""
    booker = Booker.customer(order.customer, order.location)
    plan = plan_of(order, ChangeWish.cancelling(numbers), booker=booker, at=at)
    assert plan.is_ready
    return lambda: changing.carry_out(plan)


def test_the_same_ticket_is_cancelled_once(pair: Order) -> None:
    first, second = tickets_of(pair)
    assert kinds(at_once([give_up(pair, first), give_up(pair, first)])) == ["OrderEvent", "PlanStale"]
    pair.refresh_from_db()
    assert (tickets_of(pair), pair.total, pair.ticket_count) == ([second], 600, 1)
    assert Message.objects.filter(kind=MessageKind.CHANGED).count() == 1


def test_of_two_halves_of_an_order_one_stays(pair: Order) -> None:
    first, second = tickets_of(pair)
    assert kinds(at_once([give_up(pair, first), give_up(pair, second)])) == ["OrderEvent", "PlanStale"]
    pair.refresh_from_db()
    assert (len(tickets_of(pair)), pair.total, pair.status) == (1, 600, "confirmed")


def test_control_without_the_lock_an_order_is_left_without_tickets(
    pair: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [give_up(pair, number) for number in tickets_of(pair)]
    unlock(monkeypatch)
    meet_after(monkeypatch, changing, "plan_of", 2)
    assert kinds(at_once(calls)) == ["OrderEvent", "OrderEvent"]
    pair.refresh_from_db()
    assert (tickets_of(pair), pair.status) == ([], "confirmed")


def let_in(order: Order, number: int) -> Callable[[], Visit]:
    by = make_manager(location=order.location)
    return lambda: door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.NUMBER, by=by, at=QUARTER_TO_TEN)


def test_whoever_comes_early_keeps_the_ticket_or_stands_before_the_door_without_it(pair: Order) -> None:
    first, _second = tickets_of(pair)
    results = kinds(at_once([give_up(pair, first, at=QUARTER_TO_TEN), let_in(pair, first)]))
    outcomes = (["OrderEvent", "TicketCancelled"], "cancelled", 0), (["Refused", "Visit"], "active", 1)
    assert (results, Ticket.objects.get(pk=first).status, Visit.objects.count()) in outcomes


def test_control_without_the_locks_somebody_is_in_on_a_cancelled_ticket(
    pair: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = tickets_of(pair)
    cancel, enter = give_up(pair, first, at=QUARTER_TO_TEN), let_in(pair, first)
    look, results = changing.plan_of, list[Any]()

    def look_then_let_in(*args: Any, **wanted: Any) -> Any:
        plan = look(*args, **wanted)
        results.extend(at_once([enter]))
        return plan

    unlock(monkeypatch)
    there = Ticket.objects.select_related("service__location", "tariff")
    monkeypatch.setattr(locks, "lock_ticket", lambda number: there.get(pk=number))
    monkeypatch.setattr(changing, "plan_of", look_then_let_in)
    results.append(cancel())
    assert (kinds(results), Ticket.objects.get(pk=first).status) == (["OrderEvent", "Visit"], "cancelled")
