"""Two managers order over one block at the same moment; the control shows that both would get the place."""

from contextlib import AbstractContextManager
from typing import Any

import pytest

from coworking.models import Ticket
from olvery.shared.refusals import Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.models import Order
from tests.factories import (
    make_block,
    make_location,
    make_manager,
    make_pool,
    make_seats,
    make_tariff,
    make_user,
    make_wish,
    seat_of,
)
from tests.moments import NOW, hours
from tests.races.guards import all_check_before_anyone_books, at_once, without_constraint, without_trigger

pytestmark = pytest.mark.django_db(transaction=True)

SHARED = ("coworking_ticket", "ticket_seat_not_shared")


@pytest.fixture(params=["seat", "pool"])
def numbered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "seat")


def order_over_it_twice(numbered: bool) -> list[Any]:
    """Order a blocked seat, or the only, blocked place of a pool."""
    location = make_location()
    manager, customer = make_manager(location=location), make_user()
    over: dict[str, Any] = {"override_reason": "Гости директора"}
    blocked: dict[str, Any] = {"period": hours("9", "15"), "is_open_to_managers": True}
    if numbered:
        tariff = make_tariff(service=make_seats(location=location, labels=("A1", "A2")))
        blocked["seat"] = seat_of(tariff.service, "A1")
        over["seat_ids"] = (blocked["seat"].pk,)
    else:
        tariff = make_tariff(service=make_pool(location=location, capacity=1))
    block = make_block(service=tariff.service, **blocked)
    booker = Booker.manager(manager, location)
    wishes = [make_wish(tariff=tariff, customer=customer, over_block_id=block.pk, **over) for _manager in range(2)]
    return at_once([lambda wish=wish: place_order(wish, booker=booker, at=NOW) for wish in wishes])  # type: ignore[misc]


def guard(numbered: bool) -> AbstractContextManager[None]:
    """Switch off the guards that only the database has."""
    return without_constraint(*SHARED) if numbered else without_trigger("coworking_ticket", "ticket_guard")


def assert_one_won(results: list[Any]) -> None:
    [won] = [result for result in results if isinstance(result, Order)]
    [lost] = [result for result in results if isinstance(result, Refused)]
    [refusal] = lost.refusals
    assert refusal.reason in ("seats_taken", "all_taken", "just_taken")
    assert Ticket.objects.get().over_block is not None
    assert won.ticket_count == 1
    assert (Order.objects.count(), Ticket.objects.count()) == (1, 1)


def test_one_of_two_managers_gets_the_place(numbered: bool) -> None:
    assert_one_won(order_over_it_twice(numbered))


def test_the_lock_alone_gives_it_to_one(numbered: bool) -> None:
    with guard(numbered):
        assert_one_won(order_over_it_twice(numbered))


def test_the_database_alone_gives_it_to_one(numbered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_before_anyone_books(monkeypatch, 2)
    assert_one_won(order_over_it_twice(numbered))


def test_control_without_lock_and_constraint_both_get_it(numbered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with guard(numbered):
        all_check_before_anyone_books(monkeypatch, 2)
        results = order_over_it_twice(numbered)
        assert [type(result) for result in results] == [Order, Order]
        assert Ticket.objects.count() == 2
