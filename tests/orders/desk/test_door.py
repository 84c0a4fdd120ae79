"""The door, with the money of the order."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from coworking.domain import visits
from coworking.domain.tickets import close_finished
from coworking.models import Location, Ticket, Visit, VisitSource
from orders.domain.desk import door
from orders.models import Order, OrderEvent
from tests.moments import THURSDAY, WEDNESDAY, moment
from tests.orders.booking.changes import change, when
from tests.orders.steps import take
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

TEN = moment("2026-11-25 10:00")


def ticket_of(order: Order) -> int:
    return order.lines.get().ticket_id or 0


def let_in(order: Order, by: User, **wanted: Any) -> Visit:
    scan = {"scan_id": uuid.uuid4(), "source": VisitSource.NUMBER, "at": TEN}
    return door.let_in(ticket_of(order), by=by, **{**scan, **wanted})


def test_an_order_on_site_is_paid_before_entry(desk_order: Order, manager: User) -> None:
    before = saved_rows()
    with pytest.raises(visits.NotPaid):
        let_in(desk_order, manager)
    assert saved_rows() == before

    take(desk_order, "600", by=manager)
    assert let_in(desk_order, manager).is_open


def test_a_manager_may_let_somebody_in_unpaid(desk_order: Order, manager: User) -> None:
    assert let_in(desk_order, manager, unpaid=True).is_open
    assert door.owed_at_door(Order.objects.get(), at=TEN) == Decimal(600)


def test_a_debt_with_a_later_day_holds_nobody_up(desk_order: Order, manager: User) -> None:
    Order.objects.update(owed_until=TEN + timedelta(days=1))
    assert let_in(desk_order, manager).is_open


def test_orders_by_invoice_stop_nobody_at_the_door(desk_order: Order, manager: User) -> None:
    Order.objects.update(payment_method="invoice")
    assert let_in(desk_order, manager).is_open


def test_an_order_that_waits_for_its_payment_lets_nobody_in_unpaid_either(order: Order, manager: User) -> None:
    for unpaid in (False, True):
        with pytest.raises(visits.NotPaid):
            let_in(order, manager, unpaid=unpaid)
    assert Visit.objects.count() == 0


def test_leaving_and_taking_back(desk_order: Order, manager: User) -> None:
    visit = let_in(desk_order, manager, unpaid=True)
    assert door.let_out(ticket_of(desk_order), by=manager, at=TEN).left_at == TEN
    assert door.undo(ticket_of(desk_order), by=manager, at=TEN).pk == visit.pk
    assert Visit.objects.get().undone_by == manager


def test_without_a_visit_there_is_nothing_to_undo(desk_order: Order, manager: User) -> None:
    before = saved_rows()
    with pytest.raises(visits.NotInside):
        door.undo(ticket_of(desk_order), by=manager, at=TEN)
    assert saved_rows() == before


def test_what_is_taken_back_twice_leaves_the_visit_before_it(desk_order: Order, manager: User) -> None:
    first = let_in(desk_order, manager, unpaid=True)
    door.let_out(ticket_of(desk_order), by=manager, at=TEN + timedelta(minutes=10))
    second = let_in(desk_order, manager, unpaid=True, at=TEN + timedelta(minutes=20))
    for _n in range(2):
        assert door.undo(ticket_of(desk_order), by=manager, at=TEN + timedelta(minutes=30)) == second
    undone = Visit.objects.order_by("pk").values_list("pk", "undone_at")
    assert list(undone) == [(first.pk, None), (second.pk, TEN + timedelta(minutes=30))]


def test_whoever_is_inside_is_taken_back_though_a_later_visit_was(desk_order: Order, manager: User) -> None:
    let_in(desk_order, manager, unpaid=True, at=TEN + timedelta(minutes=20))
    door.undo(ticket_of(desk_order), by=manager, at=TEN + timedelta(minutes=21))
    earlier = let_in(desk_order, manager, unpaid=True)  # of a door without network, which was sent since
    assert door.undo(ticket_of(desk_order), by=manager, at=TEN + timedelta(minutes=30)) == earlier


def test_releasing_a_place_tells_the_history_and_leaves_the_money(desk_order: Order, manager: User) -> None:
    take(desk_order, "600", by=manager)
    late, number = TEN + timedelta(minutes=30), ticket_of(desk_order)
    money = saved_rows()["LedgerEntry"]
    with pytest.raises(visits.StillExpected):
        door.release(number, by=manager, at=TEN)

    door.release(number, by=manager, at=late)

    event = OrderEvent.objects.get(kind="place_released")
    assert (event.by, event.at, event.data) == (manager, late, {"from": "active", "to": "no_show", "ticket": number})
    assert (Ticket.objects.get().status, saved_rows()["LedgerEntry"]) == ("no_show", money)
    assert (Order.objects.get().status, Order.objects.get().paid) == ("confirmed", Decimal(600))


# Visitors who came before the start, and were moved to another day


EARLY = moment("2026-11-25 09:50")


def come_early(order: Order, by: User, clock: time_machine.Coordinates) -> Visit:
    Location.objects.update(visits_from=WEDNESDAY)
    clock.move_to(EARLY)
    return let_in(order, by, unpaid=True, at=EARLY)


def test_who_came_early_and_was_moved_is_awaited_on_the_other_day(
    desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    first = come_early(desk_order, manager, clock)
    change(desk_order, by=manager, when=when(day=THURSDAY))
    taken_back = Visit.objects.values_list("pk", "left_at", "undone_at", "undone_by")
    assert list(taken_back) == [(first.pk, None, EARLY, manager.pk)]

    assert let_in(desk_order, manager, unpaid=True, at=moment("2026-11-26 10:00")).is_open


def test_a_visitor_who_came_early_and_was_moved_has_used_nothing_of_the_other_day(
    desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    come_early(desk_order, manager, clock)
    door.let_out(ticket_of(desk_order), by=manager, at=EARLY)
    change(desk_order, by=manager, when=when(day=THURSDAY))
    close_finished(moment("2026-11-27 00:00"))
    assert Ticket.objects.get().status == "no_show"


@pytest.mark.parametrize("hours", [("10", "13"), ("10:30", "12"), ("15", "17")])
def test_a_visitor_who_came_early_stays_inside_when_moved_within_the_day(
    desk_order: Order, manager: User, clock: time_machine.Coordinates, hours: tuple[str, str]
) -> None:
    come_early(desk_order, manager, clock)
    before = saved_rows()["Visit"]
    change(desk_order, by=manager, when=when(*hours))
    assert saved_rows()["Visit"] == before
