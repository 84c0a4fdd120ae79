"""Invariants: our books agree with the provider's, and nothing was done twice."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.core import mail
from django.db.models import QuerySet, Sum

from olvery.shared.money import NO_MONEY
from olvery.yookassa_sandbox import Sandbox
from orders.domain.money.summary import wrong_summaries
from orders.models import Message, Order, PaymentAttempt, ProviderRequest, Refund
from tests.scenarios.wire import Wire


def complaints(sandbox: Sandbox, wire: Wire) -> list[str]:
    """Return violated invariants."""
    return [
        *_orders_paid_twice(),
        *_payments_only_the_provider_knows(sandbox),
        *_sums_that_differ(sandbox),
        *_more_returned_than_came(),
        *_places_for_money_that_was_gone(),
        *_operations_sent_otherwise(sandbox, wire),
        *_summaries_that_differ(),
        *_letters_written_twice(),
        *_requests_in_a_transaction(wire),
    ]


def _orders_paid_twice() -> Iterator[str]:
    """An order has at most one payment that was not fully refunded; a requested refund does not count."""
    paid = PaymentAttempt.objects.filter(status=PaymentAttempt.Status.SUCCEEDED)
    kept = Counter(attempt.order_id for attempt in paid if _sum(_gone(attempt)) < attempt.amount)
    yield from (f"order {number} is paid {times} times" for number, times in kept.items() if times > 1)


def _payments_only_the_provider_knows(sandbox: Sandbox) -> Iterator[str]:
    ours = set(PaymentAttempt.objects.values_list("provider_id", flat=True))
    for told in sandbox.payments():
        if told["status"] == "succeeded" and told["id"] not in ours:
            yield f"{told['id']} is paid and nobody here knows it"


def _sums_that_differ(sandbox: Sandbox) -> Iterator[str]:
    """Our ledger holds the same sum of a payment as the provider, even if that is nothing.

    A payment that differs must not be booked, while it is under review and after a person has settled it.
    A refund in progress may already be done there.
    """
    held = {told["id"]: _held(told) for told in sandbox.payments()}
    for attempt in PaymentAttempt.objects.order_by("pk"):
        ours, theirs = _sum(attempt.entries.all()), held.get(attempt.provider_id or "", NO_MONEY)
        under_way = _sum(attempt.refunds.under_way())
        agree = ours - under_way <= theirs <= ours or (_differs(attempt) and not ours)
        if not agree:
            yield f"payment {attempt} is {ours} here and {theirs} there"


def _differs(attempt: PaymentAttempt) -> bool:
    return bool(attempt.mismatch) or attempt.cases.filter(kind="mismatch", closed_by__isnull=False).exists()


def _more_returned_than_came() -> Iterator[str]:
    """Nothing is refunded of a payment that never came."""
    for attempt in PaymentAttempt.objects.order_by("pk"):
        if (ours := _sum(attempt.entries.all())) < 0:
            yield f"payment {attempt} has returned {-ours} more than came"


def _places_for_money_that_was_gone() -> Iterator[str]:
    """A payment fully refunded in the provider's cabinet before we knew of it confirms nothing."""
    for attempt in PaymentAttempt.objects.filter(fulfilled_at__isnull=False).order_by("pk"):
        gone = _gone(attempt).filter(source=Refund.Source.EXTERNAL, requested_at__lt=attempt.fulfilled_at)
        confirmed = {"kind": "status_changed", "data__to": "confirmed", "by": None, "at": attempt.fulfilled_at}
        if _sum(gone) == attempt.amount and attempt.order.events.filter(**confirmed).exists():
            yield f"payment {attempt} was gone when it confirmed its order"


def _held(told: Mapping[str, Any]) -> Decimal:
    """Return what the provider keeps of a payment, roubles."""
    if told["status"] != "succeeded":
        return NO_MONEY
    return Decimal(told["amount"]["value"]) - Decimal(told["refunded_amount"]["value"])


def _gone(attempt: PaymentAttempt) -> QuerySet[Refund]:
    return attempt.refunds.filter(status=Refund.Status.SUCCEEDED)


def _sum(rows: QuerySet[Any]) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY


def _operations_sent_otherwise(sandbox: Sandbox, wire: Wire) -> Iterator[str]:
    """An operation has one key and one body, whatever way it takes and however often."""
    stored = {str(one.key): one for one in ProviderRequest.objects.all()}
    for sent in wire.posts():
        request = stored.get(sent.key)
        if request is None:
            yield f"{sent.key} is no operation's key"
        elif (sent.path, sent.body) != (request.path, request.body.encode()):
            yield f"{sent.key} was sent with another body"
    keys: dict[str, set[str]] = {}
    for heard in sandbox.journal():
        if heard["method"] == "POST":
            # A receipt has no marks of ours, its whole body says what it is.
            body = heard["body"] or {}
            marks = {name: value for name, value in body.get("metadata", body).items() if name != "cms_name"}
            keys.setdefault(json.dumps([heard["path"], marks], sort_keys=True), set()).add(heard["key"])
    yield from (f"{about} was sent with {len(used)} keys" for about, used in keys.items() if len(used) > 1)


def _summaries_that_differ() -> Iterator[str]:
    """Lists show the sums of an order's ledger."""
    yield from (f"order {number} shows {told}" for number, told in wrong_summaries(Order.objects.order_by("pk")))


def _letters_written_twice() -> Iterator[str]:
    """One letter per kind and subject, each sent once."""
    about = ("attempt", "entry", "refund", "invoice", "deadline_at", "asked_at")
    written = Counter(Message.objects.values_list("order_id", "kind", *about))
    for (order, kind, *keys), times in written.items():
        if times > 1:
            yield f"{(order, str(kind), *keys)} is written {times} times"
    sent = Counter(str(letter.extra_headers["Message-ID"]) for letter in mail.outbox)
    yield from (f"{letter} is sent {times} times" for letter, times in sent.items() if times > 1)


def _requests_in_a_transaction(wire: Wire) -> Iterator[str]:
    """Nobody waits for the provider while holding locks."""
    yield from (f"{sent.method} {sent.path} in a transaction" for sent in wire.sent if sent.in_transaction)
