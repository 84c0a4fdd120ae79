"""Comparing our books with the provider's, and with what orders cost; whatever differs becomes a case."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from coworking.models import Location, PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import local_days
from olvery.shared.refusals import Busy
from orders.domain.cases import close_cases, open_case
from orders.domain.gateway import Gateway, PaymentSnapshot
from orders.domain.inbox import payment_of, take_refund
from orders.domain.payments import apply_payment
from orders.models import CaseKind, EntryKind, LedgerEntry, MoneyCase, Order, OrderStatus, Payment, Refund

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=48)
# An order is looked at while its money may still move.
BALANCED_FOR = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep over the provider's lists found."""

    seen: int
    different: int


def sweep(gateway: Gateway, *, at: datetime, look_back: timedelta = LOOK_BACK, dry_run: bool = False) -> Swept:
    """Compare the provider's payments and refunds of the last two days with ours and take what is missing here.

    Raises GatewayError.
    """
    seen = different = 0
    for told in gateway.payments_since(at - look_back):
        seen += 1
        if told.metadata.get("env") == settings.YOOKASSA_ENVIRONMENT:
            different += _compare(told, gateway, at=at, dry_run=dry_run)
    for refund in gateway.refunds_since(at - look_back):
        seen += 1
        known = Refund.objects.filter(provider_id=refund.id).first()
        if known is None or known.status != refund.status:
            different += 1
            if not dry_run:
                take_refund(refund, at=at)
    return Swept(seen, different)


def _compare(told: PaymentSnapshot, gateway: Gateway, *, at: datetime, dry_run: bool) -> bool:
    payment = payment_of(told)
    if payment and payment.provider_id and payment.status == told.status:
        return _check_sum(payment, told, at=at, dry_run=dry_run)
    if dry_run:
        return True
    if payment is None:
        open_case(CaseKind.UNKNOWN_PAYMENT, at=at, subject=f"provider {told.id}", amount=told.amount, details=told.id)
        return True
    try:
        apply_payment(payment.pk, told, gateway, at=at)
    except Busy as busy:
        log.info("payment %s is taken by the next sweep: %s", payment.pk, busy)
    return True


def _check_sum(payment: Payment, told: PaymentSnapshot, *, at: datetime, dry_run: bool) -> bool:
    """Compare what our ledger holds of a paid attempt with what the provider holds."""
    if told.status != "succeeded" or payment.refunds.under_way().exists():
        return False
    ours = payment.entries.aggregate(sum=Sum("amount"))["sum"] or NO_MONEY
    theirs = told.amount - told.refunded
    if ours == theirs:
        if not dry_run:
            close_cases(CaseKind.DRIFT, payment=payment, at=at)
        return False
    if not dry_run:
        details = f"{ours} / {theirs}"
        open_case(CaseKind.DRIFT, at=at, order=payment.order, payment=payment, amount=theirs - ours, details=details)
    return True


def check_balances(*, at: datetime, dry_run: bool = False) -> int:
    """Open a case for every order that holds more money than it costs, or ended unpaid; return how many.

    Cases of orders that add up again are closed.
    """
    recent = Order.objects.with_money().filter(
        Q(entries__recorded_at__gte=at - BALANCED_FOR)
        | Q(status=OrderStatus.COMPLETED, period__endswith__gte=at - BALANCED_FOR)
    )
    returning = Refund.objects.under_way().values("payment__order").annotate(sum=Sum("amount"))
    under_way = dict(returning.values_list("payment__order", "sum"))
    wrong: dict[tuple[CaseKind, int], tuple[Order, Decimal]] = {}
    for order in recent.distinct().iterator(chunk_size=500):
        excess = order.paid - under_way.get(order.pk, NO_MONEY) - order.cost
        if excess > 0:
            wrong[CaseKind.TO_RETURN, order.pk] = order, excess
        elif order.status == OrderStatus.COMPLETED and order.due:
            wrong[CaseKind.DEBT, order.pk] = order, order.due
    if not dry_run:
        _write(wrong, at=at)
    return len(wrong)


def _write(wrong: dict[tuple[CaseKind, int], tuple[Order, Decimal]], *, at: datetime) -> None:
    with transaction.atomic():
        for case in MoneyCase.objects.open().filter(kind__in=[CaseKind.TO_RETURN, CaseKind.DEBT]):
            key = CaseKind(case.kind), case.order_id or 0
            if key not in wrong or wrong[key][1] != case.amount:
                MoneyCase.objects.open().filter(pk=case.pk).update(closed_at=at)
        for (kind, _number), (order, amount) in wrong.items():
            open_case(kind, at=at, order=order, amount=amount)


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What one payment method brought on a day, roubles."""

    method: PaymentMethod
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
    def net(self) -> Decimal:
        """What the day brought, roubles."""
        return sum((entry.amount for entry in self.entries), NO_MONEY)


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


def _total(method: PaymentMethod, entries: Iterable[LedgerEntry]) -> DayTotal:
    own = [entry for entry in entries if entry.method == method]

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
