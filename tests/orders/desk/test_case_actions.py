"""What a manager can do about a line of the money desk."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from orders.domain.desk.case_actions import (
    NoAnswer,
    NotConnected,
    Outcome,
    Search,
    WrongAction,
    check_again,
    refund_again,
    settle,
    try_key_now,
)
from orders.domain.money.cases import CaseClosed, open_case
from orders.domain.money.facts import Difference, DifferenceField, Drift, Mismatch
from orders.domain.online.answers import escalate
from orders.domain.online.completion import complete_finished
from orders.domain.online.gateway import GatewayError, NotSent, OutcomeUnknown, RateLimited, Rejected
from orders.domain.online.sweep import sweep
from orders.models import CaseKind, OffsetReceipt, Order, PaymentAttempt, ProviderRequest, ReceiptState, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import case_of, look, open_kinds, posts, press_pay, refund, request_of, seen, send_all
from tests.snapshots import saved_rows

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACTIONS = [check_again, try_key_now]
ANOTHER_SUM = Mismatch(differences=(Difference(DifferenceField.AMOUNT, "100.00", "90.00"),))
DRIFT = Drift(Decimal("600.00"), Decimal("450.00"))


def check(kind: CaseKind, gateway: FakeGateway | None) -> Outcome:
    return check_again(case=case_of(kind), gateway=gateway, at=now())


# Asking again


def test_a_payment_that_hung_is_taken_when_it_was_paid_after_all(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    attempt = press_pay(order, gateway)
    open_case(CaseKind.PAYMENT_STUCK, at=now(), order=order, attempt=attempt, amount=attempt.amount)
    assert check(CaseKind.PAYMENT_STUCK, gateway) == Outcome(is_settled=False, told=PaymentAttempt.Status.PENDING)
    gateway.pay(attempt.provider_id or "")

    assert check(CaseKind.PAYMENT_STUCK, gateway) == Outcome(is_settled=True, told=PaymentAttempt.Status.SUCCEEDED)
    after = seen(order)
    assert (after.status, after.cases, after.ledger) == ("confirmed", [], [("charge", "online", Decimal(600))])
    assert posts(gateway, "/payments") == 1


def test_a_difference_stays_until_the_provider_says_what_we_asked_for(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.alter(attempt.provider_id or "", amount=Decimal("700.00"))
    look(attempt, gateway)
    another_sum = Mismatch(differences=(Difference(DifferenceField.AMOUNT, "600.00", "700.00"),), status="pending")
    assert check(CaseKind.MISMATCH, gateway) == Outcome(is_settled=False, told=another_sum)
    assert seen(order).ledger == []

    gateway.alter(attempt.provider_id or "", amount=Decimal("600.00"))
    gateway.pay(attempt.provider_id or "")
    assert check(CaseKind.MISMATCH, gateway).is_settled
    assert (seen(order).status, open_kinds()) == ("confirmed", [])


def test_a_difference_in_the_first_answer_is_looked_for_by_our_metadata(
    order: Order, gateway: FakeGateway, settings: Any
) -> None:
    settings.YOOKASSA_CHECKOUT_HOSTS = ["example.com"]
    attempt = press_pay(order, gateway)
    assert (attempt.provider_id, open_kinds()) == (None, ["mismatch"])
    outcome = check(CaseKind.MISMATCH, gateway)
    assert isinstance(outcome.told, Mismatch)
    assert [one.field for one in outcome.told.differences] == [DifferenceField.PAGE]
    assert not outcome.is_settled

    settings.YOOKASSA_CHECKOUT_HOSTS = ["yoomoney.ru"]
    assert check(CaseKind.MISMATCH, gateway) == Outcome(is_settled=True, told=PaymentAttempt.Status.PENDING)
    attempt.refresh_from_db()
    assert (attempt.provider_id is None, attempt.mismatch, posts(gateway, "/payments")) == (False, None, 1)


def test_a_refund_that_hung_ends_as_the_bank_decided(
    order: Order, pending_refund: Refund, gateway: FakeGateway
) -> None:
    open_case(CaseKind.REFUND_STUCK, at=now(), order=order, refund=pending_refund, amount=pending_refund.amount)
    assert check(CaseKind.REFUND_STUCK, gateway) == Outcome(is_settled=False, told=Refund.Status.PENDING)
    gateway.settle_refund(pending_refund.provider_id or "", "canceled", "rejected_by_payee")

    assert check(CaseKind.REFUND_STUCK, gateway).is_settled
    assert open_kinds() == ["refund_failed"]
    assert posts(gateway, "/refunds") == 1


def test_a_refund_that_differs_adds_up_again(order: Order, pending_refund: Refund, gateway: FakeGateway) -> None:
    open_case(CaseKind.MISMATCH, at=now(), order=order, refund=pending_refund, facts=ANOTHER_SUM)
    assert check(CaseKind.MISMATCH, gateway).is_settled
    assert open_kinds() == []


def test_a_lost_refund_is_found_in_the_providers_list(
    order: Order, paid: PaymentAttempt, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    refund(order, gateway, "100", by=manager)
    gateway.fail_next(OutcomeUnknown("no answer"), when="after", path="/refunds")
    send_all(gateway)
    clock.shift(DAY)
    gateway.fail_next(OutcomeUnknown("no list"), path="/refunds")
    send_all(gateway)
    asked = Refund.objects.get()
    ProviderRequest.objects.filter(refund=asked).update(state="manual")
    open_case(CaseKind.UNKNOWN_OUTCOME, at=now(), order=order, attempt=paid, refund=asked, amount=asked.amount)

    assert check(CaseKind.UNKNOWN_OUTCOME, gateway) == Outcome(is_settled=True, told=Refund.Status.SUCCEEDED)
    after = seen(order)
    assert after.refunds == [("staff", "succeeded", Decimal(100))]
    assert (after.cases, request_of(asked).state, posts(gateway, "/refunds")) == ([], "done", 1)


def test_a_refund_that_was_never_made_is_not_made_by_searching(lost_refund: Refund, gateway: FakeGateway) -> None:
    tried = posts(gateway, "/refunds")
    assert check(CaseKind.UNKNOWN_OUTCOME, gateway) == Outcome(is_settled=False, told=Search.NOTHING_FOUND)
    assert (open_kinds(), posts(gateway, "/refunds")) == (["unknown_outcome"], tried)


@pytest.mark.parametrize("was_made", [True, False])
def test_a_receipt_whose_answer_was_lost_is_searched_for(
    was_made: bool, order: Order, paid: PaymentAttempt, gateway: FakeGateway, clock: time_machine.Coordinates
) -> None:
    clock.move_to(order.period.end)
    assert complete_finished(gateway, now()) == 1
    gateway.fail_next(OutcomeUnknown("no answer"), when="after" if was_made else "before", path="/receipts")
    send_all(gateway)
    request = ProviderRequest.objects.get(receipt__isnull=False)
    escalate(request, at=now())
    told = ReceiptState.PENDING if was_made else Search.NOTHING_FOUND
    assert check(CaseKind.UNKNOWN_OUTCOME, gateway) == Outcome(is_settled=was_made, told=told)
    assert (bool(OffsetReceipt.objects.get().provider_id), posts(gateway, "/receipts")) == (was_made, 1)
    assert open_kinds() == ([] if was_made else ["unknown_outcome"])


def test_receipts_that_nobody_asked_about_any_more_are_asked_about_again(
    order: Order, paid: PaymentAttempt, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    refund(order, gateway, "100", by=manager)
    send_all(gateway)
    clock.move_to(order.period.end)
    assert complete_finished(gateway, now()) == 1
    send_all(gateway)
    rows: list[Any] = [paid, Refund.objects.get(), OffsetReceipt.objects.get()]
    for name, row in zip(("attempt", "refund", "receipt"), rows, strict=True):
        type(row).objects.filter(pk=row.pk).update(next_check_at=None)
        open_case(CaseKind.RECEIPT_FAILED, at=now(), order=order, **{name: row})
        set_receipt(gateway, row, "pending")
        assert check(CaseKind.RECEIPT_FAILED, gateway) == Outcome(is_settled=False, told=ReceiptState.PENDING)
        row.refresh_from_db()
        assert row.next_check_at > now()
        set_receipt(gateway, row, "succeeded")
        assert check(CaseKind.RECEIPT_FAILED, gateway) == Outcome(is_settled=True, told=ReceiptState.SUCCEEDED)
    OffsetReceipt.objects.update(provider_id=None)
    open_case(CaseKind.RECEIPT_FAILED, at=now(), order=order, receipt=OffsetReceipt.objects.get())
    with pytest.raises(WrongAction):  # it was refused, and is not at the provider
        check(CaseKind.RECEIPT_FAILED, gateway)


def set_receipt(gateway: FakeGateway, row: Any, state: str) -> None:
    """Let the provider be so far with the receipt of a payment or of a refund, or with an offset receipt."""
    known, name = {
        PaymentAttempt: (gateway._payments, "receipt_registration"),
        Refund: (gateway._refunds, "receipt_registration"),
        OffsetReceipt: (gateway._receipts, "status"),
    }[type(row)]
    gateway._registers_at.clear()
    known[row.provider_id] = replace(known[row.provider_id], **{name: state})


def test_an_unknown_payment_is_bound_once_its_order_is_here_again(order: Order, gateway: FakeGateway) -> None:
    attempt = press_pay(order, gateway)
    gateway.pay(attempt.provider_id or "")
    provider_id = attempt.provider_id or ""
    told = gateway.alter(provider_id, metadata={"env": "test", "payment_id": "999999"})
    PaymentAttempt.objects.filter(pk=attempt.pk).update(provider_id=None)
    sweep(gateway, at=now())
    assert not check(CaseKind.UNKNOWN_PAYMENT, gateway).is_settled

    gateway.alter(provider_id, metadata={**told.metadata, "payment_id": str(attempt.pk)})
    assert check(CaseKind.UNKNOWN_PAYMENT, gateway) == Outcome(is_settled=True, told=PaymentAttempt.Status.SUCCEEDED)
    assert (seen(order).status, open_kinds()) == ("confirmed", [])


def test_sums_agree_again_once_an_unknown_refund_is_taken(
    order: Order, paid: PaymentAttempt, gateway: FakeGateway
) -> None:
    gateway.external_refund(paid.provider_id or "", Decimal("150.00"))
    open_case(CaseKind.DRIFT, at=now(), order=order, attempt=paid, amount=Decimal(-150), facts=DRIFT)

    outcome = check(CaseKind.DRIFT, gateway)
    assert outcome.is_settled
    assert outcome.told == Decimal(450)
    assert open_kinds() == ["external_refund"]
    assert seen(order).refunds == [("external", "succeeded", Decimal(150))]


def test_sums_that_still_differ_stay_at_the_desk(order: Order, paid: PaymentAttempt, gateway: FakeGateway) -> None:
    open_case(CaseKind.DRIFT, at=now(), order=order, attempt=paid, amount=Decimal(-150), facts=DRIFT)
    gateway.alter(paid.provider_id or "", refunded=Decimal("150.00"))
    assert not check(CaseKind.DRIFT, gateway).is_settled
    assert open_kinds() == ["drift"]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotSent("refused"), "provider_silent"),
        (OutcomeUnknown("502"), "provider_silent"),
        (RateLimited("429", retry_after=timedelta(seconds=5)), "provider_silent"),
        (Rejected("401", status=401), "key_refused"),
        (Rejected("403", status=403), "key_refused"),
    ],
)
def test_without_an_answer_nothing_changes(order: Order, gateway: FakeGateway, error: GatewayError, why: str) -> None:
    attempt = press_pay(order, gateway)
    open_case(CaseKind.PAYMENT_STUCK, at=now(), order=order, attempt=attempt, amount=attempt.amount)
    before = saved_rows()
    gateway.fail_next(error)
    with pytest.raises(NoAnswer, match=why):
        check(CaseKind.PAYMENT_STUCK, gateway)
    assert saved_rows() == before


def test_nothing_is_asked_about_a_case_that_is_settled(order: Order, gateway: FakeGateway, manager: User) -> None:
    attempt = press_pay(order, gateway)
    open_case(CaseKind.PAYMENT_STUCK, at=now(), order=order, attempt=attempt)
    case = case_of(CaseKind.PAYMENT_STUCK)
    settle(case=case, resolution="Отменён в кабинете", by=manager, at=now())
    asked = len(gateway.journal)
    with pytest.raises(CaseClosed):
        check_again(case=case, gateway=gateway, at=now())
    assert len(gateway.journal) == asked


@pytest.mark.parametrize("kind", ["late_payment", "duplicate", "receipt_failed", "debt", "refund_due", "misconfigured"])
def test_there_is_nothing_to_ask_about_other_kinds(order: Order, gateway: FakeGateway, kind: str) -> None:
    open_case(CaseKind(kind), at=now(), order=order)
    with pytest.raises(WrongAction):
        check(CaseKind(kind), gateway)
    assert gateway.journal == []


def test_without_a_shop_there_is_nobody_to_ask(order: Order, failed_refund: Refund, manager: User) -> None:
    open_case(CaseKind.MISCONFIGURED, at=now())
    open_case(CaseKind.PAYMENT_STUCK, at=now(), order=order, attempt=failed_refund.attempt)
    before = saved_rows()
    with pytest.raises(NotConnected):
        check(CaseKind.PAYMENT_STUCK, None)
    with pytest.raises(NotConnected):
        try_key_now(case=case_of(CaseKind.MISCONFIGURED), gateway=None, at=now())
    with pytest.raises(NotConnected):
        refund_again(case=case_of(CaseKind.REFUND_FAILED), by=manager, gateway=None, at=now())
    assert saved_rows() == before
