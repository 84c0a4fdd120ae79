import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from coworking.models import Tariff, Ticket
from olvery.shared.periods import Period
from orders import tasks
from orders.domain.booking.transitions import TransitionRefused, change_status
from orders.domain.desk.cancelling import cancel_order
from orders.domain.desk.refunding import WhyMissing
from orders.domain.online import completion
from orders.domain.online.completion import complete_finished
from orders.domain.online.expiry import expire_overdue
from orders.models import Message, Order, OrderEvent, OrderStatus
from tests.factories import make_manager, make_order, make_pool, make_tariff, make_ticket, make_user
from tests.moments import NOW, hours, moment
from tests.snapshots import jobs, saved_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ALLOWED = {
    ("awaiting_payment", "confirmed"),
    ("awaiting_payment", "cancelled"),
    ("awaiting_payment", "expired"),
    ("confirmed", "completed"),
    ("confirmed", "cancelled"),
    ("expired", "awaiting_payment"),
    ("expired", "confirmed"),
}
EVERY_MOVE = list(itertools.product(OrderStatus.values, repeat=2))
DEADLINE, ELEVEN, NOON = (moment(f"2026-11-25 {hour}:00") for hour in ("09", "11", "12"))


@pytest.fixture
def tariff() -> Tariff:
    return make_tariff(service=make_pool(capacity=4))


@pytest.fixture
def manager(tariff: Tariff) -> User:
    return make_manager(location=tariff.service.location)


@pytest.fixture
def online(settings: Any) -> dict[str, str]:
    settings.YOOKASSA_SHOP_ID, settings.YOOKASSA_SECRET_KEY = "123456", "test_key"
    return {"payment_method": "online"}


def history(order: Order) -> list[tuple[Any, ...]]:
    moves = OrderEvent.objects.filter(order=order, kind="status_changed").order_by("pk")
    return list(moves.values_list("data", "by", "at", "reason"))


def statuses(order: Order) -> tuple[str, list[tuple[str, datetime | None]]]:
    tickets = Ticket.objects.filter(lines__order=order).order_by("pk")
    return Order.objects.get(pk=order.pk).status, list(tickets.values_list("status", "held_until"))


# Moves


@pytest.mark.parametrize(("source", "target"), [move for move in EVERY_MOVE if move in ALLOWED])
def test_an_allowed_transition_is_written_down(source: str, target: str, tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    Order.objects.update(status=source, deadline_at=DEADLINE)
    order.refresh_from_db()
    change_status(order, OrderStatus(target), by=manager, at=NOON, reason="Так надо")
    assert order.status == Order.objects.get().status == target
    assert history(order) == [({"from": source, "to": target}, manager.pk, NOON, "Так надо")]


@pytest.mark.parametrize(("source", "target"), [move for move in EVERY_MOVE if move not in ALLOWED])
def test_every_other_transition_is_refused(source: str, target: str, tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    Order.objects.update(status=source, deadline_at=DEADLINE)
    order.refresh_from_db()
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        change_status(order, OrderStatus(target), by=manager, at=NOON)
    assert (saved_rows(), order.status) == (before, source)


def test_the_second_of_two_callers_with_the_same_order_changes_nothing(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    first, second = Order.objects.get(pk=order.pk), Order.objects.get(pk=order.pk)
    change_status(first, OrderStatus.CANCELLED, by=manager, at=NOON)
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        change_status(second, OrderStatus.COMPLETED, by=None, at=NOON)
    assert saved_rows() == before


# Cancelling


def test_cancelling_frees_the_places_and_tells_the_customer(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager, visitor_ids=(None,) * 4)
    queued = len(jobs())

    cancelled = cancel_order(order.pk, by=manager, reason="  Заболел  ", at=ELEVEN)

    assert cancelled.status == "cancelled"
    assert statuses(order) == ("cancelled", [("cancelled", None)] * 4)
    nothing = {"returned_online": "0.00", "returned_at_desk": "0.00", "kept": "0.00"}
    assert history(order) == [({"from": "confirmed", "to": "cancelled", **nothing}, manager.pk, ELEVEN, "Заболел")]
    message = Message.objects.get(kind="cancelled")
    assert (message.order, message.to, message.sent_at) == (order, order.email, None)
    assert jobs()[queued:] == [("orders.send_message", {"message_id": message.pk})]
    assert make_order(tariff=tariff, visitor_ids=(None,) * 4)


def test_an_unpaid_order_is_cancelled_with_its_held_tickets(
    tariff: Tariff, manager: User, online: dict[str, str]
) -> None:
    order = make_order(tariff=tariff, by=manager, **online)
    cancel_order(order.pk, by=manager, reason="Передумал", at=NOW)
    assert statuses(order) == ("cancelled", [("cancelled", None)])


def test_cancelling_keeps_the_lines_and_the_other_orders(tariff: Tariff, manager: User) -> None:
    order, other = make_order(tariff=tariff, by=manager), make_order(tariff=tariff, by=manager)
    lines = list(order.lines.values())
    cancel_order(order.pk, by=manager, reason="Передумал", at=ELEVEN)
    assert list(order.lines.values()) == lines
    assert statuses(other) == ("confirmed", [("active", None)])


def test_cancelling_leaves_a_used_ticket_used(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager, visitor_ids=(None, None))
    Ticket.objects.filter(pk=Ticket.objects.order_by("pk").first().pk).update(status="used")
    cancel_order(order.pk, by=manager, reason="Ушёл раньше", at=ELEVEN)
    assert statuses(order) == ("cancelled", [("used", None), ("cancelled", None)])


def test_cancelling_an_order_without_an_e_mail_sends_nothing(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager, customer=make_user(email=None))
    cancel_order(order.pk, by=manager, reason="Передумал", at=ELEVEN)
    assert (Message.objects.count(), jobs()) == (0, [])


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_cancelling_without_a_reason_is_refused(reason: str, tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    before = saved_rows()
    with pytest.raises(WhyMissing) as refusal:
        cancel_order(order.pk, by=manager, reason=reason, at=ELEVEN)
    assert refusal.value.field == "reason"
    assert saved_rows() == before


@pytest.mark.parametrize("status", ["cancelled", "completed", "expired"])
def test_an_order_that_is_over_is_not_cancelled(status: str, tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    Order.objects.update(status=status)
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        cancel_order(order.pk, by=manager, reason="Передумал", at=ELEVEN)
    assert saved_rows() == before


def test_an_order_whose_time_is_over_is_not_cancelled(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        cancel_order(order.pk, by=manager, reason="Передумал", at=NOON)
    assert saved_rows() == before
    cancel_order(order.pk, by=manager, reason="Передумал", at=NOON - timedelta(seconds=1))
    assert statuses(order) == ("cancelled", [("cancelled", None)])


def test_cancelling_withdraws_the_letters_that_are_not_sent_yet(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    Message.objects.filter(kind="created").update(sent_at=NOW)
    cancel_order(order.pk, by=manager, reason="Передумал", at=ELEVEN)
    assert list(Message.objects.order_by("pk").values_list("kind", "sent_at")) == [
        ("created", NOW),
        ("cancelled", None),
    ]


def test_cancelling_twice_is_refused_the_second_time(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    cancel_order(order.pk, by=manager, reason="Передумал", at=ELEVEN)
    before = saved_rows()
    with pytest.raises(TransitionRefused):
        cancel_order(order.pk, by=manager, reason="Ещё раз", at=ELEVEN)
    assert saved_rows() == before


def test_an_order_that_is_not_there_is_not_cancelled(manager: User) -> None:
    with pytest.raises(Order.DoesNotExist):
        cancel_order(10**9, by=manager, reason="Передумал", at=ELEVEN)


# Expiring


def test_an_unpaid_order_expires_at_its_deadline_and_frees_its_places(
    tariff: Tariff, manager: User, online: dict[str, str]
) -> None:
    order = make_order(tariff=tariff, by=manager, visitor_ids=(None,) * 4, **online)
    before = saved_rows()
    assert expire_overdue(None, DEADLINE - timedelta(seconds=1)) == 0
    assert saved_rows() == before

    assert expire_overdue(None, DEADLINE) == 1

    assert statuses(order) == ("expired", [("cancelled", None)] * 4)
    assert history(order) == [({"from": "awaiting_payment", "to": "expired"}, None, DEADLINE, "")]
    assert make_order(tariff=tariff, visitor_ids=(None,) * 4)


def test_expiring_twice_changes_nothing_more(tariff: Tariff, manager: User, online: dict[str, str]) -> None:
    make_order(tariff=tariff, by=manager, **online)
    assert expire_overdue(None, DEADLINE) == 1
    before = saved_rows()
    assert expire_overdue(None, DEADLINE + timedelta(hours=1)) == 0
    assert saved_rows() == before


@pytest.mark.parametrize("status", ["confirmed", "completed", "cancelled", "expired"])
def test_only_an_order_that_awaits_payment_expires(
    status: str, tariff: Tariff, manager: User, online: dict[str, str]
) -> None:
    make_order(tariff=tariff, by=manager, **online)
    Order.objects.update(status=status)
    before = saved_rows()
    assert expire_overdue(None, DEADLINE) == 0
    assert saved_rows() == before


# Completing


def test_an_order_is_completed_when_its_last_ticket_is_over(tariff: Tariff, manager: User) -> None:
    order, running = make_order(tariff=tariff, by=manager), make_order(tariff=tariff, by=manager)
    Ticket.objects.filter(lines__order=running).update(period=hours("10", "12:30"), occupied=hours("10", "12:30"))
    before = saved_rows()
    assert complete_finished(None, NOON - timedelta(seconds=1)) == 0
    assert saved_rows() == before

    assert complete_finished(None, NOON) == 1

    assert statuses(order) == ("completed", [("used", None)])
    assert history(order) == [({"from": "confirmed", "to": "completed"}, None, NOON, "")]
    assert statuses(running) == ("confirmed", [("active", None)])
    assert history(running) == []


def test_an_order_that_has_later_tickets_by_now_is_not_completed(
    tariff: Tariff, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(tariff=tariff, by=manager)

    def while_a_ticket_is_added(due: Any, work: Any, *, at: datetime) -> int:
        found = list(due)
        Order.objects.update(period=Period(order.period.start, order.period.end + timedelta(days=1)))
        return sum(work(one, at) for one in found)

    monkeypatch.setattr(completion, "one_by_one", while_a_ticket_is_added)
    assert complete_finished(None, NOON) == 0
    assert (Order.objects.get().status, history(order)) == ("confirmed", [])


def test_completing_twice_changes_nothing_more(tariff: Tariff, manager: User) -> None:
    make_order(tariff=tariff, by=manager)
    assert complete_finished(None, NOON) == 1
    before = saved_rows()
    assert complete_finished(None, NOON + timedelta(days=1)) == 0
    assert saved_rows() == before


@pytest.mark.parametrize("status", ["awaiting_payment", "cancelled", "expired"])
def test_only_a_confirmed_order_is_completed(status: str, tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    Order.objects.update(status=status, deadline_at=DEADLINE)
    Ticket.objects.update(status="cancelled")
    before = saved_rows()
    assert complete_finished(None, NOON) == 0
    assert saved_rows() == before
    assert history(order) == []


def test_a_ticket_that_somebody_marked_is_left_as_it_is(tariff: Tariff, manager: User) -> None:
    order = make_order(tariff=tariff, by=manager)
    Ticket.objects.update(status="no_show")
    make_ticket(service=tariff.service, period=hours("10", "12"), status="cancelled")
    assert complete_finished(None, NOON) == 1
    assert statuses(order) == ("completed", [("no_show", None)])


def test_the_clock_job_expires_and_completes(
    now: datetime, tariff: Tariff, manager: User, online: dict[str, str]
) -> None:
    yesterday = NOW - timedelta(days=1)
    over = {"tariff": tariff, "by": manager, "at": yesterday - timedelta(days=1)}
    unpaid, done = make_order(**over, **online), make_order(**over)
    Order.objects.filter(pk=unpaid.pk).update(deadline_at=yesterday)
    earlier = hours("10", "12", yesterday.date())
    Order.objects.filter(pk=done.pk).update(period=earlier)
    Ticket.objects.filter(lines__order=done).update(period=earlier, occupied=earlier)

    tasks.follow_the_clock(timestamp=0)

    assert statuses(unpaid) == ("expired", [("cancelled", None)])
    assert statuses(done) == ("completed", [("used", None)])
    assert [row[2] for row in history(unpaid) + history(done)] == [now, now]
