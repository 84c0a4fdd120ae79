"""The bills of a company at a location, and what the next ones will cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Company
from coworking.models import Location, PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import local_days, month_of
from orders.domain.desk.month_bills import last_month
from orders.domain.money.credit import Credit, billable, credit_of
from orders.models import BilledOrder, MonthBill, Order, OrderStatus


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Orders that are on no bill yet: their number, and their cost, roubles."""

    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class BillsCard:
    """The bills of a company at a location, newest first; `month` is the last full month.

    `over` was completed by its end, `running` later or not yet.
    """

    company: Company
    bills: Sequence[MonthBill]
    credit: Credit | None
    month: date
    over: Unbilled
    running: Unbilled

    @property
    def can_issue(self) -> bool:
        """Whether the bill of the last month can be issued."""
        issued = {(bill.company_id, bill.month) for bill in self.bills}
        return bool(self.over.count) and (self.company.pk, self.month) not in issued


def bills_card(company: Company, location: Location, *, at: datetime) -> BillsCard:
    """Return everything that the page of a company's bills shows. Four queries at most."""
    month = last_month(location, at=at)
    end = local_days(*month_of(month), location.zone).end
    over = billable().filter(company=company, location=location, period__endswith__lte=end)
    bills = bills_of(company).filter(location=location)
    running = _running(company, location, since=end)
    return BillsCard(company, list(bills), credit_of(company), month, _counted(over), _counted(running))


def _running(company: Company, location: Location, *, since: datetime) -> QuerySet[Order]:
    """Return the orders for bills of later months: without a limit, none that are still to come."""
    meant = Q(status=OrderStatus.COMPLETED, period__endswith__gt=since)
    if company.credit_limit is not None:
        meant |= Q(status=OrderStatus.CONFIRMED)
    by_invoice = Order.objects.filter(company=company, location=location, payment_method=PaymentMethod.INVOICE)
    return by_invoice.filter(meant, billed=None, invoices=None, act=None, total__gt=0)


def bills_of(company: Company) -> "QuerySet[MonthBill]":
    """Return the bills of a company, newest first, each with its corrections.

    `left` is what is due on its orders now, roubles.
    """
    own = MonthBill.objects.filter(is_for(company.pk)).select_related("location").prefetch_related("corrections")
    return own.annotate(left=Sum("rows__order__due")).order_by("-month", "-pk")


def is_for(company_id: int) -> Q:
    """Return the condition that a bill is for a company, or was for one that was merged into it."""
    return Q(company=company_id) | Q(company__merged_into=company_id)


def rows_of(bill: MonthBill) -> list[BilledOrder]:
    """Return the orders of a bill, oldest first. One query."""
    return list(bill.rows.select_related("order__location").order_by("order__period", "order"))


def _counted(orders: QuerySet[Order]) -> Unbilled:
    found = orders.aggregate(count=Count("pk"), total=Sum("total"))
    return Unbilled(found["count"], found["total"] or NO_MONEY)
