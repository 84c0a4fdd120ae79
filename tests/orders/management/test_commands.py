"""Running the periodic jobs by hand: a dry run changes nothing, and the exit code calls for a person."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command

from accounts.models import User
from orders.domain.money.cases import open_case, settle_case
from orders.domain.online import notifications
from orders.domain.online.gateway import Call, NotSent, RefundSnapshot
from orders.domain.online.notifications import take_refund
from orders.domain.online.payments import apply_payment, start_payment
from orders.models import CaseKind, MoneyCase, Order, PaymentAttempt, ProviderNotification, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import pay, posts, press_pay, refund, request_of, seen
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COMMANDS = ["follow_the_clock", "follow_the_money", "reconcile", "process_notifications"]


@pytest.fixture
def shop(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """The provider in memory, as the commands reach it."""
    monkeypatch.setattr("orders.gateways.gateway", lambda: gateway)
    return gateway


def run(name: str, *options: str) -> list[str]:
    """Run a command and return its lines."""
    out = io.StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue().splitlines()


def run_with_code(name: str, *options: str) -> tuple[int, str]:
    """Run a command that fails; return its exit code and what it complains about."""
    with pytest.raises(CommandError) as failure:
        run(name, *options)
    return failure.value.returncode, str(failure.value)


def notify(attempt: PaymentAttempt, event: str = "payment.succeeded") -> ProviderNotification:
    """Store a notification of the provider."""
    told = notifications.Notification(event, attempt.provider_id or "")
    notifications.store_notification(told, body=b"{}", address="185.71.76.1", at=now())
    return ProviderNotification.objects.get()


# Every command


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.parametrize("name", COMMANDS)
def test_with_nothing_to_do_nothing_changes(shop: FakeGateway, name: str, options: tuple[str, ...]) -> None:
    before = saved_rows()
    run(name, *options)
    run(name, *options)
    assert saved_rows() == before
    assert not [sent for sent in shop.journal if sent.method == "POST"]


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.parametrize("name", COMMANDS)
def test_an_open_case_calls_a_person(
    shop: FakeGateway, desk_order: Order, manager: User, name: str, options: tuple[str, ...]
) -> None:
    open_case(CaseKind.DRIFT, at=now(), order=desk_order)
    assert run_with_code(name, *options) == (3, "A person is needed. Open lines at the money desk: 1.")
    settle_case(MoneyCase.objects.get(), resolution="Так и надо", by=manager, at=now())
    run(name, *options)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_lost_answer_calls_a_person(shop: FakeGateway, order: Order, gateway: FakeGateway, name: str) -> None:
    attempt = press_pay(order, gateway)
    open_case(CaseKind.UNKNOWN_OUTCOME, at=now(), order=order, attempt=attempt)
    assert run_with_code(name) == (3, "A person is needed. Open lines at the money desk: 1.")


def test_a_lost_answer_that_turned_up_calls_nobody_any_more(
    shop: FakeGateway, lost_refund: Refund, gateway: FakeGateway
) -> None:
    lost = request_of(lost_refund)
    found = gateway.send(Call(lost.path, lost.body), key=str(lost.key), patience=MINUTE)
    assert isinstance(found, RefundSnapshot)
    take_refund(found, at=now())
    assert "Requests tried: 0." in run("follow_the_money")


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.parametrize("name", COMMANDS)
def test_without_a_shop_nobody_is_asked(settings: Any, order: Order, name: str, options: tuple[str, ...]) -> None:
    settings.YOOKASSA_SHOP_ID = ""
    lines = run(name, *options)
    no_shop = "No shop is connected (YOOKASSA_SHOP_ID): nothing is sent or asked."
    assert (no_shop in lines) == (name != "follow_the_clock")


# follow_the_clock


def test_the_clock_warns_expires_and_completes(
    shop: FakeGateway, order: Order, clock: time_machine.Coordinates
) -> None:
    clock.shift(23 * HOUR)
    dry = saved_rows()
    assert run("follow_the_clock", "--dry-run")[0] == "Letters about a near deadline written: 1."
    assert saved_rows() == dry
    assert run("follow_the_clock")[0] == "Letters about a near deadline written: 1."
    assert "deadline" in seen(order).letters

    clock.shift(HOUR + MINUTE)
    before = saved_rows()
    assert run("follow_the_clock", "--dry-run")[1] == "Orders expired, not paid in time: 1."
    assert saved_rows() == before
    assert run("follow_the_clock")[1] == "Orders expired, not paid in time: 1."
    assert (seen(order).status, seen(order).tickets) == ("expired", ["cancelled"])
    assert run("follow_the_clock")[1] == "Orders expired, not paid in time: 0."


def test_the_clock_completes_what_is_over(
    shop: FakeGateway, desk_order: Order, clock: time_machine.Coordinates
) -> None:
    clock.shift(2 * DAY)
    before = saved_rows()
    assert run("follow_the_clock", "--dry-run")[2] == "Orders completed, their time is over: 1."
    assert saved_rows() == before
    assert run("follow_the_clock")[2] == "Orders completed, their time is over: 1."
    assert seen(desk_order).status == "completed"
    nothing_kept = "A dry run: nothing of this is kept, and YooKassa was not asked who has paid."
    assert [run("follow_the_clock", *options)[-1] == nothing_kept for options in ((), ("--dry-run",))] == [False, True]


def test_the_clock_asks_before_it_lets_places_go(
    shop: FakeGateway, order: Order, clock: time_machine.Coordinates
) -> None:
    clock.shift(DAY - 10 * MINUTE)
    attempt = press_pay(order, shop)
    shop.pay(attempt.provider_id or "")
    clock.shift(11 * MINUTE)
    asked = len(shop.journal)
    run("follow_the_clock", "--dry-run")
    assert len(shop.journal) == asked
    assert run("follow_the_clock")[1] == "Orders expired, not paid in time: 0."
    assert seen(order).status == "confirmed"


# follow_the_money


def test_the_money_is_sent_and_asked_about(shop: FakeGateway, order: Order, clock: time_machine.Coordinates) -> None:
    attempt = start_payment(order.pk, shop, email=order.email, at=now())
    request = request_of(attempt)
    before = saved_rows()
    assert run("follow_the_money", "--dry-run")[0] == f"To send: /payments {request.key}, tried 0 times."
    assert saved_rows() == before
    assert shop.journal == []

    assert run("follow_the_money")[0] == "Requests tried: 1."
    attempt.refresh_from_db()
    shop.pay(attempt.provider_id or "")
    clock.shift(2 * MINUTE)
    before = saved_rows()
    assert f"To ask about: payment {attempt}, pending." in run("follow_the_money", "--dry-run")
    assert saved_rows() == before
    assert run("follow_the_money")[1] == "Payments asked about: 1."
    assert seen(order).status == "confirmed"
    assert posts(shop, "/payments") == 1


def test_a_payment_left_behind_by_a_killed_process_is_fulfilled(
    shop: FakeGateway, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = press_pay(order, shop)
    shop.pay(attempt.provider_id or "")
    with monkeypatch.context() as killed:
        killed.setattr("orders.domain.online.payments.fulfil_payment", lambda *args, **wanted: None)
        told = shop.payment(attempt.provider_id or "", patience=HOUR)
        apply_payment(attempt.pk, told, shop, at=now())
    assert seen(order).status == "awaiting_payment"
    before = saved_rows()
    assert "Payments that wait for their places: 1." in run("follow_the_money", "--dry-run")
    assert saved_rows() == before
    assert "Payments that waited for their places fulfilled: 1." in run("follow_the_money")
    assert seen(order).status == "confirmed"


def test_a_refund_under_way_is_asked_about(
    shop: FakeGateway, order: Order, manager: User, clock: time_machine.Coordinates
) -> None:
    attempt = pay(order, shop)
    shop.refunds_stay_pending = True
    refund(order, shop, "100", by=manager)
    run("follow_the_money")
    asked = attempt.refunds.get()
    shop.settle_refund(asked.provider_id or "")
    clock.shift(2 * MINUTE)
    assert f"To ask about: refund {asked.pk} of payment {attempt}, pending." in run("follow_the_money", "--dry-run")
    run("follow_the_money")
    assert seen(order).refunds == [("staff", "succeeded", Decimal(100))]


# reconcile


def test_the_books_are_compared(shop: FakeGateway, order: Order) -> None:
    attempt = press_pay(order, shop)
    shop.pay(attempt.provider_id or "")
    before = saved_rows()
    assert run("reconcile", "--dry-run") == [
        "Orders that do not add up: 0.",
        "Stored sums that differ, left alone: 0.",
        "Payments and refunds of YooKassa compared: 1, different, left alone: 1.",
    ]
    assert saved_rows() == before
    assert cache.get("yookassa-swept-at") is None

    assert run("reconcile")[2] == "Payments and refunds of YooKassa compared: 1, different: 1."
    assert seen(order).status == "confirmed"
    assert run("reconcile")[2] == "Payments and refunds of YooKassa compared: 1, different: 0."


def test_the_books_are_compared_further_back_when_asked(
    shop: FakeGateway, order: Order, clock: time_machine.Coordinates
) -> None:
    press_pay(order, shop)
    clock.shift(3 * DAY)
    assert "compared: 0," in run("reconcile", "--dry-run")[2]
    assert "compared: 1," in run("reconcile", "--dry-run", "--hours", "100")[2]


def test_a_dry_comparison_calls_a_person_for_what_it_would_have_shown(
    shop: FakeGateway, desk_order: Order, clock: time_machine.Coordinates
) -> None:
    clock.shift(2 * DAY)
    run("follow_the_clock")
    before = saved_rows()
    code, told = run_with_code("reconcile", "--dry-run")
    assert (code, told) == (3, "A person is needed. Orders that do not add up: 1.")
    assert saved_rows() == before
    code, told = run_with_code("reconcile")
    assert (code, told) == (3, "A person is needed. Open lines at the money desk: 1.")


def test_a_provider_that_is_away_is_no_reason_to_call_a_person(shop: FakeGateway, order: Order) -> None:
    shop.fail_next(NotSent("refused"))
    assert run_with_code("reconcile") == (1, "YooKassa cannot be asked: refused")


# process_notifications


def test_waiting_notifications_are_looked_into(shop: FakeGateway, order: Order) -> None:
    attempt = press_pay(order, shop)
    event = notify(attempt)
    before = saved_rows()
    assert run("process_notifications", "--dry-run") == [f"To look into: {event}, received, tried 0 times."]
    assert saved_rows() == before

    assert run("process_notifications") == [f"Looked into {event}: deferred, the provider says pending."]
    shop.pay(attempt.provider_id or "")
    assert run("process_notifications") == [f"Looked into {event}: applied, succeeded."]
    assert seen(order).status == "confirmed"
    assert run("process_notifications") == []
