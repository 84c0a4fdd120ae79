"""Places sold twice, and tickets that do not fit their order, are differences."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet

from bench.chaos.stage import PLACES
from coworking.models import Service, Ticket
from olvery.shared.periods import Period
from orders.models import Order
from tests.chaos.conftest import World

HOUR = timedelta(hours=1)


def tickets_of(order: Order) -> "QuerySet[Ticket]":
    return Ticket.objects.filter(pk__in=order.lines.filter(ticket__isnull=False).values("ticket"))


def plant(period: Period, *, seats: bool) -> Ticket:
    """Take a place, always of the same seat if it has seats."""
    service = Service.objects.get(kind=Service.Kind.SEATS if seats else Service.Kind.POOL)
    other = Ticket.objects.all()[0]
    return Ticket.objects.create(
        service=service,
        tariff=service.tariffs.all()[0],
        seat=service.seats.all()[0] if seats else None,
        visitor=other.visitor,
        visitor_name="planted",
        period=period,
        occupied=period,
        status="active",
    )


@pytest.fixture
def free(world: World) -> Period:
    """Two hours far from every order."""
    return world.paid.period.shifted(timedelta(days=30))


def test_another_number_of_tickets_is_a_difference(world: World) -> None:
    Order.objects.filter(pk=world.paid.pk).update(ticket_count=3)
    assert world.differences() == [f"order {world.paid.pk} has {world.paid.ticket_count} tickets instead of 3"]


def test_tickets_of_another_time_are_a_difference(unguarded: World) -> None:
    later = unguarded.paid.period.shifted(timedelta(days=30))
    tickets_of(unguarded.paid).update(period=later, occupied=later)
    assert unguarded.differences() == [f"order {unguarded.paid.pk} has tickets of another time"]


@pytest.mark.parametrize("name", ["paid", "expired"])
def test_tickets_in_another_state_than_their_order_are_a_difference(world: World, name: str) -> None:
    order: Order = getattr(world, name)
    tickets_of(order).update(status="used")
    assert world.differences() == [f"order {order.pk} is {order.status}, its tickets are ['used']"]


def test_a_seat_sold_twice_is_a_difference(unguarded: World, free: Period) -> None:
    seat = plant(free, seats=True).seat_id
    plant(free.shifted(2 * HOUR), seats=True)  # one after the other
    assert unguarded.differences() == []
    plant(free.shifted(HOUR), seats=True)
    assert unguarded.differences() == [f"seat {seat} is sold twice"] * 3


def test_a_pool_that_is_too_full_for_an_hour_is_a_difference(unguarded: World, free: Period) -> None:
    for number in range(PLACES):
        pool = plant(free.shifted((number % 2) * HOUR), seats=False).service_id
    assert unguarded.differences() == []
    plant(Period(free.start + HOUR, free.start + 2 * HOUR), seats=False)
    assert unguarded.differences() == [f"pool {pool} holds {PLACES + 1} instead of {PLACES}"]
