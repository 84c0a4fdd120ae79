"""Letting the dust settle, and comparing every book with every other."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Sum
from django.utils import timezone

from coworking.models import Ticket
from olvery.shared.refusals import Busy
from orders.domain import expiry, fulfilment, inbox, letters, operations, payments, reconciliation, refunds
from orders.gateways import gateway
from orders.gateways.sandbox import Sandbox
from orders.models import (
    CaseKind,
    LedgerEntry,
    Message,
    MoneyCase,
    Order,
    OrderStatus,
    Payment,
    ProviderOperation,
    Refund,
    WebhookEvent,
)

ROUNDS = 60
STEP = timedelta(minutes=3)
OPEN = (ProviderOperation.State.QUEUED, ProviderOperation.State.SENDING)
CALLED_OFF = (OrderStatus.CANCELLED, OrderStatus.EXPIRED)


def settle(till: Sandbox) -> datetime:
    """Do the jobs' work, minute by minute of a clock that runs ahead, until nothing is under way; return that time."""
    at = timezone.now()
    for _round in range(ROUNDS):
        at += STEP
        till.advance(STEP.total_seconds())
        till.flush_webhooks()
        for told in till.refunds():
            if told["status"] == "pending":
                till.settle_refund(told["id"])
        _work(at)
        # What only the last look at the provider's lists finds has to settle, too.
        if not _under_way() and not reconciliation.sweep(gateway(), at=at).different and not _under_way():
            reconciliation.check_balances(at=at)
            return at
    return at


def _work(at: datetime) -> None:
    provider = gateway()
    operations.send_due(provider, at=at)
    for event in WebhookEvent.objects.filter(state__in=["received", "deferred"]).values_list("pk", flat=True):
        try:
            inbox.process_notification(event, provider, at=at)
        except Busy:
            continue
    payments.check_payments(provider, at=at)
    refunds.check_refunds(provider, at=at)
    fulfilment.fulfil_waiting(provider, at=at)
    Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT, pay_by__gt=at).update(pay_by=at)
    expiry.expire_overdue(provider, at)
    for message in Message.objects.filter(sent_at=None).values_list("pk", flat=True):
        letters.send_message(message, at=at)


def _under_way() -> list[str]:
    """Return what is not settled yet, a line each."""
    waiting = {
        "request": ProviderOperation.objects.filter(state__in=OPEN).values_list("path", "state", "last_error"),
        "payment": Payment.objects.unsettled().values_list("pk", "status", "provider_status", "review_reason"),
        "unfulfilled": Payment.objects.filter(status="succeeded", fulfilled_at=None).values_list("pk", "amount"),
        "refund": Refund.objects.under_way().values_list("pk", "status", "source"),
        "order": Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT).values_list("pk", "pay_by"),
        "letter": Message.objects.filter(sent_at=None).values_list("pk", "kind"),
    }
    return [f"{name} {row} is still under way" for name, rows in waiting.items() for row in rows]


def differences(till: Sandbox) -> list[str]:
    """Return everything that does not add up; an empty list is what we want."""
    return [*_under_way(), *_sums(till), *_orders(), *_keys(till), *_letters(), *_places()]


def _sums(till: Sandbox) -> list[str]:
    """Compare each payment at the provider with its ledger, and the totals."""
    ours = dict(
        LedgerEntry.objects.filter(method="online").values_list("payment__provider_id").annotate(sum=Sum("amount"))
    )
    theirs = {
        told["id"]: Decimal(told["amount"]["value"]) - Decimal(told.get("refunded_amount", {}).get("value", "0"))
        for told in till.payments()
        if told["status"] == "succeeded"
    }
    return [
        f"payment {key}: ledger {ours.get(key)}, provider {theirs.get(key)}"
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key)
    ]


def _orders() -> list[str]:
    """An order is confirmed and paid once, or its money went back, or a person was told of it."""
    found = []
    told = set(MoneyCase.objects.values_list("order", flat=True))
    for order in Order.objects.with_money():
        fits = order.paid == order.cost
        if not fits and order.pk not in told:
            found.append(f"order {order.pk} is {order.status}: costs {order.cost}, paid {order.paid}")
        tickets = set(Ticket.objects.filter(lines__order=order).values_list("status", flat=True))
        expected = {"cancelled"} if order.status in CALLED_OFF else {"active"}
        if tickets != expected:
            found.append(f"order {order.pk} is {order.status}, its tickets are {tickets}")
    twice = Payment.objects.filter(status="succeeded")
    standing: Counter[int] = Counter()
    for payment in twice:
        gone = payment.refunds.filter(status="succeeded").aggregate(sum=Sum("amount"))["sum"] or 0
        standing[payment.order_id] += gone < payment.amount
    refused = set(MoneyCase.objects.filter(kind=CaseKind.REFUND_FAILED).values_list("order", flat=True))
    found += [f"order {order} was paid {n} times" for order, n in standing.items() if n > 1 and order not in refused]
    return found


def _keys(till: Sandbox) -> list[str]:
    """One key has one body; one operation of ours made one thing at the provider."""
    bodies: dict[str, set[str]] = defaultdict(set)
    for request in till.journal():
        if request["key"]:
            bodies[request["key"]].add(str(request["body"]))
    found = [f"key {key} was sent with {len(sent)} bodies" for key, sent in bodies.items() if len(sent) > 1]
    made = Counter(told["metadata"].get("payment_id") for told in till.payments())
    found += [f"payment {key} was made {times} times" for key, times in made.items() if times > 1]
    back = Counter(told["metadata"]["refund_id"] for told in till.refunds() if "refund_id" in told.get("metadata", {}))
    return found + [f"refund {key} was made {times} times" for key, times in back.items() if times > 1]


def _letters() -> list[str]:
    """The database has one row a letter; a file a letter shows what really went out."""
    rows = Counter(Message.objects.values_list("order", "kind", "about"))
    return [f"letter {key} was written {times} times" for key, times in rows.items() if times > 1]


def _places() -> list[str]:
    """No seat is sold twice at one time, and no pool above its capacity."""
    active = Ticket.objects.blocking().select_related("service")
    seats = active.filter(seat__isnull=False)
    clashes = [
        f"seat {ticket.seat_id} is sold twice"
        for ticket in seats
        if seats.filter(seat=ticket.seat_id, occupied__overlap=ticket.occupied).exclude(pk=ticket.pk).exists()
    ]
    pools = Counter(
        (ticket.service_id, str(ticket.occupied)) for ticket in active.filter(seat=None, service__capacity__gt=0)
    )
    capacity = dict(active.values_list("service_id", F("service__capacity")))
    return clashes + [f"pool {key} holds {taken}" for key, taken in pools.items() if taken > capacity[key[0]]]
