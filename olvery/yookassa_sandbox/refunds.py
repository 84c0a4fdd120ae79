"""Refunds: requested by the API, or made by hand in the shop's cabinet."""

import copy
from decimal import Decimal

from olvery.yookassa_sandbox import checks, outbox, receipts
from olvery.yookassa_sandbox.failures import illegal
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.store import Thing, new_thing
from olvery.yookassa_sandbox.wire import Json, to_wire

LEAST_REST = Decimal("1.00")
THREE_YEARS = 3 * 365 * 24 * 3600
REASONS = (
    *("insufficient_funds", "general_decline", "rejected_by_payee", "rejected_by_timeout"),
    *("yoo_money_account_closed", "payment_expired"),
)


def create_refund(provider: Provider, body: Json) -> Thing:
    """Refund a payment, wholly or in part. Raises Failure."""
    payment = provider.store.find("payment", str(body.get("payment_id")))
    if payment is None:
        raise illegal("Payment does not exist", "payment_id")
    value = checks.amount(body.get("amount"))
    text = checks.description(body.get("description"), 250)
    metadata = checks.metadata(body.get("metadata"))
    rest = _check_rest(provider, payment, value)
    receipt = checks.receipt(body.get("receipt"), value, ffd12=provider.options.ffd12)
    rule = provider.faults.take("refund", {**payment.public["metadata"], **metadata})
    if rule and rule.action == "no_partial" and rest:
        raise illegal("Partial refund forbidden", "amount.value")
    now = provider.now()
    thing = new_thing("refund", now)
    thing.public = {
        "id": thing.id,
        "payment_id": payment.id,
        "status": "pending",
        "created_at": to_wire(now),
        "amount": checks.money(value),
        **({} if text is None else {"description": text}),
        **({"metadata": metadata} if metadata else {}),
    }
    whole = not rest and Decimal(payment.public["amount"]["value"]) == value
    # The provider derives the receipt of a full refund from the payment's.
    thing.hidden = {"receipt": receipt or (payment.hidden["receipt"] if whole else None)}
    provider.store.add(thing)
    status = rule.action if rule and rule.action in ("pending", "canceled") else "succeeded"
    if status == "pending":
        _count(provider, payment)
    else:
        params = rule.params if rule else {}
        settle(provider, thing, status, reason=params.get("reason"), party=params.get("party"))
    return thing


def settle(
    provider: Provider, thing: Thing, status: str, *, reason: str | None = None, party: str | None = None
) -> None:
    """Decide a pending refund; only a success is notified. Raises Failure."""
    if thing.status != "pending":
        raise illegal(f"Refund is {thing.status}, not pending", "status")
    if status not in ("succeeded", "canceled"):
        raise illegal("Refund can be succeeded or canceled", "status")
    payment = provider.read("payment", thing.public["payment_id"])
    before = copy.deepcopy(thing.public)
    thing.public["status"] = status
    if status == "canceled":
        thing.public["cancellation_details"] = {
            "party": party or "yoo_money",
            "reason": reason or "general_decline",
        }
    elif thing.hidden["receipt"]:
        thing.public["receipt_registration"] = "pending"
    provider.store.save(thing)
    _count(provider, payment)
    if status == "succeeded":
        metadata = {**payment.public["metadata"], **thing.public.get("metadata", {})}
        outbox.enqueue(provider, "refund.succeeded", thing.public, before, metadata)
        if thing.hidden["receipt"]:
            receipts.issue(provider, thing, thing.hidden["receipt"])


def _check_rest(provider: Provider, payment: Thing, value: Decimal) -> Decimal:
    """Return what is left of the payment after the refund. Raises Failure."""
    if payment.status != "succeeded" or provider.now() - payment.created_at > THREE_YEARS:
        raise illegal("Payment can not be refunded in current status.", "payment_id")
    left = Decimal(payment.public["amount"]["value"]) - _sum(provider, payment, "pending", "succeeded")
    if not left:
        raise illegal("Payment is already completely refunded", "payment_id")
    if value > left:
        raise illegal("Refund sum exceeded", "amount.value")
    rest = left - value
    if 0 < rest < LEAST_REST:
        raise illegal("Remaining payment amount after refund must be greater than 1.00 RUB", "amount.value")
    return rest


def _count(provider: Provider, payment: Thing) -> None:
    """Bring the payment's sums up to date with its refunds."""
    left = Decimal(payment.public["amount"]["value"]) - _sum(provider, payment, "pending", "succeeded")
    payment.public["refunded_amount"] = checks.money(_sum(provider, payment, "succeeded"))
    payment.public["refundable"] = left > 0
    provider.store.save(payment)


def _sum(provider: Provider, payment: Thing, *statuses: str) -> Decimal:
    ours = (refund for refund in provider.store.newest("refund") if refund.public["payment_id"] == payment.id)
    return sum((Decimal(one.public["amount"]["value"]) for one in ours if one.status in statuses), Decimal())
