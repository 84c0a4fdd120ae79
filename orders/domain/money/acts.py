"""Issuing acts of services rendered: one per order, under the next number of the seller's year."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from accounts.models import User
from coworking.models import PaymentMethod, Seller
from olvery.shared.jobs import later
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.messages import write_messages
from orders.domain.money.balance import balance_of
from orders.domain.money.credit import comes_on_bill, waits_for_bill
from orders.domain.money.tax import Tax, tax_of_sale
from orders.models import (
    Act,
    EventKind,
    IssuedInvoice,
    MessageKind,
    Order,
    OrderEvent,
    OrderLine,
    OrderStatus,
)

ISSUE = "orders.issue_act"
Write = Callable[[Order, Seller, Tax, Iterable[OrderLine], IssuedInvoice | None], dict[str, Any]]


class ActRefused(Refusal):
    """No act can be issued for this order."""


def queue_act(order: Order) -> None:
    """Queue the job that issues the act of an order that is completed in this transaction.

    Not for an order that cost nothing or that goes on a monthly bill, nor while the seller's requisites are missing:
    then a manager issues it later.
    """
    if order.total and not comes_on_bill(order) and Seller.objects.filter(location=order.location_id).exists():
        later(ISSUE, order_number=order.pk)


def issue_act(number: int, *, write: Write, by: User | None, at: datetime) -> Act:
    """Issue the act of a completed order, or return the existing one; a company also gets it by e-mail.

    An act issued by the job is dated the day on which the service ended, like bills the end of their month: what ends
    at 24:00 is completed on the next day, perhaps in another year. An act by hand is dated the day of issue.

    `write` makes the stored texts: requisites, buyer and lines as they are now. Raises ActRefused, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        if known := Act.objects.filter(order=order).first():
            return known
        seller, cost = Seller.objects.filter(location=order.location_id).first(), balance_of(order).cost
        if seller is None:
            raise ActRefused("requisites_missing")
        # The job gets its order from `queue_act`: it was completed without a limit.
        if comes_on_bill(order) or (by and waits_for_bill(order)):
            raise ActRefused("act_of_the_month")
        if order.status != OrderStatus.COMPLETED or not cost:
            raise ActRefused("nothing_rendered")
        invoice = order.invoices.order_by("-pk").first()
        lines = order.lines.select_related("ticket__seat").order_by("pk")
        contents = write(order, seller, tax_of_sale(order), lines, invoice)
        zone = order.location.zone
        issued_on = order.location.day_at(at) if by else order.period.days(zone)[1]
        series = locks.next_in_act_series(inn=seller.inn, year=issued_on.year)
        act = Act.objects.create(
            order=order,
            series=series,
            number=series.last,
            issued_on=issued_on,
            issued_at=at,
            amount=cost,
            contents=contents,
        )
        data = {"number": act.number, "sum": str(cost)}
        OrderEvent.objects.create(order=order, kind=EventKind.ACT_ISSUED, by=by, at=at, data=data)
        if by or invoice or order.payment_method == PaymentMethod.INVOICE:
            write_messages(order, [MessageKind.ACT], at=at)
    return act
