"""Places are removed while somebody books them; the control shows that both would succeed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from coworking.domain import locks, setup, tickets
from coworking.domain.in_the_way import TicketsInTheWay
from coworking.domain.settings_history import Change, Row
from coworking.models import Seat, Section, Service, Tariff, Ticket
from olvery.shared.refusals import Refused
from orders.domain.booking.placing import place_order
from orders.domain.booking.wish import Booker
from orders.models import Order
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
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, unlock, without_trigger

pytestmark = pytest.mark.django_db(transaction=True)


def take_away_and_book(kind: str) -> list[Any]:
    location = make_location()
    service = (
        make_seats(location=location, labels=("A1",)) if kind == "seat" else make_pool(location=location, capacity=1)
    )
    tariff: Tariff = make_tariff(service=service)
    manager, customer = make_manager(location=location), make_user()
    change = Change(section=Section.SEATS if kind == "seat" else Section.PLACES, seen=0, by=manager, at=NOW)
    take_away: Callable[[], int]
    if kind == "seat":
        rows = [Row(seat_of(service, "A1").pk, {"is_active": False})]
        take_away = lambda: setup.change_rows(service.pk, change, rows)  # noqa: E731 - one of two calls
    else:
        take_away = lambda: setup.change_service(service.pk, change, {"capacity": 0})  # noqa: E731 - as above
    wish = make_wish(tariff=tariff, customer=customer)
    return at_once([take_away, lambda: place_order(wish, booker=Booker.manager(manager, location), at=NOW)])


def meet_between_look_and_write(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Without locks, hold both between checking for the other and the write. An order checks twice."""
    unlock(monkeypatch)
    monkeypatch.setattr(locks, "lock_service", lambda pk: Service.objects.select_related("location").get(pk=pk))
    both = threading.Barrier(2)
    name = "refuse_archiving" if kind == "seat" else "refuse_fewer_places"
    for module, check_name, times in ((setup, name, 2), (tickets, "choose_seats", 1)):
        check = getattr(module, check_name)

        def check_and_meet(*args: Any, check: Any = check, times: int = times, **wanted: Any) -> Any:
            found = check(*args, **wanted)
            for _time in range(times):
                both.wait(TIMEOUT)
            return found

        monkeypatch.setattr(module, check_name, check_and_meet)


def places_left(kind: str) -> int:
    return Seat.objects.filter(is_active=True).count() if kind == "seat" else Service.objects.get().capacity


@pytest.mark.parametrize("kind", ["seat", "pool"])
def test_a_place_is_taken_away_or_booked_never_both(kind: str) -> None:
    taken_away, booked = take_away_and_book(kind)
    assert isinstance(taken_away, int | TicketsInTheWay)
    assert isinstance(booked, Order | Refused)
    assert isinstance(taken_away, int) != isinstance(booked, Order), (taken_away, booked)
    assert (places_left(kind), Ticket.objects.count()) in ((1, 1), (0, 0))


@pytest.mark.parametrize("kind", ["seat", "pool"])
def test_control_without_the_guards_both_happen(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    meet_between_look_and_write(monkeypatch, kind)
    with (
        without_trigger("coworking_ticket", "ticket_guard"),
        without_trigger("coworking_ticket", "ticket_seat_not_archived"),
    ):
        taken_away, booked = take_away_and_book(kind)
    assert isinstance(taken_away, int)
    assert isinstance(booked, Order)
    assert (places_left(kind), Ticket.objects.count()) == (0, 1)
