"""Orders that are not paid in time, and payments that arrive at about that moment."""

from datetime import timedelta
from decimal import Decimal
from typing import NoReturn

import pytest
import time_machine

from accounts.models import User
from orders.domain.booking.deadlines import extend_for_outage
from orders.domain.online import payments
from orders.domain.online.expiry import GRACE, PATIENCE, expire_overdue
from orders.domain.online.gateway import GatewayError, NotSent, OutcomeUnknown, Rejected
from orders.models import Message, Order, OrderEvent, PaymentAttempt
from tests.factories import make_order, make_pool, make_tariff
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import Seen, look, press_pay, seen
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

SUM = Decimal("600.00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SILENCE = [NotSent("refused"), OutcomeUnknown("timeout"), Rejected("401", status=401)]


@pytest.fixture
def brief(order: Order) -> Order:
    """The order with an hour to pay."""
    Order.objects.update(deadline_at=now() + HOUR)
    return Order.objects.get()


def test_an_order_nobody_began_to_pay_expires_without_asking_anybody(
    brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(HOUR)
    assert expire_overdue(gateway, now()) == 1
    assert gateway.journal == []
    assert seen(brief) == Seen(
        status="expired",
        tickets=["cancelled"],
        payments=[],
        refunds=[],
        ledger=[],
        letters=["created", "expired"],
        cases=[],
    )
    assert Message.objects.get(kind="expired").deadline_at == brief.deadline_at


def test_the_provider_is_asked_first_and_a_payment_that_went_through_confirms(
    brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(50 * MINUTE)
    attempt = press_pay(brief, gateway)
    gateway.pay(attempt.provider_id or "")
    clock.shift(10 * MINUTE)
    assert expire_overdue(gateway, now()) == 0
    after = seen(brief)
    assert (after.status, after.tickets, after.letters) == ("confirmed", ["active"], ["created", "paid"])
    assert after.ledger == [("charge", "online", SUM)]


@pytest.mark.parametrize("error", SILENCE, ids=["not sent", "unknown", "401"])
def test_while_the_provider_is_silent_the_order_waits_a_quarter_of_an_hour(
    error: GatewayError, brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(50 * MINUTE)
    press_pay(brief, gateway)
    clock.shift(10 * MINUTE)
    for wait in (timedelta(), GRACE - SECOND):
        gateway.fail_next(error)
        before = saved_rows()
        assert (expire_overdue(gateway, brief.deadline_at + wait), saved_rows()) == (0, before)
    gateway.fail_next(error)
    assert expire_overdue(gateway, brief.deadline_at + GRACE) == 1
    assert seen(brief).tickets == ["cancelled"]


def test_a_provider_that_hangs_holds_up_no_order_that_nobody_began_to_pay(
    brief: Order, manager: User, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    tariff = make_tariff(service=make_pool(location=brief.location))
    waiting = [make_order(tariff=tariff, by=manager, payment_method="online") for _number in range(5)]
    for order in waiting:
        press_pay(order, gateway)
    Order.objects.filter(pk__in=[order.pk for order in waiting]).update(deadline_at=now() + MINUTE)
    asked = []

    def hang(_id: str, *, patience: timedelta) -> NoReturn:
        asked.append(patience)
        clock.shift(patience)
        raise OutcomeUnknown("timeout")

    monkeypatch.setattr(gateway, "payment", hang)
    clock.shift(2 * MINUTE)
    Order.objects.filter(pk=brief.pk).update(deadline_at=now())
    deadline = now()
    assert expire_overdue(gateway, now()) == 1
    assert Order.objects.get(pk=brief.pk).status == "expired"
    assert OrderEvent.objects.get(order=brief, kind="status_changed").at == deadline
    assert asked == [PATIENCE] * 4
    assert now() - deadline <= timedelta(seconds=20)


def test_an_attempt_nobody_knows_of_yet_keeps_the_order_as_long(
    brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(50 * MINUTE)
    payments.start_payment(brief.pk, gateway, email=brief.email, at=now())
    before = saved_rows()
    assert (expire_overdue(gateway, brief.deadline_at + GRACE - SECOND), saved_rows()) == (0, before)
    assert expire_overdue(gateway, brief.deadline_at + GRACE) == 1


def test_a_deadline_that_was_extended_meanwhile_stays(
    brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.shift(50 * MINUTE)
    press_pay(brief, gateway)
    clock.shift(10 * MINUTE)
    ask = gateway.payment

    def ask_while_the_hold_is_kept(*args: object, **wanted: object) -> object:
        extend_for_outage(brief.pk, since=now(), at=now())
        return ask(*args, **wanted)

    monkeypatch.setattr(gateway, "payment", ask_while_the_hold_is_kept)
    assert expire_overdue(gateway, now()) == 0
    assert (seen(brief).status, Order.objects.get().deadline_at) == ("awaiting_payment", now() + 10 * MINUTE)


def test_a_payment_taken_but_not_yet_fulfilled_keeps_the_order(
    brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.shift(50 * MINUTE)
    attempt = press_pay(brief, gateway)
    with monkeypatch.context() as killed:
        killed.setattr(payments, "fulfil_payment", lambda *_args, **_wanted: None)
        gateway.pay(attempt.provider_id or "")
        look(attempt, gateway)
    clock.shift(HOUR)
    before = saved_rows()
    assert (expire_overdue(gateway, now()), saved_rows()) == (0, before)


def test_a_declined_attempt_does_not_keep_the_order(
    brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(50 * MINUTE)
    attempt = press_pay(brief, gateway)
    gateway.decline(attempt.provider_id or "", "insufficient_funds")
    clock.shift(10 * MINUTE)
    assert expire_overdue(gateway, now()) == 1
    after = seen(brief)
    assert (after.status, after.payments, after.cases) == ("expired", ["canceled"], [])


def test_an_attempt_that_is_still_open_stays_open_beside_an_expired_order(
    brief: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.shift(50 * MINUTE)
    attempt = press_pay(brief, gateway)
    clock.shift(10 * MINUTE)
    assert expire_overdue(gateway, now()) == 1
    assert PaymentAttempt.objects.get(pk=attempt.pk).status == "pending"
    before = saved_rows()
    assert (expire_overdue(gateway, now()), saved_rows()) == (0, before)
