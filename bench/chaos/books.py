"""Comparing all books with each other: money, orders, places, letters and requests to the provider."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from django.db.models import Sum

from bench.chaos import letters, places, provider, settling
from coworking.models import PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.yookassa_sandbox import Sandbox
from orders.domain.money.balance import balance_in, balance_of, refundable, with_sums
from orders.domain.money.summary import wrong_summaries
from orders.domain.online.refunds import SMALLEST_REST
from orders.models import CaseKind, EntryKind, LedgerEntry, MoneyCase, Order, OrderStatus, PaymentAttempt, Refund

REFUSED = (Refund.Status.CANCELED, Refund.Status.FAILED)


def differences(sandbox: Sandbox, *, mail: Path, worker_kills: int) -> list[str]:
    """Return everything that does not add up; an empty list is what we want."""
    return [
        *settling.under_way(),
        *sums(sandbox),
        *orders(),
        *summaries(),
        *paid_twice(),
        *provider.differences(sandbox),
        *letters.differences(letters.read_letters(mail), worker_kills=worker_kills),
        *places.differences(),
    ]


def sums(sandbox: Sandbox) -> list[str]:
    """Compare each payment at the provider with its ledger."""
    ours = dict(
        LedgerEntry.objects.filter(method="online").values_list("attempt__provider_id").annotate(sum=Sum("amount"))
    )
    theirs = {told["id"]: held_of(told) for told in sandbox.payments() if told["status"] == "succeeded"}
    return [
        f"payment {key}: ledger {ours.get(key)}, provider {theirs.get(key)}"
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key)
    ]


def held_of(told: dict) -> Decimal:
    """Return what the provider holds of a paid payment, roubles."""
    return Decimal(told["amount"]["value"]) - Decimal(told.get("refunded_amount", {}).get("value", "0"))


def orders() -> list[str]:
    """An order holds exactly what it costs, or cases tell what is to be refunded, to the kopeck, and why."""
    return [line for order in with_sums(Order.objects.order_by("pk")) for line in _money_of(order)]


def summaries() -> list[str]:
    """Lists show the sums of an order's ledger."""
    return [f"order {number}: {told}" for number, told in wrong_summaries(Order.objects.order_by("pk"))]


def _money_of(order: Order) -> Iterator[str]:
    is_paid_ahead = order.payment_method == PaymentMethod.ONLINE
    if (
        is_paid_ahead
        and order.status == OrderStatus.CONFIRMED
        and not order.entries.filter(kind=EntryKind.CHARGE).exists()
    ):
        yield f"order {order.pk} is confirmed, and nobody ever paid"
    # Too little is never right if it is paid in advance: what goes back in the provider's cabinet, or at the desk,
    # lowers the cost. Elsewhere it is what is due, see `summaries`.
    money = balance_in(order)
    excess = money.paid - money.cost
    if excess < 0 and not is_paid_ahead and money.due == -excess:
        return
    if excess and not (excess > 0 and _is_to_return(order, excess) and _could_not_go_back(order, excess)):
        yield f"order {order.pk} is {order.status}: costs {money.cost}, paid {money.paid}"


def _is_to_return(order: Order, excess: Decimal) -> bool:
    """Whether the cases add up to it: one for each refused refund, and one for the rest."""
    lines = MoneyCase.objects.open().filter(kind__in=[CaseKind.REFUND_DUE, CaseKind.REFUND_FAILED], order=order)
    return lines.aggregate(sum=Sum("amount"))["sum"] == excess


def _could_not_go_back(order: Order, excess: Decimal) -> bool:
    """Whether so much was refused, or came in by hand, or returning it would leave less than a rouble."""
    refused = Refund.objects.filter(attempt__order=order, status__in=REFUSED).aggregate(sum=Sum("amount"))["sum"]
    by_hand = order.entries.exclude(method=PaymentMethod.ONLINE).aggregate(sum=Sum("amount"))["sum"]
    if excess <= (refused or NO_MONEY) + (by_hand or NO_MONEY):
        return True
    paid = order.attempts.filter(status=PaymentAttempt.Status.SUCCEEDED)
    return any(NO_MONEY < refundable(attempt) - excess < SMALLEST_REST for attempt in paid)


def paid_twice() -> list[str]:
    """Of the payments of an order that did not go back in full, all but one say that their refund failed."""
    standing: dict[Order, list[PaymentAttempt]] = defaultdict(list)
    paid = PaymentAttempt.objects.filter(status=PaymentAttempt.Status.SUCCEEDED).select_related("order").order_by("pk")
    for attempt in paid:
        gone = attempt.refunds.filter(status=Refund.Status.SUCCEEDED).aggregate(sum=Sum("amount"))["sum"]
        if (gone or NO_MONEY) < attempt.amount:
            standing[attempt.order].append(attempt)
    return [
        f"order {order.pk} was paid by {len(kept)} payments"
        for order, kept in standing.items()
        if len(kept) - 1 > sum(_has_failed_refund(attempt) for attempt in kept) and not _is_spread(order)
    ]


def _has_failed_refund(attempt: PaymentAttempt) -> bool:
    return MoneyCase.objects.open().filter(kind=CaseKind.REFUND_FAILED, refund__attempt=attempt).exists()


def _is_spread(order: Order) -> bool:
    """Whether two payments together make up the cost.

    A part of the first was refunded in the cabinet before the second was due to be, so only the excess of that was.
    """
    if not Refund.objects.filter(attempt__order=order, source=Refund.Source.EXTERNAL).exists():
        return False
    money = balance_of(order)
    return money.paid == money.cost
