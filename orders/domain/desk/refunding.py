"""Refunds by a manager, through the provider or by hand."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from accounts.models import User
from coworking.models import PaymentMethod
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk import approvals
from orders.domain.desk.cash import MomentRefused, check_money
from orders.domain.messages import About, write_messages
from orders.domain.money import pass_books
from orders.domain.money.balance import balance_of, refundable
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.ledger import follow_refund
from orders.domain.online.gateway import Gateway
from orders.domain.online.refunds import RefundRefused, check_sum, create_refund
from orders.models import (
    ApprovalKind,
    EventKind,
    LedgerEntry,
    MessageKind,
    MoneyApproval,
    Order,
    OrderEvent,
    PaymentAttempt,
    ProviderRequest,
    Refund,
)


class WhyMissing(Refusal):
    field = "reason"


def refund_online(
    number: int,
    amount: Decimal,
    *,
    reason: str,
    by: User,
    gateway: Gateway | None,
    at: datetime,
    token: uuid.UUID | None = None,
    at_hand: Decimal | None = None,
) -> Order:
    """Refund a sum through the provider; the same token twice is one refund.

    A refund beyond the excess lowers the cost: by a line of its own or, for a cancelled order, by reducing what is
    kept. `at_hand` is the money we held when somebody decided it, None if nobody saw it. Raises WhyMissing, MoneyMoved,
    RefundRefused, Busy.
    """
    reason = reason_given(reason, WhyMissing("refund_unexplained"))
    with locks.short_waits():
        order = locks.lock_order(number)
        if token and _was_asked(order, token, amount):
            return order
        pass_books.hold(order)
        balance = balance_of(order)
        check_money(balance.at_hand, at_hand)
        check_sum(amount, min(balance.online, pass_books.most_back(order, balance)))
        follow_refund(order, amount, by=by, at=at, reason=reason)
        return_online(order, amount, reason=reason, by=by, gateway=gateway, at=at, token=token)
        sync_refund_due_case(order, at=at)
    return order


def _was_asked(order: Order, token: uuid.UUID, amount: Decimal) -> bool:
    """Return whether a form with this token has refunded this sum already. Raises RefundRefused for another sum."""
    keys = [refund_key(token, attempt) for attempt in paid_online(order)]
    asked = ProviderRequest.objects.filter(key__in=keys).aggregate(sum=Sum("refund__amount"))["sum"]
    if asked not in (None, amount):
        raise RefundRefused("token_used", field="")
    return asked is not None


def refund_at_desk(
    number: int,
    amount: Decimal,
    *,
    method: PaymentMethod,
    moved_at: datetime,
    document: str,
    reason: str,
    token: uuid.UUID,
    by: User,
    at: datetime,
    at_hand: Decimal | None = None,
) -> LedgerEntry | MoneyApproval:
    """Record that a manager gave money back, in cash or by transfer; the same token twice counts once.

    Only what came in cash goes back in cash. Above the location's limit nothing is booked, a second person is asked.
    `at_hand` as in `refund_online`. Raises WhyMissing, MomentRefused, MoneyMoved, RefundRefused, ApprovalWaits, Busy.
    """
    reason = reason_given(reason, WhyMissing("refund_unexplained"))
    if moved_at > at:
        raise MomentRefused("returned_in_future")
    with locks.short_waits():
        order = locks.lock_order(number)
        if known := approvals.known_by(order, token):
            return _same(known, amount)
        _check_in_hand(order, amount, method, at_hand=at_hand)
        asked = MoneyApproval(
            order=order,
            kind=ApprovalKind.REFUND,
            amount=amount,
            method=method,
            document=document,
            reason=reason,
            form_token=token,
            asked_by=by,
            asked_at=at,
        )
        if approvals.is_needed(order, amount):
            return approvals.ask(asked, -amount)
        return book_refund(order, asked, moved_at=moved_at, at=at)


def book_refund(order: Order, asked: MoneyApproval, *, moved_at: datetime, at: datetime) -> LedgerEntry:
    """Book a refund at the desk for a locked order, in the name of the person who asked. Raises RefundRefused."""
    by = asked.asked_by
    _check_in_hand(order, asked.amount, asked.method)
    follow_refund(order, asked.amount, by=by, at=at, reason=asked.reason)
    entry = approvals.book(order, asked, -asked.amount, moved_at=moved_at, at=at)
    _tell_of_refund(entry, order, at=at)
    return entry


def _check_in_hand(order: Order, amount: Decimal, method: PaymentMethod, *, at_hand: Decimal | None = None) -> None:
    pass_books.hold(order)
    balance = balance_of(order)
    check_money(balance.at_hand, at_hand)
    check_sum(amount, min(approvals.in_hand(order, balance, method), pass_books.most_back(order, balance)))


def _same(known: LedgerEntry | MoneyApproval, amount: Decimal) -> LedgerEntry | MoneyApproval:
    if abs(known.amount) != amount:
        raise RefundRefused("token_used", field="")
    return known


def _tell_of_refund(entry: LedgerEntry, order: Order, *, at: datetime) -> None:
    data = {"sum": str(-entry.amount), "method": entry.method, "document": entry.document}
    OrderEvent.objects.create(order=order, kind=EventKind.REFUNDED, by=entry.by, at=at, reason=entry.reason, data=data)
    write_messages(order, [MessageKind.REFUNDED], at=at, about=About(entry=entry))
    sync_refund_due_case(order, at=at)


def return_online(
    order: Order,
    amount: Decimal,
    *,
    reason: str,
    by: User,
    gateway: Gateway | None,
    at: datetime,
    token: uuid.UUID | None = None,
) -> None:
    """Spread a sum over the paid attempts, newest first. Raises RefundRefused if they do not cover it."""
    wanted = amount
    for paid in reversed(paid_online(order)):
        attempt = locks.lock_attempt(paid.pk)
        part = min(amount, refundable(attempt))
        if part:
            if gateway is None:
                raise RefundRefused("shop_not_connected")
            attempt.order = order
            refund = create_refund(
                attempt, part, source=Refund.Source.STAFF, reason=reason, by=by, gateway=gateway, at=at
            )
            if token:
                ProviderRequest.objects.filter(refund=refund).update(key=refund_key(token, attempt))
            amount -= part
    if amount:
        raise RefundRefused("more_than_refundable", most=wanted - amount)


def refund_key(token: uuid.UUID, attempt: PaymentAttempt) -> uuid.UUID:
    """Return the idempotency key of a refund: the same form and payment give the same key."""
    return uuid.uuid5(token, str(attempt.pk))


def paid_online(order: Order) -> list[PaymentAttempt]:
    """Return the paid attempts of an order, oldest first."""
    return list(PaymentAttempt.objects.filter(order=order, status=PaymentAttempt.Status.SUCCEEDED).order_by("pk"))


def reason_given(reason: str, missing: WhyMissing) -> str:
    """Return a reason as it is stored. Raises `missing` if it is empty."""
    if not reason.strip():
        raise missing
    return reason.strip()[:250]
