"""Many managers, few pieces of an extra; without the guards they would be sold to all."""

from typing import Any

import pytest

from coworking.models import Tariff
from olvery.shared.refusals import Refused
from orders.domain.booking import extra_stock
from orders.domain.booking.extra_stock import ExtraTaken
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.models import LineKind, Order, OrderLine
from tests.factories import make_extra, make_location, make_manager, make_pool, make_tariff, make_user, make_wish
from tests.moments import NOW
from tests.races.guards import at_once, meet_after, unlock, without_trigger

MANAGERS, STOCK = 5, 2


def book_with_an_extra() -> list[Any]:
    location = make_location()
    tariff: Tariff = make_tariff(service=make_pool(location=location, capacity=MANAGERS))
    extra = make_extra(service=tariff.service, stock=STOCK)
    booker, customer = Booker.manager(make_manager(location=location), location), make_user()
    wishes = [make_wish(tariff=tariff, customer=customer, extras={extra.pk: 1}) for _n in range(MANAGERS)]
    return at_once([lambda wish=wish: place_order(wish, booker=booker, at=NOW) for wish in wishes])  # type: ignore[misc]


def assert_sold(results: list[Any], pieces: int) -> None:
    refused = [one for one in results if isinstance(one, Refused)]
    assert ([isinstance(one, Order) for one in results].count(True), len(refused)) == (pieces, MANAGERS - pieces)
    assert all(isinstance(refusal, ExtraTaken) for one in refused for refusal in one.refusals)
    assert (Order.objects.count(), OrderLine.objects.filter(kind=LineKind.EXTRA).count()) == (pieces, pieces)


def all_count_before_anyone_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, extra_stock, "stock_of", MANAGERS)


def test_two_pieces_are_sold_twice() -> None:
    assert_sold(book_with_an_extra(), STOCK)


def test_the_database_alone_sells_two_pieces_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    all_count_before_anyone_takes(monkeypatch)
    assert_sold(book_with_an_extra(), STOCK)


def test_control_without_the_guards_two_pieces_are_sold_five_times(monkeypatch: pytest.MonkeyPatch) -> None:
    all_count_before_anyone_takes(monkeypatch)
    with without_trigger("orders_orderline", "orders_stock_of_line"):
        assert_sold(book_with_an_extra(), MANAGERS)
