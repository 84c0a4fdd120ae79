"""Notifications of the provider: stored at once, never trusted."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.domain.online.gateway import GatewayError, NotSent, OutcomeUnknown, RateLimited, Rejected
from orders.domain.online.notifications import (
    BadNotification,
    Notification,
    is_from_provider,
    look_again,
    process_notification,
    read_notification,
    store_notification,
)
from orders.models import Order, PaymentAttempt, ProviderNotification, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import look, pay, press_pay, seen
from tests.snapshots import jobs, saved_rows

ID = "2a000000-000f-5000-8000-000000000001"
FROM = "185.71.76.5"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def body(event: Any = "payment.succeeded", object_id: Any = ID, **more: Any) -> bytes:
    return json.dumps({"type": "notification", "event": event, "object": {"id": object_id}, **more}).encode()


# Read


@pytest.mark.parametrize("event", ["payment.succeeded", "refund.succeeded", "payout.canceled", "события"])
def test_a_notification_is_only_read_for_its_object(event: str) -> None:
    assert read_notification(body(event, amount="1")) == Notification(event, ID)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"notification"',
        b"17",
        b"\xff\xfe\xfa",
        b"[" * 40_000,
        b'{"type": "notification"}',
        b'{"type": "notification", "event": "payment.succeeded", "object": null}',
        b'{"type": "notification", "event": "payment.succeeded", "object": "x"}',
        b'{"type": "notification", "event": "payment.succeeded", "object": {}}',
        b'{"type": "other", "event": "payment.succeeded", "object": {"id": "' + ID.encode() + b'"}}',
        b'{"event": "payment.succeeded", "object": {"id": "' + ID.encode() + b'"}}',
        body(object_id="../me"),
        body(object_id=f"{ID}/capture"),
        body(object_id=f"{ID}\n"),
        body(object_id=ID.upper()),
        body(object_id=""),
        body(object_id=7),
        body(object_id=None),
        body(event=None),
        body(event=7),
        body(event=""),
        body(event="x" * 61),
        body(event="payment.succeeded\0"),
        body(event="payment\nsucceeded"),
        body(event="\ud800"),
    ],
)
def test_a_body_that_is_not_a_notification_is_refused(junk: bytes) -> None:
    with pytest.raises(BadNotification):
        read_notification(junk)


@pytest.mark.parametrize(
    "address",
    [
        "185.71.76.0",
        "185.71.76.31",
        "77.75.156.11",
        "77.75.154.255",
        "2a02:5180::1",
        "2a02:5180:0:1509::7",
        "::ffff:185.71.76.5",
        "::FFFF:77.75.153.5",
    ],
)
def test_the_provider_s_networks_are_known(address: str) -> None:
    assert is_from_provider(address)


@pytest.mark.parametrize(
    "address",
    [
        "185.71.76.32",
        "77.75.156.12",
        "127.0.0.1",
        "10.0.0.1",
        "::1",
        "2a02:5181::1",
        "::ffff:185.71.76.32",
        "::185.71.76.5",
        "unknown",
        "185.71.76.5:443",
        "185.71.76.5,1.2.3.4",
        "185.71.076.5",
        "3108457477",
        "[::1]",
    ],
)
def test_every_other_address_and_what_is_no_address_is_foreign(address: str) -> None:
    assert not is_from_provider(address)
    assert not is_from_provider(f" {address}")
    assert not is_from_provider("")


# Stored


def deliver(event: str, object_id: str | None = ID) -> ProviderNotification:
    """Store a delivery as the webhook does."""
    raw = body(event, object_id)
    store_notification(read_notification(raw), body=raw, address=FROM, at=now())
    return ProviderNotification.objects.get(event=event, object_id=object_id)


def process(stored: ProviderNotification, gateway: FakeGateway) -> ProviderNotification:
    process_notification(stored.pk, gateway, at=now())
    return ProviderNotification.objects.get(pk=stored.pk)


def queued() -> list[tuple[int, Any]]:
    """Return the jobs that process notifications: which one, and when."""
    jobs_to_look = ProcrastinateJob.objects.filter(task_name="orders.process_notification").order_by("pk")
    return [(job.args["notification_id"], job.scheduled_at) for job in jobs_to_look]


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_a_notification_is_kept_as_it_came_with_a_job_to_look_into_it() -> None:
    stored = deliver("payment.succeeded")
    assert (stored.state, stored.deliveries, stored.remote_address, stored.tries) == ("received", 1, FROM, 0)
    assert (stored.body, stored.received_at, stored.last_delivery_at) == (
        body("payment.succeeded").decode(),
        now(),
        now(),
    )
    assert jobs() == [("orders.process_notification", {"notification_id": stored.pk})]


@pytest.mark.django_db
def test_every_delivery_is_counted_and_arms_it_again(clock: time_machine.Coordinates) -> None:
    first = deliver("payment.succeeded")
    ProviderNotification.objects.update(state="deferred", tries=5)
    clock.shift(MINUTE)
    again = deliver("payment.succeeded")
    assert (again.pk, again.deliveries, again.tries, again.received_at, again.last_delivery_at) == (
        first.pk,
        2,
        0,
        now() - MINUTE,
        now(),
    )
    assert queued() == [(first.pk, None)] * 2


@pytest.mark.django_db
def test_an_ignored_notification_is_processed_again_when_delivered_again(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    gateway.fail_next(Rejected("404", status=404))
    assert process(deliver("payment.succeeded", attempt.provider_id), gateway).state == "ignored"
    assert seen(order).payments == ["pending"]
    assert process(deliver("payment.succeeded", attempt.provider_id), gateway).state == "applied"
    assert seen(order).payments == ["succeeded"]


@pytest.mark.django_db
def test_a_notification_that_still_waits_is_processed_while_it_may_be_delivered(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = press_pay(order, gateway)
    stored = deliver("payment.succeeded", attempt.provider_id)
    ProviderNotification.objects.update(state="deferred", tries=9)
    gateway.pay(attempt.provider_id or "")
    assert (look_again(gateway, at=now()), seen(order).payments) == (0, ["pending"])  # its own jobs still try
    clock.shift(11 * MINUTE)
    assert (look_again(gateway, at=now()), seen(order).payments) == (1, ["succeeded"])
    stored.refresh_from_db()
    assert (stored.state, look_again(gateway, at=now())) == ("applied", 0)
    ProviderNotification.objects.update(state="deferred")
    clock.shift(25 * 60 * MINUTE)
    assert look_again(gateway, at=now()) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_an_applied_notification_is_counted_and_not_processed_again() -> None:
    deliver("payment.succeeded")
    ProviderNotification.objects.update(state="applied")
    assert (deliver("payment.succeeded").deliveries, len(queued())) == (2, 1)


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("event", ["payout.succeeded", "payment.of_next_year", "deal.closed"])
def test_an_event_that_is_not_about_us_is_kept_and_left_alone(event: str, gateway: FakeGateway) -> None:
    stored = deliver(event)
    assert (stored.state, queued()) == ("ignored", [])
    before = saved_rows()
    process(stored, gateway)
    assert (saved_rows(), gateway.journal) == (before, [])


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
def test_a_body_that_cannot_be_stored_as_it_is_loses_only_that() -> None:
    raw = body("payment.succeeded", note="x").replace(b'"x"', b'"\\u0000\xff\x00"')
    told = Notification("payment.succeeded", ID)
    store_notification(told, body=raw, address="::ffff:185.71.76.5", at=now())
    stored = ProviderNotification.objects.get()
    assert "\\u0000\ufffd" in stored.body
    assert stored.remote_address in ("::ffff:185.71.76.5", FROM)


# Looked into


@pytest.mark.django_db
@pytest.mark.parametrize(("event", "status"), [("payment.succeeded", "succeeded"), ("payment.canceled", "canceled")])
def test_a_notification_that_the_provider_confirms_is_applied_once(
    event: str, status: str, order: Order, gateway: FakeGateway
) -> None:
    attempt = press_pay(order, gateway)
    (gateway.pay if status == "succeeded" else gateway.decline)(attempt.provider_id or "")
    stored = process(deliver(event, attempt.provider_id), gateway)
    assert (stored.state, stored.note, stored.tries) == ("applied", status, 1)
    assert seen(order).payments == [status]
    before = saved_rows()
    process(stored, gateway)
    assert saved_rows() == before


@pytest.mark.django_db
def test_a_forged_success_is_deferred_and_the_genuine_one_still_confirms(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = press_pay(order, gateway)
    stored = process(deliver("payment.succeeded", attempt.provider_id), gateway)
    assert (stored.state, stored.note) == ("deferred", "the provider says pending")
    assert seen(order).status == "awaiting_payment"
    gateway.pay(attempt.provider_id or "")
    clock.shift(MINUTE)
    again = deliver("payment.succeeded", attempt.provider_id)
    assert (again.deliveries, process(again, gateway).state, seen(order).status) == (2, "applied", "confirmed")


@pytest.mark.django_db
def test_a_deferred_notification_is_looked_into_again_later_and_later_until_a_new_delivery(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = press_pay(order, gateway)
    stored = deliver("payment.succeeded", attempt.provider_id)
    waits = []
    for _try in range(7):
        known = len(queued())
        stored = process(stored, gateway)
        assert stored.state == "deferred"
        waits += [(at - now()).total_seconds() for _event, at in queued()[known:]]
    assert waits == [5, 30, 120, 600]
    stored = deliver("payment.succeeded", attempt.provider_id)
    process(stored, gateway)
    assert (queued()[-1][1] - now()).total_seconds() == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        NotSent("refused"),
        OutcomeUnknown("timeout"),
        RateLimited("429", retry_after=SECOND),
        Rejected("401", status=401),
        Rejected("400", status=400),
    ],
    ids=["not sent", "unknown", "429", "401", "400"],
)
def test_without_an_answer_a_notification_waits(error: GatewayError, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    gateway.fail_next(error)
    stored = process(deliver("payment.succeeded", attempt.provider_id), gateway)
    assert (stored.state, stored.note, seen(order).payments) == ("deferred", error.text, ["pending"])
    assert (process(stored, gateway).state, seen(order).payments) == ("applied", ["succeeded"])


@pytest.mark.django_db
@pytest.mark.parametrize("event", ["payment.succeeded", "refund.succeeded"])
def test_an_object_that_the_provider_does_not_know_is_ignored(event: str, order: Order, gateway: FakeGateway) -> None:
    before = seen(order)
    stored = process(deliver(event), gateway)
    assert (stored.state, stored.note, seen(order)) == ("ignored", "unknown to the provider", before)


@pytest.mark.django_db
def test_a_payment_of_another_copy_of_the_site_is_ignored(order: Order, gateway: FakeGateway, settings: Any) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    PaymentAttempt.objects.update(provider_id=None, status="created")
    settings.YOOKASSA_ENVIRONMENT = "another"
    stored = process(deliver("payment.succeeded", attempt.provider_id), gateway)
    assert (stored.state, stored.note, seen(order).payments) == ("ignored", "not ours", ["created"])


@pytest.mark.django_db
@pytest.mark.parametrize("named", ["", "0", "x", "9" * 18, "9" * 30, "-1", "1 OR 1"])
def test_a_payment_that_names_no_payment_of_ours_is_ignored(named: str, order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.alter(attempt.provider_id or "", metadata={"payment_id": named, "env": "test"})
    PaymentAttempt.objects.update(provider_id=None, status="created")
    stored = process(deliver("payment.succeeded", attempt.provider_id), gateway)
    assert (stored.state, seen(order).payments) == ("ignored", ["created"])


@pytest.mark.django_db
def test_a_notification_before_the_answer_is_bound_by_its_metadata(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    PaymentAttempt.objects.update(provider_id=None, status="created", confirmation_url="")
    assert process(deliver("payment.succeeded", attempt.provider_id), gateway).state == "applied"
    assert (seen(order).status, PaymentAttempt.objects.get().provider_id) == ("confirmed", attempt.provider_id)


@pytest.mark.django_db
def test_news_that_come_late_do_not_take_a_success_back(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    stored = process(deliver("payment.waiting_for_capture", attempt.provider_id), gateway)
    assert (stored.state, seen(order).payments, seen(order).cases) == ("applied", ["succeeded"], [])


@pytest.mark.django_db
def test_a_refund_from_the_cabinet_is_learned_from_its_notification(order: Order, gateway: FakeGateway) -> None:
    attempt = pay(order, gateway)
    told = gateway.external_refund(attempt.provider_id or "", attempt.amount)
    stored = process(deliver("refund.succeeded", told.id), gateway)
    assert (stored.state, seen(order).cases) == ("applied", ["external_refund"])
    assert Refund.objects.get().status == "succeeded"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [{"amount": 1}, {"currency": "USD"}, {"shop_id": "7"}, {"test": False}],
    ids=["sum", "currency", "shop", "test"],
)
def test_a_payment_that_differs_is_shown_and_changes_nothing(
    facts: dict[str, Any], order: Order, gateway: FakeGateway
) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    gateway.alter(attempt.provider_id or "", **facts)
    process(deliver("payment.succeeded", attempt.provider_id), gateway)
    after = seen(order)
    assert (after.status, after.payments, after.ledger, after.cases) == (
        "awaiting_payment",
        ["pending"],
        [],
        ["mismatch"],
    )
    reviewed = PaymentAttempt.objects.get()
    assert (bool(reviewed.mismatch), reviewed.next_check_at) == (True, None)
    gateway.alter(attempt.provider_id or "", amount=attempt.amount, currency="RUB", shop_id=gateway.shop_id, test=True)
    look(attempt, gateway)
    assert (seen(order).status, seen(order).cases, PaymentAttempt.objects.get().mismatch) == ("confirmed", [], None)
