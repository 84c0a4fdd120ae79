"""A change of a ticket against others who want its place, its order or its money."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coworking.domain import tickets
from coworking.domain.rules import When
from coworking.domain.tickets import SeatsTaken
from coworking.models import Tariff, Ticket, Visit, VisitSource
from olvery.shared.periods import Usage, peak_usage
from olvery.shared.refusals import Refused
from orders.domain import locks
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import Plan, plan_of
from orders.domain.booking.placing import place_order
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker, BookingWish
from orders.domain.desk import change_undoing, changing, door
from orders.domain.money.balance import balance_of
from orders.domain.online.payments import apply_payment
from orders.models import Order, OrderEvent, OrderLine, PaymentAttempt
from tests.factories import make_order, make_user, make_wish
from tests.gateways.fake import FakeGateway
from tests.moments import NOW, TUESDAY, WEDNESDAY, clock, hours, moment
from tests.races.guards import TIMEOUT, at_once, hold_until_another_waits, meet_after, unlock, without_trigger
from tests.races.paying import kinds, press_pay


def planned(order: Order, by: User, start: str, end: str) -> Plan:
    there = Order.objects.select_related("location").get(pk=order.pk)
    when = When(day=WEDNESDAY, start=clock(start), end=clock(end))
    change = TicketChange(number=tickets_of(order)[0], when=when)
    return plan_of(there, ChangeWish(tickets=(change,)), booker=Booker.manager(by, there.location), at=NOW)


# Against the clock


def longer_while_it_ends(order: Order, by: User, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Give a ticket another hour in its last minute while the clock closes what has ended."""
    there = Order.objects.select_related("location").get(pk=order.pk)
    longer = When(day=WEDNESDAY, start=clock("10"), end=clock("13"))
    wish = ChangeWish(tickets=(TicketChange(number=tickets_of(order)[0], when=longer),))
    booker, last_minute = Booker.manager(by, there.location), moment("2026-11-25 11:59")
    plan = plan_of(there, wish, booker=booker, at=last_minute)
    is_changed = hold_until_another_waits(monkeypatch, tickets, "change")

    def close() -> int:
        assert is_changed.wait(TIMEOUT)
        return tickets.close_finished(last_minute + timedelta(minutes=1))

    return at_once([lambda: changing.carry_out(plan), close])


def test_a_ticket_that_gets_longer_as_it_ends_stays_valid(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(tariff=tariff, by=managers[0])
    changed, closed = longer_while_it_ends(order, managers[0], monkeypatch)
    ticket = Ticket.objects.get()
    assert (type(changed), closed, ticket.status, ticket.period) == (OrderEvent, 0, "active", hours("10", "13"))


def test_control_without_another_look_it_is_used_an_hour_before_its_end(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(tariff=tariff, by=managers[0])
    once_more = " AND upper(ticket.period) <= %(at)s\n  AND"
    without = tickets._CLOSE_FINISHED.replace(once_more, "\n  AND")
    assert without != tickets._CLOSE_FINISHED
    monkeypatch.setattr(tickets, "_CLOSE_FINISHED", without)
    changed, closed = longer_while_it_ends(order, managers[0], monkeypatch)
    ticket = Ticket.objects.get()
    assert (type(changed), closed, ticket.status, ticket.period) == (OrderEvent, 1, "used", hours("10", "13"))


# Against a new order


def change_and_create(tariff: Tariff, managers: list[User]) -> list[Any]:
    """Let one manager change a ticket to 15–17 while another books it, of a pool of one place."""
    order = make_order(tariff=tariff, by=managers[0])
    plan = planned(order, managers[0], "15", "17")
    wish = make_wish(tariff=tariff, customer=make_user(), when=When(day=WEDNESDAY, start=clock("16"), end=clock("18")))
    booker = Booker.manager(managers[1], tariff.service.location)
    return at_once([lambda: changing.carry_out(plan), lambda: place_order(wish, booker=booker, at=NOW)])


def most_at_one_moment() -> int:
    return peak_usage([Usage(ticket.period) for ticket in Ticket.objects.blocking()], hours("08", "21"))


def assert_one_of_them(results: list[Any]) -> None:
    refused = [result for result in results if isinstance(result, Refused | changing.PlanStale | SeatsTaken)]
    assert (len(refused), most_at_one_moment()) == (1, 1)


def test_a_place_goes_to_a_change_or_to_a_new_order(tariff: Tariff, managers: list[User]) -> None:
    assert_one_of_them(change_and_create(tariff, managers))


def test_the_lock_alone_gives_a_place_to_one_of_them(tariff: Tariff, managers: list[User]) -> None:
    with without_trigger("coworking_ticket", "ticket_guard"):
        assert_one_of_them(change_and_create(tariff, managers))


def all_look_before_anyone_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch)
    meet_after(monkeypatch, tickets, "choose_seats", 2)


def test_the_database_alone_gives_a_place_to_one_of_them(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_one_of_them(change_two_orders(tariff, managers, monkeypatch))


def change_two_orders(tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Without locks, let both see the hour from 16 to 17 free before either takes it."""
    mine = make_order(tariff=tariff, by=managers[0])
    other = make_order(tariff=tariff, by=managers[1], when=When(day=WEDNESDAY, start=clock("18"), end=clock("20")))
    first, second = planned(mine, managers[0], "15", "17"), planned(other, managers[1], "16", "18")
    all_look_before_anyone_takes(monkeypatch)
    return at_once([lambda: changing.carry_out(first), lambda: changing.carry_out(second)])


def test_control_without_the_guards_both_have_the_place(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_trigger("coworking_ticket", "ticket_guard"):
        change_two_orders(tariff, managers, monkeypatch)
    assert most_at_one_moment() == 2


# Two additions


def add_two(tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Without locks, let two orders see the only place from 15 to 17 free before either takes it."""
    orders = [
        make_order(tariff=tariff, by=by, when=When(day=WEDNESDAY, start=clock(start), end=clock(end)))
        for by, start, end in zip(managers, ("9", "12"), ("10", "13"), strict=False)
    ]
    when = When(day=WEDNESDAY, start=clock("15"), end=clock("17"))
    wish = ChangeWish(added=(BookingWish(tariff_id=tariff.pk, when=when, visitor_ids=(None,)),))
    plans = []
    for order, by in zip(orders, managers, strict=False):
        there = Order.objects.select_related("location").get(pk=order.pk)
        plans.append(plan_of(there, wish, booker=Booker.manager(by, there.location), at=NOW))
    all_look_before_anyone_takes(monkeypatch)
    return at_once([lambda plan=plan: changing.carry_out(plan) for plan in plans])  # type: ignore[misc]


def test_the_last_place_is_added_to_one_order(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_one_of_them(add_two(tariff, managers, monkeypatch))
    assert OrderLine.objects.count() == 3


def test_control_without_the_guards_both_orders_have_it(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_trigger("coworking_ticket", "ticket_guard"):
        add_two(tariff, managers, monkeypatch)
    assert most_at_one_moment() == 2


# Two changes of one ticket


def change_twice(tariff: Tariff, managers: list[User]) -> tuple[Order, list[Any]]:
    order = make_order(tariff=tariff, by=managers[0])
    first, second = planned(order, managers[0], "10", "13"), planned(order, managers[1], "10", "14")
    return order, at_once([lambda: changing.carry_out(first), lambda: changing.carry_out(second)])


def test_the_second_of_two_changes_sees_the_present_ticket(tariff: Tariff, managers: list[User]) -> None:
    order, results = change_twice(tariff, managers)
    assert sorted(type(result).__name__ for result in results) == ["OrderEvent", "PlanStale"]
    ticket = Ticket.objects.get()
    hours_sold = sum(line.quantity for line in OrderLine.objects.filter(order=order, kind="tariff"))
    assert hours_sold * 3600 == (ticket.period.end - ticket.period.start).total_seconds()


def test_control_without_the_lock_both_hours_are_charged(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch)
    order = make_order(tariff=tariff, by=managers[0])
    first, second = planned(order, managers[0], "10", "13"), planned(order, managers[1], "10", "14")
    meet_after(monkeypatch, changing, "plan_of", 2)
    results = at_once([lambda: changing.carry_out(first), lambda: changing.carry_out(second)])
    assert [type(result) for result in results] == [OrderEvent, OrderEvent]
    ticket = Ticket.objects.get()
    hours_sold = sum(line.quantity for line in OrderLine.objects.filter(order=order, kind="tariff"))
    assert hours_sold * 3600 != (ticket.period.end - ticket.period.start).total_seconds()


# Against a payment


def change_and_pay(order: Order, managers: list[User], gateway: FakeGateway) -> list[Any]:
    """Let a manager make an order more expensive while the payment of its old price comes in."""
    attempt = press_pay(order, gateway)
    told = gateway.pay(attempt.provider_id or "")
    plan = planned(order, managers[0], "10", "13")
    return at_once(
        [lambda: changing.carry_out(plan), lambda: apply_payment(attempt.pk, told, gateway, at=NOW)],
    )


def test_a_payment_that_comes_in_during_a_change_is_on_the_order(
    order: Order, managers: list[User], gateway: FakeGateway
) -> None:
    results = change_and_pay(order, managers, gateway)
    assert isinstance(results[1], PaymentAttempt)
    there, balance = Order.objects.get(pk=order.pk), balance_of(order)
    assert (there.paid, there.total, there.due) == (balance.paid, balance.total, balance.due)
    assert there.paid == Decimal("600.00")
    is_changed = isinstance(results[0], OrderEvent)
    assert (there.status, there.due) == (("awaiting_payment", Decimal("300.00")) if is_changed else ("confirmed", 0))


def test_control_without_the_lock_the_stored_sums_miss_the_payment(
    order: Order, managers: list[User], gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change is planned from the state before the payment, and carried out all the same."""
    attempt = press_pay(order, gateway)
    told = gateway.pay(attempt.provider_id or "")
    plan = planned(order, managers[0], "10", "13")
    unlock(monkeypatch)
    look = changing.plan_of

    def look_then_be_paid(*args: Any, **wanted: Any) -> Plan:
        seen = look(*args, **wanted)
        at_once([lambda: apply_payment(attempt.pk, told, gateway, at=NOW)])
        return seen

    monkeypatch.setattr(changing, "plan_of", look_then_be_paid)
    changing.carry_out(plan)
    there = Order.objects.get(pk=order.pk)
    assert (there.status, there.due) == ("confirmed", Decimal("300.00"))


# Undoing a change while a visitor comes in on it


def undo_and_come_in(tariff: Tariff, managers: list[User]) -> list[Callable[[], Any]]:
    """Return the calls that undo a move to this hour, and let the visitor in."""
    order = make_order(tariff=tariff, by=managers[0], payment_method="invoice")
    there = Order.objects.select_related("location").get(pk=order.pk)
    when = When(day=TUESDAY, start=clock("9"), end=clock("11"))
    wish = ChangeWish(tickets=(TicketChange(number=tickets_of(order)[0], when=when),))
    event = changing.carry_out(plan_of(there, wish, booker=Booker.manager(managers[0], there.location), at=NOW))
    known = {"scan_id": uuid.uuid4(), "source": VisitSource.LIST, "by": managers[1], "at": NOW}
    return [
        lambda: change_undoing.undo_change(order.pk, event.pk, by=managers[0], at=NOW),
        lambda: door.let_in(Ticket.objects.get().pk, **known),
    ]


def test_a_change_is_undone_or_its_visitor_comes_in(tariff: Tariff, managers: list[User]) -> None:
    results = kinds(at_once(undo_and_come_in(tariff, managers)))
    outcomes = (
        (["OrderEvent", "TooEarly"], 0, hours("10", "12")),
        (["UndoRefused", "Visit"], 1, hours("9", "11", TUESDAY)),
    )
    assert (results, Visit.objects.count(), Ticket.objects.get().period) in outcomes


def test_control_without_the_lock_somebody_is_in_on_a_ticket_of_tomorrow(
    tariff: Tariff, managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    undo, come_in = undo_and_come_in(tariff, managers)
    check, results = change_undoing._check_visits, list[Any]()

    def check_then_come_in(*args: Any) -> None:
        check(*args)
        results.extend(at_once([come_in]))

    unlock(monkeypatch)
    there = Ticket.objects.select_related("service__location", "tariff")
    monkeypatch.setattr(locks, "lock_ticket", lambda number: there.get(pk=number))
    monkeypatch.setattr(change_undoing, "_check_visits", check_then_come_in)
    results.append(undo())
    assert (kinds(results), Ticket.objects.get().period) == (["OrderEvent", "Visit"], hours("10", "12"))
