"""Sending stored requests: one key and the same bytes, whatever happens on the way."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import User
from orders.domain.online import payments, sending
from orders.domain.online.gateway import GatewayError, NotSent, OutcomeUnknown, RateLimited, Rejected
from orders.models import MoneyCase, Order, PaymentAttempt, ProviderRequest, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import (
    look,
    pay,
    posts,
    press_pay,
    refund,
    request_of,
    seen,
    send_all,
    told_events,
)
from tests.scenarios.scene import killed
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
    monkeypatch.setattr(sending.random, "uniform", lambda _least, _most: 0.0)


def start(order: Order, gateway: FakeGateway) -> PaymentAttempt:
    """Store a payment and its request without sending it."""
    return payments.start_payment(order.pk, gateway, email=order.email, at=now())


def send(row: PaymentAttempt | Refund, gateway: FakeGateway) -> bool:
    return sending.send_request(request_of(row).pk, gateway, at=now())


def state_of(row: PaymentAttempt | Refund) -> tuple[str, int]:
    request = request_of(row)
    return request.state, request.tries


def wait_of(row: PaymentAttempt | Refund) -> float:
    return (request_of(row).next_try_at - now()).total_seconds()


# Sent once


def test_a_request_is_stored_with_its_job_before_anything_is_sent(order: Order, gateway: FakeGateway) -> None:
    attempt = start(order, gateway)
    request = request_of(attempt)
    assert (request.path, request.state, request.tries, request.first_sent_at) == (
        "/payments",
        "queued",
        0,
        None,
    )
    assert jobs()[-1] == ("orders.send_request", {"request_id": request.pk})
    assert gateway.journal == []


def test_the_provider_gets_the_stored_key_and_bytes(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    request = request_of(attempt)
    (sent,) = gateway.journal
    assert (sent.key, sent.body) == (str(request.key), request.body)
    assert (request.state, request.tries, request.last_status, request.first_sent_at) == (
        "done",
        1,
        200,
        now(),
    )
    assert (attempt.status, attempt.provider_id is None) == ("pending", False)


def test_a_completed_request_is_not_sent_again(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    before = saved_rows()
    assert not send(attempt, gateway)
    assert send_all(gateway) == 0
    assert (saved_rows(), len(gateway.journal)) == (before, 1)


def test_the_second_of_two_senders_does_nothing(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt, second = start(order, gateway), []
    carry_out = gateway.send

    def send_while_another_tries(*args: object, **wanted: object) -> object:
        before = saved_rows()
        second.append((send(attempt, gateway), saved_rows() == before))
        return carry_out(*args, **wanted)

    monkeypatch.setattr(gateway, "send", send_while_another_tries)
    assert send(attempt, gateway)
    assert (second, len(gateway.journal), state_of(attempt)) == ([(False, True)], 1, ("done", 1))


def test_requests_of_a_killed_sender_are_sent_again_after_its_lease(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = start(order, gateway)
    with monkeypatch.context() as killed:
        killed.setattr(sending, "take_answer", lambda *_args, **_wanted: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            send(attempt, gateway)
    assert state_of(attempt) == ("sending", 0)
    clock.shift(sending.LEASE - SECOND)
    assert not send(attempt, gateway)
    clock.shift(SECOND)
    assert send(attempt, gateway)
    first, second = gateway.journal
    assert (first.key, first.body) == (second.key, second.body)
    assert len(list(gateway.payments_since(now() - timedelta(days=1)))) == 1
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
    error: GatewayError, waits: list[int], order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = start(order, gateway)
    for tries, wait in enumerate(waits, 1):
        gateway.fail_next(error)
        assert send(attempt, gateway)
        assert (state_of(attempt), wait_of(attempt)) == (("queued", tries), wait)
        assert jobs()[-1] == ("orders.send_request", {"request_id": request_of(attempt).pk})
        clock.shift(wait * SECOND - SECOND / 2)
        assert not send(attempt, gateway)
        clock.shift(SECOND / 2)
    assert send(attempt, gateway)
    assert state_of(attempt) == ("done", len(waits) + 1)
    assert len({(sent.key, sent.body) for sent in gateway.journal}) == 1
    assert len(list(gateway.payments_since(now() - timedelta(days=1)))) == 1


def test_waits_are_spread_so_that_not_everybody_comes_back_at_once(
    order: Order, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending.random, "uniform", lambda _least, most: most)
    attempt = start(order, gateway)
    gateway.fail_next(LOST)
    send(attempt, gateway)
    assert wait_of(attempt) == 5.5


def test_what_was_done_though_the_answer_was_lost_is_bound_and_not_made_twice(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = start(order, gateway)
    gateway.fail_next(LOST, when="after")
    send(attempt, gateway)
    (made,) = gateway.payments_since(now() - timedelta(days=1))
    assert seen(order).payments == ["created"]
    clock.shift(timedelta(seconds=5))
    assert send_all(gateway) == 1
    assert PaymentAttempt.objects.get(pk=attempt.pk).provider_id == made.id
    assert len(list(gateway.payments_since(now() - timedelta(days=1)))) == 1


def test_a_definite_no_fails_the_attempt_and_another_one_may_follow(order: Order, gateway: FakeGateway) -> None:
    attempt = start(order, gateway)
    gateway.fail_next(REFUSED)
    assert send(attempt, gateway)
    assert state_of(attempt) == ("rejected", 1)
    assert (request_of(attempt).last_status, request_of(attempt).last_error) == (400, REFUSED.text)
    after = seen(order)
    assert (after.status, after.payments, after.ledger, after.cases) == ("awaiting_payment", ["failed"], [], [])
    assert told_events(order, "payment_canceled") == [{"sum": "600.00", "reason": REFUSED.text, "attempt": 1}]
    before = saved_rows()
    assert send_all(gateway) == 0
    assert saved_rows() == before
    assert pay(order, gateway).number == 2
    assert seen(order).payments == ["failed", "succeeded"]


def test_a_refund_that_is_refused_frees_its_sum_and_is_shown(order: Order, gateway: FakeGateway, manager: User) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    gateway.fail_next(REFUSED, path="/refunds")
    send_all(gateway)
    after = seen(order)
    assert [(source, status) for source, status, _sum in after.refunds] == [("staff", "failed")]
    assert (after.ledger[1:], after.cases) == ([], ["refund_failed"])
    assert told_events(order, "refund_failed") == [{"sum": "200.00", "reason": REFUSED.text}]
    assert send_all(gateway) == 0


@pytest.mark.parametrize("ended", ["the answer is lost", "the process is killed"])
def test_a_refund_that_was_made_is_booked_when_its_repetition_is_refused(
    ended: str,
    order: Order,
    gateway: FakeGateway,
    clock: time_machine.Coordinates,
    manager: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    if ended == "the answer is lost":
        gateway.fail_next(LOST, when="after", path="/refunds")
        send_all(gateway)
    else:
        with killed(sending, "take_answer"):
            send_all(gateway)
    clock.shift(timedelta(minutes=1))
    gateway.fail_next(REFUSED, path="/refunds")
    send_all(gateway)
    after = seen(order)
    assert [(source, status) for source, status, _sum in after.refunds] == [("staff", "succeeded")]
    assert (sum(entry[2] for entry in after.ledger), after.cases) == (400, [])
    assert state_of(Refund.objects.get())[0] == "done"


def test_a_refund_that_was_never_made_is_refused_by_its_repetition(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    gateway.fail_next(LOST, path="/refunds")
    send_all(gateway)
    clock.shift(timedelta(minutes=1))
    gateway.fail_next(REFUSED, path="/refunds")
    send_all(gateway)
    after = seen(order)
    assert ([status for _source, status, _sum in after.refunds], after.cases) == (["failed"], ["refund_failed"])


def test_a_refusal_frees_no_sum_while_nobody_can_say_whether_it_was_returned(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    gateway.fail_next(LOST, when="after", path="/refunds")
    send_all(gateway)
    clock.shift(timedelta(minutes=1))
    gateway.fail_next(REFUSED, path="/refunds")
    gateway.fail_next(LOST, path="/refunds")  # the list
    send_all(gateway)
    assert ([status for _source, status, _sum in seen(order).refunds], seen(order).cases) == (["requested"], [])
    clock.shift(timedelta(minutes=1))
    send_all(gateway)
    assert [status for _source, status, _sum in seen(order).refunds] == ["succeeded"]


def test_a_refusal_that_comes_after_the_refund_frees_no_sum(order: Order, gateway: FakeGateway, manager: User) -> None:
    gateway.refunds_stay_pending = True
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    stale = request_of(Refund.objects.get())
    send_all(gateway)
    ProviderRequest.objects.filter(pk=stale.pk).update(state="sending")  # killed before it was marked
    before = seen(order)
    sending.refuse(stale, REFUSED, at=now())
    assert (seen(order), told_events(order, "refund_failed")) == (before, [])
    assert [status for _source, status, _sum in before.refunds] == ["pending"]


def test_a_late_refusal_leaves_a_request_that_was_done_alone(order: Order, gateway: FakeGateway) -> None:
    attempt = start(order, gateway)
    stale = request_of(attempt)
    send(attempt, gateway)
    before = saved_rows()
    sending.refuse(stale, REFUSED, at=now())
    assert saved_rows() == before


# Everybody waits


def test_a_rate_limit_pauses_every_request_of_the_shop(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "100", by=manager)
    refund(order, gateway, "200", by=manager)
    first, second = Refund.objects.order_by("pk")
    gateway.fail_next(RateLimited("429", retry_after=timedelta(seconds=30)), path="/refunds")
    assert send(first, gateway)
    before = saved_rows()
    assert not send(second, gateway)
    clock.shift(timedelta(seconds=29))
    assert send_all(gateway) == 0
    assert (saved_rows(), posts(gateway, "/refunds")) == (before, 1)
    clock.shift(SECOND)
    assert send_all(gateway) == 2
    assert list(Refund.objects.values_list("status", flat=True)) == ["succeeded", "succeeded"]


@pytest.mark.parametrize("error", [UNAUTHORIZED, FORBIDDEN], ids=["401", "403"])
def test_a_wrong_key_is_ours_and_opens_one_case_until_it_is_right_again(
    error: GatewayError, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = start(order, gateway)
    for _try in range(2):
        gateway.fail_next(error)
        send(attempt, gateway)
        clock.shift(timedelta(minutes=5))
    case = MoneyCase.objects.get()
    assert (case.kind, case.order, case.facts, case.closed_at) == ("misconfigured", None, {"text": error.text}, None)
    assert seen(order).payments == ["created"]
    send(attempt, gateway)
    case.refresh_from_db()
    assert (case.closed_at, seen(order).payments) == (now(), ["pending"])


# Notifications that came before the answer


def test_an_answer_after_the_money_changes_nothing_about_it(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = start(order, gateway)
    gateway.fail_next(LOST, when="after")
    send(attempt, gateway)
    (made,) = gateway.payments_since(now() - timedelta(days=1))
    paid = payments.apply_payment(attempt.pk, gateway.pay(made.id), gateway, at=now())
    assert paid.status == "succeeded"
    clock.shift(timedelta(seconds=5))
    send_all(gateway)  # the replayed answer is the old snapshot, still pending
    after = seen(order)
    assert (after.status, after.payments, len(after.ledger)) == ("confirmed", ["succeeded"], 1)
    assert ProviderRequest.objects.get().state == "done"
    assert look(paid, gateway).status == "succeeded"
