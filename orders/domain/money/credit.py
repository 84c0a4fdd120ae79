"""Orders on account: those by invoice for a company with a limit. What is not paid of them stays within it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Company
from coworking.models import PaymentMethod
from olvery.shared.money import NO_MONEY
from olvery.shared.refusals import Refusal, refusals_to
from orders.domain import locks
from orders.models import Act, BilledOrder, IssuedInvoice, Order, OrderStatus

# The rest of the month, and some days to issue its bill.
BILLED_WITHIN = timedelta(days=40)


class CreditExceeded(Refusal):
    """The company would owe more than its limit; `left` is what it may still order for."""

    reason = "credit_exceeded"
    field = "payment_method"


@dataclass(frozen=True, slots=True)
class Credit:
    """What a company may owe of its orders on account, and what it owes by now, roubles."""

    limit: Decimal
    owed: Decimal

    @property
    def left(self) -> Decimal:
        """What it may still order for."""
        return max(self.limit - self.owed, NO_MONEY)

    def check(self, more: Decimal) -> None:
        """Raise CreditExceeded where so much more is beyond the limit."""
        if more > self.left:
            raise CreditExceeded(left=self.left)


def credit_of(company: Company | None) -> Credit | None:
    """Return how a company stands with its limit, None where it orders nothing on account. One query."""
    if company is None or company.credit_limit is None:
        return None
    owed = unpaid().filter(company=company).aggregate(sum=Sum("due"))["sum"] or NO_MONEY
    return Credit(limit=company.credit_limit, owed=owed)


def unpaid() -> QuerySet[Order]:
    """Return the orders by which companies owe: by invoice, and not paid."""
    return Order.objects.filter(payment_method=PaymentMethod.INVOICE, due__gt=0)


def is_on_account(order: Order) -> bool:
    """Whether an order is paid by the invoice of its month."""
    company = order.company
    return order.payment_method == PaymentMethod.INVOICE and company is not None and company.credit_limit is not None


def comes_on_bill(order: Order) -> bool:
    """Whether the bill of a month names an order or is going to, so that it gets no invoice and no act of its own.

    By the limit of now: for an order that is completed already, ask `waits_for_bill` as well.
    """
    if order.company_id is None:
        return False
    is_billed = BilledOrder.objects.filter(order=order).exists()
    return is_billed or (is_on_account(order) and not _has_own_papers(order))


def _has_own_papers(order: Order) -> bool:
    if IssuedInvoice.objects.filter(order=order).exists():
        return True
    return order.status == OrderStatus.COMPLETED and Act.objects.filter(order=order).exists()


def billable() -> QuerySet[Order]:
    """Return the completed orders on account that no invoice or act names yet, of a month or of their own."""
    on_account = Order.objects.filter(payment_method=PaymentMethod.INVOICE, company__isnull=False)
    completed = on_account.filter(status=OrderStatus.COMPLETED, total__gt=0)
    return completed.filter(billed=None, invoices=None, act=None)


def was_on_account() -> Exists:
    """Whether the company of an order, or one that was merged into it, has a limit or has had one."""
    records = Company.objects.filter(Q(pk=OuterRef("company")) | Q(merged_into=OuterRef("company")))
    return Exists(records.filter(Q(credit_limit__isnull=False) | Q(events__field="credit_limit")))


def waits_for_bill(order: Order) -> bool:
    """Whether a completed order has no papers yet and the next bill names it, whatever became of the limit since.

    What was completed after the limit was taken away is one only until the job has issued its act. One query at most.
    """
    if order.company_id is None or order.status != OrderStatus.COMPLETED:
        return False
    return billable().filter(was_on_account(), pk=order.pk).exists()


def is_paid_later(order: Order, *, at: datetime) -> bool:
    """Whether what is due on a completed order is not late yet: the time to pay of its month's bill is not over.

    A bill that nobody issues is late as well, some time after it could have been.
    """
    billed = getattr(order, "billed", None)  # an order of no bill raises AttributeError
    if billed:
        return bool(order.location.day_at(at) <= billed.bill.pay_by)
    return at < order.period.end + BILLED_WITHIN and waits_for_bill(order)


def refusals_of_limits(more: Mapping[Order, Decimal]) -> list[Refusal]:
    """Return what speaks against surcharges of orders, added up by company: those on account would owe too much."""
    sums: dict[Company, Decimal] = defaultdict(Decimal)
    for order, amount in more.items():
        if amount > 0 and order.company and is_on_account(order):
            sums[order.company] += amount
    found: list[Refusal] = []
    for company, amount in sums.items():
        if credit := credit_of(company):
            with refusals_to(found.append):
                credit.check(amount)
    return found


def hold_to_limits(more: Mapping[Order, Decimal]) -> bool:
    """Refuse orders that are written, by what each adds to the debt of its company, where this is beyond its limit.

    Call it last: until the commit nobody else orders for these companies on account, and their limits stay. Return
    whether all of them still have one. Raises CreditExceeded.
    """
    added = [(order.company_id or 0, amount) for order, amount in more.items() if is_on_account(order)]
    have_limits = True
    for company_id, amount in sorted(added):
        if amount <= 0:
            continue
        if credit := credit_of(locks.lock_company(company_id)):
            replace(credit, owed=credit.owed - amount).check(amount)
        else:
            have_limits = False
    return have_limits
