"""Swapping two places while somebody else swaps them or wants one of them."""

import threading
from typing import Any

import pytest

from accounts.models import User
from coworking.domain.rules import When
from coworking.domain.tickets import SeatsTaken
from coworking.models import Location, Service, Tariff, Ticket
from olvery.shared.refusals import Refused
from orders.domain.booking import placing
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.placing import place_order
from orders.domain.booking.rearranging import Rearrangement, rearrangement_of
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker
from orders.domain.desk import rearranging
from orders.domain.desk.rearranging import RearrangementStale, rearrange
from orders.models import EventKind, Order, OrderEvent
from tests.factories import (
    make_location,
    make_manager,
    make_order,
    make_seats,
    make_tariff,
    make_user,
    make_wish,
    seat_of,
)
from tests.moments import NOW, WEDNESDAY, clock
from tests.races.guards import TIMEOUT, at_once, meet_after, unlock, without_constraint


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def seats(location: Location) -> Service:
    return make_seats(location=location, labels=("A1", "A2"))


@pytest.fixture
def tariff(seats: Service) -> Tariff:
    return make_tariff(service=seats)


@pytest.fixture
def managers(location: Location) -> list[User]:
    return [make_manager(location=location) for _n in range(2)]


def at(start: str, end: str) -> When:
    return When(day=WEDNESDAY, start=clock(start), end=clock(end))


def order_of(label: str, time: When, tariff: Tariff, by: User) -> Order:
    return make_order(tariff=tariff, by=by, when=time, seat_ids=(seat_of(tariff.service, label).pk,))


def planned(by: User, moves: dict[Order, tuple[str, When]]) -> Rearrangement:
    """Plan that the only ticket of each order goes to a seat and a time."""
    wishes = {}
    for order, (label, time) in moves.items():
        seat = seat_of(order.service, label)
        wishes[order.pk] = ChangeWish(tickets=(TicketChange(number=tickets_of(order)[0], seat_id=seat.pk, when=time),))
    orders = list(Order.objects.filter(pk__in=wishes).select_related("location"))
    return rearrangement_of(orders, wishes, booker=Booker.manager(by, orders[0].location), at=NOW)


def swapped(by: User, first: Order, second: Order) -> Rearrangement:
    return planned(by, {first: ("A2", at("10", "13")), second: ("A1", at("10", "12"))})


def seats_of(*orders: Order) -> list[str]:
    labels = dict(Ticket.objects.values_list("number", "seat__label"))
    return [labels[tickets_of(order)[0]] for order in orders]


# Two managers swap the same pair


def swap_twice(tariff: Tariff, managers: list[User]) -> tuple[list[Order], list[Any]]:
    """Let two managers swap the same two orders, each from the former state."""
    pair = [order_of("A1", at("10", "12"), tariff, managers[0]), order_of("A2", at("10", "13"), tariff, managers[1])]
    plans = [swapped(managers[0], *pair), swapped(managers[1], *pair)]
    return pair, at_once([lambda plan=plan: rearrange(plan) for plan in plans])  # type: ignore[misc]


def test_the_second_of_two_swaps_sees_the_present_places(tariff: Tariff, managers: list[User]) -> None:
    pair, results = swap_twice(tariff, managers)
    assert sorted(type(result).__name__ for result in results) == ["RearrangementStale", "list"]
    assert seats_of(*pair) == ["A2", "A1"]
    assert OrderEvent.objects.filter(kind=EventKind.CHANGED).count() == 2


def test_control_without_the_locks_both_are_carried_out(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, rearranging, "rearrangement_of", 2)
    swap_twice(tariff, managers)
    assert OrderEvent.objects.filter(kind=EventKind.CHANGED).count() == 4  # each order is charged for it twice


# A swap against a new order


def swap_and_create(tariff: Tariff, managers: list[User], without_locks: pytest.MonkeyPatch | None = None) -> list[Any]:
    """Let one manager swap two orders and move one to an hour that another manager books meanwhile.

    Without locks both see the hour free before either takes it.
    """
    first, second = (
        order_of("A1", at("10", "12"), tariff, managers[0]),
        order_of("A2", at("10", "13"), tariff, managers[0]),
    )
    plan = planned(managers[0], {first: ("A2", at("10", "12")), second: ("A1", at("12", "15"))})
    wish = make_wish(
        tariff=tariff, customer=make_user(), when=at("14", "16"), seat_ids=(seat_of(tariff.service, "A1").pk,)
    )
    booker = Booker.manager(managers[1], tariff.service.location)
    if without_locks:
        all_look_before_anyone_takes(without_locks)
    return at_once([lambda: rearrange(plan), lambda: place_order(wish, booker=booker, at=NOW)])


def on_one_seat() -> list[tuple[Any, Any]]:
    """Return the pairs of overlapping tickets."""
    there = list(Ticket.objects.blocking().order_by("pk"))
    return [
        (one.pk, other.pk)
        for one in there
        for other in there
        if one.pk < other.pk and one.seat_id == other.seat_id and one.period.overlaps(other.period)
    ]


def test_an_hour_goes_to_a_swap_or_to_a_new_order(tariff: Tariff, managers: list[User]) -> None:
    assert_one_of_them(swap_and_create(tariff, managers))


def assert_one_of_them(results: list[Any]) -> None:
    refused = [one for one in results if isinstance(one, Refused | RearrangementStale | SeatsTaken)]
    assert (len(refused), on_one_seat()) == (1, [])


def all_look_before_anyone_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without locks, let both see the hour free before either takes it."""
    unlock(monkeypatch)
    everybody = threading.Barrier(2)
    for module, name in ((rearranging, "write"), (placing, "_issue")):  # an order has looked twice by then
        take = getattr(module, name)

        def meet_and_take(*args: Any, take: Any = take, **wanted: Any) -> Any:
            everybody.wait(TIMEOUT)
            return take(*args, **wanted)

        monkeypatch.setattr(module, name, meet_and_take)


def test_the_database_alone_gives_it_to_one_of_them(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_one_of_them(swap_and_create(tariff, managers, monkeypatch))


def test_control_without_the_guards_both_have_it(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_constraint("coworking_ticket", "ticket_seat_not_shared"):
        swap_and_create(tariff, managers, monkeypatch)
        assert len(on_one_seat()) == 1
