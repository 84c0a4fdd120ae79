"""The money of a day, for its page and its spreadsheet."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Min, Sum

from coworking.models import PAYING_METHODS, Location, PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import local_day
from orders.models import EntryKind, LedgerEntry, Order, OrderStatus


@dataclass(slots=True)
class Flow:
    """Money that came in, went back and was corrected, roubles, with the numbers of payments and refunds."""

    charged: Decimal = NO_MONEY
    returned: Decimal = NO_MONEY
    corrected: Decimal = NO_MONEY
    charges: int = 0
    refunds: int = 0

    @property
    def net(self) -> Decimal:
        return self.charged + self.returned + self.corrected

    def add(self, kind: EntryKind, amount: Decimal, count: int = 1) -> None:
        """Add so many entries of a kind, with their sum."""
        if kind == EntryKind.CHARGE:
            self.charged, self.charges = self.charged + amount, self.charges + count
        elif kind == EntryKind.REFUND:
            self.returned, self.refunds = self.returned + amount, self.refunds + count
        else:
            self.corrected += amount


@dataclass(frozen=True, slots=True)
class DayReport:
    """The ledger of one day of a location: entries, their totals by method, and the total of all."""

    day: date
    entries: list[LedgerEntry]
    totals: dict[PaymentMethod, Flow]
    total: Flow


def day_report(location: Location, day: date) -> DayReport:
    """Return the money of a day in the location's time zone, its entries in order. One query."""
    period = local_day(day, location.zone)
    found = LedgerEntry.objects.filter(order__location=location, at__gte=period.start, at__lt=period.end)
    entries = list(found.select_related("order", "by", "corrects", "refund").order_by("at", "pk"))
    report = DayReport(day, entries, totals={method: Flow() for method in PAYING_METHODS}, total=Flow())
    for entry in entries:
        for flow in (report.totals[entry.method], report.total):
            flow.add(entry.kind, entry.amount)
    return report


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
