"""How long an unpaid order keeps its places."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import User
from coworking.domain.tickets import SeatsTaken
from coworking.models import Service, Tariff, Ticket
from orders.domain.booking.deadlines import extend_deadline, extend_for_outage, reactivate_order, warn_of_deadlines
from orders.domain.booking.transitions import TransitionRefused
from orders.domain.online.expiry import expire_overdue
from orders.models import Message, Order, OrderEvent
from tests.factories import make_order, make_seats, make_tariff, make_user, seat_of
from tests.gateways.fake import FakeGateway
from tests.moments import hours, moment
from tests.orders.booking.changes import when
from tests.orders.conftest import now
from tests.orders.steps import Seen, look, pay, press_pay, review, seen, send_all, told_events
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DEADLINE = moment("2026-11-25 09:00")


def go_to(clock: time_machine.Coordinates, at: datetime) -> None:
    clock.move_to(at.astimezone(now().tzinfo))


def deadlines(order: Order) -> tuple[datetime | None, list[datetime | None]]:
    tickets = Ticket.objects.filter(lines__order=order)
    return Order.objects.get(pk=order.pk).deadline_at, list(tickets.values_list("held_until", flat=True))


def letters(order: Order, kind: str) -> list[datetime | None]:
    """Return the moments that the letters of a kind are about."""
    written = Message.objects.filter(order=order, kind=kind).order_by("pk")
    return [letter.deadline_at or letter.asked_at for letter in written]


# Extending


def test_a_manager_gives_the_whole_time_again(
    order: Order, clock: time_machine.Coordinates, manager: User, pool: Service
) -> None:
    Service.objects.update(deadline_hours=4)
    Order.objects.update(deadline_at=now() + HOUR)
    clock.shift(30 * MINUTE)
    extend_deadline(order.pk, by=manager, at=now())
    until = now() + 4 * HOUR
    assert deadlines(order) == (until, [until])
    event = OrderEvent.objects.get(kind="deadline_moved")
    assert (event.by, event.reason, event.data) == (
        manager,
        "",
        {"from": (now() + 30 * MINUTE).isoformat(), "to": until.isoformat()},
    )


def test_the_start_of_the_booking_ends_the_time_to_pay(
    order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    clock.shift(4 * HOUR)
    extend_deadline(order.pk, by=manager, at=now())
    assert deadlines(order)[0] == order.period.start


def test_a_deadline_that_is_the_longest_already_is_not_moved(order: Order, manager: User) -> None:
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        extend_deadline(order.pk, by=manager, at=now())
    assert saved_rows() == before


@pytest.mark.parametrize("status", ["confirmed", "completed", "cancelled", "expired"])
def test_only_an_order_that_waits_has_a_deadline(
    status: str, order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    Order.objects.update(status=status)
    clock.shift(4 * HOUR)
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        extend_deadline(order.pk, by=manager, at=now())
    assert saved_rows() == before


# Warning


@pytest.mark.parametrize(
    ("time_to_pay", "lead"),
    [(24 * HOUR, 2 * HOUR), (8 * HOUR, 2 * HOUR), (4 * HOUR, HOUR), (20 * MINUTE, 5 * MINUTE)],
)
def test_the_customer_is_warned_when_a_quarter_of_the_time_is_left_but_not_earlier_than_two_hours(
    time_to_pay: timedelta, lead: timedelta, order: Order, clock: time_machine.Coordinates
) -> None:
    Order.objects.update(deadline_at=now() + time_to_pay)
    clock.shift(time_to_pay - lead - SECOND)
    before = saved_rows()
    assert (warn_of_deadlines(now()), saved_rows()) == (0, before)
    clock.shift(SECOND)
    assert warn_of_deadlines(now()) == 1
    assert letters(order, "deadline") == [Order.objects.get().deadline_at]
    assert jobs()[-1] == ("orders.send_message", {"message_id": Message.objects.get(kind="deadline").pk})


def test_the_customer_is_warned_once_a_deadline(order: Order, clock: time_machine.Coordinates, manager: User) -> None:
    go_to(clock, DEADLINE - HOUR)
    warn_of_deadlines(now())
    before = saved_rows()
    clock.shift(MINUTE)
    assert (warn_of_deadlines(now()), saved_rows()) == (0, before)
    extend_deadline(order.pk, by=manager, at=now())
    clock.shift(30 * MINUTE)
    assert warn_of_deadlines(now()) == 1
    assert len(letters(order, "deadline")) == 2


def test_a_deadline_that_moves_on_a_little_brings_no_second_warning(
    order: Order, clock: time_machine.Coordinates
) -> None:
    go_to(clock, DEADLINE - MINUTE)
    warn_of_deadlines(now())
    extend_for_outage(order.pk, since=now(), at=now())
    order.refresh_from_db()
    assert order.deadline_at == DEADLINE + 9 * MINUTE
    before = saved_rows()
    assert (warn_of_deadlines(now()), saved_rows()) == (0, before)


@pytest.mark.parametrize(("early", "warned"), [(SECOND, 0), (timedelta(0), 1)])
def test_half_an_hour_after_a_warning_the_next_deadline_is_warned_of(
    early: timedelta, warned: int, order: Order, clock: time_machine.Coordinates
) -> None:
    go_to(clock, DEADLINE - MINUTE)
    assert warn_of_deadlines(now()) == 1
    Order.objects.update(deadline_at=DEADLINE + 30 * MINUTE)
    go_to(clock, DEADLINE + 29 * MINUTE - early)
    assert warn_of_deadlines(now()) == warned
    assert letters(order, "deadline") == [DEADLINE, DEADLINE + 30 * MINUTE][: 1 + warned]


@pytest.mark.parametrize(("early", "moved"), [(SECOND, timedelta(0)), (timedelta(0), 8 * MINUTE)])
def test_an_outage_extends_a_deadline_from_two_minutes_before_it(
    early: timedelta, moved: timedelta, order: Order, clock: time_machine.Coordinates
) -> None:
    go_to(clock, DEADLINE - 2 * MINUTE - early)
    extend_for_outage(order.pk, since=now(), at=now())
    assert deadlines(order) == (DEADLINE + moved, [DEADLINE + moved])


def test_after_the_deadline_nobody_is_warned(order: Order, clock: time_machine.Coordinates) -> None:
    go_to(clock, DEADLINE)
    before = saved_rows()
    assert (warn_of_deadlines(now()), saved_rows()) == (0, before)


@pytest.mark.parametrize("step", [pay, review], ids=["paid", "in review"])
def test_paid_or_possibly_paid_orders_get_no_warning(
    step: Callable[[Order, FakeGateway], Any], order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    step(order, gateway)
    go_to(clock, DEADLINE - HOUR)
    before = saved_rows()
    assert (warn_of_deadlines(now()), saved_rows()) == (0, before)


def test_without_an_e_mail_nobody_is_warned(order: Order, clock: time_machine.Coordinates) -> None:
    Order.objects.update(email="", payment_method="invoice")
    go_to(clock, DEADLINE - HOUR)
    before = saved_rows()
    assert (warn_of_deadlines(now()), saved_rows()) == (0, before)


# Taking the places again


@pytest.fixture
def expired(order: Order, clock: time_machine.Coordinates) -> Order:
    """The order, an hour after its time to pay was over."""
    Order.objects.update(deadline_at=now() + HOUR)
    clock.shift(2 * HOUR)
    assert expire_overdue(None, now()) == 1
    return Order.objects.get()


def test_an_expired_order_takes_its_places_again_and_waits_anew(
    expired: Order, gateway: FakeGateway, manager: User
) -> None:
    reactivate_order(expired.pk, by=manager, at=now())
    until = expired.period.start
    assert (seen(expired).status, seen(expired).tickets) == ("awaiting_payment", ["held"])
    assert deadlines(expired) == (until, [until])
    assert letters(expired, "link") == [now()]
    moved = OrderEvent.objects.filter(kind="status_changed").order_by("pk").last()
    assert (moved.by, moved.data) == (manager, {"from": "expired", "to": "awaiting_payment"})
    assert OrderEvent.objects.get(kind="tickets_restored").by == manager
    pay(expired, gateway)
    assert (seen(expired).status, seen(expired).tickets) == ("confirmed", ["active"])


def test_a_reactivated_order_expires_again(expired: Order, clock: time_machine.Coordinates, manager: User) -> None:
    reactivate_order(expired.pk, by=manager, at=now())
    go_to(clock, expired.period.start)
    assert expire_overdue(None, now()) == 1
    assert (seen(expired).tickets, len(letters(expired, "expired"))) == (["cancelled"], 2)


def test_places_that_are_taken_meanwhile_are_not_taken_again(expired: Order, tariff: Tariff, manager: User) -> None:
    make_order(tariff=tariff, at=now())
    before = saved_rows()
    with pytest.raises(SeatsTaken):
        reactivate_order(expired.pk, by=manager, at=now())
    assert saved_rows() == before


def test_an_order_of_which_a_ticket_is_gone_is_not_taken_again_in_part(
    clock: time_machine.Coordinates, pool: Service, tariff: Tariff, manager: User
) -> None:
    Service.objects.update(capacity=2)
    order = make_order(tariff=tariff, at=now(), payment_method="online", visitor_ids=(None, None))
    go_to(clock, order.deadline_at)
    assert expire_overdue(None, now()) == 1
    Ticket.objects.filter(pk=order.lines.earliest("pk").ticket_id).update(status="used")
    before = saved_rows()
    with pytest.raises(SeatsTaken, match="tickets_gone"):
        reactivate_order(order.pk, by=manager, at=now())
    assert saved_rows() == before


def test_places_are_taken_again_with_the_buffer_of_now(expired: Order, manager: User) -> None:
    Service.objects.update(buffer_minutes=30)
    reactivate_order(expired.pk, by=manager, at=now())
    assert Ticket.objects.get().occupied == hours("10", "12:30")


def test_a_buffer_that_there_is_not_any_more_is_in_nobodys_way(expired: Order, tariff: Tariff, manager: User) -> None:
    Ticket.objects.update(occupied=hours("10", "12:30"))  # booked while there was one
    next_one = make_order(tariff=tariff, at=now(), when=when("12", "14"))
    reactivate_order(expired.pk, by=manager, at=now())
    there = Ticket.objects.blocking().order_by("number").values_list("lines__order", "occupied")
    assert list(there) == [(expired.pk, hours("10", "12")), (next_one.pk, hours("12", "14"))]


def test_places_are_not_taken_again_right_before_others_where_a_buffer_is_due_now(
    expired: Order, tariff: Tariff, manager: User
) -> None:
    make_order(tariff=tariff, at=now(), when=when("12", "14"))
    Service.objects.update(buffer_minutes=30)
    before = saved_rows()
    with pytest.raises(SeatsTaken):
        reactivate_order(expired.pk, by=manager, at=now())
    assert saved_rows() == before


def test_an_order_whose_time_has_begun_is_not_taken_again(
    expired: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    go_to(clock, expired.period.start)
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        reactivate_order(expired.pk, by=manager, at=now())
    assert saved_rows() == before


def test_an_order_of_somebody_who_was_erased_is_not_taken_again(expired: Order, manager: User) -> None:
    User.objects.filter(pk=expired.customer_id).update(phone=None, email=None, is_active=False, erased_at=now())
    before = saved_rows()
    with pytest.raises(TransitionRefused, match="customer_erased"):
        reactivate_order(expired.pk, by=manager, at=now())
    for status in ("awaiting_payment", "confirmed"):  # the database has the last word
        with pytest.raises(IntegrityError, match="is erased"), transaction.atomic():
            Order.objects.update(status=status)
    assert saved_rows() == before


@pytest.mark.parametrize("status", ["awaiting_payment", "confirmed", "completed", "cancelled"])
def test_only_an_expired_order_is_taken_again(status: str, expired: Order, manager: User) -> None:
    Order.objects.update(status=status)
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        reactivate_order(expired.pk, by=manager, at=now())
    assert saved_rows() == before


# A numbered seat that is no longer there


@pytest.fixture
def seat_order(clock: time_machine.Coordinates, manager: User) -> Order:
    """Seat A1 for Wednesday, 10 to 12, to be paid within an hour."""
    service = make_seats(location=manager.memberships.get().location, labels=["A1", "A2"])
    tariff = make_tariff(service=service)
    order = make_order(
        tariff=tariff, by=manager, payment_method="online", seat_ids=(seat_of(service, "A1").pk,), customer=make_user()
    )
    Order.objects.update(deadline_at=now() + HOUR)
    return order


def test_a_seat_that_was_switched_off_is_not_taken_again(
    seat_order: Order, clock: time_machine.Coordinates, manager: User
) -> None:
    clock.shift(2 * HOUR)
    expire_overdue(None, now())
    seat_order.service.seats.filter(label="A1").update(is_active=False)
    before = saved_rows()
    with pytest.raises(SeatsTaken):
        reactivate_order(seat_order.pk, by=manager, at=now())
    assert saved_rows() == before


def test_a_late_payment_of_a_seat_that_was_switched_off_goes_back(
    seat_order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(55 * MINUTE)
    attempt = press_pay(seat_order, gateway)
    clock.shift(10 * MINUTE)
    expire_overdue(gateway, now())
    seat_order.service.seats.filter(label="A1").update(is_active=False)
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    send_all(gateway)
    assert seen(seat_order) == Seen(
        status="expired",
        tickets=["cancelled"],
        payments=["succeeded"],
        refunds=[("late_payment", "succeeded", attempt.amount)],
        ledger=[("charge", "online", attempt.amount), ("refund", "online", -attempt.amount)],
        letters=["created", "expired", "refunded"],
        cases=["late_payment"],
    )


def test_a_late_payment_takes_the_same_seat_again(
    seat_order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(55 * MINUTE)
    attempt = press_pay(seat_order, gateway)
    clock.shift(10 * MINUTE)
    expire_overdue(gateway, now())
    gateway.pay(attempt.provider_id or "")
    look(attempt, gateway)
    assert (seen(seat_order).status, seen(seat_order).tickets) == ("confirmed", ["active"])
    assert Ticket.objects.get().seat.label == "A1"
    assert told_events(seat_order, "tickets_restored") == [{}]
