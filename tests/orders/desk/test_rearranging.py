"""Moving tickets of several orders in one transaction: all of them, or none."""

from typing import Any

import pytest

from accounts.models import Company, User
from coworking.models import Location, Service, Tariff
from olvery.shared.refusals import Refused
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.rearranging import Rearrangement, rearrangement_of
from orders.domain.booking.wish import Booker
from orders.domain.desk.change_undoing import UndoRefused, undo_change
from orders.domain.desk.rearranging import RearrangementStale, rearrange
from orders.models import Order, OrderStatus
from tests.factories import make_company, make_order, make_seats, make_tariff, make_ticket, seat_of
from tests.gateways.fake import FakeGateway
from tests.moments import hours
from tests.orders.booking.changes import change, r, ticket_of, when
from tests.orders.conftest import now
from tests.orders.steps import due_back, money, pay, seen, told_events
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def seats(location: Location, clock: Any) -> Service:
    return make_seats(location=location, labels=("A1", "A2", "A3"))


@pytest.fixture
def tariff(seats: Service) -> Tariff:
    return make_tariff(service=seats, name="Час", price="300")


@pytest.fixture
def pair(seats: Service, tariff: Tariff, manager: User, gateway: FakeGateway) -> tuple[Order, Order]:
    """A paid order of A1 from 10 to 12, and one of A2 from 10 to 13 that waits for its payment."""
    first, second = (
        make_order(tariff=tariff, by=manager, payment_method="online", when=time, seat_ids=(seat_of(seats, label).pk,))
        for label, time in (("A1", when("10", "12")), ("A2", when("10", "13")))
    )
    pay(first, gateway)
    return first, second


def planned(by: User, **moves: tuple[Order, str, Any]) -> Rearrangement:
    """Plan moves of the only ticket of each order to a seat and a time."""
    wishes = {}
    for order, label, time in moves.values():
        seat = seat_of(ticket_of(order).service, label)
        moved = TicketChange(number=ticket_of(order).number, seat_id=seat.pk, when=time)
        wishes[order.pk] = ChangeWish(tickets=(moved,))
    orders = list(Order.objects.filter(pk__in=wishes).select_related("location").order_by("-pk"))
    return rearrangement_of(orders, wishes, booker=Booker.manager(by, orders[0].location), at=now())


def on_account(*orders: Order, limit: str) -> None:
    """Put the orders on account of one company."""
    company = make_company(*(order.customer for order in orders), credit_limit=r(limit))
    for order in orders:
        Order.objects.filter(pk=order.pk).update(company=company, payment_method="invoice")


def swapped(pair: tuple[Order, Order], by: User) -> Rearrangement:
    """Plan that both swap their seats and their hours."""
    first, second = pair
    return planned(by, one=(first, "A2", when("10", "13")), two=(second, "A1", when("10", "12")))


def places(*orders: Order) -> list[tuple[str, Any, str]]:
    return [(ticket.seat.label, ticket.period, ticket.status) for ticket in map(ticket_of, orders) if ticket.seat]


BEFORE = [("A1", hours("10", "12"), "active"), ("A2", hours("10", "13"), "held")]


def test_two_orders_change_places_with_their_prices_and_letters(pair: tuple[Order, Order], manager: User) -> None:
    assert places(*pair) == BEFORE
    rearrange(swapped(pair, manager))
    assert places(*pair) == [("A2", hours("10", "13"), "active"), ("A1", hours("10", "12"), "held")]
    assert [money(order)[:2] for order in pair] == [(r("900"), r("600")), (r("600"), r("0"))]
    assert [Order.objects.get(pk=order.pk).status for order in pair] == [
        OrderStatus.CONFIRMED,
        OrderStatus.AWAITING_PAYMENT,
    ]
    assert [seen(order).letters.count("changed") for order in pair] == [1, 1]
    numbers = [order.pk for order in pair]
    assert [told_events(order, "changed")[0]["together"] for order in pair] == [numbers, numbers]


def test_an_excess_goes_back_as_after_any_change(pair: tuple[Order, Order], manager: User) -> None:
    first, second = pair
    rearrange(planned(manager, one=(first, "A2", when("10", "11")), two=(second, "A1", when("10", "13"))))
    assert (due_back(first), due_back(second)) == ([r("300")], [])


def test_a_ticket_that_does_not_fit_is_named_and_nothing_moves(
    pair: tuple[Order, Order], seats: Service, manager: User
) -> None:
    first, second = pair
    make_ticket(service=seats, seat=seat_of(seats, "A3"), period=hours("9", "20"))
    plan = planned(manager, one=(first, "A2", when("10", "12")), two=(second, "A3", when("10", "13")))
    [no] = plan.refusals
    assert (no.reason, no.facts) == ("seats_taken", {"seats": ["A3"]})
    assert [[one.reason for one in part.refusals] for part in plan.plans] == [[], ["seats_taken"]]
    before = saved_rows()
    with pytest.raises(Refused):
        rearrange(plan)
    assert saved_rows() == before


def test_two_that_want_one_place_are_refused(pair: tuple[Order, Order], manager: User) -> None:
    first, second = pair
    plan = planned(manager, one=(first, "A3", when("10", "12")), two=(second, "A3", when("11", "14")))
    assert [[one.reason for one in part.refusals] for part in plan.plans] == [[], ["seats_taken"]]


def test_a_change_in_the_meantime_is_shown_and_nothing_moves(pair: tuple[Order, Order], manager: User) -> None:
    plan = swapped(pair, manager)
    change(pair[1], by=manager, when=when("14", "17"))
    before = saved_rows()
    with pytest.raises(RearrangementStale) as stale:
        rearrange(plan)
    assert (saved_rows(), stale.value.rearrangement.is_ready) == (before, True)


def test_surcharges_of_one_company_count_together_against_its_limit(pair: tuple[Order, Order], manager: User) -> None:
    on_account(*pair, limit="1400")  # of which 900 are owed
    first, second = pair
    moves = {"one": (first, "A1", when("10", "13")), "two": (second, "A2", when("10", "14"))}
    plan = planned(manager, **moves)
    assert ([part.refusals for part in plan.plans], plan.is_ready) == ([(), ()], False)
    assert [(one.reason, one.facts) for one in plan.refusals] == [("credit_exceeded", {"left": r("500")})]
    before = saved_rows()
    with pytest.raises(Refused, match="credit_exceeded"):
        rearrange(plan)
    assert saved_rows() == before
    Company.objects.update(credit_limit=r("1500"))
    rearrange(planned(manager, **moves))
    assert sum(order.due for order in Order.objects.all()) == 1500


def test_undoing_it_in_one_order_undoes_it_in_both(pair: tuple[Order, Order], manager: User) -> None:
    sums = [money(order) for order in pair]
    events = rearrange(swapped(pair, manager))
    undo_change(pair[1].pk, events[1].pk, by=manager, at=now())
    assert (places(*pair), [money(order) for order in pair]) == (BEFORE, sums)
    assert [seen(order).letters.count("changed") for order in pair] == [0, 0]
    assert [told_events(order, "change_undone")[0]["change"] for order in pair] == [event.pk for event in events]


def test_it_is_not_undone_when_one_of_them_was_changed_again(pair: tuple[Order, Order], manager: User) -> None:
    first, second = pair
    events = rearrange(swapped(pair, manager))
    change(second, by=manager, when=when("15", "17"))
    before = saved_rows()
    with pytest.raises(UndoRefused, match="undo_overtaken"):
        undo_change(first.pk, events[0].pk, by=manager, at=now())
    assert saved_rows() == before
