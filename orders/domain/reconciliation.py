"""Comparing our books with the provider's, and with what orders cost; whatever differs becomes a case."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, F, Max, Min, QuerySet, Sum

from coworking.models import Location, PaymentMethod
from olvery.shared.batches import one_by_one
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import local_days
from olvery.shared.refusals import Busy
from orders.domain import locks
from orders.domain.cases import close_cases, open_case
from orders.domain.decisions import VerdictKind, decide, decide_refund
from orders.domain.excess import settled_since_money_moved, sync_case, sync_refund_due_case
from orders.domain.gateway import PATIENCE, Gateway, PaymentSnapshot, RefundSnapshot
from orders.domain.inbox import payment_of, refund_of, take_refund
from orders.domain.ledger import balance_in, balance_of
from orders.domain.payments import apply_payment, expected_of
from orders.models import CaseKind, EntryKind, LedgerEntry, MoneyCase, Order, OrderStatus, PaymentAttempt, Refund

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=48)
# An order is looked at while its money may still move.
BALANCED_FOR = timedelta(days=60)
SWEPT_AT = "yookassa-swept-at"
UNBALANCED = (CaseKind.REFUND_DUE, CaseKind.DEBT)
# Kind and number of the order → the sum that the line of the money desk names.
Lines = dict[tuple[str, int], Decimal | None]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep over the provider's lists found."""

    seen: int
    different: int


def sweep(gateway: Gateway, *, at: datetime, look_back: timedelta = LOOK_BACK, dry_run: bool = False) -> Swept:
    """Compare the provider's payments and refunds of the last two days with ours and take what is missing here.

    Raises GatewayError.
    """
    since = at - look_back
    # News of payments first, then of refunds, then the sums: they differ until both are taken.
    payments, refunds = list(gateway.payments_since(since)), list(gateway.refunds_since(since))
    ours = [told for told in payments if told.metadata.get("env") == settings.YOOKASSA_ENVIRONMENT]
    different = {f"payment {told.id}" for told in ours if _compare(told, gateway, at=at, dry_run=dry_run)}
    different |= {f"refund {told.id}" for told in refunds if _compare_refund(told, at=at, dry_run=dry_run)}
    different |= {f"payment {told.id}" for told in ours if _compare_money(told, gateway, at=at, dry_run=dry_run)}
    if not dry_run:
        cache.set(SWEPT_AT, at, timeout=None)
    return Swept(len(payments) + len(refunds), len(different))


def swept_at() -> datetime | None:
    """Return when our books were last compared with the provider's from end to end. One query."""
    moment: datetime | None = cache.get(SWEPT_AT)
    return moment


def _compare(told: PaymentSnapshot, gateway: Gateway, *, at: datetime, dry_run: bool) -> bool:
    attempt = payment_of(told)
    if (attempt and attempt.provider_id and attempt.status == told.status) or _is_known(attempt, told, gateway):
        return False
    if dry_run:
        return True
    if attempt is None:
        open_case(CaseKind.UNKNOWN_PAYMENT, at=at, subject=f"provider {told.id}", amount=told.amount, details=told.id)
        return True
    try:
        apply_payment(attempt.pk, told, gateway, at=at)
    except Busy as busy:
        log.info("payment %s is taken by the next sweep: %s", attempt.pk, busy)
    return True


def _is_known(attempt: PaymentAttempt | None, told: PaymentSnapshot, gateway: Gateway) -> bool:
    """Whether a person has settled this very difference."""
    if attempt is None:
        return _is_settled(CaseKind.UNKNOWN_PAYMENT, subject=f"provider {told.id}")
    verdict = decide(attempt.status, expected_of(attempt, gateway), told)
    is_different = verdict.kind == VerdictKind.REVIEW
    return is_different and _is_settled(CaseKind.MISMATCH, attempt=attempt, details=verdict.why[:300])


def _is_settled(kind: CaseKind, **same: object) -> bool:
    """Whether a person has closed exactly this line: nobody wants to settle it every half an hour."""
    return MoneyCase.objects.filter(kind=kind, closed_by__isnull=False, **same).exists()


def _compare_money(told: PaymentSnapshot, gateway: Gateway, *, at: datetime, dry_run: bool) -> bool:
    attempt = PaymentAttempt.objects.filter(provider_id=told.id, status=told.status).first()
    if attempt is None:
        return False
    if compare_sums(attempt, told, at=at, dry_run=True):
        told = gateway.payment(told.id, patience=PATIENCE)  # the list may be older than our books by now
    return compare_sums(attempt, told, at=at, dry_run=dry_run)


def compare_sums(attempt: PaymentAttempt, told: PaymentSnapshot, *, at: datetime, dry_run: bool = False) -> bool:
    """Compare what our ledger holds of a paid attempt with what the provider holds; return whether it differs."""
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
    details = f"{ours} / {theirs}"
    if _is_settled(CaseKind.DRIFT, attempt=attempt, details=details):
        return False
    if not dry_run:
        open_case(CaseKind.DRIFT, at=at, order=attempt.order, attempt=attempt, amount=theirs - ours, details=details)
    return True


def _compare_refund(told: RefundSnapshot, *, at: datetime, dry_run: bool) -> bool:
    known = refund_of(told)
    if known is None and told.status == "canceled":
        return False  # in the cabinet, and refused: nothing was returned
    is_ours = PaymentAttempt.objects.filter(provider_id=told.payment_id).exists()
    if not is_ours or (known and (_is_taken(known, told) or _is_settled_refund(known, told))):
        return False
    if not dry_run:
        try:
            take_refund(told, at=at)
        except Busy as busy:
            log.info("refund %s is taken by the next sweep: %s", told.id, busy)
    return True


def _is_taken(refund: Refund, told: RefundSnapshot) -> bool:
    return refund.provider_id == told.id and refund.status == told.status


def _is_settled_refund(refund: Refund, told: RefundSnapshot) -> bool:
    """Whether a person has settled this very difference."""
    verdict = decide_refund(refund.status, refund.amount, told)
    is_different = verdict.kind == VerdictKind.REVIEW
    return is_different and _is_settled(CaseKind.MISMATCH, refund=refund, details=verdict.why[:300])


def check_balances(*, at: datetime, dry_run: bool = False) -> int:
    """Open a case for every order that holds more money than it costs, or ended unpaid; return how many.

    Cases of orders that add up again are closed. What a person has settled stays so until money moves again.
    """
    settled, shown, wrong = _settled_balances(at), _shown_balances(), _wrong_balances(at)
    news = {key: amount for key, amount in wrong.items() if (*key, amount) not in settled}
    if not dry_run:
        differing = {number for kind, number in news if news[kind, number] != shown.get((kind, number))}
        gone = {number for _kind, number in shown.keys() - wrong.keys()}
        one_by_one(sorted(differing | gone), lambda number, moment: _show_balance(number, at=moment), at=at)
    return len(news)


def _wrong_balances(at: datetime) -> Lines:
    refused = MoneyCase.objects.open().filter(kind=CaseKind.REFUND_FAILED).values("order").annotate(sum=Sum("amount"))
    named = dict(refused.values_list("order", "sum"))
    wrong: Lines = {}
    for order in _orders_to_balance(at).iterator(chunk_size=500):
        money = balance_in(order)
        excess = money.excess - named.get(order.pk, NO_MONEY)
        if excess > 0:
            wrong[CaseKind.REFUND_DUE, order.pk] = excess
        elif order.status == OrderStatus.COMPLETED and money.due:
            wrong[CaseKind.DEBT, order.pk] = money.due
    return wrong


def _shown_balances() -> Lines:
    cases = MoneyCase.objects.open().filter(kind__in=UNBALANCED, order__isnull=False)
    return {(kind, number): amount for kind, number, amount in cases.values_list("kind", "order", "amount")}


def _show_balance(number: int, *, at: datetime) -> bool:
    """Write the lines of one order anew, under its lock: its money may have moved since it was compared."""
    with locks.short_waits():
        order = locks.lock_order(number)
        sync_refund_due_case(order, at=at)
        due = balance_of(order).due if order.status == OrderStatus.COMPLETED else NO_MONEY
        sync_case(CaseKind.DEBT, order, due, at=at)
    return True


def _orders_to_balance(at: datetime) -> QuerySet[Order]:
    """Return the orders whose money moved, or whose time ended, of late, and those with an open case."""
    since = at - BALANCED_FOR
    moved = LedgerEntry.objects.filter(recorded_at__gte=since).values("order")
    ended = Order.objects.filter(status=OrderStatus.COMPLETED, period__endswith__gte=since).values("pk")
    asked = MoneyCase.objects.open().filter(kind__in=UNBALANCED, order__isnull=False).values("order")
    return Order.objects.with_balance().filter(pk__in=moved.union(ended, asked))


def _settled_balances(at: datetime) -> set[tuple[str, int, Decimal | None]]:
    """Return what persons have settled of late, as kind, order and sum, where no money has moved since."""
    cases = MoneyCase.objects.filter(kind__in=UNBALANCED, closed_at__gte=at - BALANCED_FOR)
    return set(settled_since_money_moved(cases).values_list("kind", "order_id", "amount"))


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What a payment method, or all of them together, brought on a day, roubles."""

    method: PaymentMethod | None
    charged: Decimal
    charges: int
    returned: Decimal
    refunds: int
    corrected: Decimal

    @property
    def net(self) -> Decimal:
        """What is left."""
        return self.charged + self.returned + self.corrected


@dataclass(frozen=True, slots=True)
class DayReport:
    """The ledger of one day of a location: rows and totals by method; they agree by construction."""

    day: date
    entries: list[LedgerEntry]
    totals: list[DayTotal]

    @property
    def total(self) -> DayTotal:
        """All methods together."""
        return _total(None, self.entries)


def entries_of_day(location: Location, day: date) -> QuerySet[LedgerEntry]:
    """Return what moved on a day of the location, by its clock, in order."""
    period = local_days(day, day, location.zone)
    entries = LedgerEntry.objects.filter(order__location=location, at__gte=period.start, at__lt=period.end)
    return entries.select_related("order", "by", "corrects").order_by("at", "pk")


def day_report(location: Location, day: date) -> DayReport:
    """Return the money of a day. One query."""
    entries = list(entries_of_day(location, day))
    methods = (PaymentMethod.ONLINE, PaymentMethod.ON_SITE, PaymentMethod.INVOICE)
    return DayReport(day, entries, [_total(method, entries) for method in methods])


def _total(method: PaymentMethod | None, entries: Iterable[LedgerEntry]) -> DayTotal:
    own = [entry for entry in entries if method in (None, entry.method)]

    def amounts(kind: EntryKind) -> list[Decimal]:
        return [entry.amount for entry in own if entry.kind == kind]

    charges, refunds = amounts(EntryKind.CHARGE), amounts(EntryKind.REFUND)
    return DayTotal(
        method=method,
        charged=sum(charges, NO_MONEY),
        charges=len(charges),
        returned=sum(refunds, NO_MONEY),
        refunds=len(refunds),
        corrected=sum(amounts(EntryKind.CORRECTION), NO_MONEY),
    )


@dataclass(frozen=True, slots=True)
class Awaited:
    """What customers still may pay by their links."""

    amount: Decimal
    orders: int
    nearest: datetime | None


def awaited_by_link(location: Location, *, at: datetime) -> Awaited:
    """Return what the location waits for until the deadlines of its orders. One query."""
    waiting = Order.objects.with_money().filter(
        location=location, status=OrderStatus.AWAITING_PAYMENT, deadline_at__gt=at
    )
    found = waiting.aggregate(
        amount=Sum(F("total") - F("charged") - F("returned")), orders=Count("pk"), nearest=Min("deadline_at")
    )
    return Awaited(found["amount"] or NO_MONEY, found["orders"], found["nearest"])
