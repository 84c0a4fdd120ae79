from decimal import Decimal

import pytest

from olvery.shared.formats import format_money
from olvery.shared.money import MoneyField, to_kopecks


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.004999", "0.00"), ("2.675", "2.68"), ("-0.005", "-0.01"), ("100", "100.00")],
)
def test_a_sum_is_rounded_half_up_to_kopecks(amount: str, rounded: str) -> None:
    assert str(to_kopecks(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0\u00a0₽"),
        ("1150", "1\u00a0150\u00a0₽"),
        ("1150.50", "1\u00a0150,50\u00a0₽"),
        ("1234567.89", "1\u00a0234\u00a0567,89\u00a0₽"),
        ("-300", "−300\u00a0₽"),
        ("-0.001", "0\u00a0₽"),
        ("999.999", "1\u00a0000\u00a0₽"),
    ],
)
def test_a_sum_is_written_the_russian_way(amount: str, text: str) -> None:
    assert format_money(Decimal(amount)) == text


def test_a_money_column_holds_two_places() -> None:
    field = MoneyField()
    assert (field.max_digits, field.decimal_places) == (12, 2)
