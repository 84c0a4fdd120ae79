"""Orders on account: orders by invoice for a company with a limit. Their unpaid sum stays within it."""

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
    """The company would owe more than its limit; `left` is the sum it may still order for."""

    reason = "credit_exceeded"
    field = "payment_method"


@dataclass(frozen=True, slots=True)
class Credit:
    """What a company may owe for its orders on account, and what it owes now, roubles."""

    limit: Decimal
    owed: Decimal

    @property
    def left(self) -> Decimal:
        """The sum it may still order for."""
        return max(self.limit - self.owed, NO_MONEY)

    def check(self, more: Decimal) -> None:
        """Raise CreditExceeded if this much more is beyond the limit."""
        if more > self.left:
            raise CreditExceeded(left=self.left)


def credit_of(company: Company | None) -> Credit | None:
    """Return the credit of a company, None if it does not order on account. One query."""
    if company is None or company.credit_limit is None:
        return None
    owed = unpaid().filter(company=company).aggregate(sum=Sum("due"))["sum"] or NO_MONEY
    return Credit(limit=company.credit_limit, owed=owed)


def unpaid() -> QuerySet[Order]:
    """Return the orders that companies owe for: by invoice, and not paid."""
    return Order.objects.filter(payment_method=PaymentMethod.INVOICE, due__gt=0)


def is_on_account(order: Order) -> bool:
    """Whether an order is paid by a monthly invoice."""
    company = order.company
    return order.payment_method == PaymentMethod.INVOICE and company is not None and company.credit_limit is not None


def comes_on_bill(order: Order) -> bool:
    """Whether a monthly bill covers an order or is going to, so that it gets no invoice and act of its own.

    Judged by the present limit: for a completed order, ask `waits_for_bill` as well.
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
    """Return the completed orders on account without an invoice or act, of a month or of their own."""
    on_account = Order.objects.filter(payment_method=PaymentMethod.INVOICE, company__isnull=False)
    completed = on_account.filter(status=OrderStatus.COMPLETED, total__gt=0)
    return completed.filter(billed=None, invoices=None, act=None)


def was_on_account() -> Exists:
    """Whether the company of an order, or one that was merged into it, has a limit or has had one."""
    records = Company.objects.filter(Q(pk=OuterRef("company")) | Q(merged_into=OuterRef("company")))
    return Exists(records.filter(Q(credit_limit__isnull=False) | Q(events__field="credit_limit")))


def waits_for_bill(order: Order) -> bool:
    """Whether a completed order has no papers yet and goes on the next bill, whatever happened to the limit since.

    An order completed after the limit was removed waits only until the job has issued its act. One query at most.
    """
    if order.company_id is None or order.status != OrderStatus.COMPLETED:
        return False
    return billable().filter(was_on_account(), pk=order.pk).exists()


def is_paid_later(order: Order, *, at: datetime) -> bool:
    """Whether what is due on a completed order is not late yet, because its month's bill may still be paid.

    Without a bill it is late some time after the bill could have been issued.
    """
    billed = getattr(order, "billed", None)  # an order without a bill raises AttributeError
    if billed:
        return bool(order.location.day_at(at) <= billed.bill.pay_by)
    return at < order.period.end + BILLED_WITHIN and waits_for_bill(order)


def refusals_of_limits(more: Mapping[Order, Decimal]) -> list[Refusal]:
    """Return refusals of surcharges, added up by company, that take a company on account beyond its limit."""
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
    """Refuse orders just written if what they add to a company's debt is beyond its limit.

    Call it last: until the commit nobody else can order on account for these companies, and their limits stay.
    Return whether all of them still have a limit. Raises CreditExceeded.
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
