"""Decisions that need a second person: corrections and refunds at the desk above the limit of the location."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum
from django.db.models.functions import Abs

from coworking.models import PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal
from orders.domain.money.balance import Balance
from orders.domain.money.cases import open_case
from orders.domain.money.ledger import enter
from orders.models import ApprovalState, CaseKind, EntryKind, EventKind, LedgerEntry, MoneyApproval, Order, OrderEvent


class ApprovalWaits(Refusal):
    """Another request of the order is not decided yet."""

    reason = "approval_waits"
    field = "amount"


def known_by(order: Order, token: uuid.UUID) -> LedgerEntry | MoneyApproval | None:
    """Return what an earlier request with this form token has made."""
    return (
        LedgerEntry.objects.filter(form_token=token, order=order).first()
        or MoneyApproval.objects.filter(form_token=token, order=order).first()
    )


def is_needed(order: Order, difference: Decimal) -> bool:
    """Whether a change by so many roubles needs a second person.

    What the person has corrected and refunded on this order before counts too: many small sums make a large one.
    """
    limit = order.location.approval_limit
    return limit is not None and _decided_alone(order) + abs(difference) > limit


def _decided_alone(order: Order) -> Decimal:
    by_hand = Q(kind=EntryKind.CORRECTION) | Q(kind=EntryKind.REFUND) & ~Q(method=PaymentMethod.ONLINE)
    alone = LedgerEntry.objects.filter(by_hand, order=order, approval__isnull=True)
    return Decimal(alone.aggregate(sum=Sum(Abs("amount")))["sum"] or NO_MONEY)


def ask(approval: MoneyApproval, difference: Decimal) -> MoneyApproval:
    """Request approval by a second person and open the case. Call it under the order's lock. Raises ApprovalWaits."""
    order, by, at = approval.order, approval.asked_by, approval.asked_at
    if MoneyApproval.objects.filter(order=order, state=ApprovalState.PENDING).exists():
        raise ApprovalWaits
    approval.save(force_insert=True)
    data = {"sum": str(difference), "method": approval.method}
    OrderEvent.objects.create(
        order=order, kind=EventKind.APPROVAL_ASKED, by=by, at=at, reason=approval.reason, data=data
    )
    open_case(CaseKind.APPROVAL, at=at, order=order, approval=approval, amount=abs(difference))
    return approval


def book(order: Order, asked: MoneyApproval, amount: Decimal, *, moved_at: datetime, at: datetime) -> LedgerEntry:
    """Book what was requested for a locked order, in the name of the person who asked."""
    return enter(
        LedgerEntry(
            order=order,
            kind=EntryKind(asked.kind),
            method=asked.method,
            amount=amount,
            at=moved_at,
            recorded_at=at,
            by=asked.asked_by,
            document=asked.document,
            reason=asked.reason,
            corrects=asked.corrects,
            form_token=asked.form_token,
        )
    )


def in_hand(order: Order, balance: Balance, method: PaymentMethod) -> Decimal:
    """Return how much can go back in this way: in cash what came in cash, by transfer everything taken by hand."""
    if method != PaymentMethod.ON_SITE:
        return balance.at_desk
    cash = LedgerEntry.objects.filter(order=order, method=PaymentMethod.ON_SITE).aggregate(sum=Sum("amount"))["sum"]
    return min(balance.at_desk, Decimal(cash or NO_MONEY))
