"""Many managers, few places. Each race has a control: with the guards off it really is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from coworking.domain.catalogue import tariffs_on_sale
from coworking.domain.tickets import SeatsTaken
from coworking.models import Service, Tariff, Ticket
from olvery.shared.periods import Usage, peak_usage
from olvery.shared.refusals import Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.self_service import place_own_order
from orders.domain.booking.wish import Booker
from orders.models import Message, Order, OrderEvent, OrderLine
from tests.factories import (
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
from tests.snapshots import jobs

MANAGERS_OF_A_SEAT, MANAGERS_OF_A_POOL, POOL = 16, 20, 5


def book(tariff: Tariff, times: int, **wanted: Any) -> list[Any]:
    """Let this many managers place an order each, for a customer each, at the same moment."""
    location = tariff.service.location
    customer = make_user(email="petrov@example.com")

    def order_of_a_manager() -> Any:
        manager, request = make_manager(location=location), make_wish(tariff=tariff, customer=customer, **wanted)
        return lambda: place_order(request, booker=Booker.manager(manager, location), at=NOW)

    return at_once([order_of_a_manager() for _n in range(times)])


def book_one_seat() -> list[Any]:
    service = make_seats(location=make_location(), labels=["A1"])
    return book(make_tariff(service=service), MANAGERS_OF_A_SEAT, seat_ids=(seat_of(service, "A1").pk,))


def book_a_pool() -> list[Any]:
    return book(make_tariff(service=make_pool(location=make_location(), capacity=POOL)), MANAGERS_OF_A_POOL)


def book_one_seat_at_the_desk_and_alone() -> list[Any]:
    """Let managers and self-booking customers want one seat at the same moment."""
    service = make_seats(location=make_location(), labels=["A1"])
    tariff, location, seats = make_tariff(service=service), service.location, (seat_of(service, "A1").pk,)
    on_sale = tariffs_on_sale(location, at=NOW)

    def order_of(booker: Booker, place: Callable[..., Order], **known: Any) -> Callable[[], Order]:
        wish = make_wish(tariff=tariff, customer=booker.user, seat_ids=seats, payment_method="on_site")
        return lambda: place(wish, booker=booker, at=NOW, **known)

    managers = [Booker.manager(make_manager(location=location), location) for _n in range(4)]
    customers = [Booker.customer(make_user(email=f"{n}@example.com"), location) for n in range(4)]
    at_desk = [order_of(booker, place_order) for booker in managers]
    return at_once(at_desk + [order_of(booker, place_own_order, tariffs=on_sale) for booker in customers])


def most_at_one_moment() -> int:
    usages = [Usage(ticket.period) for ticket in Ticket.objects.blocking().filter(service=Service.objects.get())]
    return peak_usage(usages, hours("08", "21"))


def assert_sold(results: list[Any], places: int) -> None:
    """Check that this many got an order, everybody else a refusal by name, and nobody left a partial order."""
    orders = [result for result in results if isinstance(result, Order)]
    refused = [result for result in results if isinstance(result, Refused)]
    others = [result for result in results if result not in orders and result not in refused]
    assert (len(orders), len(refused), others) == (places, len(results) - places, [])
    assert all(isinstance(refusal, SeatsTaken) for result in refused for refusal in result.refusals)
    assert all(len(result.refusals) == 1 for result in refused)
    assert most_at_one_moment() == places
    assert {order.pk for order in orders} == set(Order.objects.values_list("pk", flat=True))
    rows = [model.objects.count() for model in (Ticket, OrderLine, OrderEvent)]
    assert rows == [places, places, places]
    assert Message.objects.count() == 2 * len(jobs()) == 2 * places


def test_sixteen_managers_and_one_seat_make_one_order() -> None:
    assert_sold(book_one_seat(), 1)


def test_the_lock_alone_sells_one_seat_once() -> None:
    with (
        without_trigger("coworking_ticket", "ticket_guard"),
        without_constraint("coworking_ticket", "ticket_seat_not_shared"),
    ):
        assert_sold(book_one_seat(), 1)


def test_the_database_alone_sells_one_seat_once(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_before_anyone_books(monkeypatch, MANAGERS_OF_A_SEAT)
    assert_sold(book_one_seat(), 1)


def test_control_without_the_guards_one_seat_is_sold_sixteen_times(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_before_anyone_books(monkeypatch, MANAGERS_OF_A_SEAT)
    with (
        without_trigger("coworking_ticket", "ticket_guard"),
        without_constraint("coworking_ticket", "ticket_seat_not_shared"),
    ):
        results = book_one_seat()
        assert [type(result) for result in results] == [Order] * MANAGERS_OF_A_SEAT
        assert most_at_one_moment() == MANAGERS_OF_A_SEAT


def test_managers_and_customers_and_one_seat_make_one_order() -> None:
    results = book_one_seat_at_the_desk_and_alone()
    assert [isinstance(result, Order) for result in results].count(True) == Ticket.objects.count() == 1
    refused = [refusal for result in results if isinstance(result, Refused) for refusal in result.refusals]
    assert [isinstance(refusal, SeatsTaken) for refusal in refused] == [True] * 7


def test_control_without_the_guards_managers_and_customers_sell_one_seat_to_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_check_before_anyone_books(monkeypatch, 8)
    with (
        without_trigger("coworking_ticket", "ticket_guard"),
        without_constraint("coworking_ticket", "ticket_seat_not_shared"),
    ):
        results = book_one_seat_at_the_desk_and_alone()
        assert [type(result) for result in results] == [Order] * 8
        assert most_at_one_moment() == 8


def test_twenty_managers_and_five_places_make_five_orders() -> None:
    assert_sold(book_a_pool(), POOL)


def test_the_lock_alone_sells_five_places_five_times() -> None:
    with without_trigger("coworking_ticket", "ticket_guard"):
        assert_sold(book_a_pool(), POOL)


def test_the_database_alone_sells_five_places_five_times(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_before_anyone_books(monkeypatch, MANAGERS_OF_A_POOL)
    assert_sold(book_a_pool(), POOL)


def test_control_without_the_guards_five_places_are_sold_twenty_times(monkeypatch: pytest.MonkeyPatch) -> None:
    all_check_before_anyone_books(monkeypatch, MANAGERS_OF_A_POOL)
    with without_trigger("coworking_ticket", "ticket_guard"):
        results = book_a_pool()
        assert [type(result) for result in results] == [Order] * MANAGERS_OF_A_POOL
        assert most_at_one_moment() == MANAGERS_OF_A_POOL


def test_control_left_every_guard_as_it_was() -> None:
    assert_sold(book_one_seat(), 1)
