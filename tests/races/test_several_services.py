"""Orders of two services, requested in either order at once: no deadlock, nothing is sold twice."""

import threading
from collections.abc import Iterable
from typing import Any

import pytest

from coworking.domain.tickets import SeatsTaken
from coworking.models import Location, Service, Tariff, Ticket
from olvery.shared.refusals import Busy, Refused
from orders.domain import locks
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.models import Order
from tests.factories import (
    make_booking_wish,
    make_location,
    make_manager,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
    make_wish,
)
from tests.moments import NOW
from tests.races.guards import TIMEOUT, all_check_before_anyone_books, at_once

MANAGERS, PLACES = 12, 3


def two_tariffs(location: Location) -> tuple[Tariff, Tariff]:
    desks = make_seats(location=location, labels=("A1", "A2", "A3"))
    room = make_pool(location=location, capacity=PLACES)
    return make_tariff(service=desks), make_tariff(service=room)


def book_both(managers: int = MANAGERS) -> list[Any]:
    """Let half of the managers ask for desk and room, the others for room and desk, at the same moment."""
    location = make_location()
    tariffs = two_tariffs(location)
    customer = make_user(email=None)

    def order_of_a_manager(turned: bool) -> Any:
        bookings = tuple(make_booking_wish(tariff=tariff) for tariff in (tariffs[::-1] if turned else tariffs))
        wish = make_wish(tariff=tariffs[0], customer=customer, bookings=bookings)
        booker = Booker.manager(make_manager(location=location), location)
        return lambda: place_order(wish, booker=booker, at=NOW)

    return at_once([order_of_a_manager(turned=bool(number % 2)) for number in range(managers)])


def assert_three_of_both(results: list[Any]) -> None:
    orders = [result for result in results if isinstance(result, Order)]
    refused = [result for result in results if isinstance(result, Refused)]
    assert (len(orders), len(refused)) == (PLACES, len(results) - PLACES)
    assert all(isinstance(refusal, SeatsTaken) for result in refused for refusal in result.refusals)
    assert Ticket.objects.count() == PLACES * 2
    assert all(order.lines.count() == 2 for order in orders)


def test_twelve_managers_and_three_places_of_two_services_make_three_orders() -> None:
    assert_three_of_both(book_both())


def test_the_database_alone_sells_no_half_of_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_before_anyone_books(monkeypatch, MANAGERS)
    results = book_both()
    orders = [result for result in results if isinstance(result, Order)]
    assert Ticket.objects.count() == 2 * len(orders) <= PLACES * 2
    assert all(order.lines.count() == 2 for order in orders)


def test_control_without_an_order_of_the_locks_two_managers_lock_each_other_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both_hold_one = threading.Barrier(2)
    turn = iter((False, True))

    def lock_as_asked(service_ids: Iterable[int]) -> list[Service]:
        keys = sorted(set(service_ids), reverse=next(turn))
        first = Service.objects.select_for_update(no_key=True).get(pk=keys[0])
        both_hold_one.wait(TIMEOUT)
        return [first, Service.objects.select_for_update(no_key=True).get(pk=keys[1])]

    monkeypatch.setattr(locks, "lock_services", lock_as_asked)
    results = book_both(managers=2)
    assert [type(result) for result in results if not isinstance(result, Order)] == [Busy]
