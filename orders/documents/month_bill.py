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
from orders.documents.invoice import Buyer, Invoice, invoice_pdf
from orders.documents.issued import seller_as_json, seller_from_json
from orders.documents.lines import LANGUAGE, as_json, from_json, lines_of, order_by_rate
from orders.domain.desk.month_bills import Rendered
from orders.models import BillCorrection, MonthBill


def bill_contents(company: Company, seller: Seller, month: date, rendered: Iterable[Rendered]) -> dict[str, Any]:
    """Return what a monthly bill stores: the parties, the purpose, the lines of the act, and those still to be paid."""
    of_act, of_invoice = [], []
    for one in rendered:
        sold = lines_of(one.order, one.lines, vat=one.tax.vat)
        of_act += order_by_rate(one.order, sold, one.cost, what="Заказ №")
        of_invoice += order_by_rate(one.order, sold, one.due, what="Заказ №") if one.due else []
    return {
        "seller": seller_as_json(seller),
        "buyer": asdict(Buyer.of_company(company)),
        "reason": _reason_of(company, month),
        "lines": as_json(of_act),
        "to_pay": as_json(of_invoice),
    }


def month_words(month: date) -> str:
    """Write a month: «октябрь 2026 года»."""
    with translation.override(LANGUAGE):
        return f"{format_date(month, 'F Y')} года".lower()


def print_bill(bill: MonthBill, correction: BillCorrection | None = None) -> bytes:
    """Draw the invoice of a month, the first one or a correction: the same bytes every time."""
    return invoice_pdf(_invoice(bill, correction))


def purpose_of(bill: MonthBill, correction: BillCorrection | None = None) -> str:
    """Return what the company has to quote when paying."""
    return _invoice(bill, correction).purpose


def _invoice(bill: MonthBill, correction: BillCorrection | None) -> Invoice:
    papers = correction or bill
    return Invoice(
        number=str(bill.pk),
        issued_on=bill.issued_on,
        pay_by=bill.pay_by,
        seller=seller_from_json(papers.contents["seller"]),
        buyer=Buyer(**papers.contents["buyer"]),
        lines=from_json(papers.contents["to_pay"]),
        total=papers.amount,
        reason=papers.contents["reason"],
        what=f"услуги за {month_words(bill.month)}",
        correction=_in_place_of(correction),
    )


def print_act_of_bill(bill: MonthBill, correction: BillCorrection | None = None) -> bytes:
    """Draw the act of a month, dated by its last day, the first one or a correction: the same bytes every time."""
    papers, on = correction or bill, month_of(bill.month)[1]
    return act_pdf(bill.act_number, papers.rendered, papers.contents, on=on, correction=_in_place_of(correction))


def _in_place_of(correction: BillCorrection | None) -> str:
    """Return the text that this is a correction and replaces what was issued before."""
    if correction is None:
        return ""
    instead = "ранее выставленного" if correction.number == 1 else f"исправления № {correction.number - 1}"
    return f" (исправление № {correction.number} от {correction.issued_on:%d.%m.%Y}, взамен {instead})"


def is_about(bill: MonthBill, company: Company) -> bool:
    """Whether the valid papers of a bill have the company's present requisites and agreement."""
    held = (bill.last_correction or bill).contents
    return (held["buyer"], held["reason"]) == (asdict(Buyer.of_company(company)), _reason_of(company, bill.month))


def _reason_of(company: Company, month: date) -> str:
    by_agreement = f" по договору № {company.agreement}" if company.agreement else ""
    return f"Услуги за {month_words(month)}{by_agreement}"
