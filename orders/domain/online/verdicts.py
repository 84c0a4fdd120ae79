"""What an answer of the provider means for a payment: pure functions, no query, no clock."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from orders.domain.money.facts import Difference, DifferenceField, differing
from orders.domain.online.gateway import CURRENCY, PaymentSnapshot, RefundSnapshot
from orders.models import PaymentAttempt, Refund


class VerdictKind(StrEnum):
    """What to do with what the provider told."""

    NOTHING = "nothing"
    PEND = "pend"  # it waits for the customer
    SUCCEED = "succeed"  # the money is there
    CANCEL = "cancel"  # this attempt is over
    REFRESH = "refresh"  # only receipt and refund fields may have changed
    REVIEW = "review"  # it contradicts what we know: change nothing, show it to a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision with what does not fit."""

    kind: VerdictKind
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a payment of ours must look like at the provider."""

    attempt_id: int
    provider_id: str | None
    amount: Decimal
    shop_id: str
    test: bool
    environment: str


def differences(expected: Expected, told: PaymentSnapshot) -> tuple[Difference, ...]:
    """Return what the provider tells of our payment in another way than we know it."""
    if expected.provider_id:
        foreign = differing((DifferenceField.ID, expected.provider_id, told.id))
    else:  # any id is new to us: the metadata say whose payment it is
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
    """Say what to do with a payment in the state `local`; the money is always true.

    A success counts even where the attempt was over for us: then the late policy follows. A success that
    turns into anything else, and whatever differs from what we asked for, is for a person.
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
    # `waiting_for_capture` cannot happen to a payment with capture at once; it changes nothing here.
    return Verdict(kind=VerdictKind.PEND)


def decide_refund(local: str, amount: Decimal, told: RefundSnapshot) -> Verdict:
    """Say what to do with a refund in the state `local`."""
    different = differing(
        (DifferenceField.AMOUNT, amount, told.amount), (DifferenceField.CURRENCY, CURRENCY, told.currency)
    )
    if different:
        return Verdict(kind=VerdictKind.REVIEW, differences=different)
    if local == Refund.Status.SUCCEEDED:
        if told.status == "canceled":
            return _taken_back(local, told.status)
        # A replayed answer may be old: it knows nothing of the receipt.
        return Verdict(kind=VerdictKind.REFRESH if told.status == "succeeded" else VerdictKind.NOTHING)
    if told.status == "succeeded":
        return Verdict(kind=VerdictKind.SUCCEED)
    if local in (Refund.Status.CANCELED, Refund.Status.FAILED):
        return Verdict(kind=VerdictKind.NOTHING)
    return Verdict(kind=VerdictKind.CANCEL if told.status == "canceled" else VerdictKind.PEND)


def _taken_back(local: str, remote: str) -> Verdict:
    return Verdict(kind=VerdictKind.REVIEW, differences=differing((DifferenceField.STATUS, local, remote)))
