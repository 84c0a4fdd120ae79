"""Verdicts on the provider's answers. Pure functions: no queries, no clock."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orders.domain.online.gateway import CURRENCY, PaymentSnapshot, RefundSnapshot
from orders.models import PaymentAttempt, Refund


class VerdictKind(StrEnum):
    """What to do with an answer of the provider."""

    NOTHING = "nothing"
    PEND = "pend"  # it waits for the customer
    SUCCEED = "succeed"  # the money is there
    CANCEL = "cancel"  # this attempt is over
    REFRESH = "refresh"  # only receipt and refund fields may have changed
    REVIEW = "review"  # it contradicts what we know: change nothing, show it to a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A verdict, with the difference that needs a review."""

    kind: VerdictKind
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a payment of ours must be at the provider."""

    attempt_id: int
    provider_id: str | None
    amount: Decimal
    shop_id: str
    test: bool
    environment: str


def is_ours(metadata_id: str, metadata_environment: str, expected: Expected) -> bool:
    """Whether metadata name exactly this payment of this copy of the site."""
    return metadata_id == str(expected.attempt_id) and metadata_environment == expected.environment


def difference(expected: Expected, told: PaymentSnapshot) -> str:
    """Return what is different between our payment and the provider's, or nothing."""
    if expected.provider_id:
        if expected.provider_id != told.id:
            return f"id {told.id}"
    elif not is_ours(told.metadata.get("payment_id", ""), told.metadata.get("env", ""), expected):
        return f"metadata {dict(told.metadata)}"
    facts = (
        ("shop", expected.shop_id, told.shop_id),
        ("amount", expected.amount, told.amount),
        ("currency", CURRENCY, told.currency),
        ("test", expected.test, told.test),
    )
    return ", ".join(f"{name} {theirs}" for name, ours, theirs in facts if ours != theirs)


def decide(local: str, expected: Expected, told: PaymentSnapshot) -> Verdict:
    """Return the verdict for a payment in the state `local`.

    A success counts even if the attempt had ended here: then it is a late payment. A success that turns into
    a cancellation, and any difference from what we asked for, need a person.
    """
    different = difference(expected, told)
    if different:
        return Verdict(kind=VerdictKind.REVIEW, why=different)
    if told.status == "succeeded":
        known = local == PaymentAttempt.Status.SUCCEEDED
        return Verdict(kind=VerdictKind.REFRESH if known else VerdictKind.SUCCEED)
    if local == PaymentAttempt.Status.SUCCEEDED:
        # Snapshots may be old: only a cancellation contradicts a success.
        if told.status == "canceled":
            return Verdict(kind=VerdictKind.REVIEW, why="canceled after a success")
        return Verdict(kind=VerdictKind.NOTHING)
    if local in (PaymentAttempt.Status.CANCELED, PaymentAttempt.Status.FAILED):
        return Verdict(kind=VerdictKind.NOTHING)
    if told.status == "canceled":
        return Verdict(kind=VerdictKind.CANCEL)
    # `waiting_for_capture` cannot happen with immediate capture; it is treated as pending.
    return Verdict(kind=VerdictKind.PEND)


def decide_refund(local: str, amount: Decimal, told: RefundSnapshot) -> Verdict:
    """Say what to do with a refund in the state `local`."""
    if told.amount != amount or told.currency != CURRENCY:
        return Verdict(kind=VerdictKind.REVIEW, why=f"amount {told.amount} {told.currency}")
    if local == Refund.Status.SUCCEEDED:
        if told.status == "canceled":
            return Verdict(kind=VerdictKind.REVIEW, why="canceled after a success")
        # A replayed answer may be old: it knows nothing of the receipt.
        return Verdict(kind=VerdictKind.REFRESH if told.status == "succeeded" else VerdictKind.NOTHING)
    if told.status == "succeeded":
        return Verdict(kind=VerdictKind.SUCCEED)
    if local in (Refund.Status.CANCELED, Refund.Status.FAILED):
        return Verdict(kind=VerdictKind.NOTHING)
    return Verdict(kind=VerdictKind.CANCEL if told.status == "canceled" else VerdictKind.PEND)
