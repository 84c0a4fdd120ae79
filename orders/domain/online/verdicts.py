"""Verdicts on the provider's answers. Pure functions: no queries, no clock."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orders.domain.money.facts import Difference, DifferenceField, differing
from orders.domain.online.gateway import CURRENCY, PaymentSnapshot, RefundSnapshot
from orders.models import PaymentAttempt, Refund


class VerdictKind(StrEnum):
    """What to do with an answer from the provider."""

    NOTHING = "nothing"
    PEND = "pend"  # it waits for the customer
    SUCCEED = "succeed"  # the money is there
    CANCEL = "cancel"  # this attempt is over
    REFRESH = "refresh"  # only receipt and refund fields may have changed
    REVIEW = "review"  # it contradicts our records: change nothing, show it to a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A verdict, with the difference that needs a review."""

    kind: VerdictKind
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a payment of ours must be at the provider."""

    attempt_id: int
    provider_id: str | None
    amount: Decimal
    shop_id: str
    test: bool
    environment: str


def differences(expected: Expected, told: PaymentSnapshot) -> tuple[Difference, ...]:
    """Return what the provider reports differently about our payment."""
    if expected.provider_id:
        foreign = differing((DifferenceField.ID, expected.provider_id, told.id))
    else:  # any id is new to us: the metadata tell whose payment it is
        foreign = differing(
            (DifferenceField.ATTEMPT, str(expected.attempt_id), told.metadata.get("payment_id", "")),
            (DifferenceField.ENVIRONMENT, expected.environment, told.metadata.get("env", "")),
        )
    return foreign or differing(
        (DifferenceField.SHOP, expected.shop_id, told.shop_id),
        (DifferenceField.AMOUNT, expected.amount, told.amount),
        (DifferenceField.CURRENCY, CURRENCY, told.currency),
        (DifferenceField.TEST, expected.test, told.test),
    )


def decide(local: str, expected: Expected, told: PaymentSnapshot) -> Verdict:
    """Return the verdict for a payment in the state `local`.

    A success counts even if the attempt had ended here: then it is a late payment. A success that turns into
    a cancellation, and any difference from what we asked for, need a person.
    """
    if different := differences(expected, told):
        return Verdict(kind=VerdictKind.REVIEW, differences=different)
    if told.status == "succeeded":
        known = local == PaymentAttempt.Status.SUCCEEDED
        return Verdict(kind=VerdictKind.REFRESH if known else VerdictKind.SUCCEED)
    if local == PaymentAttempt.Status.SUCCEEDED:
        # Snapshots may be old: only a cancellation contradicts a success.
        if told.status == "canceled":
            return _taken_back(local, told.status)
        return Verdict(kind=VerdictKind.NOTHING)
    if local in (PaymentAttempt.Status.CANCELED, PaymentAttempt.Status.FAILED):
        return Verdict(kind=VerdictKind.NOTHING)
    if told.status == "canceled":
        return Verdict(kind=VerdictKind.CANCEL)
    # `waiting_for_capture` cannot happen with immediate capture; it is treated as pending.
    return Verdict(kind=VerdictKind.PEND)


def decide_refund(local: str, amount: Decimal, told: RefundSnapshot) -> Verdict:
    """Return the verdict for a refund in the state `local`."""
    different = differing(
        (DifferenceField.AMOUNT, amount, told.amount), (DifferenceField.CURRENCY, CURRENCY, told.currency)
    )
    if different:
        return Verdict(kind=VerdictKind.REVIEW, differences=different)
    if local == Refund.Status.SUCCEEDED:
        if told.status == "canceled":
            return _taken_back(local, told.status)
        # A replayed answer may be old and know nothing about the receipt.
        return Verdict(kind=VerdictKind.REFRESH if told.status == "succeeded" else VerdictKind.NOTHING)
    if told.status == "succeeded":
        return Verdict(kind=VerdictKind.SUCCEED)
    if local in (Refund.Status.CANCELED, Refund.Status.FAILED):
        return Verdict(kind=VerdictKind.NOTHING)
    return Verdict(kind=VerdictKind.CANCEL if told.status == "canceled" else VerdictKind.PEND)


def _taken_back(local: str, remote: str) -> Verdict:
    return Verdict(kind=VerdictKind.REVIEW, differences=differing((DifferenceField.STATUS, local, remote)))
