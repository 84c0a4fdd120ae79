"""Issuing an invoice for an order, and printing one that was issued."""

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from coworking.models import Seller, Unit
from olvery.shared.refusals import Refusal
from olvery.shared.ui_tags import period
from orders.domain import locks
from orders.domain.invoices import Buyer, Invoice, InvoiceLine, invoice_pdf, payment_purpose
from orders.domain.ledger import balance_of
from orders.domain.mailing import write_messages
from orders.domain.payment_qr import Requisites
from orders.models import EventKind, IssuedInvoice, LineKind, MessageKind, Order, OrderEvent, OrderLine, OrderStatus


class InvoiceRefused(Refusal):
    """No invoice can be issued for this order."""


def issue_invoice(number: int, *, name: str, inn: str, kpp: str, address: str, by: User, at: datetime) -> IssuedInvoice:
    """Issue an invoice for what is due on an order and send it to the customer.

    Where nothing in it would differ, its date included, the latest invoice of the order is returned.
    Raises InvoiceRefused, Busy.
    """
    with locks.short_waits():
        order = locks.lock_order(number)
        seller = Seller.objects.filter(location=order.location_id).first()
        if seller is None:
            raise InvoiceRefused(_("The requisites of the location are not filled in: ask the administrator."))
        due = balance_of(order).due
        if order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED) or not due:
            raise InvoiceRefused(_("There is nothing to pay on this order."))
        written = {
            "amount": due,
            "buyer_name": name,
            "buyer_inn": inn,
            "buyer_kpp": kpp,
            "buyer_address": address,
            "contents": contents_of(order, seller, order.lines.order_by("pk"), due),
        }
        latest = order.invoices.order_by("-pk").first()
        is_of_today = latest and _issued_on(latest) == at.astimezone(order.location.zone).date()
        if latest and is_of_today and written == {field: getattr(latest, field) for field in written}:
            return latest
        invoice = IssuedInvoice.objects.create(order=order, issued_at=at, issued_by=by, **written)
        OrderEvent.objects.create(
            order=order,
            kind=EventKind.INVOICE_ISSUED,
            by=by,
            at=at,
            data={"number": invoice.pk, "sum": str(due), "to": name},
        )
        write_messages(order, [MessageKind.INVOICE], at=at, about=str(invoice.pk))
    return invoice


def last_buyer(order: Order) -> IssuedInvoice | None:
    """Return the latest invoice of the same customer, whose requisites are probably right again."""
    return IssuedInvoice.objects.filter(order__customer=order.customer_id).order_by("-pk").first()


def print_invoice(invoice: IssuedInvoice) -> bytes:
    """Return an issued invoice as PDF: the same bytes every time."""
    order, stored = invoice.order, invoice.contents
    seller = _seller_from_json(stored["seller"])
    return invoice_pdf(
        Invoice(
            number=str(invoice.pk),
            issued_on=_issued_on(invoice),
            pay_by=None,
            seller=seller,
            buyer=Buyer(
                name=invoice.buyer_name,
                inn=invoice.buyer_inn,
                kpp=invoice.buyer_kpp,
                address=invoice.buyer_address,
            ),
            lines=tuple(_line(row) for row in stored["lines"]),
            total=invoice.amount,
            order_number=order.pk,
            purpose=purpose_of(invoice),
        )
    )


def purpose_of(invoice: IssuedInvoice) -> str:
    """Return what the customer has to quote when paying."""
    return payment_purpose(
        _seller_from_json(invoice.contents["seller"]),
        number=str(invoice.pk),
        issued_on=_issued_on(invoice),
        order_number=invoice.order_id,
        total=invoice.amount,
    )


def _issued_on(invoice: IssuedInvoice) -> date:
    return invoice.issued_at.astimezone(invoice.order.location.zone).date()


def contents_of(order: Order, seller: Seller, lines: Iterable[OrderLine], due: Decimal) -> dict[str, Any]:
    """Return what an invoice keeps: the seller's requisites and the lines as they are now."""
    return {"seller": _seller_as_json(seller), "lines": _lines_as_json(order, list(lines), due)}


def _seller_as_json(seller: Seller) -> dict[str, Any]:
    fields = [field.name for field in dataclasses.fields(Requisites)]
    values = {name: getattr(seller, name) for name in fields}
    return {**values, "vat_rate": str(seller.vat_rate) if seller.vat_rate is not None else None}


def _seller_from_json(stored: dict[str, Any]) -> Requisites:
    rate = stored["vat_rate"]
    return Requisites(**{**stored, "vat_rate": Decimal(rate) if rate else None})


def _lines_as_json(order: Order, lines: list[OrderLine], due: Decimal) -> list[dict[str, str]]:
    """Return the order's lines; a part that is left of the sum is one line of its own."""
    with translation.override("ru"):
        if due != sum(line.amount for line in lines):
            title = f"Доплата по заказу {order.pk}: {order.service_name}, {order.tariff_name}, {_period_of(order)}"
            return [{"title": title, "quantity": "1", "unit": "шт", "price": str(due), "amount": str(due)}]
        return [
            {
                "title": _title(line, order),
                "quantity": str(line.quantity.normalize() + 0),
                "unit": str(Unit(line.unit).label).lower() if line.unit else "шт",
                "price": str(line.unit_price),
                "amount": str(line.amount),
            }
            for line in lines
        ]


def _title(line: OrderLine, order: Order) -> str:
    if line.kind == LineKind.DISCOUNT:  # its title is a percentage, or empty
        return f"{line.get_kind_display()} {line.title}".rstrip()
    if line.kind == LineKind.ALLOWANCE:
        return f"{line.get_kind_display()}: {line.title}"
    if line.ticket is None:
        return line.title
    seat = f", место {line.ticket.seat.label}" if line.ticket.seat else ""
    return f"{line.title}{seat}, {_period_of(order)}"


def _period_of(order: Order) -> str:
    """Return when the service is rendered, as an accountant reads it: «26.11.2026 10:00–12:00»."""
    return period(order.time, order.location.zone)


def _line(row: dict[str, str]) -> InvoiceLine:
    return InvoiceLine(
        title=row["title"],
        quantity=Decimal(row["quantity"]),
        unit=row["unit"],
        price=Decimal(row["price"]),
        amount=Decimal(row["amount"]),
    )
