"""Issuing invoices for an order."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from coworking.models import Seller
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.messages import About, write_messages
from orders.domain.money.balance import balance_of
from orders.domain.money.tax import Tax, tax_of_charge
from orders.models import BilledOrder, EventKind, IssuedInvoice, MessageKind, Order, OrderEvent, OrderLine, OrderStatus

Write = Callable[[Order, Seller, Tax, Iterable[OrderLine], Decimal], dict[str, Any]]

# If all of these are the same, another invoice would add nothing.
SAID = ("issued_on", "amount", "buyer_name", "buyer_inn", "buyer_kpp", "buyer_address", "pay_by", "contents")
USUAL_WAIT = timedelta(days=5)


class InvoiceRefused(Refusal):
    """No invoice can be issued for this order."""


def issue_invoice(
    number: int, *, name: str, inn: str, kpp: str, address: str, pay_by: date, write: Write, by: User, at: datetime
) -> IssuedInvoice:
    """Issue an invoice for what is due on an order and send it to the customer.

    `write` makes the stored texts: the seller's requisites and the lines as they are now. If nothing in it would
    differ, including the date, returns the latest invoice of the order.
    Raises InvoiceRefused, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        invoice = draft_of(order, name=name, inn=inn, kpp=kpp, address=address, pay_by=pay_by, write=write, at=at)
        if latest := same_as(invoice):
            return latest
        invoice.issued_by = by
        invoice.save(force_insert=True)
        _tell(invoice, by=by, at=at)
    return invoice


def same_as(invoice: IssuedInvoice) -> IssuedInvoice | None:
    """Return the latest invoice of the order if this one says the same."""
    latest = invoice.order.invoices.order_by("-pk").first()
    return latest if latest and all(getattr(latest, name) == getattr(invoice, name) for name in SAID) else None


def draft_of(
    order: Order, *, name: str, inn: str, kpp: str, address: str, pay_by: date, write: Write, at: datetime
) -> IssuedInvoice:
    """Return the invoice that would be issued now, without its number. Raises InvoiceRefused."""
    seller = Seller.objects.filter(location=order.location_id).first()
    if seller is None:
        raise InvoiceRefused("requisites_missing")
    due = balance_of(order).due
    if billed := BilledOrder.objects.filter(order=order).first():
        raise InvoiceRefused("billed_by_month", number=billed.bill_id)
    if order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED) or not due:
        raise InvoiceRefused("nothing_to_pay")
    today = order.location.day_at(at)
    if pay_by < today:
        raise InvoiceRefused("pay_by_in_past", field="pay_by")
    lines = order.lines.select_related("ticket__seat").order_by("pk")
    return IssuedInvoice(
        order=order,
        amount=due,
        buyer_name=name,
        buyer_inn=inn,
        buyer_kpp=kpp,
        buyer_address=address,
        pay_by=pay_by,
        contents=write(order, seller, tax_of_charge(order, at=at), lines, due),
        issued_at=at,
    )


def _tell(invoice: IssuedInvoice, *, by: User, at: datetime) -> None:
    order = invoice.order
    data = {"number": invoice.pk, "sum": str(invoice.amount), "to": invoice.buyer_name}
    OrderEvent.objects.create(order=order, kind=EventKind.INVOICE_ISSUED, by=by, at=at, data=data)
    write_messages(order, [MessageKind.INVOICE], at=at, about=About(invoice=invoice))


def usual_pay_by(order: Order, *, at: datetime) -> date:
    """Return the due date of an invoice issued now: in five days, but not after the day the booked time begins."""
    today, latest = order.location.day_at(at), order.location.day_at(order.pay_before)
    return max(today, min(today + USUAL_WAIT, latest))


def last_buyer(order: Order) -> IssuedInvoice | None:
    """Return the customer's latest invoice, to suggest its requisites."""
    return IssuedInvoice.objects.filter(order__customer=order.customer_id).order_by("-pk").first()
