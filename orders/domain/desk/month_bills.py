"""The bill of a month: one invoice and one act for everything a company ordered on account at a location."""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError

from accounts.models import Company, User
from coworking.models import Location, PaymentMethod, Seller
from olvery.shared.batches import one_by_one
from olvery.shared.jobs import later
from olvery.shared.money import NO_MONEY
from olvery.shared.periods import DAY, local_days, month_of
from olvery.shared.refusals import Refusal
from olvery.shared.rows import constraint_of, reserve_keys
from orders.domain import locks
from orders.domain.desk.cash import MomentRefused, PaymentRefused, check_money
from orders.domain.money.balance import Balance, balances_of
from orders.domain.money.cases import close_cases
from orders.domain.money.credit import billable, was_on_account
from orders.domain.money.excess import sync_refund_due_case
from orders.domain.money.ledger import record_taken
from orders.domain.money.tax import Tax, tax_of_sale
from orders.domain.online.payments import abandon_attempts
from orders.models import (
    BilledOrder,
    BillLetter,
    CaseKind,
    EventKind,
    IssuedInvoice,
    LedgerEntry,
    MonthBill,
    Order,
    OrderEvent,
    OrderLine,
)

SEND = "orders.send_bill"
ONCE = "month_bill_once_a_month"
PAY_WITHIN = timedelta(days=10)
# The job looks no further back; older orders are billed by hand.
LOOKED_BACK = timedelta(days=100)
log = logging.getLogger(__name__)


class BillRefused(Refusal):
    """No bill can be issued for this month."""

    field = "month"


@dataclass(frozen=True, slots=True)
class Rendered:
    """An order of the month: its lines with their tax, its cost, and what is still due, roubles."""

    order: Order
    lines: Sequence[OrderLine]
    tax: Tax
    cost: Decimal
    due: Decimal


Write = Callable[[Company, Seller, date, Sequence[Rendered]], dict[str, Any]]


def issue_bill(
    company_id: int, location: Location, month: date, *, write: Write, by: User | None, at: datetime
) -> MonthBill:
    """Issue the bill of a past month and send it to the company, or return the existing one.

    It covers orders completed by the end of the month, including ones left over from earlier months. `write` makes
    the stored texts. Raises BillRefused, Busy.
    """
    try:
        with locks.short_waits():
            return _issue(company_id, location, month, write=write, by=by, at=at)
    except IntegrityError as error:
        if constraint_of(error) != ONCE:
            raise
    return MonthBill.objects.get(company=company_id, location=location, month=month)


def _issue(
    company_id: int, location: Location, month: date, *, write: Write, by: User | None, at: datetime
) -> MonthBill:
    until = local_days(*month_of(month), location.zone).end
    if until > at:
        raise BillRefused("month_not_over")
    found = billable().filter(company=company_id, location=location, period__endswith__lte=until)
    # Another transaction may have billed them before we got the lock.
    locked = locks.lock_orders(found.values_list("pk", flat=True))
    if known := MonthBill.objects.filter(company=company_id, location=location, month=month).first():
        return known
    orders = list(found.filter(pk__in=locked).select_related("location").order_by("period", "pk"))
    seller = Seller.objects.filter(location=location).first()
    if seller is None:
        raise BillRefused("requisites_missing")
    if not orders:
        raise BillRefused("nothing_on_account")
    company = Company.objects.get(pk=company_id)
    rendered = rendered_now(orders)
    contents = write(company, seller, month, rendered)
    [[number]] = reserve_keys({IssuedInvoice: 1})
    series = locks.next_in_act_series(inn=seller.inn, year=month.year)
    bill = MonthBill.objects.create(
        number=number,
        company=company,
        location=location,
        month=month,
        amount=sum((one.due for one in rendered), NO_MONEY),
        rendered=sum((one.cost for one in rendered), NO_MONEY),
        act_series=series,
        act_number=series.last,
        pay_by=location.day_at(at) + PAY_WITHIN,
        contents=contents,
        issued_at=at,
        issued_by=by,
    )
    _name(bill, rendered, by=by, at=at)
    send_bill(bill, at=at)
    return bill


def rendered_now(orders: Sequence[Order]) -> list[Rendered]:
    """Return the orders as the documents state them."""
    balances = balances_of(orders)
    return [
        Rendered(
            order,
            lines=list(order.lines.select_related("ticket__seat").order_by("pk")),
            tax=tax_of_sale(order),
            cost=balances[order.pk].cost,
            due=balances[order.pk].due,
        )
        for order in orders
    ]


def _name(bill: MonthBill, rendered: Sequence[Rendered], *, by: User | None, at: datetime) -> None:
    BilledOrder.objects.bulk_create(
        BilledOrder(bill=bill, order=one.order, due=one.due, cost=one.cost) for one in rendered
    )
    tell_orders(bill, rendered, to=bill.contents["buyer"]["name"], by=by, at=at)


def tell_orders(
    bill: MonthBill, rendered: Sequence[Rendered], *, to: str, by: User | None, at: datetime, **facts: int
) -> None:
    """Record in the history of each order, with `facts`, that the invoice and the act of a bill name it."""
    told = {EventKind.INVOICE_ISSUED: (bill.number, "due"), EventKind.ACT_ISSUED: (bill.act_number, "cost")}
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=one.order,
            kind=kind,
            by=by,
            at=at,
            data={"number": number, "sum": str(getattr(one, name)), "to": to, **facts},
        )
        for one in rendered
        for kind, (number, name) in told.items()
    )


def send_bill(bill: MonthBill, *, at: datetime) -> bool:
    """Queue a letter with the bill to the company; return whether it has an address."""
    company = Company.objects.select_related("merged_into").get(pk=bill.company_id)
    to = (company.merged_into or company).email
    if to:
        letter = BillLetter.objects.create(bill=bill, to=to, asked_at=at)
        later(SEND, letter_id=letter.pk)
    return bool(to)


def issue_due(at: datetime, *, write: Write) -> int:
    """Issue last month's bills of companies that order on account, or did; return how many.

    Issues none twice. An order completed while its company had a limit has no other papers than this bill.
    """
    due = billable().filter(was_on_account(), period__endswith__gte=at - LOOKED_BACK)
    sellers = Seller.objects.values("location")
    pairs = due.filter(location__in=sellers).values_list("company", "location").order_by().distinct()
    locations = Location.objects.in_bulk([location for _company, location in pairs])

    def issue(pair: tuple[int, int], moment: datetime) -> bool:
        location = locations[pair[1]]
        month = last_month(location, at=moment)
        if MonthBill.objects.filter(company=pair[0], location=location, month=month).exists():
            return False
        try:
            issue_bill(pair[0], location, month, write=write, by=None, at=moment)
        except BillRefused as refusal:  # everything belongs to the month that is not over
            log.info("no bill of company %s: %s", pair[0], refusal)
            return False
        return True

    return one_by_one(list(pairs), issue, at=at)


def last_month(location: Location, *, at: datetime) -> date:
    """Return the first day of the month before the one of a moment, at the location."""
    this, _last = month_of(location.day_at(at))
    return month_of(this - DAY)[0]


def take_payment(
    number: int,
    amount: Decimal,
    *,
    moved_at: datetime,
    document: str,
    token: uuid.UUID,
    by: User,
    at: datetime,
    with_excess: bool = False,
    paid: Decimal | None = None,
) -> list[LedgerEntry]:
    """Record what came in for the bill of a month as entries of its orders, the oldest first.

    More than they owe is refused, or with `with_excess` goes to the last of them, to be returned. `paid` is what
    had been paid when somebody looked, None if nobody did. The same token twice counts once. Raises PaymentRefused,
    MoneyMoved, MomentRefused, Busy.
    """
    if moved_at > at:
        raise MomentRefused("came_in_future")
    if amount <= 0:
        raise PaymentRefused("sum_not_above_zero")
    with locks.short_waits():
        locks.lock_orders(BilledOrder.objects.filter(bill=number).values_list("order", flat=True))
        orders = list(Order.objects.filter(billed__bill=number).select_related("location").order_by("period", "pk"))
        keys = {order: uuid.uuid5(token, str(order.pk)) for order in orders}
        if known := list(LedgerEntry.objects.filter(form_token__in=keys.values()).order_by("pk")):
            if sum(entry.amount for entry in known) != amount:
                raise PaymentRefused("token_used", field="")
            return known
        balances = balances_of(orders)
        check_money(sum((one.paid for one in balances.values()), NO_MONEY), paid)
        parts = _parts(amount, orders, balances, with_excess=with_excess)
        moved: dict[str, Any] = {"method": PaymentMethod.INVOICE, "moved_at": moved_at, "document": document}
        taken = (record_taken(order, part, token=keys[order], by=by, at=at, **moved) for order, part in parts.items())
        return [_follow(entry) for entry in taken]


def _parts(
    amount: Decimal, orders: Sequence[Order], balances: dict[int, Balance], *, with_excess: bool
) -> dict[Order, Decimal]:
    """Split a sum over what orders owe, in their order; any rest goes to the last one. Raises PaymentRefused."""
    parts, left = {}, amount
    for order in orders:
        if part := min(left, balances[order.pk].due):
            parts[order] = part
            left -= part
    if left and not with_excess:
        raise PaymentRefused("beyond_the_bill", due=amount - left)
    if left:
        parts[orders[-1]] = parts.get(orders[-1], NO_MONEY) + left
    return parts


def _follow(entry: LedgerEntry) -> LedgerEntry:
    order, at = entry.order, entry.recorded_at
    data = {"sum": str(entry.amount), "method": entry.method, "document": entry.document}
    OrderEvent.objects.create(order=order, kind=EventKind.PAID, by=entry.by, at=at, data=data)
    abandon_attempts(order, at=at)
    sync_refund_due_case(order, at=at)
    if not order.due:
        close_cases(CaseKind.DEBT, CaseKind.DEBT_OVERDUE, order=order, at=at)
    return entry
