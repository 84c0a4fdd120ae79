"""Correcting a monthly bill: its invoice and act are issued again, and the former ones are kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from coworking.models import Seller
from olvery.shared.money import NO_MONEY
from orders.domain import locks
from orders.domain.desk.month_bills import BillRefused, Rendered, Write, rendered_now, send_bill, tell_orders
from orders.models import BillCorrection, BilledOrder, EntryKind, LedgerEntry, MonthBill, Order, Refund


def correct_bill(number: int, *, write: Write, by: User, at: datetime) -> BillCorrection:
    """Issue a new invoice and act for a month, with what its orders cost now, and send them to the company.

    `write` makes the stored texts, as for the bill. Raises BillRefused, also if nothing has changed; Busy.
    """
    with locks.short_waits():
        locks.lock_orders(BilledOrder.objects.filter(bill=number).values_list("order", flat=True))
        bill = MonthBill.objects.select_related("company__merged_into", "location").get(pk=number)
        seller = Seller.objects.filter(location=bill.location).first()
        if seller is None:
            raise BillRefused("requisites_missing")
        rendered = _rendered(bill)
        there = [one for one in rendered if one.cost]
        # The seller's details stay as they were on that day.
        contents = {
            **write(bill.company.merged_into or bill.company, seller, bill.month, there),
            "seller": bill.contents["seller"],
        }
        last = bill.last_correction
        if contents == (last or bill).contents:
            raise BillRefused("bill_is_right")
        made = BillCorrection.objects.create(
            bill=bill,
            number=last.number + 1 if last else 1,
            amount=sum((one.due for one in rendered), NO_MONEY),
            rendered=sum((one.cost for one in rendered), NO_MONEY),
            contents=contents,
            issued_at=at,
            issued_by=by,
        )
        tell_orders(bill, rendered, to=contents["buyer"]["name"], by=by, at=at, correction=made.number)
        send_bill(bill, at=at)
    return made


def with_wrong_sums(bills: Iterable[MonthBill]) -> set[int]:
    """Return the numbers of the bills whose invoice or act would now have a different sum. Two or three queries."""
    papers = {bill: bill.last_correction or bill for bill in bills}
    costs: dict[int, dict[int, Decimal]] = defaultdict(dict)
    rows = BilledOrder.objects.filter(bill__in=[bill.pk for bill in papers])
    for number, order, cost in rows.values_list("bill", "order", "order__total"):
        costs[number][order] = cost
    entries = _entries_of([order for of_bill in costs.values() for order in of_bill])
    wrong = set()
    for bill, held in papers.items():
        asked = _to_pay(bill, costs[bill.pk], entries)
        if (held.rendered, held.amount) != (sum(costs[bill.pk].values()), sum(asked.values())):
            wrong.add(bill.pk)
    return wrong


def _to_pay(
    bill: MonthBill, costs: Mapping[int, Decimal], entries: Mapping[int, Sequence[LedgerEntry]]
) -> dict[int, Decimal]:
    """Return the amount due now on each order of a bill, given their costs; both by order number, in roubles.

    That is what had not been paid before the bill was issued.
    """
    return {
        number: max(cost - _left_from_before(entries[number], bill.issued_at), NO_MONEY)
        for number, cost in costs.items()
    }


def _entries_of(orders: Iterable[int]) -> Mapping[int, Sequence[LedgerEntry]]:
    """Return the ledger entries of orders by their numbers, the oldest first.

    A refund in progress counts as done, as in `Balance.counted`. One query, two if anything was paid online.
    """
    found: dict[int, list[LedgerEntry]] = {number: [] for number in orders}
    online: dict[int, int] = {}
    entries = LedgerEntry.objects.filter(order__in=found).select_related("corrects")
    for entry in entries.order_by("recorded_at", "pk"):
        found[entry.order_id].append(entry)
        if entry.attempt_id:
            online[entry.attempt_id] = entry.order_id
    under_way = Refund.objects.under_way().exclude(source=Refund.Source.EXTERNAL).filter(attempt__in=online)
    for refund in under_way if online else ():
        found[online[refund.attempt_id]].append(
            LedgerEntry(
                kind=EntryKind.REFUND,
                attempt_id=refund.attempt_id,
                amount=-refund.amount,
                recorded_at=refund.requested_at,
            )
        )
    return found


def _rendered(bill: MonthBill) -> list[Rendered]:
    """Return the orders of a bill as documents state them now."""
    orders = list(Order.objects.filter(billed__bill=bill).select_related("location").order_by("period", "pk"))
    now = rendered_now(orders)
    costs = {one.order.pk: one.cost for one in now}
    asked = _to_pay(bill, costs, _entries_of(costs))
    return [replace(one, due=asked[one.order.pk]) for one in now]


def _left_from_before(entries: Sequence[LedgerEntry], issued_at: datetime) -> Decimal:
    """Return what is left of the money that came before a bill, roubles.

    A correction or a refund through the provider belongs to the payment that it names. Anything else returned after the
    bill comes first out of what was paid after it.
    """
    charges = {one.attempt_id: one for one in entries if one.attempt_id and one.kind == EntryKind.CHARGE}
    before = later = NO_MONEY
    for entry in entries:
        origin = entry.corrects or charges.get(entry.attempt_id or 0, entry)
        if origin.recorded_at < issued_at:
            before += entry.amount
        elif entry.kind == EntryKind.REFUND and origin == entry:
            of_later = min(-entry.amount, later)
            later -= of_later
            before += entry.amount + of_later
        else:
            later += entry.amount
    return before
