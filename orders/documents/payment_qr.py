"""The payment code of an invoice: what a bank's app reads from the QR code (GOST R 56042-2014)."""

import re
from decimal import Decimal

import segno

from olvery.shared.money import to_kopecks
from olvery.shared.requisites import Requisites

HEADER = "ST00012"  # ST, version 0001, encoding 2: UTF-8
SEPARATOR = "|"
MANDATORY_BYTES = 300
MOST_CHARACTERS = {"Name": 160, "BankName": 45, "Purpose": 210}
DIGITS = {
    "PersonalAcc": r"\d{20}",
    "BIC": r"\d{9}",
    "CorrespAcc": r"\d{20}",
    "PayeeINN": r"\d{10}|\d{12}",
    "KPP": r"\d{4}[\dA-Z]{2}\d{3}",
    "Sum": r"\d{1,18}",
}


def payment_qr(requisites: Requisites, *, total: Decimal, purpose: str) -> str:
    """Return the text of the payment code; `total` is in roubles.

    Source: GOST R 56042-2014. Section 5.2.1, the service block: `ST`, version `0001`, the digit of the
    encoding (2 is UTF-8), then the separator, a sign that occurs in no value. Table 1, the mandatory fields
    in this order: Name (160 characters at most), PersonalAcc (20), BankName (45), BIC (9), CorrespAcc (20),
    together 300 bytes at most. Table 2, the optional fields: PayeeINN (12), KPP (9), Sum in kopecks (18),
    Purpose (210).

    The separator is always `|`, which every bank's app knows; in a value it becomes `/`. A text that is too
    long is cut, since the bank pays by account and INN; a number of a wrong shape raises ValueError.
    """
    mandatory = {
        "Name": requisites.name,
        "PersonalAcc": requisites.account,
        "BankName": requisites.bank_name,
        "BIC": requisites.bic,
        "CorrespAcc": requisites.corr_account,
    }
    optional = {
        "PayeeINN": requisites.inn,
        "KPP": requisites.kpp,
        "Sum": str(int(to_kopecks(total) * 100)),
        "Purpose": purpose,
    }
    values = {name: _value(name, value) for name, value in (mandatory | optional).items() if value}
    too_long = len(_fields({name: values[name] for name in mandatory}).encode()) - MANDATORY_BYTES
    if too_long > 0:
        values["Name"] = _cut_bytes(values["Name"], len(values["Name"].encode()) - too_long)
    return HEADER + SEPARATOR + _fields(values)


def payment_qr_svg(text: str) -> str:
    """Draw the payment code as an SVG picture without a quiet zone; the page around it is white.

    Bytes in UTF-8 without an ECI mark, as the header already names the encoding.
    """
    return segno.make(text, error="m", mode="byte", encoding="utf-8", micro=False).svg_inline(border=0)


def _fields(values: dict[str, str]) -> str:
    return SEPARATOR.join(f"{name}={value}" for name, value in values.items())


def _value(name: str, value: str) -> str:
    if name in DIGITS:
        if not re.fullmatch(DIGITS[name], value, re.ASCII):
            raise ValueError(f"{name} of a payment code cannot be {value!r}")
        return value
    text = " ".join(value.replace(SEPARATOR, "/").split())
    return text[: MOST_CHARACTERS[name]].strip()


def _cut_bytes(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").strip()
