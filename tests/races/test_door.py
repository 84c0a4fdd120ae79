"""Two doors that read the same ticket at the same moment."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coworking.domain import late_visits, visits
from coworking.domain.rules import When
from coworking.models import Location, Service, Ticket, TicketStatus, Visit, VisitSource
from orders.domain import locks
from orders.domain.booking.change_wish import ChangeWish, TicketChange
from orders.domain.booking.changing import Plan, plan_of
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Booker
from orders.domain.desk import cancelling, changing, door, no_shows, offline_scans
from orders.models import OfflineScan, Order, OrderEvent
from tests.factories import make_location, make_manager, make_order, make_pool, make_tariff
from tests.moments import THURSDAY, WEDNESDAY, clock, hours, moment
from tests.races.guards import at_once, meet_after, without_constraint, without_index
from tests.races.paying import kinds

DOORS = 4
EARLY, TEN, LATE = moment("2026-11-25 09:50"), moment("2026-11-25 10:00"), moment("2026-11-25 10:30")
LATER = LATE + timedelta(minutes=1)  # the warning took its time, and so does the release


@pytest.fixture
def order() -> Order:
    """600 ₽ by invoice for Wednesday, 10 to 12."""
    return make_order(tariff=make_tariff(service=make_pool(location=make_location())), payment_method="invoice")


def let_in(order: Order, scan_id: uuid.UUID | None = None) -> Callable[[], Visit]:
    number = order.lines.get().ticket_id
    by = make_manager(location=order.location)
    return lambda: door.let_in(number or 0, scan_id=scan_id or uuid.uuid4(), source=VisitSource.CODE, by=by, at=TEN)


def unlock_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = Ticket.objects.select_related("service__location", "tariff")
    monkeypatch.setattr(locks, "lock_ticket", lambda number: tickets.get(pk=number))


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read tickets without locking them, and let all doors check before any of them writes."""
    unlock_ticket(monkeypatch)
    meet_after(monkeypatch, visits, "open_visit", DOORS)


ONE_IN = ["AlreadyIn"] * (DOORS - 1) + ["Visit"]


def test_several_doors_let_one_ticket_in_once(order: Order) -> None:
    assert kinds(at_once([let_in(order) for _ in range(DOORS)])) == ONE_IN
    assert Visit.objects.count() == 1


def test_the_constraint_alone_lets_one_ticket_in_once(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch)
    assert kinds(at_once([let_in(order) for _ in range(DOORS)])) == ONE_IN
    assert Visit.objects.count() == 1


def test_control_without_the_guards_one_ticket_comes_in_several_times(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_locks(monkeypatch)
    with without_index("coworking_visit", "visit_one_open_a_ticket"):
        assert kinds(at_once([let_in(order) for _ in range(DOORS)])) == ["Visit"] * DOORS
        assert Visit.objects.count() == DOORS


@pytest.mark.parametrize("is_locked", [True, False])
def test_one_scan_sent_several_times_is_one_visit(
    order: Order, is_locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_locked:
        without_locks(monkeypatch)
    results = at_once([let_in(order, uuid.UUID(int=7)) for _ in range(DOORS)])
    assert results == [Visit.objects.get()] * DOORS


def test_nobody_comes_in_on_a_place_that_is_given_away(order: Order) -> None:
    number, by = order.lines.get().ticket_id or 0, make_manager(location=order.location)

    def enter() -> Visit:
        return door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=LATE)

    def release() -> None:
        door.release(number, by=by, at=LATE)

    results = at_once([enter, release])
    outcomes = {
        TicketStatus.ACTIVE: (["StillExpected", "Visit"], 1),
        TicketStatus.NO_SHOW: (["NoneType", "PlaceReleased"], 0),
    }
    assert (kinds(results), Visit.objects.count()) == outcomes[Ticket.objects.get().status]


def test_control_without_the_lock_somebody_is_in_on_a_place_that_is_given_away(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, by = order.lines.get().ticket_id or 0, make_manager(location=order.location)
    mark = visits.tickets.mark_no_show

    def enter() -> Visit:
        return door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=LATE)

    def let_in_then_mark(numbers: list[int]) -> None:
        assert kinds(at_once([enter])) == ["Visit"]
        mark(numbers)

    unlock_ticket(monkeypatch)
    monkeypatch.setattr(visits.tickets, "mark_no_show", let_in_then_mark)
    door.release(number, by=by, at=LATE)
    assert (Ticket.objects.get().status, Visit.objects.count()) == (TicketStatus.NO_SHOW, 1)


def test_nobody_comes_in_on_an_order_that_is_cancelled_before(order: Order) -> None:
    by = make_manager(location=order.location)

    def cancel() -> Order:
        return cancelling.cancel_order(order.pk, by=by, reason="Передумал", at=TEN)

    results = at_once([let_in(order), cancel])
    assert kinds(results) in (["Order", "Visit"], ["Order", "TicketCancelled"])
    assert Ticket.objects.get().status == TicketStatus.CANCELLED


def enter_while_cancelled(order: Order, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Cancel the order between checking the ticket and the visit; return the outcome of the cancellation."""
    by, look = make_manager(location=order.location), visits.check_entry
    results: list[Any] = []

    def cancel() -> Order:
        return cancelling.cancel_order(order.pk, by=by, reason="Передумал", at=TEN)

    def look_then_cancel(*args: Any, **wanted: Any) -> Any:
        seen = look(*args, **wanted)
        results.extend(at_once([cancel]))
        return seen

    monkeypatch.setattr(visits, "check_entry", look_then_cancel)
    let_in(order)()
    return results


def test_an_order_is_not_cancelled_while_its_visitor_comes_in(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coworking.domain.locks.WAIT", "300ms")
    assert kinds(enter_while_cancelled(order, monkeypatch)) == ["Busy"]
    assert (Ticket.objects.get().status, Visit.objects.count()) == (TicketStatus.ACTIVE, 1)


def test_control_without_the_lock_somebody_comes_in_on_a_cancelled_ticket(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock_ticket(monkeypatch)
    assert kinds(enter_while_cancelled(order, monkeypatch)) == ["Order"]
    assert (Ticket.objects.get().status, Visit.objects.count()) == (TicketStatus.CANCELLED, 1)


# A customer cancels the order while the visitor comes early


def let_in_early(order: Order) -> Callable[[], Visit]:
    number, by = order.lines.get().ticket_id or 0, make_manager(location=order.location)
    return lambda: door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=EARLY)


def give_up(order: Order) -> Order:
    nothing = {"reason": "Передумал", "shown": Decimal(0)}
    return cancelling.cancel_own_order(order.pk, by=order.customer, at=EARLY, **nothing)


def test_whoever_comes_early_stays_in_or_finds_the_order_given_up(order: Order) -> None:
    results = at_once([let_in_early(order), lambda: give_up(order)])
    outcomes = {
        TicketStatus.ACTIVE: (["TransitionRefused", "Visit"], 1),
        TicketStatus.CANCELLED: (["Order", "TicketCancelled"], 0),
    }
    assert (kinds(results), Visit.objects.count()) == outcomes[Ticket.objects.get().status]


def enter_while_given_up(order: Order, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the visitor come between checking the order and cancelling it; return the outcome of the entry."""
    enter, check = let_in_early(order), cancelling.check_own_cancelling
    results: list[Any] = []

    def check_then_let_in(checked: Order, *, at: datetime) -> None:
        check(checked, at=at)
        results.extend(at_once([enter]))

    monkeypatch.setattr(cancelling, "check_own_cancelling", check_then_let_in)
    give_up(order)
    return results


def test_nobody_comes_early_while_the_order_is_given_up(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coworking.domain.locks.WAIT", "300ms")
    assert kinds(enter_while_given_up(order, monkeypatch)) == ["Busy"]
    assert (Ticket.objects.get().status, Visit.objects.count()) == (TicketStatus.CANCELLED, 0)


def test_control_without_the_lock_somebody_is_in_whose_order_is_given_up(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "lock_tickets", lambda numbers: None)
    assert kinds(enter_while_given_up(order, monkeypatch)) == ["Visit"]
    assert (Ticket.objects.get().status, Visit.objects.count()) == (TicketStatus.CANCELLED, 1)


# Or moves it to another day


def moved_to_thursday(order: Order, by: Booker) -> Plan:
    there = Order.objects.select_related("location").get(pk=order.pk)
    when = When(day=THURSDAY, start=clock("10"), end=clock("12"))
    wish = ChangeWish(tickets=(TicketChange(number=tickets_of(order)[0], when=when),))
    return plan_of(there, wish, booker=by, at=EARLY)


def enter_while_moved(order: Order, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the visitor come between the last check of the ticket and its move; return the outcome of the entry."""
    Service.objects.update(move_hours=0)
    enter, results = let_in_early(order), list[Any]()
    plan = moved_to_thursday(order, Booker.customer(order.customer, order.location))

    def plan_then_let_in(*args: Any, **wanted: Any) -> Plan:
        planned = plan_of(*args, **wanted)
        results.extend(at_once([enter]))
        return planned

    monkeypatch.setattr(changing, "plan_of", plan_then_let_in)
    changing.carry_out(plan)
    return results


def test_nobody_comes_early_while_the_booking_is_moved(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coworking.domain.locks.WAIT", "300ms")
    assert kinds(enter_while_moved(order, monkeypatch)) == ["Busy"]
    assert (Ticket.objects.get().period, Visit.objects.count()) == (hours("10", "12", day=THURSDAY), 0)


def test_control_without_the_lock_somebody_is_in_whose_visit_is_taken_back(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "lock_tickets", list)
    assert kinds(enter_while_moved(order, monkeypatch)) == ["Visit"]
    assert (Ticket.objects.get().period, Visit.objects.filter(undone_at=None).count()) == (
        hours("10", "12", day=THURSDAY),
        0,
    )


def send_offline_scan(order: Order, token: uuid.UUID) -> Callable[[], OfflineScan]:
    """Send one scan that was made at ten without network."""
    by, number = make_manager(location=order.location), order.lines.get().ticket_id
    scan = {"token": token, "location": order.location, "read_text": str(number), "scanned_at": TEN}
    return lambda: offline_scans.record(OfflineScan(**scan, by=by, received_at=LATE))


def without_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read tickets without locking them, and let all senders check before any of them writes."""
    unlock_ticket(monkeypatch)
    meet_after(monkeypatch, late_visits, "_end_forgotten", DOORS)


@pytest.mark.parametrize("is_locked", [True, False])
def test_one_offline_scan_sent_several_times_at_once_is_one_visit(
    order: Order, is_locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_locked:
        without_looks(monkeypatch)
    results = at_once([send_offline_scan(order, uuid.UUID(int=7)) for _ in range(DOORS)])
    assert results == [OfflineScan.objects.get()] * DOORS
    assert Visit.objects.get() == OfflineScan.objects.get().visit


def test_control_without_the_guards_one_offline_scan_is_several_visits(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_looks(monkeypatch)
    with (
        without_index("coworking_visit", "visit_one_open_a_ticket"),
        without_constraint("coworking_visit", "coworking_visit_scan_id_key"),
        without_constraint("orders_offlinescan", "orders_offlinescan_token_key"),
    ):
        results = at_once([send_offline_scan(order, uuid.UUID(int=7)) for _ in range(DOORS)])
        assert kinds(results) == ["OfflineScan"] * DOORS
        assert (OfflineScan.objects.count(), Visit.objects.count()) == (DOORS, DOORS)


@pytest.fixture
def warned(order: Order) -> Order:
    """The order, whose visitor was warned at 10:15 that the place becomes free at 10:30."""
    Location.objects.update(visits_from=WEDNESDAY)
    Service.objects.update(release_minutes=30)
    assert no_shows.warn_of_release(TEN + (LATE - TEN) / 2) == 1
    return order


def test_who_comes_while_the_clock_releases_is_in_or_finds_the_place_given_away(warned: Order) -> None:
    enter = let_in_late(warned)
    results = at_once([enter, lambda: no_shows.release_no_shows(LATER)])
    outcomes = {
        TicketStatus.ACTIVE: (["Visit", "int"], 1, 0),
        TicketStatus.NO_SHOW: (["PlaceReleased", "int"], 0, 1),
    }
    told = OrderEvent.objects.filter(kind="place_released").count()
    assert (kinds(results), Visit.objects.count(), told) == outcomes[Ticket.objects.get().status]


def test_control_without_the_lock_the_clock_releases_a_place_where_somebody_is(
    warned: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter, mark = let_in_late(warned), visits.tickets.mark_no_show

    def let_in_then_mark(numbers: list[int]) -> None:
        assert kinds(at_once([enter])) == ["Visit"]
        mark(numbers)

    unlock_ticket(monkeypatch)
    monkeypatch.setattr(visits.tickets, "mark_no_show", let_in_then_mark)
    assert no_shows.release_no_shows(LATER) == 1
    assert (Ticket.objects.get().status, Visit.objects.count()) == (TicketStatus.NO_SHOW, 1)


def let_in_late(order: Order) -> Callable[[], Visit]:
    number, by = order.lines.get().ticket_id or 0, make_manager(location=order.location)
    return lambda: door.let_in(number, scan_id=uuid.uuid4(), source=VisitSource.CODE, by=by, at=LATER)
