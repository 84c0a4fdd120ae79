"""What an issued invoice stores, always in Russian, and its printing."""

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from coworking.models import Seller
from olvery.shared.requisites import Requisites
from orders.documents.invoice import Buyer, Invoice, invoice_pdf
from orders.documents.lines import as_json, from_json, lines_of, order_by_rate
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
    return invoice_pdf(_printed(invoice))


def purpose_of(invoice: IssuedInvoice) -> str:
    """Return what the customer has to quote when paying."""
    return _printed(invoice).purpose


def _printed(invoice: IssuedInvoice) -> Invoice:
    seller = invoice.contents["seller"]
    return Invoice(
        number=str(invoice.pk),
        issued_on=invoice.issued_on,
        pay_by=invoice.pay_by,
        seller=seller_from_json(seller),
        buyer=Buyer.of_invoice(invoice),
        lines=from_json(invoice.contents["lines"], vat_rate=seller.get("vat_rate")),
        total=invoice.amount,
        reason=f"Заказ № {invoice.order_id}",
        what=f"заказ № {invoice.order_id}",
    )
