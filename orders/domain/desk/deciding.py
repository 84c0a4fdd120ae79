"""Deciding on requests of another person: the first decision counts."""

from datetime import datetime

from accounts.models import User
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk import cash, refunding
from orders.domain.desk.case_actions import WrongAction
from orders.domain.money.cases import CaseClosed, close_by_hand
from orders.models import (
    ApprovalKind,
    ApprovalState,
    EventKind,
    LedgerEntry,
    MoneyApproval,
    MoneyCase,
    Order,
    OrderEvent,
)


class SecondPersonMissing(Refusal):
    reason = "own_request"


def approve(*, case: MoneyCase, by: User, at: datetime) -> LedgerEntry:
    """Book what was requested, as of now, after checking it again; nobody approves their own request.

    Raises WrongAction, CaseClosed, SecondPersonMissing, CorrectionRefused, RefundRefused, Busy.
    """
    with locks.short_waits():
        order, approval = _waiting(case)
        if approval.asked_by_id == by.pk:
            raise SecondPersonMissing
        entry = _book(order, approval, at=at)
        _decide(case, approval, ApprovalState.APPROVED, entry=entry, by=by, at=at)
    return entry


def decline(*, case: MoneyCase, by: User, at: datetime) -> MoneyApproval:
    """Decline a request, or withdraw it if the same person asked for it. Raises WrongAction, CaseClosed, Busy."""
    with locks.short_waits():
        _order, approval = _waiting(case)
        _decide(case, approval, ApprovalState.DECLINED, entry=None, by=by, at=at)
    return approval


def _waiting(case: MoneyCase) -> tuple[Order, MoneyApproval]:
    """Lock the order of an open request with its services: the booking may confirm the order."""
    if case.approval_id is None or case.order_id is None:
        raise WrongAction("nothing_to_decide")
    order = locks.lock_order_and_services(case.order_id)
    approval = MoneyApproval.objects.get(pk=case.approval_id)
    if approval.state != ApprovalState.PENDING:
        raise CaseClosed
    return order, approval


def _book(order: Order, approval: MoneyApproval, *, at: datetime) -> LedgerEntry:
    if approval.kind == ApprovalKind.CORRECTION:
        return cash.book_correction(order, approval, at=at)
    return refunding.book_refund(order, approval, moved_at=at, at=at)


def _decide(
    case: MoneyCase,
    approval: MoneyApproval,
    state: ApprovalState,
    *,
    entry: LedgerEntry | None,
    by: User,
    at: datetime,
) -> None:
    MoneyApproval.objects.filter(pk=approval.pk).update(state=state, decided_by=by, decided_at=at, entry=entry)
    close_by_hand(case, by=by, at=at)
    kind = EventKind.APPROVED if state == ApprovalState.APPROVED else EventKind.DECLINED
    data = {"sum": str(case.amount), "method": approval.method}
    OrderEvent.objects.create(order_id=approval.order_id, kind=kind, by=by, at=at, data=data)
