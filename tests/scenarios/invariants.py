"""What holds whatever happened: our books agree with the provider's, and nothing was done twice."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from django.core import mail
from django.db.models import Sum

from olvery.shared.money import NO_MONEY
from orders.gateways.sandbox import Sandbox
from orders.models import Message, Payment, ProviderOperation
from orders.models.payment import returned_of
from tests.scenarios.wire import Wire


def complaints(sandbox: Sandbox, wire: Wire) -> list[str]:
    """Return what does not hold."""
    return [
        *_orders_paid_twice(),
        *_sums_that_differ(sandbox),
        *_operations_sent_otherwise(sandbox, wire),
        *_letters_written_twice(),
        *_requests_in_a_transaction(wire),
    ]


def _orders_paid_twice() -> Iterator[str]:
    """An order has at most one payment that nobody returned or asked to return."""
    paid = Payment.objects.filter(status=Payment.Status.SUCCEEDED)
    kept = Counter(payment.order_id for payment in paid if returned_of(payment) < payment.amount)
    yield from (f"order {number} is paid {times} times" for number, times in kept.items() if times > 1)


def _sums_that_differ(sandbox: Sandbox) -> Iterator[str]:
    """What the provider holds of a payment is what our ledger holds, once both know how it ended."""
    for told in sandbox.payments():
        payment = Payment.objects.filter(provider_id=told["id"]).first()
        paid = told["status"] == "succeeded"
        if payment is None or payment.review_reason:
            if paid and payment is None:
                yield f"{told['id']} is paid and nobody here knows it"
            continue
        if payment.refunds.under_way().exists():
            continue
        theirs = Decimal(told["amount"]["value"]) - Decimal(told["refunded_amount"]["value"]) if paid else NO_MONEY
        ours = payment.entries.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY
        if ours != theirs:
            yield f"payment {payment} is {ours} here and {theirs} there"


def _operations_sent_otherwise(sandbox: Sandbox, wire: Wire) -> Iterator[str]:
    """An operation has one key and one body, whatever way it takes and however often."""
    stored = {str(one.key): one for one in ProviderOperation.objects.all()}
    for sent in wire.posts():
        operation = stored.get(sent.key)
        if operation is None:
            yield f"{sent.key} is no operation's key"
        elif (sent.path, sent.body) != (operation.path, operation.body.encode()):
            yield f"{sent.key} was sent with another body"
    keys: dict[str, set[str]] = {}
    for heard in sandbox.journal():
        if heard["method"] == "POST":
            marks = {name: value for name, value in heard["body"]["metadata"].items() if name != "cms_name"}
            keys.setdefault(json.dumps([heard["path"], marks], sort_keys=True), set()).add(heard["key"])
    yield from (f"{about} was sent with {len(used)} keys" for about, used in keys.items() if len(used) > 1)


def _letters_written_twice() -> Iterator[str]:
    """One letter a kind and subject, and each sent once."""
    written = Counter(Message.objects.values_list("order_id", "kind", "about"))
    yield from (f"{letter} is written {times} times" for letter, times in written.items() if times > 1)
    sent = Counter(str(letter.extra_headers["Message-ID"]) for letter in mail.outbox)
    yield from (f"{letter} is sent {times} times" for letter, times in sent.items() if times > 1)


def _requests_in_a_transaction(wire: Wire) -> Iterator[str]:
    """Nobody waits for the provider while holding locks."""
    yield from (f"{sent.method} {sent.path} in a transaction" for sent in wire.sent if sent.in_transaction)
