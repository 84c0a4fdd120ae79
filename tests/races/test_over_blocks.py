"""Two managers order over one block at the same moment; the control shows that both would get the seat."""

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
    make_seats,
    make_tariff,
    make_user,
    make_wish,
    seat_of,
)
from tests.moments import NOW, hours
from tests.races.guards import all_check_before_anyone_books, at_once, without_constraint

pytestmark = pytest.mark.django_db(transaction=True)

SHARED = ("coworking_ticket", "ticket_seat_not_shared")


def order_over_it_twice() -> list[Any]:
    location = make_location()
    tariff = make_tariff(service=make_seats(location=location, labels=("A1", "A2")))
    seat = seat_of(tariff.service, "A1")
    block = make_block(service=tariff.service, seat=seat, period=hours("9", "15"), is_open_to_managers=True)
    booker, customer = Booker.manager(make_manager(location=location), location), make_user()
    over = {"seat_ids": (seat.pk,), "over_block_id": block.pk, "override_reason": "Гости директора"}
    wishes = [make_wish(tariff=tariff, customer=customer, **over) for _manager in range(2)]
    return at_once([lambda wish=wish: place_order(wish, booker=booker, at=NOW) for wish in wishes])  # type: ignore[misc]


def assert_one_won(results: list[Any]) -> None:
    [won] = [result for result in results if isinstance(result, Order)]
    [lost] = [result for result in results if isinstance(result, Refused)]
    assert [refusal.reason for refusal in lost.refusals] in (["seats_taken"], ["just_taken"])
    assert Ticket.objects.get().over_block is not None
    assert won.ticket_count == 1
    assert (Order.objects.count(), Ticket.objects.count()) == (1, 1)


def test_one_of_two_managers_gets_the_seat() -> None:
    assert_one_won(order_over_it_twice())


def test_the_lock_alone_gives_it_to_one() -> None:
    with without_constraint(*SHARED):
        assert_one_won(order_over_it_twice())


def test_the_database_alone_gives_it_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_before_anyone_books(monkeypatch, 2)
    assert_one_won(order_over_it_twice())


def test_control_without_lock_and_constraint_both_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_constraint(*SHARED):
        all_check_before_anyone_books(monkeypatch, 2)
        results = order_over_it_twice()
        assert [type(result) for result in results] == [Order, Order]
        assert Ticket.objects.count() == 2
