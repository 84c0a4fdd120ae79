"""The codes of VAT against a table of the law, and every table of codes against the provider's own file."""

from typing import Any

import yaml

from coworking.models import Subject, TaxSystem, Vat
from olvery.checks import PAYMENT_MODES, PAYMENT_SUBJECTS
from orders.domain.money.tax import CODES, FULL_PAYMENT, PREPAYMENTS, VAT_OF_CODE, plain_code, vat_code
from orders.gateways import shapes
from tests.yookassa_sandbox.test_openapi import FILE
from tests.yookassa_sandbox.test_openapi import pytestmark as provider_file

# Rate → (code on an advance, code once the service is rendered). Rates: Tax Code, article 164, item 1 (0 %), item 2
# (10 %), item 3 (20 %, and 22 % from 01.01.2026, law 425-FZ), item 8 (5 and 7 %), item 4 (calculated rates, which
# article 154 asks for on an advance); article 145, 346.11 (without VAT). Tag 1199: order of the Federal Tax Service
# of 14.09.2020 № ЕД-7-20/662@, in the version that knows 22 and 22/122; the numbers are the provider's for it.
LAW = {
    Vat.NONE: (1, 1),
    Vat.ZERO: (2, 2),
    Vat.FIVE: (9, 7),
    Vat.SEVEN: (10, 8),
    Vat.TEN: (5, 3),
    Vat.TWENTY: (6, 4),
    Vat.TWENTY_TWO: (12, 11),
}


def test_an_advance_has_the_calculated_rate_and_what_is_rendered_the_plain_one() -> None:
    pairs = {vat: (vat_code(vat, "full_prepayment"), vat_code(vat, FULL_PAYMENT)) for vat in Vat}
    assert pairs == LAW
    for before, after in LAW.values():
        assert (plain_code(before), plain_code(after)) == (after, after)
    for mode in PREPAYMENTS:
        assert {vat: vat_code(vat, mode) for vat in Vat} == {vat: before for vat, (before, _after) in LAW.items()}


@provider_file
def test_every_code_is_one_that_the_provider_knows() -> None:
    schemas: dict[str, Any] = yaml.load(
        FILE.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )["components"]["schemas"]
    vat, systems = schemas["ReceiptItemVatCode"], schemas["TaxSystemCode"]
    assert set(VAT_OF_CODE) == set(range(vat["minimum"], vat["maximum"] + 1)) == set(range(1, shapes.VAT_CODES + 1))
    assert set(TaxSystem.values) == set(range(systems["minimum"], systems["maximum"] + 1))
    assert set(PAYMENT_MODES) == set(schemas["ReceiptItemPaymentMode"]["enum"])
    assert set(Subject.values) <= set(PAYMENT_SUBJECTS) <= set(schemas["ReceiptItemPaymentSubject"]["enum"])
    assert set(PREPAYMENTS) | {FULL_PAYMENT} <= set(PAYMENT_MODES)


def test_no_two_rates_share_a_code() -> None:
    assert sum(len(set(codes)) for codes in CODES.values()) == len(VAT_OF_CODE)
