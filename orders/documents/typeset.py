"""Words and numbers of printed documents, and their typesetting. Pure: no query, no clock."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.dateformat import format as format_date

from olvery.shared.money import NBSP, to_kopecks
from olvery.shared.requisites import Requisites
from orders.documents.lines import LANGUAGE, DocumentLine, vat_by_rate

if TYPE_CHECKING:
    import typst

HERE = Path(__file__).parent


def typeset(template: str, printed: Mapping[str, object], *, on: date, **inputs: str) -> bytes:
    """Return a PDF of the template; the same input gives the same bytes.

    Typed text reaches the template as data, never as markup.
    """
    import typst  # noqa: PLC0415 - 7 MB that a web process without documents need not hold

    return typst.compile(
        str(HERE / template),
        root=str(HERE),
        font_paths=_fonts(),
        sys_inputs={"document": json.dumps(printed, ensure_ascii=False), **inputs},
        timestamp=datetime.combine(on, time(), UTC),
    )


@cache
def _fonts() -> "typst.Fonts":
    """Only the fonts inside the package: the page must not depend on the server's fonts."""
    import typst  # noqa: PLC0415 - see above

    return typst.Fonts(include_system_fonts=False)


def row(line: DocumentLine, *, untaxed: str) -> list[str]:
    """Return the cells of a line; its VAT takes two lines in one cell."""
    vat = untaxed if line.vat_rate is None else f"{percent(line.vat_rate)}\n{money(line.vat)}"
    return [line.title, quantity(line.quantity), line.unit, money(line.price), vat, money(line.amount)]


def vat_rows(lines: tuple[DocumentLine, ...], *, note: str) -> list[list[str]]:
    """Return the totals of VAT, a row for each rate; without VAT, the note instead."""
    sums = vat_by_rate(lines)
    return [[f"В том числе НДС {percent(rate)}", money(vat)] for rate, vat in sums.items()] or [[note, "–"]]


def party(name: str, *, inn: str, kpp: str, address: str, ogrn: str = "") -> str:
    """Return a party to a document on one line."""
    codes = [f"ИНН {inn}" if inn else "", f"КПП {kpp}" if kpp else "", ogrn]
    return ", ".join(filter(None, [name, *codes, address]))


def seller_party(seller: Requisites) -> str:
    """Return the seller with all its codes, on one line."""
    ogrn = f"{'ОГРНИП' if seller.is_sole_trader else 'ОГРН'} {seller.ogrn}" if seller.ogrn else ""
    return party(seller.name, inn=seller.inn, kpp=seller.kpp, ogrn=ogrn, address=seller.address)


def money(amount: Decimal) -> str:
    """Write a sum the way of payment documents: «2 600,00»."""
    return f"{to_kopecks(amount):,.2f}".replace(",", NBSP).replace(".", ",").replace("-", "−")


def quantity(number: Decimal) -> str:
    """Write a quantity without trailing zeros: «2,5»."""
    return f"{number.normalize():f}".replace(".", ",").replace("-", "−")


def percent(rate: Decimal) -> str:
    """Write a rate: «22 %»."""
    return f"{quantity(rate)}{NBSP}%"


def long_date(day: date) -> str:
    """Write a day in words: «14 октября 2026 г.»."""
    with translation.override(LANGUAGE):
        return f"{format_date(day, 'j E Y')} г.".replace(" ", NBSP)
