from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from olvery.shared.requisites import (
    check_account_key,
    check_corr_account_key,
    validate_account,
    validate_bic,
    validate_inn,
    validate_kpp,
    validate_ogrn,
)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (validate_inn, "7707083893"),
        (validate_inn, "500100732259"),
        (validate_kpp, "773601001"),
        (validate_kpp, "7736AZ001"),
        (validate_ogrn, "1027700132195"),
        (validate_ogrn, "304500116000157"),
        (validate_bic, "044525225"),
        (validate_account, "40702810138250123017"),
    ],
)
def test_right_requisites_pass(check: Callable[[str], None], value: str) -> None:
    check(value)


INN_SHAPE = "An INN has 10 digits for a company or 12 for a person."
INN_DIGIT = "There is no such INN: its check digit does not match."
KPP_SHAPE = "A KPP has 9 digits."
OGRN_SHAPE = "An OGRN has 13 digits for a company or 15 for a sole trader."
OGRN_DIGIT = "There is no such OGRN: its check digit does not match."
BIC_SHAPE = "A BIC has 9 digits and starts with 0."
ACCOUNT_SHAPE = "An account number has 20 digits."


@pytest.mark.parametrize(
    ("check", "value", "text", "code"),
    [
        (validate_inn, "", INN_SHAPE, "inn"),
        (validate_inn, "77070838930", INN_SHAPE, "inn"),
        (validate_inn, "7707 083893", INN_SHAPE, "inn"),
        (validate_inn, "7707083893\n", INN_SHAPE, "inn"),
        (validate_inn, "٧٧٠٧٠٨٣٨٩٣", INN_SHAPE, "inn"),
        (validate_inn, "0000000000", INN_SHAPE, "inn"),
        (validate_inn, "7707083894", INN_DIGIT, "inn"),
        (validate_inn, "500100732258", INN_DIGIT, "inn"),
        (validate_inn, "500100732269", INN_DIGIT, "inn"),
        (validate_kpp, "77360100", KPP_SHAPE, "kpp"),
        (validate_kpp, "7736az001", KPP_SHAPE, "kpp"),
        (validate_kpp, "003601001", KPP_SHAPE, "kpp"),
        (validate_ogrn, "10277001321950", OGRN_SHAPE, "ogrn"),
        (validate_ogrn, "1027700132194", OGRN_DIGIT, "ogrn"),
        (validate_ogrn, "304500116000158", OGRN_DIGIT, "ogrn"),
        (validate_bic, "44525225", BIC_SHAPE, "bic"),
        (validate_bic, "144525225", BIC_SHAPE, "bic"),
        (validate_account, "4070281013825012301", ACCOUNT_SHAPE, "account"),
        (validate_account, "40702810А38250123017", ACCOUNT_SHAPE, "account"),
    ],
)
def test_wrong_requisites_are_refused(check: Callable[[str], None], value: str, text: str, code: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        check(value)
    assert (refusal.value.message, refusal.value.code) == (text, code)


@pytest.mark.parametrize(
    ("account", "bic"),
    [
        ("40602810700000000025", "049805746"),  # the example of the Bank of Russia's order
        ("40702810138250123017", "044525225"),
        ("40802810700020000317", "044525201"),
        ("03100643000000017300", "004525988"),  # in a treasury body, with a key of another kind
    ],
)
def test_an_account_of_the_bank_passes(account: str, bic: str) -> None:
    check_account_key(account, bic=bic)


@pytest.mark.parametrize(
    ("account", "bic"),
    [
        ("30101810400000000225", "044525225"),
        ("30101810745374525104", "044525104"),
        ("40102810545370000003", "004525988"),
    ],
)
def test_a_correspondent_account_of_the_bank_passes(account: str, bic: str) -> None:
    check_corr_account_key(account, bic=bic)


WRONG_KEY = "This account is not in the bank with this BIC: the check digit differs."
WRONG_CORR_KEY = "This correspondent account is not of the bank with this BIC: the check digit differs."


@pytest.mark.parametrize(
    ("check", "account", "bic", "text", "code"),
    [
        (check_account_key, "40702810138250123018", "044525225", WRONG_KEY, "key"),
        (check_account_key, "40702810138250123017", "044525226", WRONG_KEY, "key"),
        (check_account_key, "40702810138250132017", "044525225", WRONG_KEY, "key"),
        (check_corr_account_key, "30101810400000000226", "044525225", WRONG_CORR_KEY, "key"),
        (check_corr_account_key, "40702810138250123017", "044525225", WRONG_CORR_KEY, "key"),
        (check_account_key, "4070281013825012301", "044525225", ACCOUNT_SHAPE, "account"),
        (check_corr_account_key, "30101810400000000225", "04452522", BIC_SHAPE, "bic"),
    ],
)
def test_an_account_of_another_bank_is_refused(
    check: Callable[..., None], account: str, bic: str, text: str, code: str
) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        check(account, bic=bic)
    assert (refusal.value.message, refusal.value.code) == (text, code)
