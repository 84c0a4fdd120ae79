"""Sums as people type them, and the time left."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from olvery.shared.formats import time_left
from olvery.shared.forms import AmountOrPercentField, RoublesField
from olvery.shared.ui_tags import countdown
from tests.moments import NOW


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1150", "1150.00"),
        ("1 150", "1150.00"),
        ("1\u00a0150,5\u00a0₽", "1150.50"),
        ("1150.50", "1150.50"),
        ("0", "0.00"),
        ("0,01", "0.01"),
        ("999999999,99", "999999999.99"),
    ],
)
def test_a_sum_is_read_the_russian_way(text: str, amount: str) -> None:
    read = RoublesField().clean(text)
    assert (read, str(read)) == (Decimal(amount), amount)


@pytest.mark.parametrize(
    "text", ["-1", "+1", "1,234", "1.150,50", "1e3", "NaN", "Infinity", "1_000", "٣", "1,", ",5", "1000000000", "сто"]
)
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        RoublesField().clean(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [("101%", "Не больше 100 %."), ("сто", "Напишите сумму или проценты: 500 или 10%."), ("-5", "Напишите сумму")],
)
def test_a_discount_that_cannot_be_says_why(text: str, told: str) -> None:
    with override("ru"), pytest.raises(ValidationError) as refused:
        AmountOrPercentField().clean(text)
    assert refused.value.messages[0].replace("\u00a0", " ").startswith(told)


def test_an_empty_sum_is_nothing_where_it_may_be_empty() -> None:
    assert RoublesField(required=False).clean(" ") is None
    with pytest.raises(ValidationError):
        RoublesField().clean(" ")


@pytest.mark.parametrize(("value", "shown"), [(Decimal("1150.00"), "1150"), (Decimal("0.50"), "0,50"), ("1 1", "1 1")])
def test_a_sum_is_shown_the_russian_way_and_typed_text_as_it_is(value: object, shown: str) -> None:
    assert RoublesField().prepare_value(value) == shown


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=2, hours=3, minutes=20), "2 дн. 3 ч"),
        (timedelta(days=1), "1 дн."),
        (timedelta(hours=4, minutes=20), "4 ч 20 мин"),
        (timedelta(minutes=1, seconds=1), "2 мин"),
        (timedelta(seconds=1), "1 мин"),
        (timedelta(0), "0 мин"),
        (timedelta(hours=-5), "0 мин"),
    ],
)
@pytest.mark.usefixtures("now")
def test_the_time_left_has_two_units(left: timedelta, text: str) -> None:
    with override("ru"):
        assert time_left(NOW + left).replace("\u00a0", " ") == text


@pytest.mark.usefixtures("now")
def test_a_countdown_carries_what_the_script_ticks_on() -> None:
    with override("ru"):
        shown = countdown(NOW + timedelta(hours=1)).replace("\u00a0", " ")
    assert shown == '<b class="num nowrap" data-left="3600" data-units="дн.,ч,мин">1 ч</b>'
