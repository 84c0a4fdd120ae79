"""The sweep: comparing our ledger with the provider's lists; differences become cases."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db.models import Max, Sum

from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Busy
from orders.domain.money.cases import close_cases, is_settled, open_case
from orders.domain.money.facts import Drift, Mismatch
from orders.domain.online.gateway import PATIENCE, Gateway, GatewayError, PaymentSnapshot, RefundSnapshot
from orders.domain.online.notifications import payment_of, refund_of, take_payment_of, take_refund
from orders.domain.online.payments import apply_payment, expected_of
from orders.domain.online.refunds import differences_of
from orders.domain.online.sums import keep_sums
from orders.domain.online.verdicts import decide
from orders.models import CaseKind, PaymentAttempt, Refund

log = logging.getLogger(__name__)

Told = TypeVar("Told", PaymentSnapshot, RefundSnapshot)
LOOK_BACK = timedelta(hours=48)
SWEPT_AT = "yookassa-swept-at"


@dataclass(frozen=True, slots=True)
class Swept:
    """The result of a sweep over the provider's lists."""

    seen: int
    different: int


def sweep(gateway: Gateway, *, at: datetime, look_back: timedelta = LOOK_BACK, dry_run: bool = False) -> Swept:
    """Compare the provider's payments and refunds of `look_back` with ours and apply what is missing here.

    If the provider gives no answer about one of them, the others still follow; GatewayError is raised at the end.
    """
    since = at - look_back
    # Payments first, then refunds, then the sums: they differ until both are applied.
    payments, refunds = list(gateway.payments_since(since)), list(gateway.refunds_since(since))
    ours = [told for told in payments if told.metadata.get("env") == settings.YOOKASSA_ENVIRONMENT]
    silent: list[GatewayError] = []

    def differing(told_of: Sequence[Told], compare: Callable[..., bool]) -> set[str]:
        found = set()
        for told in told_of:
            try:
                if compare(told, gateway, at=at, dry_run=dry_run):
                    found.add(told.id)
            except GatewayError as error:
                log.warning("%s could not be compared: %s", told.id, error)
                silent.append(error)
        return found

    different = differing(ours, _compare) | differing(refunds, _compare_refund) | differing(ours, _compare_money)
    if silent:
        raise silent[0]
    if not dry_run:
        cache.set(SWEPT_AT, at, timeout=None)
        keep_sums(ours, since=since, at=at)
    return Swept(len(payments) + len(refunds), len(different))


def swept_at() -> datetime | None:
    """Return the moment of the last complete sweep. One query."""
    moment: datetime | None = cache.get(SWEPT_AT)
    return moment


def _compare(told: PaymentSnapshot, gateway: Gateway, *, at: datetime, dry_run: bool) -> bool:
    attempt = payment_of(told)
    if (attempt and attempt.provider_id and attempt.status == told.status) or _is_known(attempt, told, gateway):
        return False
    if dry_run:
        return True
    if attempt is None:
        open_case(CaseKind.UNKNOWN_PAYMENT, at=at, provider_id=told.id, amount=told.amount)
        return True
    try:
        apply_payment(attempt.pk, told, gateway, at=at)
    except Busy as busy:
        log.info("payment %s is taken by the next sweep: %s", attempt.pk, busy)
    return True


def _is_known(attempt: PaymentAttempt | None, told: PaymentSnapshot, gateway: Gateway) -> bool:
    """Whether a person has settled this very difference."""
    if attempt is None:
        return is_settled(CaseKind.UNKNOWN_PAYMENT, provider_id=told.id)
    different = decide(attempt.status, expected_of(attempt, gateway), told).differences
    facts = Mismatch(differences=different, status=told.status)
    return bool(different) and is_settled(CaseKind.MISMATCH, facts, attempt=attempt)


def _compare_money(told: PaymentSnapshot, gateway: Gateway, *, at: datetime, dry_run: bool) -> bool:
    attempt = PaymentAttempt.objects.filter(provider_id=told.id, status=told.status).first()
    if attempt is None:
        return False
    if compare_sums(attempt, told, at=at, dry_run=True):
        told = gateway.payment(told.id, patience=PATIENCE)  # the list may by now be older than our ledger
    return compare_sums(attempt, told, at=at, dry_run=dry_run)


def compare_sums(attempt: PaymentAttempt, told: PaymentSnapshot, *, at: datetime, dry_run: bool = False) -> bool:
    """Compare our ledger of a paid attempt with the provider's sum; return whether they differ."""
    if told.status != "succeeded" or attempt.refunds.under_way().exists():
        return False
    held = attempt.entries.aggregate(sum=Sum("amount"), last=Max("recorded_at"))
    if held["last"] and held["last"] > at:
        return False  # money moved while we asked
    ours, theirs = held["sum"] or NO_MONEY, told.amount - told.refunded
    if ours == theirs:
        if not dry_run:
            close_cases(CaseKind.DRIFT, attempt=attempt, at=at)
        return False
    facts = Drift(ours, theirs)
    if is_settled(CaseKind.DRIFT, facts, attempt=attempt):
        return False
    if not dry_run:
        open_case(CaseKind.DRIFT, at=at, order=attempt.order, attempt=attempt, amount=theirs - ours, facts=facts)
    return True


def _compare_refund(told: RefundSnapshot, gateway: Gateway, *, at: datetime, dry_run: bool) -> bool:
    known = refund_of(told)
    if known is None and told.status == "canceled":
        return False  # made in the cabinet and refused: nothing was returned
    is_ours = PaymentAttempt.objects.filter(provider_id=told.payment_id).exists()
    if not is_ours or (known and (_is_taken(known, told) or _is_settled_refund(known, told))):
        return False
    if not dry_run:
        try:
            take_payment_of(told, gateway, at=at)
            take_refund(told, at=at)
        except Busy as busy:
            log.info("refund %s is taken by the next sweep: %s", told.id, busy)
    return True


def _is_taken(refund: Refund, told: RefundSnapshot) -> bool:
    return refund.provider_id == told.id and refund.status == told.status


def _is_settled_refund(refund: Refund, told: RefundSnapshot) -> bool:
    """Whether a person has settled this very difference."""
    different = differences_of(refund, told)
    return bool(different) and is_settled(CaseKind.MISMATCH, Mismatch(differences=different), refund=refund)
