"""Validates Russian requisites, to find typing errors before money goes to a wrong account."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum.ru import inn as inn_digits
from stdnum.ru import ogrn as ogrn_digits

KEY_WEIGHTS = (7, 1, 3) * 8  # three digits of the bank and twenty of the account
TREASURY = "00"  # the BIC of a treasury body


@dataclass(frozen=True, slots=True, kw_only=True)
class Requisites:
    """The payee and their account, as printed on an invoice.

    `vat_note` replaces the tax if there is none, such as «Без НДС» or «НДС не облагается (УСН)». A
    sole trader has an INN of 12 digits and no KPP.
    """

    name: str
    inn: str
    bank_name: str
    bic: str
    account: str
    corr_account: str
    address: str
    director: str
    kpp: str = ""
    ogrn: str = ""
    accountant: str = ""
    vat_note: str = "Без НДС"

    @property
    def is_sole_trader(self) -> bool:
        """Whether the seller is a person («ИП»), not a company."""
        return len(self.inn) == 12


def validate_inn(value: str) -> None:
    """Check a taxpayer number: 10 digits of a company or 12 of a person, with its check digits.

    Source: order of the Federal Tax Service of 29.06.2012 № ММВ-7-6/435@; the region is never 00.
    """
    if not re.fullmatch(r"(?!00)(\d{10}|\d{12})", value, re.ASCII):
        raise ValidationError(_("An INN has 10 digits for a company or 12 for a person."), code="inn")
    if not inn_digits.is_valid(value):
        raise ValidationError(_("There is no such INN: its check digit does not match."), code="inn")


def validate_kpp(value: str) -> None:
    """Check a reason code: 9 characters, of which the fifth and sixth may be letters A–Z.

    Source: order of the Federal Tax Service of 29.06.2012 № ММВ-7-6/435@.
    """
    if not re.fullmatch(r"(?!00)\d{4}[\dA-Z]{2}\d{3}", value, re.ASCII):
        raise ValidationError(_("A KPP has 9 digits."), code="kpp")


def kpp_problem(*, inn: str, kpp: str) -> str:
    """Return what is wrong with a KPP for this INN, or an empty string.

    A company (10 digits) always has one, a sole trader (12 digits) never: order of the Federal Tax Service of
    29.06.2012 № ММВ-7-6/435@.
    """
    if len(inn) == 10 and not kpp:
        return _("A company has a KPP: enter it.")
    if len(inn) == 12 and kpp:
        return _("A sole trader has no KPP: leave it empty.")
    return ""


def validate_ogrn(value: str) -> None:
    """Check a registration number: 13 digits of a company or 15 of a sole trader, with the check digit.

    Source: order of the Ministry of Finance of 30.10.2017 № 165н.
    """
    if not re.fullmatch(r"\d{13}|\d{15}", value, re.ASCII):
        raise ValidationError(_("An OGRN has 13 digits for a company or 15 for a sole trader."), code="ogrn")
    if not ogrn_digits.is_valid(value):
        raise ValidationError(_("There is no such OGRN: its check digit does not match."), code="ogrn")


def validate_bic(value: str) -> None:
    """Check a bank's code: 9 digits, the first of them 0 in Russia.

    Source: regulation of the Bank of Russia of 24.09.2020 № 732-П.
    """
    if not re.fullmatch(r"0\d{8}", value, re.ASCII):
        raise ValidationError(_("A BIC has 9 digits and starts with 0."), code="bic")


def validate_account(value: str) -> None:
    """Check the shape of an account number: 20 digits."""
    if not re.fullmatch(r"\d{20}", value, re.ASCII):
        raise ValidationError(_("An account number has 20 digits."), code="account")


def check_account_key(account: str, *, bic: str) -> None:
    """Check that a client's account belongs to the bank; raise ValidationError.

    Source: order of the Bank of Russia of 08.09.1997 № 515: three digits that stand for the bank, here the
    last three of the BIC, and the account, each digit times 7, 1, 3, 7, …; the last digits of the products
    add up to a multiple of ten. Accounts in a treasury body have another key and are not checked.
    """
    validate_bic(bic)
    validate_account(account)
    if not bic.startswith(TREASURY) and _key(bic[6:], account):
        raise ValidationError(_("This account is not in the bank with this BIC: the check digit differs."), code="key")


def check_corr_account_key(account: str, *, bic: str) -> None:
    """Check that a correspondent account belongs to the bank; raise ValidationError.

    Source: as above; the account is in the Bank of Russia, whose three digits are 0 and the fifth and sixth
    digit of the BIC.
    """
    validate_bic(bic)
    validate_account(account)
    if not bic.startswith(TREASURY) and _key(f"0{bic[4:6]}", account):
        raise ValidationError(
            _("This correspondent account is not of the bank with this BIC: the check digit differs."), code="key"
        )


def _key(bank: str, account: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(bank + account, KEY_WEIGHTS, strict=False)) % 10
