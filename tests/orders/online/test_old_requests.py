"""Requests whose key has grown too old to protect: searched for, never sent again."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import User
from orders.domain.online import sending
from orders.domain.online.gateway import GatewayError
from orders.models import Order, PaymentAttempt, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.online.test_sending import AWAY, LOST, REFUSED, send, start, state_of
from tests.orders.steps import (
    pay,
    posts,
    refund,
    request_of,
    seen,
    send_all,
    told_events,
)
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


# Not after 23 hours


def lose(row: PaymentAttempt | Refund, gateway: FakeGateway, clock: time_machine.Coordinates, *, done: bool) -> None:
    """Send a request without an answer, then let its key grow too old."""
    gateway.fail_next(LOST, when="after" if done else "before", path=request_of(row).path)
    send(row, gateway)
    clock.shift(sending.KEY_LIVES + SECOND)


def test_an_old_request_that_was_done_is_found_by_its_metadata(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = start(order, gateway)
    lose(attempt, gateway, clock, done=True)
    (made,) = gateway.payments_since(now() - timedelta(days=2))
    assert send(attempt, gateway)
    assert (posts(gateway, "/payments"), state_of(attempt)) == (1, ("done", 2))
    assert PaymentAttempt.objects.get(pk=attempt.pk).provider_id == made.id
    assert seen(order).payments == ["canceled"]  # it was not paid within the hour


def test_an_old_payment_that_was_never_made_is_failed(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = start(order, gateway)
    lose(attempt, gateway, clock, done=False)
    assert send(attempt, gateway)
    assert (posts(gateway, "/payments"), state_of(attempt)[0]) == (1, "rejected")
    after = seen(order)
    assert (after.payments, after.cases) == (["failed"], [])
    assert told_events(order, "payment_canceled")[0]["reason"] == "not found at the provider"


def test_an_old_refund_that_was_done_is_found_by_its_metadata(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    lose(Refund.objects.get(), gateway, clock, done=True)
    send(Refund.objects.get(), gateway)
    assert (posts(gateway, "/refunds"), Refund.objects.get().status) == (1, "succeeded")


def test_an_old_refund_that_was_not_found_goes_to_a_person_and_is_never_made_again(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    lose(Refund.objects.get(), gateway, clock, done=False)
    send(Refund.objects.get(), gateway)
    assert (posts(gateway, "/refunds"), state_of(Refund.objects.get())) == (1, ("manual", 1))
    assert (Refund.objects.get().status, seen(order).cases) == ("requested", ["unknown_outcome"])
    before = saved_rows()
    clock.shift(timedelta(days=1))
    assert send_all(gateway) == 0
    assert saved_rows() == before


@pytest.mark.parametrize("error", [AWAY, LOST, REFUSED], ids=["not sent", "unknown", "refused"])
def test_a_search_without_an_answer_decides_nothing(
    error: GatewayError, order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, manager: User
) -> None:
    pay(order, gateway)
    refund(order, gateway, "200", by=manager)
    lose(Refund.objects.get(), gateway, clock, done=True)
    gateway.fail_next(error, path="/refunds")
    send(Refund.objects.get(), gateway)
    assert (state_of(Refund.objects.get()), Refund.objects.get().status) == (("queued", 2), "requested")
    clock.shift(timedelta(minutes=1))
    send(Refund.objects.get(), gateway)
    assert (posts(gateway, "/refunds"), Refund.objects.get().status) == (1, "succeeded")


def test_a_request_that_was_never_sent_has_no_age(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = start(order, gateway)
    clock.shift(timedelta(days=2))
    assert send(attempt, gateway)
    assert (posts(gateway, "/payments"), state_of(attempt)) == (1, ("done", 1))
