"""What an issued invoice stores, always in Russian, and its printing."""

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from coworking.models import Seller
from olvery.shared.requisites import Requisites
from orders.documents.invoice import Buyer, Invoice, invoice_pdf, payment_purpose
from orders.documents.lines import DocumentLine, as_json, from_json, lines_of, order_by_rate
from orders.domain.money.tax import Tax
from orders.models import IssuedInvoice, Order, OrderLine


def contents_of(order: Order, seller: Seller, tax: Tax, lines: Iterable[OrderLine], due: Decimal) -> dict[str, Any]:
    """Return what an invoice stores: the seller's requisites and the lines with their VAT, as they are now."""
    sold = lines_of(order, list(lines), vat=tax.vat)
    if due != sum(line.amount for line in sold):
        sold = order_by_rate(order, sold, due, what="Доплата по заказу")
    return {"seller": seller_as_json(seller), "lines": as_json(sold)}


def seller_as_json(seller: Seller) -> dict[str, str]:
    """Return the requisites of a seller as a document stores them."""
    return {field.name: getattr(seller, field.name) for field in dataclasses.fields(Requisites)}


def seller_from_json(stored: dict[str, Any]) -> Requisites:
    """Return the requisites of `seller_as_json`."""
    # Invoices of earlier versions have a single rate there.
    return Requisites(**{name: value for name, value in stored.items() if name != "vat_rate"})


def print_invoice(invoice: IssuedInvoice) -> bytes:
    """Return an issued invoice as PDF: the same bytes every time."""
    return invoice_pdf(
        Invoice(
            number=str(invoice.pk),
            issued_on=invoice.issued_on,
            pay_by=invoice.pay_by,
            seller=seller_from_json(invoice.contents["seller"]),
            buyer=Buyer.of_invoice(invoice),
            lines=_lines(invoice),
            total=invoice.amount,
            reason=f"Заказ № {invoice.order_id}",
            purpose=purpose_of(invoice),
        )
    )


def purpose_of(invoice: IssuedInvoice) -> str:
    """Return what the customer has to quote when paying."""
    return payment_purpose(
        seller_from_json(invoice.contents["seller"]),
        _lines(invoice),
        number=str(invoice.pk),
        issued_on=invoice.issued_on,
        what=f"заказ № {invoice.order_id}",
    )


def _lines(invoice: IssuedInvoice) -> tuple[DocumentLine, ...]:
    return from_json(invoice.contents["lines"], vat_rate=invoice.contents["seller"].get("vat_rate"))
