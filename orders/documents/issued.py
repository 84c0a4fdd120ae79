"""What an issued invoice stores, always in Russian, and its printing."""

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils import translation

from coworking.models import Seller, Unit
from olvery.shared.formats import period
from olvery.shared.requisites import Requisites
from orders.documents.invoice import LANGUAGE, Buyer, Invoice, InvoiceLine, invoice_pdf, payment_purpose
from orders.domain.money.tax import Tax
from orders.models import CaseKind, IssuedInvoice, LineKind, Order, OrderLine


def contents_of(order: Order, seller: Seller, tax: Tax, lines: Iterable[OrderLine], due: Decimal) -> dict[str, Any]:
    """Return what an invoice stores: the seller's requisites and the lines as they are now."""
    return {"seller": _seller_as_json(seller, tax), "lines": _lines_as_json(order, list(lines), due)}


def _seller_as_json(seller: Seller, tax: Tax) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(Requisites)} - {"vat_rate"}
    rate = tax.vat.rate
    return {**{name: getattr(seller, name) for name in names}, "vat_rate": str(rate) if rate is not None else None}


def _lines_as_json(order: Order, lines: list[OrderLine], due: Decimal) -> list[dict[str, str]]:
    """Return the lines of the order; after a partial payment one line for the rest."""
    with translation.override(LANGUAGE):
        if due != sum(line.amount for line in lines):
            when = period(order.period, order.location.zone)
            title = f"Доплата по заказу {order.pk}: {order.service_name}, {order.tariff_name}, {when}"
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
        return f"{line.get_kind_display()}: {line.title or CaseKind.EXTERNAL_REFUND.label}"
    if line.kind == LineKind.EXTRA or line.ticket is None:
        return line.title
    seat = f", место {line.ticket.seat.label}" if line.ticket.seat else ""
    return f"{line.title}{seat}, {period(line.ticket.period, order.location.zone)}"


def print_invoice(invoice: IssuedInvoice) -> bytes:
    """Return an issued invoice as PDF: the same bytes every time."""
    order, stored = invoice.order, invoice.contents
    seller = _seller_from_json(stored["seller"])
    return invoice_pdf(
        Invoice(
            number=str(invoice.pk),
            issued_on=invoice.issued_on,
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
        issued_on=invoice.issued_on,
        order_number=invoice.order_id,
        total=invoice.amount,
    )


def _seller_from_json(stored: dict[str, Any]) -> Requisites:
    rate = stored["vat_rate"]
    return Requisites(**{**stored, "vat_rate": Decimal(rate) if rate else None})


def _line(row: dict[str, str]) -> InvoiceLine:
    return InvoiceLine(
        title=row["title"],
        quantity=Decimal(row["quantity"]),
        unit=row["unit"],
        price=Decimal(row["price"]),
        amount=Decimal(row["amount"]),
    )
