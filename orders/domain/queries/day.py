"""The money of a day, for its page and its spreadsheet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Min, Sum

from coworking.models import PAYING_METHODS, Location, PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import local_day
from orders.models import EntryKind, LedgerEntry, Order, OrderStatus


@dataclass(frozen=True, slots=True)
class DayTotal:
    """The totals of a payment method, or of all, on a day, roubles."""

    method: PaymentMethod | None
    charged: Decimal
    charges: int
    returned: Decimal
    refunds: int
    corrected: Decimal

    @property
    def net(self) -> Decimal:
        return self.charged + self.returned + self.corrected


@dataclass(frozen=True, slots=True)
class DayReport:
    """The ledger of one day of a location: entries, and their totals by method."""

    day: date
    entries: list[LedgerEntry]
    totals: list[DayTotal]

    @property
    def total(self) -> DayTotal:
        return _total(None, self.entries)


def day_report(location: Location, day: date) -> DayReport:
    """Return the money of a day in the location's time zone, its entries in order. One query."""
    period = local_day(day, location.zone)
    found = LedgerEntry.objects.filter(order__location=location, at__gte=period.start, at__lt=period.end)
    entries = list(found.select_related("order", "by", "corrects", "refund").order_by("at", "pk"))
    return DayReport(day, entries, [_total(method, entries) for method in PAYING_METHODS])


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
    """The sum that customers may still pay by their links."""

    amount: Decimal
    orders: int
    nearest: datetime | None


def awaited_by_link(location: Location, *, at: datetime) -> Awaited:
    """Return what may still come before the deadlines of the location's orders. One query."""
    waiting = Order.objects.filter(location=location, status=OrderStatus.AWAITING_PAYMENT, deadline_at__gt=at)
    found = waiting.aggregate(amount=Sum("due"), orders=Count("pk"), nearest=Min("deadline_at"))
    return Awaited(found["amount"] or NO_MONEY, found["orders"], found["nearest"])
