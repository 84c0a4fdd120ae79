"""The invoice («Счёт на оплату») as a PDF. Pure: no query, no clock; always in Russian."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path

import typst
from django.utils import translation
from django.utils.dateformat import format as format_date

from olvery.shared.money import NBSP, NO_MONEY, to_kopecks
from olvery.shared.requisites import Requisites
from orders.documents.payment_qr import payment_qr, payment_qr_svg
from orders.documents.sum_in_words import amount_in_words

LANGUAGE = "ru"  # customers are written to in Russian, whatever language the manager works in
TEMPLATE = Path(__file__).with_name("invoice.typ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who is to pay; a person has a name alone."""

    name: str
    inn: str = ""
    kpp: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """What is paid for; a discount is a line with a negative sum. Sums in roubles."""

    title: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """All that an invoice says; `total` is the sum of the lines in roubles, with VAT where there is some.

    Raises ValueError when the lines do not add up to the total.
    """

    number: str
    issued_on: date
    pay_by: date | None
    seller: Requisites
    buyer: Buyer
    lines: Sequence[InvoiceLine]
    total: Decimal
    order_number: int
    purpose: str

    def __post_init__(self) -> None:
        lines = sum((line.amount for line in self.lines), NO_MONEY)
        if lines != self.total:
            raise ValueError(f"invoice {self.number}: lines of {lines}, total of {self.total}")


def payment_purpose(seller: Requisites, *, number: str, issued_on: date, order_number: int, total: Decimal) -> str:
    """Word what the customer is to quote: «Оплата по счёту № 17 от 14.10.2026, заказ № 1042. Без НДС».

    It names the VAT or that there is none, as payment orders do: regulation of the Bank of Russia of
    29.06.2021 № 762-П, annex 1, field 24.
    """
    vat = seller.vat_note
    if seller.vat_rate is not None:
        vat = f"В т. ч. НДС {_percent(seller.vat_rate)} – {_money(vat_of(total, seller.vat_rate))} руб."
    return f"Оплата по счёту № {number} от {issued_on:%d.%m.%Y}, заказ № {order_number}. {vat}"


def vat_of(total: Decimal, rate: Decimal) -> Decimal:
    """Return the VAT contained in a sum, in roubles; the rate is in per cent."""
    return to_kopecks(total * rate / (100 + rate))


def invoice_pdf(invoice: Invoice) -> bytes:
    """Draw the invoice on A4: one page up to about twelve lines, then more with the table's header repeated.

    The same invoice gives the same bytes. What people typed reaches the template as data, never as markup.
    Raises ValueError for requisites of a wrong shape, see `payment_qr`.
    """
    qr = payment_qr(invoice.seller, total=invoice.total, purpose=invoice.purpose)
    return typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=_fonts(),
        sys_inputs={"invoice": json.dumps(_printed(invoice), ensure_ascii=False), "qr": payment_qr_svg(qr)},
        timestamp=datetime.combine(invoice.issued_on, time(), UTC),
    )


@cache
def _fonts() -> typst.Fonts:
    """The fonts inside the package alone: the page must not depend on the server's fonts."""
    return typst.Fonts(include_system_fonts=False)


def _printed(invoice: Invoice) -> dict[str, object]:
    """Word the invoice; the template only lays it out."""
    seller, buyer = invoice.seller, invoice.buyer
    return {
        "title": f"Счёт на оплату № {invoice.number} от {_long_date(invoice.issued_on)}",
        "short_title": f"Счёт № {invoice.number} от {invoice.issued_on:%d.%m.%Y}",
        "bank": {"name": seller.bank_name, "bic": seller.bic, "corr_account": seller.corr_account},
        "payee": {"name": seller.name, "inn": seller.inn, "kpp": seller.kpp, "account": seller.account},
        "seller": _party(seller.name, inn=seller.inn, kpp=seller.kpp, ogrn=_ogrn(seller), address=seller.address),
        "buyer": _party(buyer.name, inn=buyer.inn, kpp=buyer.kpp, address=buyer.address),
        "reason": f"Заказ № {invoice.order_number}",
        "lines": [
            [line.title, _quantity(line.quantity), line.unit, _money(line.price), _money(line.amount)]
            for line in invoice.lines
        ],
        "totals": _totals(invoice),
        "summary": f"Всего наименований {len(invoice.lines)}, на сумму {_money(invoice.total)} руб.",
        "in_words": amount_in_words(invoice.total),
        "purpose": invoice.purpose,
        "pay_by": _long_date(invoice.pay_by) if invoice.pay_by else "",
        "signatures": _signatures(seller),
    }


def _totals(invoice: Invoice) -> list[list[str]]:
    rate, total = invoice.seller.vat_rate, _money(invoice.total)
    vat = [invoice.seller.vat_note, "–"]
    if rate is not None:
        vat = [f"В том числе НДС {_percent(rate)}", _money(vat_of(invoice.total, rate))]
    return [["Итого", total], vat, ["Всего к оплате", total]]


def _signatures(seller: Requisites) -> list[list[str]]:
    if seller.is_sole_trader:
        return [["Индивидуальный предприниматель", seller.director]]
    accountant = [["Бухгалтер", seller.accountant]] if seller.accountant else []
    return [["Руководитель", seller.director], *accountant]


def _party(name: str, *, inn: str, kpp: str, address: str, ogrn: str = "") -> str:
    codes = [f"ИНН {inn}" if inn else "", f"КПП {kpp}" if kpp else "", ogrn]
    return ", ".join(filter(None, [name, *codes, address]))


def _ogrn(seller: Requisites) -> str:
    return f"{'ОГРНИП' if seller.is_sole_trader else 'ОГРН'} {seller.ogrn}" if seller.ogrn else ""


def _money(amount: Decimal) -> str:
    """Write a sum the way of payment documents: «2 600,00»."""
    return f"{to_kopecks(amount):,.2f}".replace(",", NBSP).replace(".", ",").replace("-", "−")


def _quantity(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",").replace("-", "−")


def _percent(rate: Decimal) -> str:
    return f"{_quantity(rate)}{NBSP}%"


def _long_date(day: date) -> str:
    with translation.override(LANGUAGE):
        return f"{format_date(day, 'j E Y')} г.".replace(" ", NBSP)
