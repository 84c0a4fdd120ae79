"""Payments recorded by hand, on site or by bank transfer, and their corrections."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from accounts.models import User
from coworking.models import PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk import approvals
from orders.domain.messages import About, write_messages
from orders.domain.money import pass_books
from orders.domain.money.balance import balance_of
from orders.domain.money.cases import close_cases
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.ledger import follow_refund, record_taken
from orders.domain.online.fulfilment import confirm_order
from orders.domain.online.payments import abandon_attempts
from orders.models import (
    ApprovalKind,
    CaseKind,
    EntryKind,
    EventKind,
    LedgerEntry,
    MessageKind,
    MoneyApproval,
    Order,
    OrderEvent,
    OrderStatus,
)

TAKEN_BY_HAND = (PaymentMethod.ON_SITE, PaymentMethod.INVOICE)


class PaymentRefused(Refusal):
    field = "amount"


class MoneyMoved(Refusal):
    """The order's money has changed since somebody decided what comes in or goes back."""

    reason = "money_moved"
    field = "amount"


class MomentRefused(Refusal):
    field = "moved_on"


class RestRefused(Refusal):
    field = "rest"


@dataclass(frozen=True, slots=True)
class Rest:
    """The effect of a part payment on an order that waits: confirmed with a debt until a moment, or still waiting.

    Without a moment the deadline stays, and the money is to be returned once it passes.
    """

    owed_until: datetime | None = None


class CorrectionRefused(Refusal):
    field = "amount"


class CorrectionReasonMissing(Refusal):
    reason = "correction_unexplained"
    field = "reason"


def take_payment(
    number: int,
    amount: Decimal,
    *,
    method: PaymentMethod,
    moved_at: datetime,
    document: str,
    token: uuid.UUID,
    by: User,
    at: datetime,
    rest: Rest | None = None,
    at_hand: Decimal | None = None,
) -> LedgerEntry:
    """Record a payment for an order, in full or in part; the same token twice is recorded once.

    The whole sum confirms an order that waited; for a part, `rest` says what follows. `at_hand` is the money we held
    when somebody took the payment, None if nobody saw it. Its running attempt is abandoned, and counts as a second
    payment if it succeeds. Raises PaymentRefused, MoneyMoved, RestRefused, MomentRefused, Busy.
    """
    if moved_at > at:
        raise MomentRefused("came_in_future")
    with locks.short_waits():
        order = locks.lock_order_and_services(number)  # activating tickets runs the triggers on places
        if known := LedgerEntry.objects.filter(form_token=token, order=order).first():
            if known.amount != amount:
                raise PaymentRefused("token_used", field="")
            return known
        balance = balance_of(order)
        due = balance.due
        check_payment(order, amount, due)
        check_money(balance.at_hand, at_hand)
        rest = _rest_of(order, rest, left=due - amount, at=at)
        entry = record_taken(
            order, amount, method=method, moved_at=moved_at, document=document, token=token, by=by, at=at
        )
        _follow(entry, order, rest, left=due - amount, at=at)
    return entry


def check_payment(order: Order, amount: Decimal, due: Decimal) -> None:
    """Raise PaymentRefused unless an order that owes `due` can take this sum, both in roubles."""
    if order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        raise PaymentRefused("order_takes_no_money", status=order.status)
    if amount <= 0:
        raise PaymentRefused("sum_not_above_zero")
    if amount > due:
        raise PaymentRefused("more_than_due", due=due)


def check_money(here: Decimal, seen: Decimal | None) -> None:
    """Raise MoneyMoved if the money `here` differs from what somebody has `seen`, roubles; None means nobody saw it."""
    if seen not in (None, here):
        raise MoneyMoved(at_hand=here)


def _rest_of(order: Order, rest: Rest | None, *, left: Decimal, at: datetime) -> Rest | None:
    """Return what happens to the order with a rest to pay; nothing if there is no rest or the order is not waiting."""
    if not left or order.status != OrderStatus.AWAITING_PAYMENT:
        return None
    if rest is None:
        raise RestRefused("rest_undecided", left=left)
    if rest.owed_until and rest.owed_until <= at:
        raise RestRefused("owed_until_the_past", field="owed_until")
    return rest


def _as_facts(rest: Rest | None, *, left: Decimal) -> dict[str, str]:
    if rest is None:
        return {}
    return {"left": str(left), **({"owed_until": rest.owed_until.isoformat()} if rest.owed_until else {})}


def _follow(entry: LedgerEntry, order: Order, rest: Rest | None, *, left: Decimal, at: datetime) -> None:
    data = {"sum": str(entry.amount), "method": entry.method, "document": entry.document, **_as_facts(rest, left=left)}
    OrderEvent.objects.create(order=order, kind=EventKind.PAID, by=entry.by, at=at, data=data)
    abandon_attempts(order, at=at)
    if rest:
        order.owed_until = rest.owed_until
        order.save(update_fields=["owed_until"])
    if order.status == OrderStatus.AWAITING_PAYMENT and not (rest and rest.owed_until is None):
        confirm_order(order, paid_by=About(entry=entry), at=at)
    elif not left:
        write_messages(order, [MessageKind.PAID], at=at, about=About(entry=entry))
    if not left:
        close_cases(CaseKind.DEBT, CaseKind.DEBT_OVERDUE, order=order, at=at)


def correct_entry(
    entry_id: int, right: Decimal, *, reason: str, token: uuid.UUID, by: User, at: datetime
) -> LedgerEntry | MoneyApproval:
    """Correct an entry made by hand to `right` roubles, by a new entry of the difference, dated now.

    0 cancels the entry. Above the location's limit nothing is booked, and a second person is asked. The same token
    twice counts once. Raises CorrectionRefused, CorrectionReasonMissing, ApprovalWaits, Busy.
    """
    if not reason.strip():
        raise CorrectionReasonMissing
    with locks.short_waits():
        entry = LedgerEntry.objects.get(pk=entry_id)
        order = locks.lock_order_and_services(entry.order_id)  # as for a payment
        if known := approvals.known_by(order, token):
            return _same(known, entry, right)
        difference = _difference(order, entry, right)
        asked = MoneyApproval(
            order=order,
            kind=ApprovalKind.CORRECTION,
            amount=right,
            method=entry.method,
            document=entry.document,
            reason=reason.strip()[:250],
            form_token=token,
            corrects=entry,
            asked_by=by,
            asked_at=at,
        )
        if approvals.is_needed(order, difference):
            return approvals.ask(asked, difference)
        return book_correction(order, asked, at=at)


def _same(known: LedgerEntry | MoneyApproval, entry: LedgerEntry, right: Decimal) -> LedgerEntry | MoneyApproval:
    """Return what an earlier request of this form has made. Raises CorrectionRefused if it had another sum."""
    if isinstance(known, LedgerEntry):
        until_then = entry.corrections.filter(pk__lte=known.pk).aggregate(sum=Sum("amount"))["sum"]
        made = abs(entry.amount + until_then)
    else:
        made = known.amount
    if made != right:
        raise CorrectionRefused("token_used", field="")
    return known


def book_correction(order: Order, asked: MoneyApproval, *, at: datetime) -> LedgerEntry:
    """Book a correction of an order that is locked with its services, in the name of the person who asked for it.

    An order that waited is confirmed if it is now fully paid. Raises CorrectionRefused.
    """
    if asked.corrects is None:
        raise CorrectionRefused("not_recorded_by_hand")
    pass_books.hold(order)
    difference = _difference(order, asked.corrects, asked.amount)
    if asked.corrects.kind == EntryKind.REFUND and difference < 0:  # more went back
        follow_refund(order, -difference, by=asked.asked_by, at=at, reason=asked.reason)
    correction = approvals.book(order, asked, difference, moved_at=at, at=at)
    data = {"sum": str(difference), "method": asked.method}
    OrderEvent.objects.create(
        order=order, kind=EventKind.CORRECTED, by=asked.asked_by, at=at, reason=asked.reason, data=data
    )
    if difference > 0:
        abandon_attempts(order, at=at)
    if order.status == OrderStatus.AWAITING_PAYMENT and not balance_of(order).due:
        confirm_order(order, paid_by=About(entry=correction), at=at)
    sync_refund_due_case(order, at=at)
    return correction


def _difference(order: Order, entry: LedgerEntry, right: Decimal) -> Decimal:
    """Return the change of an entry: at most what the order owes, and never below what is in hand."""
    if entry.kind == EntryKind.CORRECTION or entry.method not in TAKEN_BY_HAND:
        raise CorrectionRefused("not_recorded_by_hand")
    if right < 0:
        raise CorrectionRefused("sum_below_zero")
    corrected = entry.corrections.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY
    stands = entry.amount + corrected
    difference = (right if entry.kind == EntryKind.CHARGE else -right) - stands
    if not difference:
        raise CorrectionRefused("sum_unchanged")
    balance = balance_of(order)
    # A cancelled order keeps no more than before: any surplus is to be returned.
    room = max(balance.total - balance.paid, NO_MONEY) if order.status == OrderStatus.CANCELLED else balance.due
    if entry.kind == EntryKind.CHARGE and difference > room:
        raise CorrectionRefused("correction_beyond_due", most=stands + room)
    if difference + approvals.in_hand(order, balance, entry.method) < 0:
        raise CorrectionRefused("more_returned_than_paid")
    return difference
