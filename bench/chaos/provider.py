"""Comparing the provider's requests and objects with what we stored."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from olvery.yookassa_sandbox import Sandbox
from orders.models import CaseKind, MoneyCase, OffsetReceipt, PaymentAttempt, ProviderRequest, Refund

Told = dict[str, Any]


def differences(sandbox: Sandbox) -> list[str]:
    """Return what is wrong about requests, payments, refunds and receipts, a line each."""
    return [
        *_journal(sandbox.journal()),
        *_payments(sandbox.payments()),
        *_refunds(sandbox.refunds()),
        *_receipts(sandbox),
    ]


def _journal(journal: list[Told]) -> Iterator[str]:
    """Every changing request is a stored one, with the same key, bytes and path, and there is no other key."""
    if journal and journal[0]["n"] != 1:
        yield f"the journal has forgotten its first {journal[0]['n'] - 1} requests: what they sent is not known"
    stored = {str(request.key): request for request in ProviderRequest.objects.all()}
    keys: dict[str, set[str]] = defaultdict(set)
    for sent in (sent for sent in journal if sent["method"] != "GET"):
        key, body = sent["key"], sent["body"]
        request = stored.get(key or "")
        keys[_named(body)].add(key)
        if request is None:
            yield f"key {key} was sent to {sent['path']} and is of no stored request"
            continue
        # The journal keeps the body as it was read: the same names in the same order, only spaces are not seen.
        if json.dumps(body) != json.dumps(json.loads(request.body)):
            yield f"key {key} was sent with another body than is stored"
        if not sent["path"].endswith(request.path):
            yield f"key {key} was sent to {sent['path']} instead of {request.path}"
    yield from (f"{name} was asked for with {len(sent)} keys" for name, sent in keys.items() if len(sent) > 1)
    sent_keys = {key for sent in keys.values() for key in sent}
    for key, request in stored.items():
        if request.state == ProviderRequest.State.DONE and key not in sent_keys:
            yield f"key {key} is done and was never sent"


def _named(body: Told) -> str:
    """Return what a request is about, by its metadata; a receipt has none and names its payment."""
    metadata = body.get("metadata", {})
    if not metadata and "payment_id" in body:
        return f"receipt of {body['payment_id']}"
    return next((f"{name} {metadata[name]}" for name in ("refund_id", "payment_id") if name in metadata), str(metadata))


def _payments(told: list[Told]) -> Iterator[str]:
    """Every payment there is one of ours, of the same sum and status, and the other way round."""
    theirs = {one["id"]: (Decimal(one["amount"]["value"]), one["status"]) for one in told}
    bound = PaymentAttempt.objects.filter(provider_id__isnull=False)
    ours = {attempt.provider_id: (attempt.amount, str(attempt.status)) for attempt in bound}
    yield from _unequal("payment", ours, theirs)
    made = Counter(one["metadata"].get("payment_id") for one in told)
    yield from (f"payment {key} was made {times} times" for key, times in made.items() if times > 1)


def _refunds(told: list[Told]) -> Iterator[str]:
    """Every refund there is one of ours, of the same payment, sum and status, and the other way round."""
    bound = Refund.objects.filter(provider_id__isnull=False).select_related("attempt")
    ours = {refund.provider_id: (refund.attempt.provider_id, refund.amount, str(refund.status)) for refund in bound}
    # A refund refused in the cabinet moved nothing, and is not in our records unless it was seen before.
    moved = [one for one in told if one["status"] != "canceled" or "refund_id" in one.get("metadata", {})]
    ours_too = [*moved, *(one for one in told if one["id"] in ours)]
    theirs = {one["id"]: (one["payment_id"], Decimal(one["amount"]["value"]), one["status"]) for one in ours_too}
    yield from _unequal("refund", ours, theirs)
    named = {one["id"]: one.get("metadata", {}).get("refund_id") for one in told}
    made = Counter(name for name in named.values() if name)
    yield from (f"refund {key} was made {times} times" for key, times in made.items() if times > 1)
    for refund in bound:
        by_us = named.get(refund.provider_id) is not None
        if by_us == (refund.source == Refund.Source.EXTERNAL):
            yield f"refund {refund.pk} is {refund.source}, and was asked for by {'us' if by_us else 'somebody else'}"


def _unequal(kind: str, ours: dict[Any, tuple], theirs: dict[Any, tuple]) -> Iterator[str]:
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            shown = [" ".join(map(str, one.get(key, ("missing",)))) for one in (ours, theirs)]
            yield f"{kind} {key}: ours {shown[0]}, provider's {shown[1]}"


def _receipts(sandbox: Sandbox) -> Iterator[str]:
    """A case of a receipt is open exactly where the cash desk refused it."""
    things = [*sandbox.payments(), *sandbox.refunds()]
    made = [one for one in things if one["status"] == "succeeded"]
    refused = {one["id"] for one in made if one.get("receipt_registration") == "canceled"}
    offsets = set(OffsetReceipt.objects.values_list("provider_id", flat=True))
    refused |= {one["id"] for one in sandbox.receipts() if one["id"] in offsets and one["status"] == "canceled"}
    shown = set()
    failed = MoneyCase.objects.open().filter(kind=CaseKind.RECEIPT_FAILED)
    for case in failed.select_related("attempt", "refund", "receipt"):
        about = case.receipt or case.refund or case.attempt
        shown.add(about.provider_id if about else None)
    yield from (f"case {key} of a receipt that was not refused" for key in shown - refused)
    yield from (f"receipt of {key} was refused, and no case shows it" for key in refused - shown)
