"""Sending stored requests: one key and the same bytes, whatever happens on the way."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import User
from orders.domain import operations, payments
from orders.domain.gateway import GatewayError, NotSent, OutcomeUnknown, RateLimited, Rejected
from orders.domain.holds import keep_hold
from orders.gateways.fake import FakeGateway
from orders.models import MoneyCase, Order, Payment, ProviderOperation, Refund
from tests.moments import moment
from tests.payments.conftest import now
from tests.payments.steps import (
    look,
    operation_of,
    pay,
    posts,
    press_pay,
    refund,
    seen,
    send_all,
    told_events,
)
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
AWAY = NotSent("connection refused")
LOST = OutcomeUnknown("read timeout")
FORBIDDEN = Rejected("403: forbidden", status=403, code="forbidden")
UNAUTHORIZED = Rejected("401: invalid_credentials", status=401, code="invalid_credentials")
REFUSED = Rejected("400: invalid_request: amount", status=400, code="invalid_request", parameter="amount")


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations.random, "uniform", lambda _least, _most: 0.0)


def start(order: Order, till: FakeGateway) -> Payment:
    """Store a payment and its request without sending it."""
    return payments.start_payment(order.pk, till, email=order.email, at=now())


def send(row: Payment | Refund, till: FakeGateway) -> bool:
    return operations.send_operation(operation_of(row).pk, till, at=now())


def state_of(row: Payment | Refund) -> tuple[str, int]:
    operation = operation_of(row)
    return operation.state, operation.attempts


def wait_of(row: Payment | Refund) -> float:
    return (operation_of(row).next_attempt_at - now()).total_seconds()


# Sent once


def test_a_request_is_stored_with_its_job_before_anything_is_sent(order: Order, till: FakeGateway) -> None:
    payment = start(order, till)
    operation = operation_of(payment)
    assert (operation.path, operation.state, operation.attempts, operation.first_sent_at) == (
        "/payments",
        "queued",
        0,
        None,
    )
    assert jobs()[-1] == ("orders.send_operation", {"operation_id": operation.pk})
    assert till.journal == []


def test_the_provider_gets_the_stored_key_and_bytes(order: Order, till: FakeGateway) -> None:
    payment = press_pay(order, till)
    operation = operation_of(payment)
    (sent,) = till.journal
    assert (sent.key, sent.body) == (str(operation.key), operation.body)
    assert (operation.state, operation.attempts, operation.last_status, operation.first_sent_at) == (
        "done",
        1,
        200,
        now(),
    )
    assert (payment.status, payment.provider_id is None) == ("pending", False)


def test_what_is_done_is_not_sent_again(order: Order, till: FakeGateway) -> None:
    payment = press_pay(order, till)
    before = saved_rows()
    assert not send(payment, till)
    assert send_all(till) == 0
    assert (saved_rows(), len(till.journal)) == (before, 1)


def test_the_second_of_two_senders_does_nothing(
    order: Order, till: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, second = start(order, till), []
    carry_out = till.send

    def send_while_another_tries(*args: object, **wanted: object) -> object:
        before = saved_rows()
        second.append((send(payment, till), saved_rows() == before))
        return carry_out(*args, **wanted)

    monkeypatch.setattr(till, "send", send_while_another_tries)
    assert send(payment, till)
    assert (second, len(till.journal), state_of(payment)) == ([(False, True)], 1, ("done", 1))


def test_what_a_killed_sender_left_is_sent_again_when_its_lease_is_over(
    order: Order, till: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = start(order, till)
    with monkeypatch.context() as killed:
        killed.setattr(operations, "take_answer", lambda *_args, **_wanted: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            send(payment, till)
    assert state_of(payment) == ("sending", 0)
    clock.shift(operations.LEASE - SECOND)
    assert not send(payment, till)
    clock.shift(SECOND)
    assert send(payment, till)
    first, second = till.journal
    assert (first.key, first.body) == (second.key, second.body)
    assert len(list(till.payments_since(now() - timedelta(days=1)))) == 1
    assert seen(order).payments == ["pending"]


# Sent again


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (AWAY, [1, 2, 5, 10, 30, 60, 60]),
        (LOST, [5, 15, 60, 60]),
        (FORBIDDEN, [300, 300]),
        (UNAUTHORIZED, [300, 300]),
        (RateLimited("429", retry_after=timedelta(seconds=7)), [7, 7]),
    ],
    ids=["not sent", "unknown", "403", "401", "429"],
)
def test_the_same_bytes_are_sent_again_after_a_wait(
    error: GatewayError, waits: list[int], order: Order, till: FakeGateway, clock: time_machine.Coordinates
) -> None:
    payment = start(order, till)
    for attempt, wait in enumerate(waits, 1):
        till.fail_next(error)
        assert send(payment, till)
        assert (state_of(payment), wait_of(payment)) == (("queued", attempt), wait)
        assert jobs()[-1] == ("orders.send_operation", {"operation_id": operation_of(payment).pk})
        clock.shift(wait * SECOND - SECOND / 2)
        assert not send(payment, till)
        clock.shift(SECOND / 2)
    assert send(payment, till)
    assert state_of(payment) == ("done", len(waits) + 1)
    assert len({(sent.key, sent.body) for sent in till.journal}) == 1
    assert len(list(till.payments_since(now() - timedelta(days=1)))) == 1


def test_waits_are_spread_so_that_not_everybody_comes_back_at_once(
    order: Order, till: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations.random, "uniform", lambda _least, most: most)
    payment = start(order, till)
    till.fail_next(LOST)
    send(payment, till)
    assert wait_of(payment) == 5.5


def test_what_was_done_though_the_answer_was_lost_is_bound_and_not_made_twice(
    order: Order, till: FakeGateway, clock: time_machine.Coordinates
) -> None:
    payment = start(order, till)
    till.fail_next(LOST, when="after")
    send(payment, till)
    (made,) = till.payments_since(now() - timedelta(days=1))
    assert seen(order).payments == ["created"]
    clock.shift(timedelta(seconds=5))
    assert send_all(till) == 1
    assert Payment.objects.get(pk=payment.pk).provider_id == made.id
    assert len(list(till.payments_since(now() - timedelta(days=1)))) == 1


def test_a_definite_no_fails_the_attempt_and_another_one_may_follow(order: Order, till: FakeGateway) -> None:
    payment = start(order, till)
    till.fail_next(REFUSED)
    assert send(payment, till)
    assert state_of(payment) == ("rejected", 1)
    assert (operation_of(payment).last_status, operation_of(payment).last_error) == (400, REFUSED.text)
    after = seen(order)
    assert (after.status, after.payments, after.ledger, after.cases) == ("awaiting_payment", ["failed"], [], [])
    assert told_events(order, "payment_canceled") == [{"sum": "600.00", "reason": REFUSED.text, "attempt": 1}]
    before = saved_rows()
    assert send_all(till) == 0
    assert saved_rows() == before
    assert pay(order, till).attempt == 2
    assert seen(order).payments == ["failed", "succeeded"]


def test_a_refund_that_is_refused_frees_its_sum_and_is_shown(order: Order, till: FakeGateway, manager: User) -> None:
    pay(order, till)
    refund(order, till, "200", by=manager)
    till.fail_next(REFUSED, path="/refunds")
    send_all(till)
    after = seen(order)
    assert [(source, status) for source, status, _sum in after.refunds] == [("staff", "failed")]
    assert (after.ledger[1:], after.cases) == ([], ["refund_failed"])
    assert told_events(order, "refund_failed") == [{"sum": "200.00", "reason": REFUSED.text}]
    assert send_all(till) == 0


def test_a_late_refusal_leaves_a_request_that_was_done_alone(order: Order, till: FakeGateway) -> None:
    payment = start(order, till)
    stale = operation_of(payment)
    send(payment, till)
    before = saved_rows()
    operations.refuse(stale, REFUSED, at=now())
    assert saved_rows() == before


# Everybody waits


def test_a_rate_limit_pauses_every_request_of_the_shop(
    order: Order, till: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, till)
    refund(order, till, "100", by=manager)
    refund(order, till, "200", by=manager)
    first, second = Refund.objects.order_by("pk")
    till.fail_next(RateLimited("429", retry_after=timedelta(seconds=30)), path="/refunds")
    assert send(first, till)
    before = saved_rows()
    assert not send(second, till)
    clock.shift(timedelta(seconds=29))
    assert send_all(till) == 0
    assert (saved_rows(), posts(till, "/refunds")) == (before, 1)
    clock.shift(SECOND)
    assert send_all(till) == 2
    assert list(Refund.objects.values_list("status", flat=True)) == ["succeeded", "succeeded"]


@pytest.mark.parametrize("error", [UNAUTHORIZED, FORBIDDEN], ids=["401", "403"])
def test_a_wrong_key_is_ours_and_opens_one_case_until_it_is_right_again(
    error: GatewayError, order: Order, till: FakeGateway, clock: time_machine.Coordinates
) -> None:
    payment = start(order, till)
    for _try in range(2):
        till.fail_next(error)
        send(payment, till)
        clock.shift(timedelta(minutes=5))
    case = MoneyCase.objects.get()
    assert (case.kind, case.subject, case.order, case.details, case.closed_at) == (
        "misconfigured",
        "shop",
        None,
        error.text,
        None,
    )
    assert seen(order).payments == ["created"]
    send(payment, till)
    case.refresh_from_db()
    assert (case.closed_at, seen(order).payments) == (now(), ["pending"])


# The places wait with the customer


def test_a_hold_that_runs_out_is_kept_while_the_provider_is_away_but_not_longer_than_an_hour(
    order: Order, till: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.move_to(moment("2026-11-25 08:59").astimezone(now().tzinfo))
    payment = start(order, till)
    deadlines = []
    for _try in range(18):
        till.fail_next(LOST)
        assert send(payment, till)
        deadlines.append(Order.objects.get().pay_by)
        clock.shift(timedelta(minutes=4))
    begin = operation_of(payment).created_at
    assert deadlines[0] == begin + timedelta(minutes=10)
    assert deadlines == sorted(deadlines)
    assert max(deadlines) == begin + timedelta(hours=1)
    order.refresh_from_db()
    assert list(order.lines.values_list("ticket__hold_until", flat=True)) == [order.pay_by]
    moves = told_events(order, "deadline_moved")
    assert [move["to"] for move in moves] == [deadline.isoformat() for deadline in sorted(set(deadlines))]


def test_a_hold_with_time_left_stays_as_it_is(order: Order, till: FakeGateway) -> None:
    payment = start(order, till)
    till.fail_next(AWAY)
    send(payment, till)
    assert Order.objects.get().pay_by == order.pay_by
    assert told_events(order, "deadline_moved") == []


def test_a_silent_refund_moves_no_deadline(order: Order, till: FakeGateway, manager: User) -> None:
    pay(order, till)
    refund(order, till, "200", by=manager)
    till.fail_next(LOST, path="/refunds")
    send_all(till)
    assert told_events(order, "deadline_moved") == []


@pytest.mark.parametrize("status", ["confirmed", "completed", "cancelled", "expired"])
def test_only_an_order_that_waits_is_kept(status: str, order: Order, clock: time_machine.Coordinates) -> None:
    Order.objects.update(status=status)
    clock.move_to(order.pay_by)
    before = saved_rows()
    keep_hold(order.pk, since=now(), at=now())
    assert saved_rows() == before


# News that came before the answer


def test_an_answer_after_the_money_changes_nothing_about_it(
    order: Order, till: FakeGateway, clock: time_machine.Coordinates
) -> None:
    payment = start(order, till)
    till.fail_next(LOST, when="after")
    send(payment, till)
    (made,) = till.payments_since(now() - timedelta(days=1))
    paid = payments.apply_payment(payment.pk, till.pay(made.id), till, at=now())
    assert paid.status == "succeeded"
    clock.shift(timedelta(seconds=5))
    send_all(till)  # the replayed answer is the old snapshot, still pending
    after = seen(order)
    assert (after.status, after.payments, len(after.ledger)) == ("confirmed", ["succeeded"], 1)
    assert ProviderOperation.objects.get().state == "done"
    assert look(paid, till).status == "succeeded"
