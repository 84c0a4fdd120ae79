"""The invoice and the act of what a company ordered on account in a month; always in Russian."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.dateformat import format as format_date

from accounts.models import Company
from coworking.models import Seller
from olvery.shared.periods import month_of
from orders.documents.act import act_pdf
from orders.documents.invoice import Buyer, Invoice, invoice_pdf, payment_purpose
from orders.documents.issued import seller_as_json, seller_from_json
from orders.documents.lines import LANGUAGE, as_json, from_json, lines_of, order_by_rate
from orders.domain.desk.month_bills import Rendered
from orders.models import MonthBill


def bill_contents(company: Company, seller: Seller, month: date, rendered: Iterable[Rendered]) -> dict[str, Any]:
    """Return what the bill of a month stores: who, for what, the lines of the act, and those that are to be paid."""
    of_act, of_invoice = [], []
    for one in rendered:
        sold = lines_of(one.order, one.lines, vat=one.tax.vat)
        of_act += order_by_rate(one.order, sold, one.cost, what="Заказ №")
        of_invoice += order_by_rate(one.order, sold, one.due, what="Заказ №") if one.due else []
    by_agreement = f" по договору № {company.agreement}" if company.agreement else ""
    return {
        "seller": seller_as_json(seller),
        "buyer": asdict(Buyer(name=company.name, inn=company.inn, kpp=company.kpp, address=company.address)),
        "reason": f"Услуги за {month_words(month)}{by_agreement}",
        "lines": as_json(of_act),
        "to_pay": as_json(of_invoice),
    }


def month_words(month: date) -> str:
    """Write a month: «октябрь 2026 года»."""
    with translation.override(LANGUAGE):
        return f"{format_date(month, 'F Y')} года".lower()


def print_bill(bill: MonthBill) -> bytes:
    """Draw the invoice of a month: the same bytes every time."""
    return invoice_pdf(
        Invoice(
            number=str(bill.pk),
            issued_on=bill.issued_on,
            pay_by=bill.pay_by,
            seller=seller_from_json(bill.contents["seller"]),
            buyer=Buyer(**bill.contents["buyer"]),
            lines=from_json(bill.contents["to_pay"]),
            total=bill.amount,
            reason=bill.contents["reason"],
            purpose=purpose_of(bill),
        )
    )


def purpose_of(bill: MonthBill) -> str:
    """Return what the company has to quote when paying."""
    return payment_purpose(
        seller_from_json(bill.contents["seller"]),
        from_json(bill.contents["to_pay"]),
        number=str(bill.pk),
        issued_on=bill.issued_on,
        what=f"услуги за {month_words(bill.month)}",
    )


def print_act_of_bill(bill: MonthBill) -> bytes:
    """Draw the act of a month, dated by its last day: the same bytes every time."""
    return act_pdf(bill.act_number, bill.rendered, bill.contents, on=month_of(bill.month)[1])
