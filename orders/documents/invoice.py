"""The invoice («Счёт на оплату») as a PDF. Pure: no query, no clock; always in Russian."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import Company
from olvery.shared.money import NO_MONEY
from olvery.shared.requisites import Requisites
from orders.documents.lines import DocumentLine, vat_by_rate
from orders.documents.payment_qr import payment_qr, payment_qr_svg
from orders.documents.sum_in_words import amount_in_words
from orders.documents.typeset import long_date, money, party, percent, row, seller_party, typeset, vat_rows
from orders.models import IssuedInvoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who is to pay; a person has only a name."""

    name: str
    inn: str = ""
    kpp: str = ""
    address: str = ""

    @classmethod
    def of_company(cls, company: Company) -> "Buyer":
        """Return a company as it is now."""
        return cls(name=company.name, inn=company.inn, kpp=company.kpp, address=company.address)

    @classmethod
    def of_invoice(cls, issued: IssuedInvoice) -> "Buyer":
        """Return whom an invoice was issued for."""
        return cls(name=issued.buyer_name, inn=issued.buyer_inn, kpp=issued.buyer_kpp, address=issued.buyer_address)

    def __str__(self) -> str:
        return party(self.name, inn=self.inn, kpp=self.kpp, address=self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Everything on an invoice; `total` is the sum of the lines in roubles, including VAT if any.

    Invoices of earlier versions have discounts as lines with a negative sum. Raises ValueError if the lines do
    not add up to the total.
    """

    number: str
    issued_on: date
    pay_by: date | None
    seller: Requisites
    buyer: Buyer
    lines: tuple[DocumentLine, ...]
    total: Decimal
    reason: str
    what: str  # is paid for
    # For a correction of an earlier invoice: its number, and its day.
    correction: str = ""

    def __post_init__(self) -> None:
        lines = sum((line.amount for line in self.lines), NO_MONEY)
        if lines != self.total:
            raise ValueError(f"invoice {self.number}: lines of {lines}, total of {self.total}")

    @property
    def purpose(self) -> str:
        """What the customer quotes when paying: «Оплата по счёту № 17 от 14.10.2026, заказ № 1042. Без НДС».

        It states the VAT or its absence, as payment orders do: regulation of the Bank of Russia of
        29.06.2021 № 762-П, annex 1, field 24.
        """
        sums = vat_by_rate(self.lines)
        taxes = ", ".join(f"НДС {percent(rate)} – {money(vat)} руб." for rate, vat in sums.items())
        vat = f"В т. ч. {taxes}" if taxes else self.seller.vat_note
        return f"Оплата по счёту № {self.number} от {self.issued_on:%d.%m.%Y}, {self.what}. {vat}"


def invoice_pdf(invoice: Invoice) -> bytes:
    """Draw the invoice on A4: one page for up to about ten lines, then more with the table's header repeated.

    The same invoice gives the same bytes. Raises ValueError for malformed requisites, see `payment_qr`.
    """
    qr = payment_qr(invoice.seller, total=invoice.total, purpose=invoice.purpose)
    return typeset("invoice.typ", _printed(invoice), on=invoice.issued_on, qr=payment_qr_svg(qr))


def _printed(invoice: Invoice) -> dict[str, object]:
    """Word the invoice; the template only lays it out."""
    seller = invoice.seller
    total, count = money(invoice.total), sum(line.amount >= 0 for line in invoice.lines)
    return {
        "title": f"Счёт на оплату № {invoice.number} от {long_date(invoice.issued_on)}{invoice.correction}",
        "short_title": f"Счёт № {invoice.number} от {invoice.issued_on:%d.%m.%Y}{invoice.correction}",
        "bank": {"name": seller.bank_name, "bic": seller.bic, "corr_account": seller.corr_account},
        "payee": {"name": seller.name, "inn": seller.inn, "kpp": seller.kpp, "account": seller.account},
        "seller": seller_party(seller),
        "buyer": str(invoice.buyer),
        "reason": invoice.reason,
        "lines": [row(line, untaxed="без НДС") for line in invoice.lines],
        "totals": [["Итого", total], *vat_rows(invoice.lines, note=seller.vat_note), ["Всего к оплате", total]],
        "summary": f"Всего наименований {count}, на сумму {total} руб.",
        "in_words": amount_in_words(invoice.total),
        "purpose": invoice.purpose,
        "pay_by": long_date(invoice.pay_by) if invoice.pay_by else "",
        "signatures": _signatures(seller),
    }


def _signatures(seller: Requisites) -> list[list[str]]:
    if seller.is_sole_trader:
        return [["Индивидуальный предприниматель", seller.director]]
    accountant = [["Бухгалтер", seller.accountant]] if seller.accountant else []
    return [["Руководитель", seller.director], *accountant]
