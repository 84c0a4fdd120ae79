"""How much a line of the price is for, in words."""

from decimal import Decimal

import pytest

from coworking.models import Unit
from orders.wording import quantity_text


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        ("1.5", Unit.HOUR, "1,5\u00a0ч"), ("1", Unit.DAY, "1 день"), ("2.00", Unit.DAY, "2 дня"),
        ("12", Unit.DAY, "12 дней"), ("1", Unit.WEEK, "1 неделя"), ("3", Unit.WEEK, "3 недели"),
        ("5", Unit.WEEK, "5 недель"), ("1", Unit.MONTH, "1 месяц"), ("6", Unit.MONTH, "6 месяцев"), ("4", "", "4"),
    ],
)  # fmt: skip
def test_a_quantity_is_written_with_its_whole_unit(number: str, unit: str, words: str) -> None:
    assert quantity_text(Decimal(number), unit) == words
