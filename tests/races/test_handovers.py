"""Passing a ticket on while somebody checks in with it, or while it is passed on to somebody else."""

import uuid
from collections.abc import Callable

import pytest

from coworking.domain import visits
from coworking.domain.rules import When
from coworking.models import Ticket, Visit, VisitSource
from orders.domain import locks
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import plan_of
from orders.domain.booking.wish import Booker
from orders.domain.desk import changing, door, handing_over
from orders.domain.desk.handing_over import Recipient
from orders.models import Handover, Order, OrderEvent
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.moments import NOW, WEDNESDAY, clock, moment
from tests.races.guards import TIMEOUT, at_once, hold_until_another_waits, meet_before, unlock, without_index
from tests.races.paying import kinds

TEN = moment("2026-11-25 10:00")
TWO = 2


@pytest.fixture
def order() -> Order:
    """600 ₽ by invoice for Wednesday, 10 to 12."""
    return make_order(tariff=make_tariff(service=make_pool(location=make_location())), payment_method="invoice")


def let_in(order: Order) -> Callable[[], Visit]:
    """Check in with the code that the visitor has now."""
    ticket, by = Ticket.objects.get(), make_manager(location=order.location)
    known = {"scan_id": uuid.uuid4(), "source": VisitSource.CODE, "version": ticket.code_version}
    return lambda: door.let_in(ticket.pk, by=by, at=TEN, **known)


def pass_on(order: Order, name: str = "somebody") -> Callable[[], Handover]:
    ticket = Ticket.objects.get()
    shown, somebody = handing_over.state_of(ticket), Recipient(last_name="Орлова", first_name="М", email=f"{name}@e.ru")
    return lambda: handing_over.hand_over(order.pk, ticket.pk, somebody, shown=shown, by=order.customer, at=TEN)


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch)
    tickets = Ticket.objects.select_related("service__location", "tariff")
    monkeypatch.setattr(locks, "lock_ticket", lambda number: tickets.get(pk=number))


def test_whoever_comes_in_keeps_the_ticket_or_stands_before_the_door_without_it(order: Order) -> None:
    results = kinds(at_once([let_in(order), pass_on(order)]))
    outcomes = (["HandoverRefused", "Visit"], 1, 0), (["Handover", "TicketPassedOn"], 0, 1)
    assert (results, Visit.objects.count(), Ticket.objects.get().code_version) in outcomes


def test_control_without_the_locks_somebody_is_in_on_a_ticket_that_is_another_persons(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter, check = let_in(order), visits.check_code
    results = []

    def check_then_pass_on(ticket: Ticket, version: int) -> None:
        check(ticket, version)
        results.extend(at_once([give]))

    give = pass_on(order)
    without_locks(monkeypatch)
    monkeypatch.setattr(visits, "check_code", check_then_pass_on)
    results.append(enter())
    assert kinds(results) == ["Handover", "Visit"]
    assert (Visit.objects.count(), Ticket.objects.get().code_version) == (1, 1)


def test_a_ticket_is_passed_on_beside_a_change_of_its_order(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    there, number = Order.objects.select_related("location").get(), Ticket.objects.get().pk
    longer = When(day=WEDNESDAY, start=clock("10"), end=clock("13"))
    booker = Booker.manager(make_manager(location=there.location), there.location)
    wish = ChangeWish(tickets=(TicketChange(number=number, when=longer),))
    plan, give = plan_of(there, wish, booker=booker, at=NOW), pass_on(order)
    is_locked = hold_until_another_waits(monkeypatch, handing_over, "standing_of")

    def change() -> OrderEvent:
        assert is_locked.wait(TIMEOUT)
        return changing.carry_out(plan)

    assert kinds(at_once([give, change])) == ["Handover", "PlanStale"]


def test_one_of_two_people_named_at_once_gets_the_ticket(order: Order) -> None:
    results = at_once([pass_on(order, "one"), pass_on(order, "two")])
    assert kinds(results) == ["Handover", "HandoverRefused"]
    assert Ticket.objects.get().visitor == Handover.objects.get(ended_at=None).to


def test_the_constraint_alone_lets_one_of_two_have_the_ticket(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [pass_on(order, "one"), pass_on(order, "two")]
    without_locks(monkeypatch)
    meet_before(monkeypatch, Handover.objects, "create", TWO)
    assert kinds(at_once(calls)) == ["Handover", "IntegrityError"]
    assert Ticket.objects.get().visitor == Handover.objects.get().to


def test_control_without_the_guards_two_have_the_ticket(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [pass_on(order, "one"), pass_on(order, "two")]
    without_locks(monkeypatch)
    meet_before(monkeypatch, Handover.objects, "create", TWO)
    with without_index("orders_handover", "handover_one_stands_a_ticket"):
        assert kinds(at_once(calls)) == ["Handover", "Handover"]
        assert Handover.objects.count() == TWO
