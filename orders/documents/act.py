"""The act of services rendered («Акт об оказании услуг»): what it stores, and its PDF; always in Russian."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from coworking.models import Seller
from olvery.shared.requisites import Requisites
from orders.documents.invoice import Buyer
from orders.documents.issued import seller_as_json, seller_from_json
from orders.documents.lines import as_json, from_json, lines_of
from orders.documents.sum_in_words import amount_in_words
from orders.documents.typeset import long_date, money, row, seller_party, typeset, vat_rows
from orders.domain.money.tax import Tax
from orders.models import Act, IssuedInvoice, Order, OrderLine


def act_contents(
    order: Order, seller: Seller, tax: Tax, lines: Iterable[OrderLine], invoice: IssuedInvoice | None
) -> dict[str, Any]:
    """Return what an act stores; its buyer is the company of the invoice or of the order, without one the customer."""
    buyer = Buyer.of_company(order.company) if order.company else Buyer(name=order.customer.full_name)
    if invoice:
        buyer = Buyer.of_invoice(invoice)
    by_invoice = f", счёт № {invoice.pk} от {invoice.issued_on:%d.%m.%Y}" if invoice else ""
    return {
        "seller": seller_as_json(seller),
        "buyer": asdict(buyer),
        "reason": f"Заказ № {order.pk}{by_invoice}",
        "lines": as_json(lines_of(order, list(lines), vat=tax.vat)),
    }


def print_act(act: Act) -> bytes:
    """Draw an act on A4: the same bytes every time."""
    return act_pdf(act.number, act.amount, act.contents, on=act.issued_on)


def act_pdf(number: int, amount: Decimal, contents: dict[str, Any], *, on: date, correction: str = "") -> bytes:
    """Draw an act of these contents, see `act_contents`; `amount` is the sum of its lines, roubles.

    `correction` is the number and the day of a correction of an earlier act.
    """
    seller, buyer = seller_from_json(contents["seller"]), Buyer(**contents["buyer"])
    lines, total = from_json(contents["lines"]), money(amount)
    printed = {
        "title": f"Акт № {number} от {long_date(on)} об оказании услуг{correction}",
        "short_title": f"Акт № {number} от {on:%d.%m.%Y}{correction}",
        "seller_name": seller.name,
        "seller": seller_party(seller),
        "buyer": str(buyer),
        "reason": contents["reason"],
        "lines": [row(line, untaxed="без НДС") for line in lines],
        "totals": [["Итого", total], *vat_rows(lines, note=seller.vat_note)],
        "summary": f"Всего наименований {len(lines)}, на сумму {total} руб.",
        "in_words": amount_in_words(amount),
        "signatures": [["Исполнитель", _signer(seller)], ["Заказчик", "" if buyer.inn else buyer.name]],
    }
    return typeset("act.typ", printed, on=on)


def _signer(seller: Requisites) -> str:
    return seller.director or seller.name
