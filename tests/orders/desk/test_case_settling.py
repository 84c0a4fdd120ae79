"""Decisions of a manager about a case: refunding again, trying the key, settling with a note."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from orders.domain.desk.case_actions import NoAnswer, WrongAction, check_again, refund_again, settle, try_key_now
from orders.domain.money.audit import check_balances
from orders.domain.money.cases import CaseClosed, NoteMissing, open_case
from orders.domain.online.gateway import OutcomeUnknown, Rejected
from orders.domain.online.payments import check_payments
from orders.domain.online.refunds import RefundRefused
from orders.domain.online.sweep import sweep
from orders.models import CaseKind, LedgerEntry, MoneyCase, Order, PaymentAttempt, ProviderRequest, Refund
from tests.gateways.fake import FakeGateway
from tests.orders.conftest import now
from tests.orders.steps import case_of, open_kinds, posts, press_pay, refund, request_of, seen, send_all
from tests.snapshots import jobs, saved_rows

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# Returning again


def test_a_failed_refund_is_asked_for_again_with_a_new_key(
    order: Order, failed_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    gateway.refunds_stay_pending = False
    again = refund_again(case=case_of(CaseKind.REFUND_FAILED), by=manager, gateway=gateway, at=now())
    send_all(gateway)

    assert again.amount == failed_refund.amount
    assert (again.reason, again.requested_by, again.source) == (failed_refund.reason, manager, failed_refund.source)
    assert request_of(again).key != request_of(failed_refund).key
    after = seen(order)
    assert [status for _source, status, _amount in after.refunds] == ["canceled", "succeeded"]
    assert after.ledger[-1] == ("refund", "online", Decimal(-100))
    closed = MoneyCase.objects.get(kind=CaseKind.REFUND_FAILED)
    assert (closed.closed_by, closed.resolution, closed.next_refund) == (manager, "", again)
    assert open_kinds() == []


def test_the_second_press_returns_nothing(failed_refund: Refund, gateway: FakeGateway, manager: User) -> None:
    case = case_of(CaseKind.REFUND_FAILED)
    refund_again(case=case, by=manager, gateway=gateway, at=now())
    before = saved_rows()
    with pytest.raises(CaseClosed):
        refund_again(case=case, by=manager, gateway=gateway, at=now())
    assert saved_rows() == before


def test_money_refunded_another_way_is_not_refunded_again(
    failed_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    gateway.external_refund(failed_refund.attempt.provider_id or "", Decimal("550.00"))
    sweep(gateway, at=now())
    open_case(CaseKind.REFUND_FAILED, at=now(), order=failed_refund.attempt.order, refund=failed_refund)
    before = saved_rows()
    with pytest.raises(RefundRefused):
        refund_again(case=case_of(CaseKind.REFUND_FAILED), by=manager, gateway=gateway, at=now())
    assert saved_rows() == before


def test_returning_again_takes_the_same_money_off_the_desk(
    order: Order, failed_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    assert check_balances(at=now()) == 0  # the money of a failed refund is in one line
    assert open_kinds() == ["refund_failed"]
    refund_again(case=case_of(CaseKind.REFUND_FAILED), by=manager, gateway=gateway, at=now())
    assert open_kinds() == []
    assert check_balances(at=now()) == 0


def test_only_a_failed_refund_is_returned_again(
    order: Order, paid: PaymentAttempt, gateway: FakeGateway, manager: User
) -> None:
    open_case(CaseKind.DUPLICATE_PAYMENT, at=now(), order=order, attempt=paid, amount=paid.amount)
    before = saved_rows()
    with pytest.raises(WrongAction):
        refund_again(case=case_of(CaseKind.DUPLICATE_PAYMENT), by=manager, gateway=gateway, at=now())
    assert saved_rows() == before


# The shop's key


def test_what_waited_for_the_key_is_sent_once_the_provider_takes_it(order: Order, gateway: FakeGateway) -> None:
    gateway.fail_next(Rejected("401", status=401))
    attempt = press_pay(order, gateway)
    request = request_of(attempt)
    assert (open_kinds(), request.state, request.next_try_at > now()) == (["misconfigured"], "queued", True)
    queued = len(jobs())

    assert try_key_now(case=case_of(CaseKind.MISCONFIGURED), gateway=gateway, at=now()) == 1
    assert open_kinds() == []
    assert jobs()[queued:] == [("orders.send_request", {"request_id": request.pk})]
    assert send_all(gateway) == 1
    assert request_of(attempt).state == "done"
    assert posts(gateway, "/payments") == 2


def test_a_key_that_is_still_wrong_sends_nothing(order: Order, gateway: FakeGateway) -> None:
    gateway.fail_next(Rejected("401", status=401))
    press_pay(order, gateway)
    before = saved_rows()
    gateway.fail_next(Rejected("401", status=401))
    with pytest.raises(NoAnswer, match="key_refused"):
        try_key_now(case=case_of(CaseKind.MISCONFIGURED), gateway=gateway, at=now())
    assert saved_rows() == before
    assert posts(gateway, "/payments") == 1


def test_other_cases_do_not_wait_for_the_key(order: Order, gateway: FakeGateway) -> None:
    open_case(CaseKind.DEBT, at=now(), order=order)
    with pytest.raises(WrongAction):
        try_key_now(case=case_of(CaseKind.DEBT), gateway=gateway, at=now())
    assert gateway.journal == []


# Confirmed by a person


@pytest.mark.parametrize("kind", sorted({*CaseKind.values} - {CaseKind.APPROVAL}))
def test_a_line_of_any_kind_but_a_request_is_settled_with_a_note(order: Order, manager: User, kind: str) -> None:
    open_case(CaseKind(kind), at=now(), order=order, provider_id=str(uuid.uuid4()))
    settle(case=case_of(CaseKind(kind)), resolution=" Отдали наличными ", by=manager, at=now())
    case = MoneyCase.objects.get()
    assert (case.closed_at, case.closed_by, case.resolution) == (now(), manager, "Отдали наличными")


def test_a_note_is_needed(order: Order, manager: User) -> None:
    open_case(CaseKind.DEBT, at=now(), order=order)
    with pytest.raises(NoteMissing):
        settle(case=case_of(CaseKind.DEBT), resolution="  ", by=manager, at=now())
    assert open_kinds() == ["debt"]


def test_the_second_person_learns_that_it_is_settled(order: Order, manager: User) -> None:
    open_case(CaseKind.DEBT, at=now(), order=order)
    case = case_of(CaseKind.DEBT)
    settle(case=case, resolution="Списали", by=manager, at=now())
    with pytest.raises(CaseClosed):
        settle(case=case, resolution="Заплатили", by=manager, at=now())
    assert MoneyCase.objects.get().resolution == "Списали"


def test_a_lost_refund_that_a_person_did_not_find_can_be_returned_again(
    order: Order, lost_refund: Refund, gateway: FakeGateway, manager: User
) -> None:
    settle(case=case_of(CaseKind.UNKNOWN_OUTCOME), resolution="В кабинете нет", by=manager, at=now())
    lost_refund.refresh_from_db()
    assert (lost_refund.status, lost_refund.cancel_reason) == ("failed", "not_made")
    assert request_of(lost_refund).state == "rejected"

    refund_again(case=case_of(CaseKind.REFUND_FAILED), by=manager, gateway=gateway, at=now())
    send_all(gateway)
    assert (open_kinds(), gateway.payment(lost_refund.attempt.provider_id or "", patience=HOUR).refunded) == ([], 100)


def test_a_lost_refund_that_turns_up_after_all_is_taken(
    order: Order, paid: PaymentAttempt, gateway: FakeGateway, manager: User, clock: time_machine.Coordinates
) -> None:
    refund(order, gateway, "100", by=manager)
    gateway.fail_next(OutcomeUnknown("no answer"), when="after", path="/refunds")
    send_all(gateway)
    asked = Refund.objects.get()
    ProviderRequest.objects.filter(refund=asked).update(state="manual")
    open_case(CaseKind.UNKNOWN_OUTCOME, at=now(), order=order, attempt=paid, refund=asked, amount=asked.amount)
    settle(case=case_of(CaseKind.UNKNOWN_OUTCOME), resolution="В кабинете нет", by=manager, at=now())

    sweep(gateway, at=now())
    assert seen(order).refunds == [("staff", "succeeded", Decimal(100))]
    assert LedgerEntry.objects.filter(order=order, kind="refund").count() == 1
    assert open_kinds() == []


def test_stuck_payments_are_shown_and_asked_about_again(
    order: Order, gateway: FakeGateway, clock: time_machine.Coordinates, monkeypatch: Any
) -> None:
    attempt = press_pay(order, gateway)
    monkeypatch.setattr("tests.gateways.fake.PENDING_FOR", timedelta(days=9))
    for _ in range(40):
        clock.shift(HOUR)
        check_payments(gateway, at=now())
    assert open_kinds() == ["payment_stuck"]
    gateway.decline(attempt.provider_id or "")
    assert check_again(case=case_of(CaseKind.PAYMENT_STUCK), gateway=gateway, at=now()).is_settled
    assert seen(order).payments == ["canceled"]
