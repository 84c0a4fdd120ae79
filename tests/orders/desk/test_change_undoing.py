"""The ten minutes after a change: its letter and its refund wait, and it can be undone."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import icalendar
import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from coworking.domain import tickets
from coworking.domain.tickets import SeatsTaken
from coworking.models import Tariff, Ticket, Visit, VisitSource
from olvery.shared.periods import Period
from orders.documents.ticket import calendar_file
from orders.domain.booking.deadlines import extend_deadline
from orders.domain.booking.transitions import tickets_of
from orders.domain.booking.wish import Repeat
from orders.domain.desk import door
from orders.domain.desk.change_undoing import UndoRefused, settle_change, undo_change, undoable
from orders.domain.money.balance import balance_of
from orders.domain.online.completion import complete_finished
from orders.domain.queries.cards import order_card
from orders.letters.send import send_message
from orders.models import Message, Order, OrderLine, PaymentAttempt
from tests.factories import make_booking_wish, make_order, make_tariff, make_ticket, make_user
from tests.gateways.fake import FakeGateway
from tests.moments import FRIDAY, THURSDAY, TUESDAY, WEDNESDAY, hours, moment
from tests.orders.booking.changes import change, ticket_of, when
from tests.orders.conftest import now
from tests.orders.steps import due_back, give_back, money, pay, press_pay, refund, seen, send_all, take, told_events
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM, HALF = Decimal("600.00"), Decimal("300.00")
LATER = timedelta(minutes=10)


def what_is_sold(order: Order) -> tuple[Any, ...]:
    """Return everything about an order that a change affects."""
    there = Order.objects.get(pk=order.pk)
    ticket = Ticket.objects.get(pk=ticket_of(order).pk)
    place = ticket.service_id, ticket.seat_id, ticket.period, ticket.occupied, ticket.status, ticket.held_until
    return place, there.period, there.total, there.due, there.booking_count, there.deadline_at, there.status


# The refund


def test_the_refund_of_a_change_waits_for_ten_minutes(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    event = change(order, by=manager, when=when("10", "11"))
    assert (seen(order).refunds, due_back(order)) == ([], [HALF])
    [due_at] = ProcrastinateJob.objects.filter(task_name="orders.settle_change").values_list("scheduled_at", flat=True)
    assert due_at == now() + LATER
    clock.shift(LATER)
    assert settle_change(event.pk, gateway, at=now())
    send_all(gateway)
    assert seen(order).refunds == [("staff", "succeeded", HALF)]
    assert (money(order), due_back(order)) == ((HALF, HALF, 0, 0), [])
    assert not settle_change(event.pk, gateway, at=now())


def test_no_more_goes_back_than_is_still_too_much(
    order: Order, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    pay(order, gateway)
    first = change(order, by=manager, when=when("10", "11"))
    change(order, by=manager, when=when("10", "11:30"))
    clock.shift(LATER)
    settle_change(first.pk, gateway, at=now())
    send_all(gateway)
    assert money(order) == (Decimal("450.00"), Decimal("450.00"), 0, 0)
    change(order, by=manager, when=when("10", "11"))
    before = saved_rows()
    assert not settle_change(first.pk, gateway, at=now())  # what is too much again is not of this change
    assert saved_rows() == before


def test_a_refund_that_cannot_be_asked_for_stays_a_case(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    event = change(order, by=manager, when=when("10", "11"))
    assert not settle_change(event.pk, None, at=now())
    assert (seen(order).refunds, due_back(order)) == ([], [HALF])


# Undoing


@pytest.mark.parametrize("wanted", [when("10", "11"), when("10", "14"), when("15", "17")])
def test_an_undone_change_leaves_what_was_sold_before(
    wanted: Any, order: Order, gateway: FakeGateway, manager: User, tariff: Tariff, policy: None
) -> None:
    pay(order, gateway)
    before = what_is_sold(order)
    Tariff.objects.update(price=Decimal(350))
    event = change(order, by=manager, when=wanted)
    undo_change(order.pk, event.pk, by=manager, at=now())
    assert what_is_sold(order) == before
    assert sum(line.amount for line in OrderLine.objects.filter(order=order)) == SUM
    assert (seen(order).cases, seen(order).letters.count("changed")) == ([], 0)
    assert not settle_change(event.pk, gateway, at=now())
    assert told_events(order, "change_undone")[0]["change"] == event.pk


def test_a_change_of_an_unpaid_order_is_undone_with_its_deadline(
    order: Order, gateway: FakeGateway, manager: User
) -> None:
    before = what_is_sold(order)
    event = change(order, by=manager, when=when("14", "17", day=now().date()))
    press_pay(order, gateway)
    undo_change(order.pk, event.pk, by=manager, at=now())
    assert what_is_sold(order) == before
    assert not PaymentAttempt.objects.active().exists()


def test_a_deadline_that_moved_since_is_not_taken_back(
    order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    Order.objects.update(deadline_at=now() + timedelta(minutes=5))
    event = change(order, by=manager, when=when("14", "17"))
    clock.shift(timedelta(minutes=3))
    until = extend_deadline(order.pk, by=manager, at=now()).deadline_at
    clock.shift(timedelta(minutes=3))
    undo_change(order.pk, event.pk, by=manager, at=now())
    assert (ticket_of(order).held_until, Order.objects.get(pk=order.pk).deadline_at) == (until, until)


def test_a_deadline_that_moved_since_ends_at_the_start_that_comes_back(
    order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    Order.objects.update(deadline_at=now() + timedelta(minutes=5))
    event = change(order, by=manager, when=when(day=FRIDAY))
    extend_deadline(order.pk, by=manager, at=moment("2026-11-24 23:00"))
    undo_change(order.pk, event.pk, by=manager, at=now())
    start = hours("10", "12").start
    assert (ticket_of(order).held_until, Order.objects.get(pk=order.pk).deadline_at) == (start, start)


def test_an_order_whose_last_day_is_given_up_is_completed_once_that_cannot_be_undone(
    tariff: Tariff, manager: User, clock: time_machine.Coordinates
) -> None:
    week = Repeat(weekdays=frozenset({WEDNESDAY.weekday(), THURSDAY.weekday()}), until=THURSDAY)
    series = make_booking_wish(tariff=tariff, repeat=week)
    order = make_order(tariff=tariff, by=manager, payment_method="on_site", bookings=(series,))
    clock.move_to(moment("2026-11-25 18:00"))
    tickets.close_finished(now())
    event = change(order, by=manager, ticket=tickets_of(order)[1], is_cancelled=True)
    clock.shift(timedelta(minutes=9))
    assert (complete_finished(None, now()), seen(order).status) == (0, "confirmed")
    undo_change(order.pk, event.pk, by=manager, at=now())
    assert Order.objects.get(pk=order.pk).period == Period(hours("10", "12").start, hours("10", "12", THURSDAY).end)
    change(order, by=manager, ticket=tickets_of(order)[1], is_cancelled=True)
    clock.shift(LATER)
    assert (complete_finished(None, now()), seen(order).status) == (1, "completed")


def test_the_last_of_two_changes_is_undone_first(desk_order: Order, manager: User) -> None:
    first = change(desk_order, by=manager, when=when("10", "13"))
    second = change(desk_order, by=manager, when=when("12", "13"))
    with pytest.raises(UndoRefused) as refused:
        undo_change(desk_order.pk, first.pk, by=manager, at=now())
    assert refused.value.reason == "undo_overtaken"
    undo_change(desk_order.pk, second.pk, by=manager, at=now())
    undo_change(desk_order.pk, first.pk, by=manager, at=now())
    assert (ticket_of(desk_order).period, balance_of(desk_order).total) == (hours("10", "12"), SUM)


def test_places_that_are_gone_are_not_given_back(desk_order: Order, tariff: Tariff, manager: User) -> None:
    event = change(desk_order, by=manager, when=when("15", "17"))
    make_ticket(service=tariff.service, period=hours("11", "13"))
    before = saved_rows()
    with pytest.raises(SeatsTaken):
        undo_change(desk_order.pk, event.pk, by=manager, at=now())
    assert saved_rows() == before


def test_a_change_is_not_undone_after_ten_minutes_or_once_its_letter_is_sent(
    desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    event = change(desk_order, by=manager, when=when("10", "13"))
    with pytest.raises(UndoRefused):
        undo_change(desk_order.pk, event.pk, by=manager, at=now() + LATER)
    send_message(Message.objects.get(kind="changed").pk, at=now())
    with pytest.raises(UndoRefused) as refused:
        undo_change(desk_order.pk, event.pk, by=manager, at=now())
    assert refused.value.reason == "undo_too_late"


@pytest.mark.parametrize("online", [False, True])
def test_a_change_is_not_undone_once_money_has_moved(
    online: bool, order: Order, gateway: FakeGateway, manager: User
) -> None:
    if online:
        pay(order, gateway)
    else:
        take(order, "600", by=manager)
    event = change(order, by=manager, when=when("10", "11"))
    if online:
        refund(order, gateway, "300", by=manager)  # under way
    else:
        give_back(order, "300", by=manager)
    before = saved_rows()
    with pytest.raises(UndoRefused) as refused:
        undo_change(order.pk, event.pk, by=manager, at=now())
    assert (refused.value.reason, saved_rows()) == ("undo_money_moved", before)


def come_in(order: Order, by: User) -> None:
    door.let_in(ticket_of(order).pk, scan_id=uuid.uuid4(), source=VisitSource.LIST, by=by, at=now(), unpaid=True)


@pytest.mark.parametrize("wanted", [{"when": when("09", "11", day=TUESDAY)}, {"visitor_id": True}])
def test_a_change_on_which_somebody_has_come_is_not_undone(
    wanted: dict[str, Any], desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    if "visitor_id" in wanted:
        wanted = {"visitor_id": make_user().pk}
        clock.move_to(moment("2026-11-25 09:55"))
    event = change(desk_order, by=manager, **wanted)
    clock.shift(timedelta(minutes=5))
    come_in(desk_order, manager)
    before = saved_rows()
    with pytest.raises(UndoRefused) as refused:
        undo_change(desk_order.pk, event.pk, by=manager, at=now())
    assert (refused.value.reason, saved_rows()) == ("undo_visitor_came", before)


def test_who_has_come_stays_where_more_time_is_taken_back(
    desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-25 09:55"))
    event = change(desk_order, by=manager, when=when("10", "13"))
    clock.shift(timedelta(minutes=5))
    come_in(desk_order, manager)
    undo_change(desk_order.pk, event.pk, by=manager, at=now())
    assert (ticket_of(desk_order).period, Visit.objects.get().is_open) == (hours("10", "12"), True)


# The letter


def test_one_letter_tells_of_a_change_after_ten_minutes(
    order: Order, gateway: FakeGateway, manager: User, mailoutbox: Any, policy: None
) -> None:
    pay(order, gateway)
    change(order, by=manager, when=when("10", "13"))
    change(order, by=manager, when=when("10", "12:30"))
    [message] = Message.objects.filter(kind="changed")
    job = ProcrastinateJob.objects.get(args={"message_id": message.pk})
    assert job.scheduled_at == now() + LATER
    send_message(message.pk, at=now())
    letter = mailoutbox[-1]
    assert letter.subject == f"Изменение брони, заказ {order.pk}"
    assert "25.11.2026 10:00–13:00 → 25.11.2026 10:00–12:30" in letter.body
    assert "Осталось оплатить: 150 ₽" in letter.body.replace("\u00a0", " ")


@pytest.mark.parametrize("minutes", [8, 12])
def test_a_change_before_the_undone_one_is_told_all_the_same(
    desk_order: Order, manager: User, mailoutbox: Any, clock: time_machine.Coordinates, minutes: int
) -> None:
    first = change(desk_order, by=manager, when=when("10", "13"))
    clock.shift(timedelta(minutes=5))
    second = change(desk_order, by=manager, when=when("12", "13"))
    clock.shift(timedelta(minutes=minutes - 5))
    undo_change(desk_order.pk, second.pk, by=manager, at=now())
    [message] = Message.objects.filter(kind="changed")
    job = ProcrastinateJob.objects.get(args={"message_id": message.pk})
    assert (message.asked_at, job.scheduled_at) == (first.at, max(first.at + LATER, now()))
    send_message(message.pk, at=now())
    assert "25.11.2026 10:00–12:00 → 25.11.2026 10:00–13:00" in mailoutbox[-1].body


def test_a_change_that_was_told_is_not_told_again_when_the_next_is_undone(
    desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    first = change(desk_order, by=manager, when=when("10", "13"))
    clock.shift(LATER)
    send_message(Message.objects.get(kind="changed").pk, at=now())
    second = change(desk_order, by=manager, when=when("12", "13"))
    undo_change(desk_order.pk, second.pk, by=manager, at=now())
    assert list(Message.objects.filter(kind="changed").values_list("asked_at", "sent_at")) == [(first.at, now())]


def test_two_undone_changes_are_not_reported(desk_order: Order, manager: User) -> None:
    first = change(desk_order, by=manager, when=when("10", "13"))
    second = change(desk_order, by=manager, when=when("12", "13"))
    for event in (second, first):
        undo_change(desk_order.pk, event.pk, by=manager, at=now())
    assert not Message.objects.filter(kind="changed").exists()


def test_a_calendar_replaces_what_it_had_of_a_changed_ticket(
    desk_order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    def entry() -> Any:
        there = Order.objects.select_related("location").get(pk=desk_order.pk)
        tickets = list(Ticket.objects.filter(pk=ticket_of(desk_order).pk).select_related("service", "seat"))
        return icalendar.Calendar.from_ical(calendar_file(there, tickets, at=now())).walk("VEVENT")[0]

    before = entry()
    clock.shift(timedelta(minutes=1))
    change(desk_order, by=manager, when=when("15", "17"))
    after = entry()
    assert (before["uid"], before["sequence"], after["sequence"]) == (after["uid"], 0, 60)
    assert after["dtstart"].dt == hours("15", "17").start


def test_a_change_that_confirmed_the_order_is_not_undone(order: Order, manager: User, tariff: Tariff) -> None:
    free = make_tariff(service=tariff.service, price="0")
    event = change(order, by=manager, tariff_id=free.pk, when=when())
    before = saved_rows()
    assert seen(order).status == "confirmed"
    with pytest.raises(UndoRefused) as refused:
        undo_change(order.pk, event.pk, by=manager, at=now())
    assert refused.value.reason == "undo_overtaken"
    assert undoable(order_card(Order.objects.all(), order.pk), at=now()) is None
    assert saved_rows() == before
