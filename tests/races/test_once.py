"""Requests sent twice at the same moment take effect once."""

import uuid
from typing import Any

import pytest
from django.db import connection

from orders.domain.booking.pass_selling import PassWish
from orders.domain.booking.placing import place_order
from orders.domain.booking.self_service import buy_own_pass
from orders.domain.booking.transitions import TRANSITIONS, TransitionRefused
from orders.domain.booking.wish import Booker
from orders.domain.desk import cancelling
from orders.domain.desk.cancelling import cancel_order
from orders.models import Message, Order, OrderEvent, OrderLine, OrderStatus
from tests.factories import (
    make_location,
    make_manager,
    make_order,
    make_pass_tariff,
    make_pool,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import NOW
from tests.races.guards import (
    all_check_the_token_before_anyone_saves,
    all_read_before_anyone_moves,
    at_once,
    without_constraint,
)
from tests.snapshots import jobs

CLICKS, CANCELS = 8, 4


# One form, many clicks


def send_one_form() -> list[Any]:
    location = make_location()
    tariff = make_tariff(service=make_pool(location=location, capacity=100))
    manager, request = make_manager(location=location), make_wish(tariff=tariff, customer=make_user())
    return at_once([lambda: place_order(request, booker=Booker.manager(manager, location), at=NOW)] * CLICKS)


def assert_one_order(results: list[Any]) -> None:
    order = Order.objects.get()
    assert results == [order] * CLICKS
    assert [model.objects.count() for model in (OrderLine, OrderEvent, Message)] == [1, 1, 2]
    assert order.lines.get().ticket.service.tickets.count() == 1
    assert len(jobs()) == 1


def test_one_form_sent_eight_times_is_one_order_that_everybody_gets() -> None:
    assert_one_order(send_one_form())


def test_the_unique_token_alone_makes_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_the_token_before_anyone_saves(monkeypatch, CLICKS)
    assert_one_order(send_one_form())


def test_control_without_the_guards_one_form_is_eight_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_the_token_before_anyone_saves(monkeypatch, CLICKS)
    with without_constraint("orders_order", unique_token()):
        results = send_one_form()
        assert [type(result) for result in results] == [Order] * CLICKS
        assert Order.objects.count() == CLICKS
        assert Order.objects.values("form_token").distinct().count() == 1


def unique_token() -> str:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "orders_order")
    (name,) = [name for name, found in constraints.items() if found["columns"] == ["form_token"] and found["unique"]]
    return name


# One pass, bought by many clicks


def buy_from_one_form() -> list[Any]:
    tariff, customer = make_pass_tariff(service=make_pool()), make_user()
    wish = PassWish(
        token=uuid.uuid4(),
        customer_id=customer.pk,
        phone=str(customer.phone),
        email="",
        tariff_id=tariff.pk,
        payment_method="on_site",
    )
    booker = Booker.customer(customer, tariff.service.location)
    return at_once([lambda: buy_own_pass(wish, booker=booker, at=NOW)] * CANCELS)


def test_one_form_that_buys_a_pass_is_one_sale_that_everybody_gets() -> None:
    results = buy_from_one_form()
    assert results == [Order.objects.get()] * CANCELS
    assert [model.objects.count() for model in (OrderLine, OrderEvent)] == [1, 1]


def test_control_without_the_unique_token_one_form_buys_four_passes() -> None:
    with without_constraint("orders_order", unique_token()):
        assert [type(result) for result in buy_from_one_form()] == [Order] * CANCELS
        assert Order.objects.count() == CANCELS


# One order, many cancellations


def cancel_together(**wanted: Any) -> tuple[Order, list[Any]]:
    tariff = make_tariff(service=make_pool(location=make_location()))
    managers = [make_manager(location=tariff.service.location) for _n in range(CANCELS)]
    order = make_order(tariff=tariff, by=managers[0], **wanted)
    calls = [
        lambda manager=manager: cancel_order(order.pk, by=manager, reason="Передумал", at=NOW) for manager in managers
    ]
    return order, at_once(calls)


def cancellations(order: Order) -> int:
    return OrderEvent.objects.filter(order=order, kind="status_changed", data__to="cancelled").count()


def assert_cancelled_once(order: Order, results: list[Any]) -> None:
    assert sorted(type(result).__name__ for result in results) == ["Order"] + ["TransitionRefused"] * (CANCELS - 1)
    assert all(isinstance(result, Order | TransitionRefused) for result in results)
    assert Order.objects.get().status == "cancelled"
    assert (cancellations(order), Message.objects.filter(kind="cancelled").count()) == (1, 1)
    assert [line.ticket.status for line in order.lines.all()] == ["cancelled"]


def test_only_one_of_many_cancels_an_order() -> None:
    assert_cancelled_once(*cancel_together())


def test_the_conditional_update_alone_lets_one_win(monkeypatch: pytest.MonkeyPatch) -> None:
    all_read_before_anyone_moves(monkeypatch, CANCELS)
    assert_cancelled_once(*cancel_together())


def test_control_without_the_guards_an_order_is_cancelled_by_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_then_move(order: Order, to: OrderStatus, *, by: Any, at: Any, reason: str = "", facts: Any = None) -> None:
        if to not in TRANSITIONS[OrderStatus(order.status)]:
            raise TransitionRefused("transition_not_allowed", status="expired")
        Order.objects.filter(pk=order.pk).update(status=to)
        OrderEvent.objects.create(order=order, kind="status_changed", by=by, at=at, reason=reason, data={"to": to})

    all_read_before_anyone_moves(monkeypatch, CANCELS)
    monkeypatch.setattr(cancelling, "change_status", look_then_move)
    # Without an e-mail: a second message of the kind would be refused and hide the second cancellation.
    order, results = cancel_together(customer=make_user(email=None))
    assert [type(result) for result in results] == [Order] * CANCELS
    assert cancellations(order) == CANCELS
