"""Polling the provider about attempts, refunds and offset receipts that it has not decided yet.

Each row has the moment of its next check. Some news, such as a refused refund, comes by no notification, however late:
what hangs is shown to a person and asked about once a day.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet

from olvery.shared.batches import one_by_one
from olvery.shared.refusals import Busy
from orders.domain import locks
from orders.domain.money.cases import close_cases, is_settled, open_case
from orders.domain.online.gateway import GatewayError
from orders.models import CaseKind, OffsetReceipt, PaymentAttempt, ReceiptState, Refund

log = logging.getLogger(__name__)

Polled = TypeVar("Polled", PaymentAttempt, Refund, OffsetReceipt)
BATCH = 100
FIRST_LOOK, DAY = timedelta(minutes=1), timedelta(days=1)


def due(model: type[Polled], at: datetime) -> QuerySet[Polled]:
    """Return the rows that are due for a check, the most overdue first."""
    return model.objects.filter(next_check_at__lte=at, provider_id__isnull=False).order_by("next_check_at")


def poll(
    model: type[Polled],
    *,
    waits: Sequence[timedelta],
    look: Callable[[Polled, datetime], Polled],
    gives_up_at: Callable[[Polled], datetime],
    kind: Callable[[Polled], CaseKind],
    at: datetime,
) -> int:
    """Check every row that is due and return how many.

    `waits` are the times between two checks; the last one repeats. `look` asks and applies the answer; its
    GatewayError or Busy leaves the row to the next check. A row that is still not decided at its
    `gives_up_at` becomes a case of this `kind`, unless a person has settled it, and is checked once a day.
    """

    def check(row: Polled, moment: datetime) -> bool:
        wait = waits[min(row.checks, len(waits) - 1)]
        mine = model.objects.filter(pk=row.pk, next_check_at=row.next_check_at)
        if not mine.update(next_check_at=moment + wait, checks=min(row.checks + 1, len(waits))):
            return False
        try:
            row = look(row, moment)
        except (GatewayError, Busy) as error:
            log.warning("%s %s could not be checked: %s", model.__name__, row.pk, error)
        if row.next_check_at and moment > gives_up_at(row):
            _show(row, kind(row), at=moment)
        return True

    return one_by_one(due(model, at)[:BATCH], check, at=at)


def take_receipt(row: PaymentAttempt | Refund, registration: str, *, at: datetime) -> None:
    """Take over where the receipt of a payment or a refund is: ask on while it is awaited, show that it has failed."""
    row.receipt = registration if registration in ReceiptState.values else ReceiptState.PENDING
    is_awaited = row.receipt == ReceiptState.PENDING
    row.next_check_at = (row.next_check_at or at + FIRST_LOOK) if is_awaited else None
    if row.receipt == ReceiptState.CANCELED:
        _open(CaseKind.RECEIPT_FAILED, row, at=at)
    elif row.receipt == ReceiptState.SUCCEEDED:
        close_cases(CaseKind.RECEIPT_FAILED, at=at, **_about(row))


def _show(row: PaymentAttempt | Refund | OffsetReceipt, kind: CaseKind, *, at: datetime) -> None:
    with locks.short_waits():
        type(row)._default_manager.filter(pk=row.pk).update(next_check_at=at + DAY)
        if not is_settled(kind, **_about(row)):
            _open(kind, row, at=at)


def _open(kind: CaseKind, row: PaymentAttempt | Refund | OffsetReceipt, *, at: datetime) -> None:
    attempt = row if isinstance(row, PaymentAttempt) else row.attempt
    open_case(kind, at=at, order=attempt.order, amount=row.amount, **_about(row))


def _about(row: PaymentAttempt | Refund | OffsetReceipt) -> dict[str, Any]:
    names = {PaymentAttempt: "attempt", Refund: "refund", OffsetReceipt: "receipt"}
    return {names[type(row)]: row}
