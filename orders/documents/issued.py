"""Printing invoices that were issued."""

from decimal import Decimal
from typing import Any

from olvery.shared.requisites import Requisites
from orders.documents.invoice import Buyer, Invoice, InvoiceLine, invoice_pdf, payment_purpose
from orders.models import IssuedInvoice


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
